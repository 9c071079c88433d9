"""Change sets to read, and plans to judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from generator.changesets.change_records import UPDATE, ResourceEntry, StackPlan
from generator.changesets.change_set_reading import read
from generator.emulator.stacks.change_details import changes
from generator.emulator.stacks.planning import Environment, plan
from generator.emulator.stacks.stack_records import Resource, Stack, StackRequest, now

REGION, ACCOUNT = "eu-central-1", "111122223333"


def change(action: str, name: str, kind: str, before: Any = None, after: Any = None, **further: Any) -> dict[str, Any]:
    """An entry of DescribeChangeSet."""
    contexts = {
        key: json.dumps({"Properties": value})
        for key, value in (("BeforeContext", before), ("AfterContext", after))
        if value is not None
    }
    resource = {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **contexts, **further}
    return {"Type": "Resource", "ResourceChange": resource}


def plan_of(*entries: Mapping[str, Any], state: str = UPDATE, **further: Any) -> StackPlan:
    """The plan of the stack `platform-main` with these entries of a change set."""
    found = read({"Changes": entries})
    values: dict[str, Any] = {
        "folder": "",
        "account": ACCOUNT,
        "region": REGION,
        "stack": "platform-main",
        "template": "platform",
        "file": "params/platform.main.json",
        "state": state,
        "status": "CREATE_COMPLETE",
        "waits_for": (),
        "change_set": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/a/b",
        "problem": "",
        "drift": "",
        "notes": (),
        "parameters": (),
        "findings": (),
        **found._asdict(),
    }
    return StackPlan(**{**values, **further})


def emulated_entry(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> ResourceEntry:
    """The change set entry of the emulated CloudFormation for a resource whose properties change."""
    old = Resource(
        logical_id="X",
        type=kind,
        physical_id="x-1",
        properties=before,
        attributes={},
        deletion_policy="Delete",
        update_replace_policy="Delete",
        status="CREATE_COMPLETE",
        changed=now(),
    )
    arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/a/b"
    stack = Stack(
        name="a", id=arn, account=ACCOUNT, region=REGION, partition="aws", created=now(), resources={"X": old}
    )
    body = {"Resources": {"X": {"Type": kind, "Properties": after}}}
    order = StackRequest(text=json.dumps(body), body=body, given={}, values={}, tags={})
    stack.order = order
    place = Environment(client=_nobody, inside=_nobody, stacks={}, pseudo={"AWS::Region": REGION})
    [entry] = read({"Changes": changes(stack, order, place, plan(order, place))}).entries
    return entry


def _nobody(service: str) -> NoReturn:
    raise AssertionError(f"no client of {service} is needed")
