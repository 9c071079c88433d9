"""Shared fixtures of the tests of `prove`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proving.faulty_rooms import FaultyRoom, faulty_room


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyRoom]:
    """A room with the credentials of the prover in the environment."""
    with faulty_room(monkeypatch) as made:
        yield made
