"""The key that encrypts artifacts, logs, messages and queues: created by the stack, or an existing one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from awacs import kms
from awacs.aws import (
    Action,
    Allow,
    ArnLike,
    BoolIfExists,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from troposphere import Equals, GetAtt, If, Ref, Sub, Template
from troposphere.kms import Alias
from troposphere.kms import Key as KmsKey

from generator.model.arn import arn
from generator.model.grants import ACCOUNT, Grant
from generator.model.owner import Owner
from generator.model.parameters import add_condition, add_parameter, under

# The actions that AWS lists for artifacts and for log groups. Writing needs kms:Decrypt as well: AWS lists it for both.
# AWS writes kms:ReEncrypt* and kms:GenerateDataKey*. ReEncrypt needs one permission on the old key and another one on
# the new key.
# https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
ENCRYPT_AND_DECRYPT = (
    kms.Decrypt,
    kms.DescribeKey,
    kms.Encrypt,
    kms.GenerateDataKey,
    kms.ReEncryptFrom,
    kms.ReEncryptTo,
)


class Key(NamedTuple):
    """A key, by its ARN."""

    arn: object

    def use(self) -> Grant:
        """Read and write data that is encrypted with the key: the artifacts.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
        """
        return Grant(
            sid="UseKey",
            actions=ENCRYPT_AND_DECRYPT,
            resources=(self.arn,),
            why="Artifacts are encrypted with this key.",
        )

    def decrypt(self) -> Grant:
        """Read data that is encrypted with the key."""
        return Grant(
            sid="DecryptArtifacts",
            actions=(kms.Decrypt, kms.DescribeKey),
            resources=(self.arn,),
            why="Artifacts are encrypted with this key.",
        )

    def publish(self) -> Grant:
        """Publish to a topic that is encrypted with the key: SNS uses it with the publisher's permissions.

        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        return Grant(
            sid="UseTopicKey",
            actions=(kms.Decrypt, kms.GenerateDataKey),
            resources=(self.arn,),
            condition=_through("sns"),
            why="Publishing to the encrypted topic requires its key.",
        )

    def write_logs(self) -> Grant:
        """Write to a log group that is encrypted with the key: CloudWatch Logs uses it with the writer's permissions.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        return Grant(
            sid="UseLogKey",
            actions=ENCRYPT_AND_DECRYPT,
            resources=(self.arn,),
            condition=_through("logs"),
            why="The log group is encrypted with this key.",
        )


def _through(service: str) -> Condition:
    """Only when this service uses the key for the caller. The value ends in amazonaws.com in every partition.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return Condition(StringEquals({"kms:ViaService": Sub(f"{service}.${{AWS::Region}}.amazonaws.com")}))


def add_key(
    template: Template,
    owner: Owner,
    services: Iterable[Statement],
    *,
    encrypts: str = "artifacts, logs, messages and queues",
    only_if: str = "",
) -> Key:
    """A rotating key whose policy names this account and `services`. `only_if` is the condition under which it exists.

    Roles are not named: their own policies grant the key, as the account's root statement allows.
    """
    key = KmsKey(
        "Key",
        # Data encrypted with the key outlives the stack and is lost without the key. DeletionPolicy does not cover a
        # replacement, UpdateReplacePolicy does.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        Description=Sub(f"{encrypts.capitalize()} of {owner.name}"),
        # A rotated key keeps its ARN, and still decrypts what it has encrypted before.
        # https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
        EnableKeyRotation=True,
        KeyPolicy=PolicyDocument(Version="2012-10-17", Statement=[_account(), *services, _only_services_make_grants()]),
        **under(only_if),
    )
    template.add_resource(key)
    alias = Sub(f"alias/ecr-pipeline/{owner.kind}/{owner.name}")
    template.add_resource(Alias("KeyAlias", AliasName=alias, TargetKeyId=Ref(key), **under(only_if)))
    return Key(GetAtt(key, "Arn"))


def add_chosen_key(
    template: Template,
    owner: Owner,
    services: Iterable[Statement],
    *,
    encrypts: str = "artifacts, logs, messages and queues",
    note: str = "",
) -> Key:
    """An existing key, or a new one if the parameter is empty. `note` ends the parameter's description."""
    existing = add_parameter(
        template,
        "KmsKeyArn",
        group="Encryption",
        label="Existing KMS key",
        description="ARN of an existing key with the key policy that docs/security.md shows. Empty: create a key."
        + note,
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$",
        ConstraintDescription="Enter the ARN of a key (arn:aws:kms:...:key/...), or leave it empty.",
    )
    own = add_condition(template, "CreateKey", Equals(existing, ""))
    created = add_key(template, owner, services, encrypts=encrypts, only_if=own)
    return Key(If(own, created.arn, existing))


def _account() -> Statement:
    """AWS's default statement. Without it, the key policy could never be changed again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return Statement(
        Sid="Account",
        Effect=Allow,
        Principal=Principal("AWS", Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")),
        Action=[Action("kms", "*")],
        Resource=["*"],
    )


def _only_services_make_grants() -> Statement:
    """Deny grants on the key, whatever policies allow, unless a service of AWS creates them.

    If KMS is called directly, the context does not have the condition key, or has "false".
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
    """
    return Statement(
        Sid="Grants",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[kms.CreateGrant],
        Resource=["*"],
        Condition=Condition(BoolIfExists({"kms:GrantIsForAWSResource": "false"})),
    )


def for_logs(log_groups: str) -> Statement:
    """CloudWatch Logs, for the log groups whose names match the pattern.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return Statement(
        Sid="Logs",
        Effect=Allow,
        # CloudWatch Logs has a principal for each region, and the suffix of the partition.
        Principal=Principal("Service", Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
        Action=[
            kms.Decrypt,
            kms.DescribeKey,
            kms.Encrypt,
            kms.GenerateDataKey,
            kms.GenerateDataKeyWithoutPlaintext,
            kms.ReEncryptFrom,
            kms.ReEncryptTo,
        ],
        Resource=["*"],
        # In the encryption context the ARN of a log group has no `:*` at its end.
        Condition=Condition(ArnLike({"kms:EncryptionContext:aws:logs:arn": arn("logs", f"log-group:{log_groups}")})),
    )


def for_alarms() -> Statement:
    """CloudWatch, for the alarms that publish to the encrypted topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return Statement(
        Sid="Alarms",
        Effect=Allow,
        Principal=Principal("Service", "cloudwatch.amazonaws.com"),
        Action=[kms.Decrypt, kms.GenerateDataKey],
        Resource=["*"],
        Condition=Condition(
            [StringEquals({"aws:SourceAccount": ACCOUNT}), ArnLike({"aws:SourceArn": arn("cloudwatch", "alarm:*")})]
        ),
    )


def for_dead_letters() -> Statement:
    """EventBridge, for the encrypted queue of events that a rule could not deliver.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    return Statement(
        Sid="DeadLetters",
        Effect=Allow,
        Principal=Principal("Service", "events.amazonaws.com"),
        Action=[kms.Decrypt, kms.GenerateDataKey],
        Resource=["*"],
        Condition=Condition(ArnLike({"aws:SourceArn": arn("events", "rule/*")})),
    )
