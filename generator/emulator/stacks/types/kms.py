"""AWS KMS."""

from __future__ import annotations

import json

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed
from generator.emulator.stacks.shapes import request


def _create_key(work: ResourceContext, properties: Properties) -> str:
    taken = ("Description", "KeySpec", "KeyUsage", "MultiRegion")
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])]
    created = request(
        work.client("kms"),
        "CreateKey",
        {name: properties[name] for name in taken if name in properties},
        Policy=json.dumps(properties["KeyPolicy"]),
        Tags=tags,
    )
    return str(created["KeyMetadata"]["KeyId"])


def _settle_key(work: ResourceContext, key: str, new: Properties, old: Properties) -> None:
    client = work.client("kms")
    if old and changed(old, new, "KeyPolicy"):
        client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
    if old and changed(old, new, "Description"):
        client.update_key_description(KeyId=key, Description=new.get("Description", ""))
    rotation = ("EnableKeyRotation", "RotationPeriodInDays")
    if any(changed(old, new, name) for name in rotation):
        if new.get("EnableKeyRotation"):
            period = {"RotationPeriodInDays": new["RotationPeriodInDays"]} if "RotationPeriodInDays" in new else {}
            request(client, "EnableKeyRotation", period, KeyId=key)
        else:
            client.disable_key_rotation(KeyId=key)


def _delete_key(work: ResourceContext, key: str, properties: Properties) -> None:
    # KMS deletes no key at once: it waits 7 to 30 days.
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    days = int(properties.get("PendingWindowInDays", 30))
    work.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def _create_alias(work: ResourceContext, properties: Properties) -> str:
    request(work.client("kms"), "CreateAlias", properties)
    return str(properties["AliasName"])


TYPES = {
    "AWS::KMS::Key": ResourceHandler(
        create=_create_key,
        settle=_settle_key,
        delete=_delete_key,
        attributes=lambda work, key, _: {"Arn": work.own_arn(key), "KeyId": key},
    ),
    "AWS::KMS::Alias": ResourceHandler(
        create=_create_alias,
        update=lambda work, _, new, _old: request(work.client("kms"), "UpdateAlias", new),
        delete=lambda work, alias, _: work.client("kms").delete_alias(AliasName=alias),
    ),
}
