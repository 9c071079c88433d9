"""Suggestions for mistyped words."""

from __future__ import annotations

import pytest

from generator.suggestion import did_you_mean


@pytest.mark.parametrize("given", ["VpcID", "vpcid", "VcpId", "Vpc"])
def test_a_slip_is_recognized(given: str) -> None:
    """Case, swapped letters and a missing end lead to the intended word."""
    assert " (did you mean VpcId?)" == did_you_mean(given, ["SubnetIds", "VpcId"])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("pipeline-esc", "pipeline-ecs"),
        ("pipeline-ex", "pipeline-ecs or pipeline-eks"),
        ("pipeline-e", "pipeline-ec2, pipeline-ecs or pipeline-eks"),
        ("pipeline-lamda", "pipeline-lambda"),
    ],
)
def test_equally_near_words_are_all_named(given: str, meant: str) -> None:
    """None of them is a better guess than the others, except one with swapped letters."""
    known = ["pipeline-ecs", "pipeline-eks", "pipeline-lambda", "network"]
    known += ["pipeline-ec2"] if given != "pipeline-ex" else []
    assert f" (did you mean {meant}?)" == did_you_mean(given, known)


def test_a_stranger_gets_no_suggestion() -> None:
    """A word that is like none of the known ones is not guessed at."""
    assert "" == did_you_mean("Colour", ["SubnetIds", "VpcId"])
