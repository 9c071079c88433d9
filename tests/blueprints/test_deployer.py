"""Templates of deployers."""

from __future__ import annotations

from generator.blueprints import deployer
from generator.targets import targets


def test_each_target_publishes_its_deployer() -> None:
    """A target with a deployer has a template for it, and one without has none."""
    assert {f"deployer-{target.name}" for target in targets() if target.deployer} == deployer.TEMPLATES.keys()
