"""An approver, and a stack that can be broken while it is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator import catalog, render
from generator.emulator.actions import Decision, Request
from generator.emulator.answers import Answer
from generator.emulator.calls import Call
from generator.emulator.command import deployer_of
from generator.emulator.trial import Trial, trial

PARAMS = Path(__file__).parents[2] / "params"
APPROVED = Decision(approved=True, summary="looks good")


@dataclass
class Approver:
    """Reads every request, and says what it was told to."""

    requests: list[Request] = field(default_factory=list)
    says: Callable[[], Decision | None] = lambda: APPROVED

    def __call__(self, request: Request) -> Decision | None:
        """The decision."""
        self.requests.append(request)
        return self.says()


@dataclass
class Trouble:
    """What goes wrong."""

    denied: Callable[[Call], str] = lambda _: ""
    """Why a call is refused, or ""."""
    fault: Callable[[Call], Answer | None] = lambda _: None
    """What a call gets instead of its answer."""


@dataclass(frozen=True)
class Stack:
    """A template that is deployed, who approves, and what goes wrong in the meantime."""

    trial: Trial
    approver: Approver
    trouble: Trouble

    def sound(self) -> Stack:
        """The same without trouble, and with an approver who approves."""
        self.approver.requests, self.approver.says = [], lambda: APPROVED
        self.trouble.denied, self.trouble.fault = lambda _: "", lambda _: None
        return self


@contextmanager
def deployed(template: str, environment: str = "prod", *, patience: float = 60, **parameters: str) -> Iterator[Stack]:
    """The template with the parameters of an environment and these."""
    body = render.to_dict(catalog.build(template))
    entries = json.loads((PARAMS / f"{template}.{environment}.json").read_text(encoding="utf-8"))
    given = {each["ParameterKey"]: each["ParameterValue"] for each in entries} | parameters
    approver, trouble = Approver(), Trouble()
    with trial(
        body,
        given,
        deployer=deployer_of(template),
        approver=approver,
        stack=template,
        progress=lambda _: None,
        patience=patience,
        guard=lambda call: trouble.denied(call),  # noqa: PLW0108  it changes meanwhile
        intercept=lambda call: trouble.fault(call),  # noqa: PLW0108  and so does this
    ) as tried:
        yield Stack(tried, approver, trouble)
