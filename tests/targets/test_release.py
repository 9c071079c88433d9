"""The release target."""

from __future__ import annotations

from tests.conftest import RENDERED


def test_release_deploys_nothing() -> None:
    """The one stage after the approval records the digest, and there is none before it."""
    template = RENDERED["pipeline-release"]
    stages = template["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Inspect", "Approval", "Release"] == [stage["Name"] for stage in stages]
    assert ["Record"] == [action["Name"] for action in stages[-1]["Actions"]]


def test_the_one_stage_is_always_there() -> None:
    """No condition leaves it out."""
    assert not [name for name in RENDERED["pipeline-release"]["Conditions"] if name.startswith("Deploy")]
