"""The changes of a stack as records: small enough to keep hundreds of them."""

from __future__ import annotations

from dataclasses import dataclass

LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""CloudFormation shows this for a value that is known only after the deployment."""

CREATE, UPDATE, UNCHANGED, WAITING, BLOCKED = "create", "update", "unchanged", "waiting", "blocked"
"""The states of a plan for a stack. A stack that waits imports an export that does not exist yet."""


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """A value that changes: "" if the property is absent before or after. Long values are cut."""

    path: str
    before: str
    after: str
    recreation: str
    """Whether its change replaces the resource: Always, Conditionally or Never."""
    certain: bool
    """Whether CloudFormation knows the change before it executes it."""
    same: bool
    """Whether the whole value is known to be the same afterwards."""


@dataclass(frozen=True, kw_only=True)
class ResourceEntry:
    """The change of a resource. Its action is Add, Modify, Remove, Import, Dynamic or SyncWithActual."""

    action: str
    logical_id: str
    type: str
    physical_id: str
    replacement: str
    """True, False or Conditional; "" unless the resource is modified."""
    policy: str
    """The policy for the old resource: Delete, Retain, Snapshot, ReplaceAndDelete, ...; "" if nothing is removed."""
    keeps_name: bool
    """Whether the template gives the resource the name that it already has."""
    drift: str
    """MODIFIED or DELETED if it was changed outside CloudFormation, as far as the change set shows it."""
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True, kw_only=True)
class ParameterChange:
    """A parameter of the stack that gets another value: "" if it is absent before or after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class PermissionChange:
    """A permission that a change set adds or removes, in words."""

    wider: bool
    resource: str
    """The logical id of the role, policy, key, ... that changes."""
    text: str


@dataclass(frozen=True, kw_only=True)
class EarlyFinding:
    """A finding of CloudFormation's validation of a change set.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """

    mode: str
    """FAIL or WARN: a change set with a finding of the first kind cannot be executed."""
    name: str
    resource: str
    text: str


@dataclass(frozen=True, kw_only=True)
class StackPlan:
    """The planned changes to the stack of one parameter file."""

    folder: str
    """The folder of the account under params/; "" for a file in params/ itself."""
    account: str
    region: str
    stack: str
    template: str
    file: str
    state: str
    status: str
    """The status of the stack before the change; "" if there is no stack."""
    change_set: str
    """The ARN of the change set; "" if there is none."""
    waits_for: tuple[str, ...]
    """The stacks that export what it imports, or the names of exports that no parameter file provides."""
    problem: str
    """Why it cannot be planned, and what to do next; "" if it can."""
    drift: str
    """When its resources were found to have been changed outside CloudFormation; "" if that is not known."""
    notes: tuple[str, ...]
    entries: tuple[ResourceEntry, ...]
    parameters: tuple[ParameterChange, ...]
    permissions: tuple[PermissionChange, ...]
    findings: tuple[EarlyFinding, ...]

    @property
    def name(self) -> str:
        """The stack, with the folder of its account."""
        return f"{self.folder}/{self.stack}" if self.folder else self.stack
