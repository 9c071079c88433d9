"""The answer of DescribeChangeSet, with property values, as records.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.changesets.change_records import (
    LATER,
    EarlyFinding,
    ParameterChange,
    PermissionChange,
    PropertyChange,
    ResourceEntry,
)
from generator.changesets.permission_words import permission_changes
from generator.cloudformation.resource_type import resource_type

LONGEST = 160
"""Longer values are cut: a plan of hundreds of stacks must not hold their buildspecs."""
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""The reasons by which the AWS CLI knows an empty change set (awscli/customizations/cloudformation/deployer.py)."""


class ReadChangeSet(NamedTuple):
    """The changes to the resources of a stack and to permissions."""

    entries: tuple[ResourceEntry, ...]
    permissions: tuple[PermissionChange, ...]


def is_final(described: Mapping[str, Any]) -> bool:
    """Whether the change set has been created, or has failed."""
    return described.get("Status") in ("CREATE_COMPLETE", "FAILED", "DELETE_COMPLETE", "DELETE_FAILED")


def is_empty(described: Mapping[str, Any]) -> bool:
    """Whether it failed because there is nothing to change."""
    reason = str(described.get("StatusReason") or "")
    return described.get("Status") == "FAILED" and any(each in reason for each in _NO_CHANGES)


def read(described: Mapping[str, Any]) -> ReadChangeSet:
    """The records of a change set."""
    entries: list[ResourceEntry] = []
    permissions: list[PermissionChange] = []
    for change in described.get("Changes", []):
        resource = change.get("ResourceChange")
        if resource:
            before, after = (_properties(resource.get(key)) for key in ("BeforeContext", "AfterContext"))
            entries.append(_entry(resource, after))
            permissions += permission_changes(
                resource["LogicalResourceId"], resource.get("ResourceType", ""), before, after
            )
    return ReadChangeSet(tuple(entries), tuple(permissions))


def parameter_changes(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> tuple[ParameterChange, ...]:
    """The parameters whose value changes. AWS shows asterisks for secret ones, so their change is not seen."""
    old, new = (
        {each["ParameterKey"]: str(each.get("ResolvedValue", each.get("ParameterValue", ""))) for each in group}
        for group in (before, after)
    )
    return tuple(
        ParameterChange(name=name, before=_cut(old.get(name, "")), after=_cut(new.get(name, "")))
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    )


def early_findings(events: Iterable[Mapping[str, Any]]) -> tuple[EarlyFinding, ...]:
    """The findings of CloudFormation's own validation among the events of a change set."""
    found = (
        EarlyFinding(
            mode=str(event.get("ValidationFailureMode", "FAIL")),
            name=str(event.get("ValidationName", "")),
            resource=str(event.get("LogicalResourceId", "")),
            text=str(event.get("ValidationStatusReason", "")),
        )
        for event in events
        if event.get("EventType") == "VALIDATION_ERROR"
    )
    return tuple(dict.fromkeys(found))


def _properties(context: str | None) -> dict[str, Any] | None:
    """The properties of a resource in BeforeContext or AfterContext; None if the resource does not exist."""
    if not context:
        return None
    found = json.loads(context).get("Properties") or {}
    return dict(found)


def _entry(resource: Mapping[str, Any], after: Mapping[str, Any] | None) -> ResourceEntry:
    physical_id = str(resource.get("PhysicalResourceId") or "")
    return ResourceEntry(
        action=resource["Action"],
        logical_id=resource["LogicalResourceId"],
        type=str(resource.get("ResourceType", "")),
        physical_id=physical_id,
        replacement=str(resource.get("Replacement") or ""),
        policy=str(resource.get("PolicyAction") or ""),
        keeps_name=_keeps_name(str(resource.get("ResourceType", "")), physical_id, after or {}),
        drift=str(resource.get("ResourceDriftStatus") or "") if _drifted(resource) else "",
        properties=tuple(_property_changes(resource)),
    )


def _drifted(resource: Mapping[str, Any]) -> bool:
    return resource.get("ResourceDriftStatus") in ("MODIFIED", "DELETED")


def _keeps_name(kind: str, physical_id: str, after: Mapping[str, Any]) -> bool:
    """Whether the template gives the resource its present name, which cannot be used twice.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    given = {str(after[name]) for name in naming(kind) if name in after}
    return bool({physical_id, physical_id.rsplit("/", 1)[-1], physical_id.rsplit(":", 1)[-1]} & given - {""})


def naming(kind: str) -> set[str]:
    """The properties that may name a resource of this type."""
    last = kind.rsplit("::", 1)[-1]
    return {resource_type(kind).named_by, "Name", f"{last}Name", f"{last}Id"}


def _property_changes(resource: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """Each changed property once. A change by a parameter has two details, of which the static one says more.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
    """
    found: dict[str, PropertyChange] = {}
    for detail in resource.get("Details") or []:
        target = detail.get("Target", {})
        path = str(target.get("Path") or target.get("Name") or target.get("Attribute", "")).removeprefix("/Properties/")
        certain = detail.get("Evaluation") == "Static"
        if path not in found or certain:
            before, after = (target.get(key) for key in ("BeforeValue", "AfterValue"))
            found[path] = PropertyChange(
                path=path,
                before=_cut(str(before or "")),
                after=_cut(str(after or "")),
                recreation=str(target.get("RequiresRecreation") or "Never"),
                certain=certain,
                same=before is not None and before == after and LATER not in str(after),
            )
    yield from found.values()


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}..."
