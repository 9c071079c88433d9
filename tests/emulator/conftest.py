"""Shared fixtures of the CloudFormation tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.small_stacks import Stacks, stacks_of


@pytest.fixture
def stacks() -> Iterator[Stacks]:
    """An emulated AWS to make stacks in."""
    with stacks_of() as made:
        yield made
