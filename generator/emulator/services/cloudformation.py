"""The API of CloudFormation, as far as the AWS CLI and people use it with templates like these.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import contextlib
import functools
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.utilities.utils import get_partition

from generator.cloudformation.refusals import FailedError, RefusedError
from generator.emulator.front.calls import CLOUDFORMATION
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.stacks import execution, inputs, responses
from generator.emulator.stacks.change_details import changes
from generator.emulator.stacks.conflicts import conflicts
from generator.emulator.stacks.exports import importers
from generator.emulator.stacks.planning import Environment, Plan, plan
from generator.emulator.stacks.stack_records import ChangeSet, Stack, StackRequest, now
from generator.model.partitions import url_suffix

# The reason by which the AWS CLI knows that there is nothing to do (awscli/customizations/cloudformation/deployer.py).
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
# The status reason of a change set with a resource whose name is in use (aws-cloudformation/rain#744).
TAKEN_NAMES = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early"
    " Validation errors, use the DescribeEvents API for detailed failure information."
)


CallParameters = Mapping[str, Any]

# Stacks are made one after another. A thread that makes one answers for it alone.
_ONE_AT_A_TIME = threading.RLock()


@dataclass
class DeployedStacks:
    """The stacks of an account and region, by their ids, including deleted ones."""

    by_id: dict[str, Stack] = field(default_factory=dict)


class _Office:
    """The stacks of an account and region, and the environment in which they are created."""

    def __init__(self, context: OperationContext) -> None:
        self.call = context.call
        self.client = functools.partial(context.client, agent=CLOUDFORMATION)
        self.inside = context.inside
        self.stacks = context.memory(DeployedStacks).by_id

    def find(self, name: str) -> Stack:
        """The stack of that name or id."""
        found = self.known(name) or self.stacks.get(name)
        if found is None:
            raise RefusedError(f"Stack with id {name} does not exist")
        return found

    def known(self, name: str) -> Stack | None:
        """The stack of that name that is not deleted, None if there is none."""
        return next((one for one in list(self.stacks.values()) if one.name == name and one.deleted is None), None)

    def change_set(self, parameters: CallParameters) -> ChangeSet:
        """The change set that a call names, by its id or by its name and its stack's."""
        name, of = parameters["ChangeSetName"], parameters.get("StackName")
        for stack in self.stacks.values():
            for change_set in stack.change_sets.values():
                if name == change_set.id or (name == change_set.name and of in {stack.name, stack.id}):
                    return change_set
        raise RefusedError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound", status=404)

    def new(self, name: str) -> Stack:
        """A stack that is still empty."""
        region, account = self.call.region, self.call.account
        partition = get_partition(region)
        arn = f"arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        self.stacks[arn] = Stack(name=name, id=arn, account=account, region=region, partition=partition, created=now())
        return self.stacks[arn]

    def environment(self, stack: Stack) -> Environment:
        """The environment in which the stack is created."""
        return Environment(client=self.client, inside=self.inside, stacks=self.stacks, pseudo=_pseudo(stack))

    def order(self, parameters: CallParameters, stack: Stack) -> StackRequest:
        """The request of a call for the stack."""
        return inputs.order(parameters, stack.order, self.client, _pseudo(stack))


def _pseudo(stack: Stack) -> dict[str, str]:
    return {
        "AWS::AccountId": stack.account,
        "AWS::Partition": stack.partition,
        "AWS::Region": stack.region,
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": url_suffix(stack.partition),
    }


def _settled(stack: Stack) -> None:
    if stack.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}:
        raise RefusedError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _create_change_set(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    name, kind = parameters["StackName"], parameters.get("ChangeSetType", "UPDATE")
    stack = office.known(name)
    if kind == "CREATE":
        if stack and stack.status != "REVIEW_IN_PROGRESS":
            raise RefusedError(f"Stack [{name}] already exists and cannot be created again with the changeSet")
    elif stack is None:
        raise RefusedError(f"Stack [{name}] does not exist")
    else:
        _settled(stack)
    fresh = stack or office.new(name)
    try:
        change_set = _new_change_set(office, parameters, fresh, kind)
    except (RefusedError, FailedError):
        if stack is None:
            del office.stacks[fresh.id]
        raise
    if stack is None:
        fresh.tell("REVIEW_IN_PROGRESS", "User Initiated")
    return {"Id": change_set.id, "StackId": fresh.id}


def _new_change_set(office: _Office, parameters: CallParameters, stack: Stack, kind: str) -> ChangeSet:
    name = parameters["ChangeSetName"]
    if name in stack.change_sets:
        raise RefusedError(f"ChangeSet {name} already exists for stack {stack.id}", "AlreadyExistsException")
    order, environment = office.order(parameters, stack), office.environment(stack)
    _refuse_types(order, parameters.get("ResourceTypes", []))
    after = plan(order, environment)
    before = plan(stack.order, environment) if stack.order else None
    empty = after == before
    taken = tuple(conflicts(after, stack, environment.stacks))
    reason = NO_CHANGES if empty else TAKEN_NAMES if taken else ""
    change_set = ChangeSet(
        name=name,
        id=f"{stack.id.rsplit(':', 1)[0]}:changeSet/{name}/{uuid.uuid4()}",
        stack=stack,
        type=kind,
        order=order,
        status="FAILED" if reason else "CREATE_COMPLETE",
        reason=reason,
        execution_status="UNAVAILABLE" if reason else "AVAILABLE",
        changes=tuple(changes(stack, order, environment, after)),
        created=now(),
        failures=(*(responses.taken_name(stack, each) for each in taken), *_full_buckets(office, stack, after)),
    )
    stack.change_sets[name] = change_set
    return change_set


def _refuse_types(order: StackRequest, allowed: Collection[str]) -> None:
    """The types of a template must be among those that the caller names.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    """
    for kind in [each["Type"] for each in order.body["Resources"].values()] if allowed else ():
        if kind not in allowed:
            raise RefusedError(f"Resource type {kind} is not allowed by parameter ResourceTypes {list(allowed)}")


def _full_buckets(office: _Office, stack: Stack, after: Plan) -> Iterator[dict[str, Any]]:
    """A warning for each bucket with objects that the change set deletes."""
    for name, old in stack.resources.items():
        goes = name not in after.resources and old.deletion_policy == "Delete"
        if goes and old.type == "AWS::S3::Bucket":
            listed = office.inside("s3").list_objects_v2(Bucket=old.physical_id, MaxKeys=1)
            if listed["KeyCount"]:
                yield responses.full_bucket(stack, old)


def _describe_change_set(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    values = bool(parameters.get("IncludePropertyValues"))
    return responses.change_set(office.change_set(parameters), values=values, token=parameters.get("NextToken", ""))


def _execute_change_set(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    change_set = office.change_set(parameters)
    stack = change_set.stack
    if change_set.execution_status != "AVAILABLE":
        message = f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{change_set.status}]"
        raise RefusedError(message, "InvalidChangeSetStatus")
    execution.carry_out(stack, change_set.order, office.environment(stack))
    stack.change_sets.clear()  # executing one removes all of the stack's
    return {}


def _create_stack(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    name = parameters["StackName"]
    if office.known(name):
        raise RefusedError(f"Stack [{name}] already exists", "AlreadyExistsException")
    stack = office.new(name)
    try:
        order, environment = office.order(parameters, stack), office.environment(stack)
        plan(order, environment)
    except (RefusedError, FailedError):
        del office.stacks[stack.id]
        raise
    execution.carry_out(stack, order, environment)
    return {"StackId": stack.id}


def _update_stack(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    stack = office.find(parameters["StackName"])
    _settled(stack)
    order, environment = office.order(parameters, stack), office.environment(stack)
    if stack.order and plan(order, environment) == plan(stack.order, environment):
        raise RefusedError("No updates are to be performed.")
    execution.carry_out(stack, order, environment)
    for change_set in stack.change_sets.values():
        change_set.execution_status = "OBSOLETE"
    return {"StackId": stack.id}


def _delete_stack(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    stack = office.known(parameters["StackName"]) or office.stacks.get(parameters["StackName"])
    if stack is None or stack.deleted:
        return {}  # AWS says nothing of it
    execution.delete(stack, office.environment(stack))
    return {}


def _delete_change_set(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    change_set = office.change_set(parameters)
    del change_set.stack.change_sets[change_set.name]
    return {}


def _describe_stacks(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    if "StackName" in parameters:
        return {"Stacks": [responses.stack(office.find(parameters["StackName"]))]}
    return {"Stacks": [responses.stack(stack) for stack in list(office.stacks.values()) if stack.deleted is None]}


def _template_summary(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    if "StackName" not in parameters:
        return responses.summary(inputs.parse(parameters["TemplateBody"]))
    stack = office.find(parameters["StackName"])
    if stack.order is None:
        raise RefusedError(f"Stack with id {parameters['StackName']} has no template")
    return responses.summary(stack.order.body)


def _get_template(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    order = office.find(parameters["StackName"]).order
    return {"TemplateBody": order.text if order else "", "StagesAvailable": ["Original", "Processed"]}


def _describe_events(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    stack = office.find(parameters["StackName"])
    return {"StackEvents": [responses.event(stack, event) for event in reversed(stack.events)]}


def _describe_operation_events(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    """The failures of a change set's validation, or the history of a stack with that of its change sets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
    """
    if "ChangeSetName" in parameters:
        return {"OperationEvents": list(office.change_set(parameters).failures)}
    stack = office.find(parameters.get("StackName", ""))
    failed = parameters.get("Filters", {}).get("FailedEvents", False)
    events = [event for event in reversed(stack.events) if not failed or event.status.endswith("_FAILED")]
    invalid = [failure for change_set in stack.change_sets.values() for failure in change_set.failures]
    return {"OperationEvents": [*invalid, *(responses.operation_event(stack, event) for event in events)]}


def _describe_resources(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    stack, wanted = office.find(parameters["StackName"]), parameters.get("LogicalResourceId")
    every = {**(stack.gone if stack.deleted else {}), **stack.resources}
    found = [one for name, one in list(every.items()) if wanted in {None, name}]
    return {"StackResources": [responses.resource(stack, one) for one in found]}


def _list_resources(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    stack = office.find(parameters["StackName"])
    return {"StackResourceSummaries": [responses.resource_summary(one) for one in list(stack.resources.values())]}


def _list_stacks(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    wanted = parameters.get("StackStatusFilter") or []
    found = [stack for stack in list(office.stacks.values()) if not wanted or stack.status in wanted]
    return {"StackSummaries": [responses.stack_summary(stack) for stack in found]}


def _list_exports(office: _Office, _parameters: CallParameters) -> dict[str, Any]:
    return {"Exports": responses.exported(dict(office.stacks))}


def _list_imports(office: _Office, parameters: CallParameters) -> dict[str, Any]:
    found = importers(dict(office.stacks), parameters["ExportName"])
    if not found:
        raise RefusedError(f"Export '{parameters['ExportName']}' is not imported by any stack.")
    return {"Imports": found}


def _validate(_office: _Office, parameters: CallParameters) -> dict[str, Any]:
    return responses.validation(inputs.parse(parameters["TemplateBody"]))


_ANSWERS: dict[str, Callable[[_Office, CallParameters], dict[str, Any]]] = {
    "CreateChangeSet": _create_change_set,
    "CreateStack": _create_stack,
    "DeleteChangeSet": _delete_change_set,
    "DeleteStack": _delete_stack,
    "DescribeChangeSet": _describe_change_set,
    "DescribeEvents": _describe_operation_events,
    "DescribeStackEvents": _describe_events,
    "DescribeStackResources": _describe_resources,
    "DescribeStacks": _describe_stacks,
    "ExecuteChangeSet": _execute_change_set,
    "GetTemplate": _get_template,
    "GetTemplateSummary": _template_summary,
    "ListExports": _list_exports,
    "ListImports": _list_imports,
    "ListStackResources": _list_resources,
    "ListStacks": _list_stacks,
    "UpdateStack": _update_stack,
    "ValidateTemplate": _validate,
}


def _operation(name: str, answer: Callable[[_Office, CallParameters], dict[str, Any]]) -> Operation:
    """An operation.

    A reader does not wait, and sees the current state: functions are called while their stack is created.
    """
    lock = contextlib.nullcontext() if name.startswith(("Describe", "List")) else _ONE_AT_A_TIME

    def operation(context: OperationContext) -> dict[str, Any]:
        with lock:
            try:
                return answer(_Office(context), context.call.parameters)
            except FailedError as error:
                raise RefusedError(str(error)) from error

    return operation


OPERATIONS = {f"cloudformation:{name}": _operation(name, answer) for name, answer in _ANSWERS.items()}
