"""API responses about stacks and their parts."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from generator.cloudformation.parameter_types import is_secret
from generator.emulator.stacks.change_details import without_values
from generator.emulator.stacks.conflicts import Conflict
from generator.emulator.stacks.exports import exports
from generator.emulator.stacks.inputs import declared, required_capabilities
from generator.emulator.stacks.stack_records import Body, ChangeSet, Resource, Stack, StackEvent, StackRequest, now

PAGE_BYTES = 1_000_000
"""The maximum size of a page of DescribeChangeSet."""


def stack(one: Stack) -> dict[str, Any]:
    """A Stack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html."""
    order = one.order or one.attempted
    return {
        "StackId": one.id,
        "StackName": one.name,
        "Description": order.body.get("Description", "") if order else "",
        "CreationTime": one.created,
        **_times(one),
        "StackStatus": one.status,
        "StackStatusReason": one.reason,
        "DisableRollback": False,
        "DriftInformation": {
            "StackDriftStatus": one.drift,
            **({} if one.drift == "NOT_CHECKED" else {"LastCheckTimestamp": one.updated or one.created}),
        },
        "Parameters": _parameters(order) if order else [],
        "Capabilities": list(order.capabilities) if order else [],
        "Tags": _tags(order.tags) if order else [],
        "Outputs": [
            {
                "OutputKey": output.name,
                "OutputValue": output.value,
                "Description": output.description,
                **({"ExportName": output.export} if output.export else {}),
            }
            for output in one.outputs
        ],
    }


def stack_summary(one: Stack) -> dict[str, Any]:
    """A StackSummary."""
    whole = stack(one)
    kept = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus")
    return {key: whole[key] for key in kept if key in whole}


def change_set(one: ChangeSet, *, values: bool, token: str) -> dict[str, Any]:
    """The answer of DescribeChangeSet: a page of at most 1 MB.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
    """
    every = one.changes if values else [without_values(each) for each in one.changes]
    first = int(token or 0)
    sizes = itertools.accumulate(len(json.dumps(each)) for each in every[first:])
    count = max(1, sum(size <= PAGE_BYTES for size in sizes))
    rest = first + count
    return {
        "ChangeSetName": one.name,
        "ChangeSetId": one.id,
        "StackId": one.stack.id,
        "StackName": one.stack.name,
        "Parameters": _parameters(one.order),
        "CreationTime": one.created,
        "ExecutionStatus": one.execution_status,
        "Status": one.status,
        "StatusReason": one.reason,
        "Capabilities": list(one.order.capabilities),
        "Tags": _tags(one.order.tags),
        "Changes": list(every[first:rest]),
        **({"NextToken": str(rest)} if rest < len(every) else {}),
    }


def event(of: Stack, one: StackEvent) -> dict[str, Any]:
    """A StackEvent."""
    return {
        "StackId": of.id,
        "StackName": of.name,
        "EventId": one.id,
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.type,
        "Timestamp": one.time,
        "ResourceStatus": one.status,
        "ResourceStatusReason": one.reason,
    }


def operation_event(of: Stack, one: StackEvent) -> dict[str, Any]:
    """An OperationEvent of the history of a stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html
    """
    whole = {name: value for name, value in event(of, one).items() if name != "StackName"}
    kind = "PROVISIONING_ERROR" if one.status.endswith("_FAILED") else "STACK_EVENT"
    return {**whole, "EventType": kind}


def taken_name(of: Stack, one: Conflict) -> dict[str, Any]:
    """The OperationEvent of a change set that fails its validation because a name is in use.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    text = f"Resource of type '{one.type}' with identifier '{one.name}' already exists."
    return _validation(of, one.logical_id, one.type, mode="FAIL", name="NAME_CONFLICT_VALIDATION", text=text)


def full_bucket(of: Stack, one: Resource) -> dict[str, Any]:
    """The OperationEvent of a change set that deletes a bucket with objects: it can be executed, and will fail.

    The page above has the validation, the design of `cdk validate` (aws/aws-cdk-rfcs) its name and its words.
    """
    name, text = "BUCKET_EMPTINESS_VALIDATION", "S3 bucket is not empty"
    return _validation(of, one.logical_id, one.type, mode="WARN", name=name, text=text)


def _validation(of: Stack, logical_id: str, kind: str, *, mode: str, name: str, text: str) -> dict[str, Any]:
    return {
        "EventId": str(uuid.uuid4()),
        "StackId": of.id,
        "OperationType": "CREATE_CHANGESET",
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "Timestamp": now(),
        "ValidationFailureMode": mode,
        "ValidationName": name,
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": text,
        "ValidationPath": f"/Resources/{logical_id}",
    }


def resource(of: Stack, one: Resource) -> dict[str, Any]:
    """A StackResource."""
    return {
        "StackId": of.id,
        "StackName": of.name,
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.type,
        "Timestamp": one.changed,
        "ResourceStatus": one.status,
    }


def resource_summary(one: Resource) -> dict[str, Any]:
    """A StackResourceSummary."""
    return {
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.type,
        "LastUpdatedTimestamp": one.changed,
        "ResourceStatus": one.status,
    }


def exported(stacks: Mapping[str, Stack]) -> list[dict[str, Any]]:
    """Every Export."""
    found = exports(stacks).items()
    return [{"ExportingStackId": of.id, "Name": name, "Value": value} for name, (of, value) in found]


def summary(body: Body) -> dict[str, Any]:
    """The answer of GetTemplateSummary."""
    parameters = [
        {
            "ParameterKey": name,
            "ParameterType": declaration["Type"],
            "NoEcho": is_secret(declaration),
            "Description": declaration.get("Description", ""),
            **({"DefaultValue": str(declaration["Default"])} if "Default" in declaration else {}),
        }
        for name, declaration in declared(body).items()
    ]
    return {
        "Parameters": parameters,
        "Description": body.get("Description", ""),
        "Capabilities": required_capabilities(body),
        "ResourceTypes": sorted({resource["Type"] for resource in body["Resources"].values()}),
        "Version": body.get("AWSTemplateFormatVersion", ""),
    }


def validation(body: Body) -> dict[str, Any]:
    """The answer of ValidateTemplate."""
    whole = summary(body)
    return {
        "Parameters": [
            {
                key: parameter[key]
                for key in ("ParameterKey", "DefaultValue", "NoEcho", "Description")
                if key in parameter
            }
            for parameter in whole["Parameters"]
        ],
        "Description": whole["Description"],
        "Capabilities": whole["Capabilities"],
    }


def _times(one: Stack) -> dict[str, Any]:
    times = {"LastUpdatedTime": one.updated, "DeletionTime": one.deleted}
    return {name: time for name, time in times.items() if time is not None}


def _parameters(order: StackRequest) -> list[dict[str, str]]:
    return [
        {"ParameterKey": name, "ParameterValue": "****" if is_secret(declared(order.body)[name]) else value}
        for name, value in order.given.items()
    ]


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    pairs: Iterable[tuple[str, str]] = tags.items()
    return [{"Key": key, "Value": value} for key, value in pairs]
