"""Requests of AWS's services for themselves: to assume the roles of a stack, to use its key, topics and queues.

They act without a role, so that only the policies of the resources decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.decisions import Request, account_of
from generator.authorization.policies import keys_of
from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.cloudformation.resource_type import resource_types

# Services that send the resource and the account that they act for, with the page that says so. These pages do not:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
_SENDS_SOURCE = {
    "codebuild": "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html",
    "codedeploy": "https://docs.aws.amazon.com/codedeploy/latest/userguide/security_confused_deputy.html",
    "events": "https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html",
    "states": "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
    "vpc-flow-logs": "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
}
_FLOW_LOG = "arn:{partition}:ec2:{region}:{account}:vpc-flow-log/fl-0123456789abcdef0"
_DEPLOYMENT_GROUP = "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{application}/{group}"
NOTIFICATIONS = "codestar-notifications"
_DATA_KEYS = ("kms:GenerateDataKey", "kms:Decrypt")


def requests_of_services(stack: OfflineStack) -> Iterator[Request]:
    """All requests of services on the stack's own roles, topics, queues and key."""
    yield from _assume(stack)
    yield from _encrypt_logs(stack)
    yield from _alarm(stack)
    for title, rule in stack.resources("AWS::Events::Rule"):
        yield from _deliver(stack, stack.arn(title), rule)
    for title, rule in stack.resources("AWS::CodeStarNotifications::NotificationRule"):
        for target in rule["Targets"]:
            if target["TargetType"] == "SNS":
                yield from _use(stack, NOTIFICATIONS, "sns:Publish", target["TargetAddress"], stack.arn(title))


def _assume(stack: OfflineStack) -> Iterator[Request]:
    own = {stack.arn(title) for title, _ in stack.resources("AWS::IAM::Role")}
    for kind, known in resource_types().items():
        for title, properties in stack.resources(kind) if known.role else ():
            if properties.get(known.role) in own:
                source = _source(stack, known.assumed_by, title, properties)
                yield assumption(stack.place.account, known.assumed_by, properties[known.role], source)
    for title, rule in stack.resources("AWS::Events::Rule"):
        for target in rule.get("Targets", ()):
            if target.get("RoleArn") in own:
                yield assumption(stack.place.account, "events", target["RoleArn"], stack.arn(title))


def _source(stack: OfflineStack, service: str, title: str, properties: Mapping[str, Any]) -> str:
    """The ARN of the resource that the service acts for."""
    place = stack.place._asdict()
    if service == "vpc-flow-logs":
        return _FLOW_LOG.format(**place)
    if service == "codedeploy":
        return _DEPLOYMENT_GROUP.format(application=properties["ApplicationName"], group=title, **place)
    return stack.arn(title)


def assumption(account: str, service: str, role: str, source: str) -> Request:
    """A service assumes a role for a resource of the account. It sends the resource's ARN if its page says so."""
    context = _acting_for(account, source) if service in _SENDS_SOURCE else {}
    return Request(principal=f"{service}.amazonaws.com", action="sts:AssumeRole", resources=(role,), context=context)


def _acting_for(account: str, source: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn."""
    return {"aws:SourceArn": source, "aws:SourceAccount": account}


def _encrypt_logs(stack: OfflineStack) -> Iterator[Request]:
    for title, group in stack.resources("AWS::Logs::LogGroup"):
        if _is_own_key(stack, group.get("KmsKeyId")):
            yield from log_key_uses(stack.place, group["KmsKeyId"], stack.arn(title).removesuffix(":*"))


def log_key_uses(place: Location, key: str, group: str) -> Iterator[Request]:
    """The requests of CloudWatch Logs on the key of a log group. The group's ARN is the encryption context.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    uses = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
    for use in uses:
        yield Request(
            principal=f"logs.{place.region}.{place.suffix}",
            action=f"kms:{use}",
            resources=(key,),
            context={"kms:EncryptionContext:aws:logs:arn": group},
        )


def _alarm(stack: OfflineStack) -> Iterator[Request]:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html."""
    for title, alarm in stack.resources("AWS::CloudWatch::Alarm"):
        for topic in alarm.get("AlarmActions", ()):
            source = stack.arn(title)
            yield from _use(stack, "cloudwatch", "sns:Publish", topic, source)


def _deliver(stack: OfflineStack, rule: str, properties: Mapping[str, Any]) -> Iterator[Request]:
    """The requests of a rule: to send what it could not deliver, and to targets without a role.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    for target in properties.get("Targets", ()):
        if "DeadLetterConfig" in target:
            yield from _use(stack, "events", "sqs:SendMessage", target["DeadLetterConfig"]["Arn"], rule)
        if "RoleArn" not in target:
            action = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}[target["Arn"].split(":")[2]]
            yield from _use(stack, "events", action, target["Arn"], rule)


def _use(stack: OfflineStack, service: str, action: str, resource: str, source: str) -> Iterator[Request]:
    """The use of a topic or queue by a service, and of the key of the stack that encrypts it."""
    key = keys_of(stack).get(resource, "")
    return uses(service, action, resource, source, key if _is_own_key(stack, key) else "")


def uses(service: str, action: str, resource: str, source: str, key: str = "") -> Iterator[Request]:
    """The requests of a service that uses a topic or queue for a resource of the account, and the key that encrypts it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    context, principal = _acting_for(account_of(source), source), f"{service}.amazonaws.com"
    through: dict[str, str] = {}
    if service == NOTIFICATIONS:
        # It sends the account, and its page has a condition on SNS for the key; no page has one on the ARN of a rule.
        # https://docs.aws.amazon.com/dtconsole/latest/userguide/troubleshooting.html#troubleshooting-no-SNS
        # https://docs.aws.amazon.com/dtconsole/latest/userguide/set-up-sns.html
        del context["aws:SourceArn"]
        through = {"kms:ViaService": f"sns.{source.split(':')[3]}.amazonaws.com"}
    yield Request(principal=principal, action=action, resources=(resource,), context=context)
    for use in _DATA_KEYS if key else ():
        yield Request(principal=principal, action=use, resources=(key,), context=context | through)


def _is_own_key(stack: OfflineStack, key: str | None) -> bool:
    """Whether the key belongs to the stack. The policy of any other key is not known."""
    return key in {stack.arn(title) for title, _ in stack.resources("AWS::KMS::Key")}
