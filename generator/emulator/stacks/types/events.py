"""Amazon EventBridge."""

from __future__ import annotations

from generator.cloudformation.refusals import FailedError
from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    refuse_existing,
    without,
)
from generator.emulator.stacks.shapes import request


def _put_rule(work: ResourceContext, name: str, properties: Properties) -> None:
    request(work.client("events"), "PutRule", without(properties, "Name", "Targets"), Name=name)
    targets = properties.get("Targets", [])
    if targets:
        put = request(work.client("events"), "PutTargets", {"Targets": targets}, Rule=name, **_bus(properties))
        if put["FailedEntryCount"]:
            raise FailedError(f"{name}: {put['FailedEntries']}")


def _bus(properties: Properties) -> dict[str, str]:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


def _create_rule(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("Name") or work.name(64))
    refuse_existing(work, name, lambda: work.client("events").describe_rule(Name=name, **_bus(properties)))
    _put_rule(work, name, properties)
    return name


def _update_rule(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    kept = {target["Id"] for target in new.get("Targets", [])}
    _remove_targets(work, name, old, kept)
    _put_rule(work, name, new)


def _remove_targets(work: ResourceContext, name: str, properties: Properties, kept: set[str]) -> None:
    ids = [target["Id"] for target in properties.get("Targets", []) if target["Id"] not in kept]
    if ids:
        work.client("events").remove_targets(Rule=name, Ids=ids, **_bus(properties))


def _delete_rule(work: ResourceContext, name: str, properties: Properties) -> None:
    _remove_targets(work, name, properties, set())
    # EventBridge does not delete a rule that has targets.
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    work.client("events").delete_rule(Name=name, **_bus(properties))


def _described(work: ResourceContext, name: str, properties: Properties) -> dict[str, str]:
    return {"Arn": work.client("events").describe_rule(Name=name, **_bus(properties))["Arn"]}


TYPES = {
    "AWS::Events::Rule": ResourceHandler(
        create=_create_rule, update=_update_rule, delete=_delete_rule, attributes=_described
    ),
}
