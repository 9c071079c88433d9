"""Stacks, their resources and change sets, as CloudFormation records them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StackRequest:
    """The requested state of a stack: template, parameters and tags."""

    text: str
    body: Body
    given: Mapping[str, str]
    """The given parameters, as text."""
    values: Mapping[str, str | list[str]]
    """The Ref of each parameter."""
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A created resource."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    """The properties, with all functions resolved."""
    attributes: Mapping[str, str]
    deletion_policy: str
    update_replace_policy: str
    status: str
    changed: datetime


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """A line of a stack's history."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a stack."""

    name: str
    value: str
    description: str
    export: str


@dataclass(kw_only=True)
class Stack:
    """A stack: the request for it, and its state."""

    name: str
    id: str
    account: str
    region: str
    partition: str
    created: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    order: StackRequest | None = None
    """The executed request; None before its creation."""
    attempted: StackRequest | None = None
    """The request of its creation, which a stack whose creation failed still shows."""
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    """The resources, in the order of their creation."""
    gone: dict[str, Resource] = field(default_factory=dict)
    """The resources that its deletion has deleted or retained, shown for 90 days."""
    outputs: tuple[Output, ...] = ()
    imports: frozenset[str] = frozenset()
    """The exports of other stacks that it uses."""
    events: list[StackEvent] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    drift: str = "NOT_CHECKED"
    """The result of the last drift detection. Drift is not emulated: tests set it."""

    def tell(self, status: str, reason: str = "") -> None:
        """Set the status of the stack itself, and record it."""
        self.status, self.reason = status, reason
        self.note(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def note(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str = "") -> None:
        """Add a line to the history."""
        event = StackEvent(
            id=str(uuid.uuid4()),
            time=now(),
            logical_id=logical_id,
            physical_id=physical_id,
            type=kind,
            status=status,
            reason=reason,
        )
        self.events.append(event)


@dataclass(kw_only=True)
class ChangeSet:
    """A change of a stack that can be reviewed before it is executed."""

    name: str
    id: str
    stack: Stack
    type: str
    order: StackRequest
    status: str
    reason: str
    execution_status: str
    changes: tuple[Mapping[str, Any], ...]
    created: datetime
    failures: tuple[Mapping[str, Any], ...] = ()
    """The events of a change set that failed its validation, for DescribeEvents."""


def now() -> datetime:
    """The time."""
    return datetime.now(timezone.utc)
