"""Amazon CloudWatch Logs."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    arn_of,
    changed,
    without,
)
from generator.emulator.stacks.shapes import request


def _create_group(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("LogGroupName") or work.name(512))
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    settings = without(properties, "LogGroupName", "RetentionInDays", "Tags")
    request(work.client("logs"), "CreateLogGroup", settings, logGroupName=name, **({"tags": tags} if tags else {}))
    return name


def _settle_group(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    client = work.client("logs")
    # CreateLogGroup takes no retention.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    if changed(old, new, "RetentionInDays"):
        if "RetentionInDays" in new:
            client.put_retention_policy(logGroupName=name, retentionInDays=int(new["RetentionInDays"]))
        else:
            client.delete_retention_policy(logGroupName=name)
    if old and changed(old, new, "KmsKeyId"):
        if "KmsKeyId" in new:
            client.associate_kms_key(logGroupName=name, kmsKeyId=new["KmsKeyId"])
        else:
            client.disassociate_kms_key(logGroupName=name)


TYPES = {
    "AWS::Logs::LogGroup": ResourceHandler(
        create=_create_group,
        settle=_settle_group,
        delete=lambda work, name, _: work.client("logs").delete_log_group(logGroupName=name),
        # With ":*" at its end, as CloudFormation gives it:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
        attributes=arn_of,
    ),
}
