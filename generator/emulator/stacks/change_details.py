"""The entries of a change set, as DescribeChangeSet shows them with property values.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.cloudformation.functions import variables
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Unknown, unknown_attribute, unknown_import, unknown_reference
from generator.emulator.stacks.exports import exported_values
from generator.emulator.stacks.planning import Environment, Plan, Planned, scope_of
from generator.emulator.stacks.property_checks import recreation
from generator.emulator.stacks.stack_records import Resource, Stack, StackRequest

LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""The placeholder for a value known only after the deployment (as in localstack's parity tests against AWS)."""
_POLICY_ACTIONS = {"Delete": "Delete", "Retain": "Retain", "RetainExceptOnCreate": "Retain", "Snapshot": "Snapshot"}
_ABSENT = object()


def changes(stack: Stack, order: StackRequest, environment: Environment, after: Plan) -> list[dict[str, Any]]:
    """The entries of a change set: resources to add, to modify and to remove."""
    survey = _Survey(stack, order, environment)
    found = [
        entry
        for name, planned in after.resources.items()
        for entry in survey.entries(name, planned, stack.resources.get(name))
    ]
    return found + [_removed(old) for name, old in stack.resources.items() if name not in after.resources]


@dataclass
class _Survey:
    """The resources of a request, one after another: dependencies first."""

    stack: Stack
    order: StackRequest
    environment: Environment
    moved: dict[str, bool] = field(default_factory=dict)
    """The resources that get another physical id; True if that is certain."""

    def entries(self, name: str, planned: Planned, old: Resource | None) -> Iterator[dict[str, Any]]:
        """The entry of a resource, if the change set changes it."""
        definition = self.order.body["Resources"][name].get("Properties", {})
        after = _texts(resolve(definition, self._scope()))
        context = _context(after, planned.deletion_policy, planned.update_replace_policy)
        if old is None:
            self.moved[name] = True
            yield _entry("Add", name, planned.type, AfterContext=context)
            return
        details = [*self._details(definition, planned.type, _texts(old.properties), after), *_policies(old, planned)]
        if not details and old.type == planned.type:
            return
        replacement = "True" if old.type != planned.type else _replacement(details)
        if replacement != "False":
            self.moved[name] = replacement == "True"
        policy = _POLICY_ACTIONS.get(planned.update_replace_policy, "Delete")
        yield _entry(
            "Modify",
            name,
            planned.type,
            PhysicalResourceId=old.physical_id,
            Replacement=replacement,
            **({"PolicyAction": f"ReplaceAnd{policy}"} if replacement != "False" else {}),
            Scope=list(dict.fromkeys(each["Target"]["Attribute"] for each in details)),
            Details=details,
            BeforeContext=_context(_texts(old.properties), old.deletion_policy, old.update_replace_policy),
            AfterContext=context,
        )

    def _scope(self) -> Any:
        exported = exported_values(self.environment.stacks)

        def reference(name: str) -> Any:
            known = name not in self.moved and name in self.stack.resources
            return self.stack.resources[name].physical_id if known else unknown_reference(name)

        def attribute(name: str, key: str) -> Any:
            known = name not in self.moved and key in getattr(self.stack.resources.get(name), "attributes", {})
            return self.stack.resources[name].attributes[key] if known else unknown_attribute(name, key)

        return replace(
            scope_of(self.order, self.environment),
            reference=reference,
            attribute=attribute,
            # An export that does not exist yet is no error here, only when the change set is executed.
            imported=lambda name: exported.get(name, unknown_import(name)),
        )

    def _details(self, definition: Any, kind: str, before: Any, after: Any) -> Iterator[dict[str, Any]]:
        for path, old, new in _differences(before, after, ()):
            requires = recreation(kind, path, self.stack.region)
            target = {
                "Attribute": "Tags" if path[0] == "Tags" else "Properties",
                **({} if path[0] == "Tags" else {"Name": path[0]}),
                "RequiresRecreation": requires,
                "Path": "/".join(["", "Properties", *map(str, path)]),
                **({} if old is _ABSENT else {"BeforeValue": _shown(old)}),
                **({} if new is _ABSENT else {"AfterValue": _shown(new)}),
                "AttributeChangeType": "Add" if old is _ABSENT else "Remove" if new is _ABSENT else "Modify",
            }
            source = definition.get(path[0]) if isinstance(definition, Mapping) else None
            yield from self._sources(source, target, known=not _is_later(new))

    def _sources(self, definition: Any, target: dict[str, Any], *, known: bool) -> Iterator[dict[str, Any]]:
        """The causes of a changed value. A parameter appears twice, as AWS's samples show."""
        previous = self.stack.order.values if self.stack.order else {}
        named = dict.fromkeys(_named(definition))
        parameters = [
            name for name, _ in named if name in self.order.values and self.order.values[name] != previous.get(name)
        ]
        others = [(name, key) for name, key in named if name in self.moved and name in self.stack.resources]
        for name in parameters:
            yield {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"}
            cause = {"ChangeSource": "ParameterReference", "CausingEntity": name}
            yield {"Target": target, "Evaluation": "Static", **cause}
        for name, key in others:
            source, entity = ("ResourceAttribute", f"{name}.{key}") if key else ("ResourceReference", name)
            evaluation = "Static" if self.moved[name] else "Dynamic"
            yield {"Target": target, "Evaluation": evaluation, "ChangeSource": source, "CausingEntity": entity}
        if not parameters and not others:
            evaluation = "Static" if known else "Dynamic"
            yield {"Target": target, "Evaluation": evaluation, "ChangeSource": "DirectModification"}


def without_values(change: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without property values: the changed properties, without their paths and values."""
    entry = {
        key: value for key, value in change["ResourceChange"].items() if key not in ("BeforeContext", "AfterContext")
    }
    if "Details" in entry:
        details = [
            {
                **each,
                "Target": {
                    key: value
                    for key, value in each["Target"].items()
                    if key not in ("Path", "BeforeValue", "AfterValue", "AttributeChangeType")
                },
            }
            for each in entry["Details"]
        ]
        entry["Details"] = [each for number, each in enumerate(details) if each not in details[:number]]
    return {**change, "ResourceChange": entry}


def _entry(action: str, name: str, kind: str, **further: Any) -> dict[str, Any]:
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **further},
    }


def _removed(old: Resource) -> dict[str, Any]:
    return _entry(
        "Remove",
        old.logical_id,
        old.type,
        PhysicalResourceId=old.physical_id,
        PolicyAction=_POLICY_ACTIONS.get(old.deletion_policy, "Delete"),
        BeforeContext=_context(_texts(old.properties), old.deletion_policy, old.update_replace_policy),
    )


def _replacement(details: Iterable[Mapping[str, Any]]) -> str:
    """The strongest effect of all. A change by a parameter is static: its dynamic twin does not count.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """
    found = [(each["Target"]["RequiresRecreation"], each["Evaluation"], each["Target"].get("Path")) for each in details]
    if any(requires == "Always" and evaluation == "Static" for requires, evaluation, _ in found):
        return "True"
    return "Conditional" if any(requires != "Never" for requires, _, _ in found) else "False"


def _policies(old: Resource, planned: Planned) -> Iterator[dict[str, Any]]:
    pairs = (
        ("DeletionPolicy", old.deletion_policy, planned.deletion_policy),
        ("UpdateReplacePolicy", old.update_replace_policy, planned.update_replace_policy),
    )
    for attribute, before, after in pairs:
        if before != after:
            target = {
                "Attribute": attribute,
                "RequiresRecreation": "Never",
                "Path": f"/{attribute}",
                "BeforeValue": before,
                "AfterValue": after,
                "AttributeChangeType": "Modify",
            }
            yield {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Each place where the values differ, as deep as both have the same structure."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs: Iterable[tuple[Any, Any, Any]] = (
            (key, before.get(key, _ABSENT), after.get(key, _ABSENT)) for key in dict.fromkeys([*before, *after])
        )
    elif isinstance(before, list) and isinstance(after, list):
        longest = range(max(len(before), len(after)))
        pairs = (
            (n, before[n] if n < len(before) else _ABSENT, after[n] if n < len(after) else _ABSENT) for n in longest
        )
    else:
        if before != after:
            yield path, before, after
        return
    for key, old, new in pairs:
        yield from _differences(old, new, (*path, str(key)))


def _named(node: Any) -> Iterator[tuple[str, str]]:
    """The references of the functions in a part of the template: a name, and an attribute or ""."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "Ref":
                yield value, ""
            elif key == "Fn::GetAtt":
                name, _, attribute = value.partition(".") if isinstance(value, str) else (value[0], "", value[1])
                yield name, str(attribute)
            elif key == "Fn::Sub":
                for each in variables(value if isinstance(value, str) else value[0]):
                    name, _, attribute = each.partition(".")
                    yield name, attribute
                yield from _named(value)
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for item in node:
            yield from _named(item)


def _texts(value: Any) -> Any:
    """The value as a change set shows it: numbers and booleans as text, an unknown value as a placeholder."""
    if isinstance(value, Unknown):
        return LATER
    if isinstance(value, Mapping):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_later(value: Any) -> bool:
    return LATER in json.dumps(value) if value is not _ABSENT else False


def _context(properties: Any, deletion: str, replacing: str) -> str:
    policies = {"DeletionPolicy": deletion, "UpdateReplacePolicy": replacing}
    return json.dumps({"Properties": properties, **{key: each for key, each in policies.items() if each != "Delete"}})


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
