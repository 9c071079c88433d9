"""Stacks, their resources and change sets, as CloudFormation remembers them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StackRequest:
    """What a stack shall be: template, parameters and tags."""

    text: str
    body: Body
    given: Mapping[str, str]
    """The parameters that were given, as text."""
    values: Mapping[str, str | list[str]]
    """What a Ref to each parameter gives."""
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as it was made."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    """Resolved: no function is left in them."""
    attributes: Mapping[str, str]
    deletion_policy: str
    update_replace_policy: str
    status: str
    changed: datetime


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """A line in the history of a stack."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Output:
    """A value that a stack gives."""

    name: str
    value: str
    description: str
    export: str


@dataclass(kw_only=True)
class Stack:
    """A stack: what it was ordered to be, and what has become of it."""

    name: str
    id: str
    account: str
    region: str
    partition: str
    created: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    order: StackRequest | None = None
    """What it is; None as long as it was not made."""
    attempted: StackRequest | None = None
    """What its creation was to make it: a stack whose creation failed still shows that."""
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    """In the order in which they were made."""
    gone: dict[str, Resource] = field(default_factory=dict)
    """What its deletion has deleted or left to itself: it is shown for 90 days."""
    outputs: tuple[Output, ...] = ()
    imports: frozenset[str] = frozenset()
    """The exports of other stacks that it uses."""
    events: list[StackEvent] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    drift: str = "NOT_CHECKED"
    """What the last detection of drift has found. None is emulated: tests set it."""

    def tell(self, status: str, reason: str = "") -> None:
        """Sets the status of the stack itself, and writes it down."""
        self.status, self.reason = status, reason
        self.note(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def note(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str = "") -> None:
        """Writes a line into the history."""
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
    """A change of a stack that can be looked at before it is carried out."""

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
    """What DescribeEvents tells of a change set that failed its validation."""


def now() -> datetime:
    """The time."""
    return datetime.now(timezone.utc)
