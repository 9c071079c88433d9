"""Promises about the key and the resources that it encrypts."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.promises.gate import LISTS
from tests.promises.permissions import ROOT
from tests.rendered import Rendered, listed, resources, statements
from tests.stacked import deployed, imported, imports, users_of, value_of_import
from tests.variants import needed, with_conditions

ENCRYPTED_BY = {
    "AWS::CodeArtifact::Domain": "EncryptionKey",
    "AWS::S3::Bucket": (
        "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID"
    ),
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::CodeBuild::Project": "EncryptionKey",
    "AWS::CodeBuild::ReportGroup": "ExportConfig.S3Destination.EncryptionKey",
    "AWS::CodePipeline::Pipeline": "ArtifactStore.EncryptionKey.Id",
    "AWS::ECR::Repository": "EncryptionConfiguration.KmsKey",
}
_ARTIFACTS = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
# The uses that AWS lists, by the statement that they are for; a run asks for less (NEVER_SEEN in authorization.py).
LISTED = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    "UseLogKey": _ARTIFACTS,
    "Logs": {*_ARTIFACTS, "kms:GenerateDataKeyWithoutPlaintext"},
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
    "UseKey": _ARTIFACTS,
    "DecryptArtifacts": {"kms:Decrypt", "kms:DescribeKey"},
}
KEPT = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::ECR::Repository"}
KEPT |= {"AWS::CodeArtifact::Domain", "AWS::CodeArtifact::Repository"}
HISTORY = "kms:EncryptionContext:aws:states:stateMachineArn"
OWN_KEY = {"Fn::GetAtt": ["Key", "Arn"]}
OWN_OR_EXISTING_KEY = {"Fn::If": ["CreateKey", OWN_KEY, {"Ref": "KmsKeyArn"}]}
KEY_OF_THE_PLATFORM = imported("platform", "KeyArn")


def everything_is_encrypted_with_the_key_of_the_stack(template: Rendered) -> Iterator[str]:
    """Buckets, topics, queues, logs, builds, artifacts, repositories, packages, variables of functions name the key.

    That is its own key, or the existing key that the user names; a stack without a key uses that of its platform.
    """
    key = _key_of(template)
    for kind, path in ENCRYPTED_BY.items():
        for name, properties in resources(template, kind):
            if _at(properties, path) != key:
                yield f"{name} is not encrypted with the key of the stack: {path} must be {json.dumps(key)}"
    for name, function in resources(template, "AWS::Lambda::Function"):
        if "Environment" in function and function.get("KmsKeyArn") != key:
            yield f"{name} has variables that are not encrypted: KmsKeyArn must be {json.dumps(key)}"


def objects_of_a_bucket_share_a_key(template: Rendered) -> Iterator[str]:
    """A bucket has a Bucket Key: without one each object is a call to KMS, under another encryption context.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    for name, bucket in resources(template, "AWS::S3::Bucket"):
        for rule in bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", ()):
            if rule.get("BucketKeyEnabled") is not True:
                yield f"{name} has no Bucket Key"


def keys_rotate(template: Rendered) -> Iterator[str]:
    """Every key rotates."""
    for name, key in resources(template, "AWS::KMS::Key"):
        if key.get("EnableKeyRotation") is not True:
            yield f"{name} does not rotate"


def the_key_serves_exactly_the_services_that_need_it(template: Rendered) -> Iterator[str]:
    """The key's policy names the account, and the services that use the key by themselves: no other principal.

    The services are those that the stack needs, and those that stacks need which import the key.
    """
    needed = set()
    for user in users_of(template, "KeyArn"):
        if any(True for _ in resources(user, "AWS::Logs::LogGroup")):
            needed.add("logs")
        if any("DeadLetterConfig" in json.dumps(rule) for _, rule in resources(user, "AWS::Events::Rule")):
            needed.add("events")
        if any(True for _ in resources(user, "AWS::CodeStarNotifications::NotificationRule")):
            needed.add("codestar-notifications")
        if any(alarm.get("AlarmActions") for _, alarm in resources(user, "AWS::CloudWatch::Alarm")):
            needed.add("cloudwatch")
    for name, key in resources(template, "AWS::KMS::Key"):
        named = {
            _service(statement["Principal"]).split(".")[0]
            for statement in key["KeyPolicy"]["Statement"]
            if statement["Principal"] != ROOT and statement["Effect"] == "Allow"
        }
        for service in sorted(named ^ needed):
            yield f"{name} {'serves' if service in named else 'does not serve'} {service}"


def the_key_serves_the_log_groups(template: Rendered) -> Iterator[str]:
    """The name of each log group fits the encryption context under which the key serves CloudWatch Logs.

    So do the names of the log groups of stacks that import the key.
    """
    uses_the_platform = any(each.thing == "KeyArn" for each in imports(template))
    owner = value_of_import(template, "KeyArn")[0] if uses_the_platform else template
    served = [
        statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Sub"].partition("log-group:")[2]
        for _, kind, statement in statements(owner)
        if kind == "KeyPolicy" and statement["Sid"] == "Logs"
    ]
    for user in users_of(template, "KeyArn"):
        for name, group in resources(user, "AWS::Logs::LogGroup"):
            if not any(fnmatch.fnmatchcase(_text(group["LogGroupName"]), pattern) for pattern in served):
                yield f"{name} is called {_text(group['LogGroupName'])}, but the key's policy serves {served} only"


def uses_of_the_key_are_those_that_aws_lists(template: Rendered) -> Iterator[str]:
    """For log groups and for artifacts the key can be used as AWS lists it: which use a service asks for may change."""
    for where, _, statement in statements(template):
        for missing in sorted(LISTED.get(statement.get("Sid", ""), set()) - set(listed(statement["Action"]))):
            yield f"{where} lacks {missing}, which AWS lists: LISTED in tests/promises/encryption.py has the pages"


def services_use_the_key_under_a_condition(template: Rendered) -> Iterator[str]:
    """A service may use the key only for resources of this account."""
    for where, kind, statement in statements(template):
        condition = json.dumps(statement.get("Condition", {}))
        ours = "${AWS::AccountId}" in condition or '{"Ref": "AWS::AccountId"}' in condition
        if kind == "KeyPolicy" and not ours and statement["Effect"] == "Allow" and statement["Principal"] != ROOT:
            yield f"{where} serves other accounts"


def keys_are_used_through_the_service_that_is_named(template: Rendered) -> Iterator[str]:
    """A role that may use a key for logs or messages may use it through that service alone, not by itself.

    The value ends in amazonaws.com in every partition.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    for where, _, statement in statements(template):
        wanted = {"UseLogKey": "logs", "UseTopicKey": "sns"}.get(statement.get("Sid", ""))
        exactly = {"StringEquals": {"kms:ViaService": {"Fn::Sub": f"{wanted}.${{AWS::Region}}.amazonaws.com"}}}
        if wanted and statement.get("Condition") != exactly:
            yield f"{where} lets the key be used not only through {wanted}: set Condition to {json.dumps(exactly)}"


@with_conditions
def histories_are_encrypted_for_their_state_machine(template: Rendered) -> Iterator[str]:
    """The role of a state machine may use the key for the history of this machine, and for nothing else.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    if not any(resources(template, "AWS::StepFunctions::StateMachine")):
        return
    stack = deployed(template, "a-stack", needed(template))
    conditions = [
        statement.get("Condition")
        for _, role in stack.resources("AWS::IAM::Role")
        for policy in role.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Sid"] == "EncryptHistory"
    ]
    wanted = [
        {"StringEquals": {HISTORY: f"arn:aws:states:{stack.place.region}:{stack.place.account}:stateMachine:{name}"}}
        for name in (machine["StateMachineName"] for _, machine in stack.resources("AWS::StepFunctions::StateMachine"))
    ]
    if conditions != wanted:
        yield f"the histories of state machines are encrypted under {conditions}, must be {wanted}"


def buckets_are_private_and_encrypted(template: Rendered) -> Iterator[str]:
    """Buckets are private and versioned; they refuse plain HTTP and other encryption than KMS."""
    for name, bucket in resources(template, "AWS::S3::Bucket"):
        if set(bucket.get("PublicAccessBlockConfiguration", {}).values()) != {True}:
            yield f"{name} does not block public access"
        if len(bucket.get("PublicAccessBlockConfiguration", {})) != 4:
            yield f"{name} blocks public access in part"
        if bucket.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}:
            yield f"{name} has lists of who may do what"
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} keeps no versions"
        denied = [
            json.dumps(statement["Condition"])
            for _, policy in resources(template, "AWS::S3::BucketPolicy")
            if policy["Bucket"] == {"Ref": name}
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and statement["Principal"] == "*"
        ]
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
        for condition in (
            {"Bool": {"aws:SecureTransport": "false"}},
            {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}},
        ):
            if json.dumps(condition) not in denied:
                yield f"{name} does not refuse {condition}"


def bucket_policies_are_about_their_bucket(template: Rendered) -> Iterator[str]:
    """Each statement of a bucket's policy names that bucket: S3 takes no policy about another one.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    """
    for name, policy in resources(template, "AWS::S3::BucketPolicy"):
        own = re.compile(rf'\$\{{{policy["Bucket"]["Ref"]}\}}|"{policy["Bucket"]["Ref"]}"')
        for statement in policy["PolicyDocument"]["Statement"]:
            for resource in listed(statement["Resource"]):
                if not own.search(json.dumps(resource)):
                    yield f"{name}/{statement['Sid']} is about {json.dumps(resource)}, not about its bucket"


def artifacts_outlive_the_longest_approval(template: Rendered) -> Iterator[str]:
    """Artifacts expire, but not while an approval can wait for them: 86,400 minutes at most.

    Lists of accepted findings do not expire.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """
    for name, bucket in resources(template, "AWS::S3::Bucket"):
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        if name == LISTS:
            if any("Expiration" in key for rule in rules for key in rule):
                yield f"{name} expires: it shows what was accepted when"
            continue
        days = [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
        least = [template["Parameters"][day["Ref"]]["MinValue"] if isinstance(day, dict) else day for day in days]
        if not least or min(least) * 24 * 60 <= 86400:
            yield f"{name} loses artifacts before an approval ends, or never: {days}"


def evidence_survives_the_stack(template: Rendered) -> Iterator[str]:
    """Buckets, keys, images and packages survive the deletion of their stack, but not a creation that failed.

    Copies of public packages do not: the public registry has them, and the repository keeps those that were read.
    https://docs.aws.amazon.com/codeartifact/latest/ug/repo-upstream-behavior.html

    The scanning of the registry is one setting for all repositories: it survives even that, as its deletion would end
    the scans of all other repositories.
    """
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::ECR::RegistryScanningConfiguration" and resource.get("DeletionPolicy") != "Retain":
            yield f"{name} is lost: every repository of the registry would be scanned in another way"
        if resource["Type"] in KEPT and "ExternalConnections" not in resource["Properties"]:
            kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
            if kept != ("RetainExceptOnCreate", "Retain"):
                yield f"{name} is lost: {kept}"


def _key_of(template: Rendered) -> Any:
    """The key that everything in the stack is encrypted with, as a value of its template."""
    own = template["Resources"].get("Key")
    if own is None:
        return KEY_OF_THE_PLATFORM
    return OWN_OR_EXISTING_KEY if "Condition" in own else OWN_KEY


def _text(name: Any) -> str:
    return str(name["Fn::Sub"]) if isinstance(name, dict) else str(name)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else (value or {}).get(step)
    return value


def _service(principal: Any) -> str:
    service = principal.get("Service", "others") if isinstance(principal, dict) else "others"
    return str(service["Fn::Sub"] if isinstance(service, dict) else service)
