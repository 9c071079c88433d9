"""Execution of a request: resources are created in the order of their dependencies, and rolled back if one fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.cloudformation.refusals import FailedError, NotEmulatedError, RefusedError
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.emulator.stacks.conflicts import conflict
from generator.emulator.stacks.exports import check_deletion, check_names, check_values
from generator.emulator.stacks.planning import Environment, Plan, Planned, kind_of, outputs_of, plan, scope_of
from generator.emulator.stacks.property_checks import check_properties, has_attribute
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, given, gone
from generator.emulator.stacks.stack_records import Output, Resource, Stack, StackRequest, now

# Errors of a service, its client and our own code while a stack is created.
# For some requests moto answers with a page that no client can parse.
_ERRORS = (BotoCoreError, ClientError, FailedError, RefusedError, ResponseParserError)


def carry_out(stack: Stack, order: StackRequest, environment: Environment) -> None:
    """Execute the request, with status and history. If it fails, restore the previous state."""
    creating = stack.order is None
    word, back = ("CREATE", "ROLLBACK") if creating else ("UPDATE", "UPDATE_ROLLBACK")
    change = _Change(stack, order, plan(order, environment), environment)
    stack.attempted = order if creating else stack.attempted
    stack.tell(f"{word}_IN_PROGRESS", "User Initiated")
    stack.updated = None if creating else now()
    try:
        change.forward()
    except _ERRORS as error:
        stack.tell(f"{back}_IN_PROGRESS", f"{error} Rollback requested by user." if creating else str(error))
        try:
            change.backward()
        except _ERRORS as second:
            stack.tell(f"{back}_FAILED", str(second))
        else:
            stack.tell(f"{back}_COMPLETE")
        return
    if not creating:
        stack.tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        change.clean_up()
    stack.order = order
    stack.tell(f"{word}_COMPLETE")


def delete(stack: Stack, environment: Environment) -> None:
    """Delete the stack, except resources that its deletion policies retain.

    A stack with an export that others import stays as it is: DeleteStack succeeds, and the status gets a reason
    (aws/aws-cdk#604, USSBA/aws-cft-tools#27).
    """
    try:
        for output in stack.outputs:
            if output.export:
                check_deletion(output.export, environment.stacks)
    except FailedError as error:
        stack.tell(stack.status, str(error))
        return
    stack.tell("DELETE_IN_PROGRESS", "User Initiated")
    for resource in reversed(list(stack.resources.values())):
        keep = resource.deletion_policy != "Delete"
        try:
            _discard(stack, resource, environment, keep=keep)
        except _ERRORS as error:
            stack.tell("DELETE_FAILED", f"The following resource(s) failed to delete: [{resource.logical_id}]. {error}")
            return
        status = "DELETE_SKIPPED" if keep else "DELETE_COMPLETE"
        stack.gone[resource.logical_id] = replace(resource, status=status, changed=now())
        del stack.resources[resource.logical_id]
    stack.outputs, stack.imports, stack.deleted = (), frozenset(), now()
    stack.change_sets.clear()  # they go with their stack
    stack.tell("DELETE_COMPLETE")


class _Change:
    """The change of a stack to the requested state, and back."""

    def __init__(self, stack: Stack, order: StackRequest, planned: Plan, environment: Environment) -> None:
        self._stack = stack
        self._order = order
        self._plan = planned
        self._environment = environment
        self._before = dict(stack.resources)
        self._done: list[tuple[Resource | None, Resource]] = []
        """The created and changed resources: the state before, None if there was none, and the new state."""

    def forward(self) -> None:
        """Create and change everything, in the order of the plan.

        Imports and the names of exports are checked before anything is created (widdix/aws-cf-templates#79,
        aws/aws-cdk#8671).
        """
        if self._plan.missing:
            raise FailedError(f"No export named {self._plan.missing[0]} found.")
        check_names(self._stack, self._plan.exports.values(), self._environment.stacks)
        scope = self._scope()
        for name in self._plan.resources:
            self._one(name, given(resolve(self._order.body["Resources"][name].get("Properties", {}), scope)))
        removed = [name for name in self._before if name not in self._plan.resources]
        self._stack.resources = {name: self._stack.resources[name] for name in (*removed, *self._plan.resources)}
        self._stack.outputs = self._outputs(scope)
        self._stack.imports = self._plan.imports

    def clean_up(self) -> None:
        """Delete replaced resources, and those that are no longer in the template."""
        for name, old in reversed(self._before.items()):
            if name not in self._plan.resources:
                self._leave(old, keep=old.deletion_policy != "Delete")
                del self._stack.resources[name]
            elif old.physical_id != self._stack.resources[name].physical_id:
                self._leave(old, keep=old.update_replace_policy != "Delete")

    def backward(self) -> None:
        """Undo everything, the last step first."""
        for old, new in reversed(tuple(self._done)):
            if old is None or old.physical_id != new.physical_id:
                _discard(self._stack, new, self._environment, keep=new.deletion_policy == "Retain")
                del self._stack.resources[new.logical_id]
            else:
                self._update(new, old.properties)
            if old is not None:
                self._stack.resources[new.logical_id] = old

    def _one(self, name: str, properties: dict[str, Any]) -> None:
        planned, old = self._plan.resources[name], self._stack.resources.get(name)
        if old and old.type == planned.type and old.properties == properties:
            self._stack.resources[name] = _under(old, planned)
            return
        if old is None or old.type != planned.type:
            made = self._create(name, planned, properties)
        elif _replaces(old, properties, self._stack.region):
            _check_name(old, properties)
            self._note(old, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource")
            made = self._create(name, planned, properties)
        else:
            self._check_function(old, properties)
            made = _under(self._update(old, properties), planned)
        self._done.append((old, made))
        self._stack.resources[name] = made

    def _create(self, name: str, planned: Planned, properties: dict[str, Any]) -> Resource:
        kind, work = kind_of(planned.type), _work(self._stack, name, planned.type, self._environment)
        self._stack.note(name, "", planned.type, "CREATE_IN_PROGRESS")
        physical_id = ""
        try:
            check_properties(name, planned.type, properties, self._stack.region)
            if found := conflict(name, planned.type, properties, self._stack, self._environment.stacks):
                raise FailedError(f"{found.name} already exists in stack {found.owner.id}")
            physical_id = kind.create(work, properties)
            if kind.settle:
                kind.settle(work, physical_id, properties, {})
            attributes = kind.attributes(work, physical_id, properties)
        except _ERRORS as error:
            self._stack.note(name, physical_id, planned.type, "CREATE_FAILED", str(error))
            if physical_id:  # a part of it exists
                with contextlib.suppress(*_ERRORS):
                    kind.delete(work, physical_id, properties)
            raise FailedError(f"The following resource(s) failed to create: [{name}]. {error}") from error
        made = Resource(
            logical_id=name,
            type=planned.type,
            physical_id=physical_id,
            properties=properties,
            attributes=attributes,
            status="CREATE_COMPLETE",
            changed=now(),
            deletion_policy=planned.deletion_policy,
            update_replace_policy=planned.update_replace_policy,
        )
        self._note(made, made.status)
        return made

    def _update(self, old: Resource, properties: Properties) -> Resource:
        """The resource, changed in place."""
        kind, work = kind_of(old.type), _work(self._stack, old.logical_id, old.type, self._environment)
        self._note(old, "UPDATE_IN_PROGRESS")
        update = kind.update or kind.settle
        try:
            if update is None:
                raise NotEmulatedError(f"an update of {old.type} is not emulated")
            check_properties(old.logical_id, old.type, properties, self._stack.region)
            other = update(work, old.physical_id, properties, old.properties)
            physical_id = other if isinstance(other, str) else old.physical_id
            attributes = kind.attributes(work, physical_id, properties)
        except _ERRORS as error:
            self._note(old, "UPDATE_FAILED", str(error))
            self._done.append((old, replace(old, properties=properties)))  # some of it may have been changed
            raise FailedError(f"The following resource(s) failed to update: [{old.logical_id}]. {error}") from error
        self._note(old, "UPDATE_COMPLETE")
        made = replace(old, physical_id=physical_id, properties=properties, attributes=attributes)
        return replace(made, status="UPDATE_COMPLETE", changed=now())

    def _check_function(self, old: Resource, properties: Properties) -> None:
        """Refuse another function for a custom resource.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
        The message:
        https://github.com/cloudcomponents/cdk-constructs/issues/197
        """
        if old.properties.get("ServiceToken") != properties.get("ServiceToken"):
            reason = "Modifying service token is not allowed."
            self._note(old, "UPDATE_FAILED", reason)
            raise FailedError(f"The following resource(s) failed to update: [{old.logical_id}]. {reason}")

    def _leave(self, resource: Resource, *, keep: bool) -> None:
        try:
            _discard(self._stack, resource, self._environment, keep=keep)
        except _ERRORS as error:  # the update is complete nevertheless, as in AWS
            self._note(resource, "DELETE_FAILED", str(error))

    def _outputs(self, scope: Scope) -> tuple[Output, ...]:
        outputs = tuple(
            Output(
                name=name,
                value=str(output["Value"]),
                description=output.get("Description", ""),
                export=self._plan.exports.get(name, ""),
            )
            for name, output in resolve(outputs_of(self._order.body, scope), scope).items()
        )
        check_values(self._stack, outputs, self._environment.stacks)
        return outputs

    def _scope(self) -> Scope:
        """The scope of functions while resources are being created."""

        def attribute(name: str, key: str) -> Any:
            resource = self._stack.resources[name]
            # CloudFormation notices this only when the resource exists, and rolls back (ministackorg/ministack#1628).
            if not has_attribute(resource.type, key, self._stack.region):
                raise FailedError(f"Requested attribute {key} does not exist in schema for {resource.type}")
            if key not in resource.attributes:
                raise NotEmulatedError(f"{resource.type}: Fn::GetAtt gives {', '.join(resource.attributes)}, not {key}")
            return resource.attributes[key]

        return replace(
            scope_of(self._order, self._environment),
            reference=lambda name: self._stack.resources[name].physical_id,
            attribute=attribute,
        )

    def _note(self, resource: Resource, status: str, reason: str = "") -> None:
        self._stack.note(resource.logical_id, resource.physical_id, resource.type, status, reason)


def _under(resource: Resource, planned: Planned) -> Resource:
    """The resource, with the policies of the plan."""
    policies = planned.deletion_policy, planned.update_replace_policy
    return replace(resource, deletion_policy=policies[0], update_replace_policy=policies[1])


def _discard(stack: Stack, resource: Resource, environment: Environment, *, keep: bool) -> None:
    """Delete a resource, or leave it in the account."""
    name, physical_id, kind = resource.logical_id, resource.physical_id, resource.type
    if keep:
        stack.note(name, physical_id, kind, "DELETE_SKIPPED")
        return
    stack.note(name, physical_id, kind, "DELETE_IN_PROGRESS")
    try:
        kind_of(kind).delete(_work(stack, name, kind, environment), physical_id, resource.properties)
    except ClientError as error:
        if not gone(error):
            stack.note(name, physical_id, kind, "DELETE_FAILED", str(error))
            raise
    stack.note(name, physical_id, kind, "DELETE_COMPLETE")


def _replaces(old: Resource, properties: Properties, region: str) -> bool:
    """Whether AWS replaces the resource for this change, according to its published schema."""
    if old.type.startswith("Custom::"):
        return False  # its function decides
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, old.type).schema
    fixed = [path.removeprefix("/properties/").split("/") for path in schema.get("createOnlyProperties", [])]
    return any(_at(old.properties, path) != _at(properties, path) for path in fixed)


def _check_name(old: Resource, properties: Properties) -> None:
    """Refuse to replace a resource that has its name from the template: the name cannot exist twice, even temporarily.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    if old.physical_id in properties.values():
        raise FailedError(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            f" Rename {old.physical_id} and update the stack again."
        )


def _at(value: Any, path: Iterable[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _work(stack: Stack, logical_id: str, kind: str, environment: Environment) -> ResourceContext:
    return ResourceContext(
        client=environment.client,
        inside=environment.inside,
        stack_name=stack.name,
        stack_id=stack.id,
        logical_id=logical_id,
        type=kind,
        account=stack.account,
        region=stack.region,
        partition=stack.partition,
    )
