"""The release target."""

from __future__ import annotations

from generator.targets.release import TARGET
from tests.conftest import RENDERED


def test_release_deploys_nothing() -> None:
    """The one stage after the approval records the digest, and there is none before it."""
    stages = RENDERED["pipeline-release"]["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Inspect", "Approval", "Release"] == [stage["Name"] for stage in stages]
    assert ["Record"] == [action["Name"] for action in stages[-1]["Actions"]]
    assert ((), ("Release",)) == (TARGET.before_approval, TARGET.after_approval)
