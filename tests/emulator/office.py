"""An account for stacks on top of each other, with the small templates of network and platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from generator.emulator.front.calls import Call
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.trial import Push
from tests.emulator.layers import TEMPLATES
from tests.emulator.people import Approver


@dataclass
class Office:
    """An account, its approver, and its refusals."""

    here: Account
    approver: Approver
    progress: list[str]
    denied: list[str] = field(default_factory=list)
    """Operations that are refused to everybody."""


@contextmanager
def office() -> Iterator[Office]:
    """An account with nothing in it."""
    approver, progress, denied = Approver(), list[str](), list[str]()

    def guard(call: Call) -> str:
        return "not today" if call.operation in denied else ""

    with account(TrialPlace(), templates=TEMPLATES, approver=approver, progress=progress.append, guard=guard) as here:
        yield Office(here, approver, progress, denied)


def complete(here: Account) -> dict[str, str]:
    """The status of every stack, by its name."""
    described = here.cloud.inside("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"]: each["StackStatus"] for each in reversed(described)}


def ran(push: Push) -> Execution:
    """The run of a push, which must have succeeded."""
    assert push.execution, push.deliveries
    assert "Succeeded" == push.execution.status, push.execution.failures
    return push.execution
