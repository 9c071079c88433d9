"""Operations that moto lacks or only pretends: answered before it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call

Operation = Callable[[Call], Answer | None]
"""Answers a call, or leaves it to moto (None)."""
Operations = Mapping[tuple[str, str], Operation]
"""By the service's prefix in IAM and the operation's name in the API."""


def interception(operations: Operations) -> Operation:
    """What the emulator asks before it asks a service. `operations` may grow while it runs."""

    def intercept(call: Call) -> Answer | None:
        operation = operations.get((call.service, call.operation))
        return operation(call) if operation else None

    return intercept


def answered(output: Mapping[str, Any], *, status: int = 200) -> Answer:
    """What an operation of a service that speaks JSON gives back."""
    return Answer(status, json.dumps(output).encode(), content_type="application/x-amz-json-1.1")
