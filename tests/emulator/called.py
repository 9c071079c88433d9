"""Calls that were never sent, for functions that only examine calls."""

from __future__ import annotations

from typing import Any

from generator.emulator.front.calls import Call


def call(service: str, operation: str, *, role: str = "", **parameters: Any) -> Call:
    """A call of a service with the JSON protocol."""
    return Call(
        access_key="AKIA",
        service=service,
        operation=operation,
        parameters=parameters,
        endpoint=f"{service}.eu-central-1.amazonaws.com",
        role=role,
        account="111122223333",
        region="eu-central-1",
        client=service,
        protocol="json",
    )
