"""Suggestions for mistyped words."""

from __future__ import annotations

import pytest

from generator.suggestion import did_you_mean


@pytest.mark.parametrize("given", ["VpcID", "vpcid", "VcpId", "Vpc"])
def test_a_slip_is_recognized(given: str) -> None:
    """Case, swapped letters and a missing end lead to the intended word."""
    assert " (did you mean VpcId?)" == did_you_mean(given, ["SubnetIds", "VpcId"])


def test_a_stranger_gets_no_suggestion() -> None:
    """A word that is like none of the known ones is not guessed at."""
    assert "" == did_you_mean("Colour", ["SubnetIds", "VpcId"])
