"""The key that everything of a stack is encrypted with: made here, or brought along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from awacs import kms
from awacs.aws import Action, Allow, ArnLike, Condition, PolicyDocument, Principal, Statement, StringEquals
from troposphere import Equals, GetAtt, If, Ref, Sub, Template
from troposphere.kms import Alias
from troposphere.kms import Key as KmsKey

from generator.arn import arn
from generator.iam import ACCOUNT, Grant
from generator.outputs import add_output
from generator.parameters import add_condition, add_parameter

LOG_GROUPS = "/aws/*/${AWS::StackName}-*"  # the log groups that the key serves: of builds and of functions


class Key(NamedTuple):
    """The key of the stack."""

    arn: object

    def use(self) -> Grant:
        """Read and write what is encrypted with the key: the artifacts.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
        """
        return Grant(
            sid="UseKey",
            actions=(
                kms.Decrypt,
                kms.DescribeKey,
                kms.Encrypt,
                kms.GenerateDataKey,
                kms.ReEncryptFrom,
                kms.ReEncryptTo,
            ),
            resources=(self.arn,),
            why="Artifacts are encrypted with the key of the stack.",
        )

    def publish(self) -> Grant:
        """Publish to a topic that is encrypted with the key: the publisher itself encrypts.

        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        return Grant(
            sid="EncryptMessages",
            actions=(kms.Decrypt, kms.GenerateDataKey),
            resources=(self.arn,),
            why="Who publishes to an encrypted topic needs its key.",
        )


def add_key(
    template: Template, services: Iterable[Statement], *, encrypts: str = "artifacts, logs, messages and queues"
) -> Key:
    """A rotating key whose policy names this account and `services`, or a key brought along.

    Roles are not named: their own policies grant the key, as the account's root statement allows.
    """
    given = add_parameter(
        template,
        "KmsKeyArn",
        group="Encryption",
        label="KMS key",
        description="ARN of a key to share between stacks (docs/security.md has its policy). Empty: a new one.",
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$",
        ConstraintDescription="Type the ARN of a key (arn:aws:kms:...:key/...), or nothing.",
    )
    own = add_condition(template, "CreateKey", Equals(given, ""))
    key = KmsKey(
        "Key",
        Condition=own,
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        Description=Sub(f"{encrypts.capitalize()} of ${{AWS::StackName}}"),
        EnableKeyRotation=True,
        KeyPolicy=PolicyDocument(Version="2012-10-17", Statement=[_account(), *services]),
    )
    template.add_resource(key)
    template.add_resource(
        Alias("KeyAlias", Condition=own, AliasName=Sub("alias/ecr-pipeline/${AWS::StackName}"), TargetKeyId=Ref(key))
    )
    handle = Key(If(own, GetAtt(key, "Arn"), given))
    add_output(template, "KeyArn", handle.arn, f"The key that encrypts {encrypts}")
    return handle


def _account() -> Statement:
    """AWS's default statement: without it nobody could ever change the policy of the key again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return Statement(
        Sid="Account",
        Effect=Allow,
        Principal=Principal("AWS", Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")),
        Action=[Action("kms", "*")],
        Resource=["*"],
    )


def for_logs() -> Statement:
    """CloudWatch Logs, for the log groups of the builds and functions.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return Statement(
        Sid="Logs",
        Effect=Allow,
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
        Condition=Condition(ArnLike({"kms:EncryptionContext:aws:logs:arn": arn("logs", f"log-group:{LOG_GROUPS}")})),
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
    """EventBridge, for the encrypted queue of what a rule could not deliver.

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
