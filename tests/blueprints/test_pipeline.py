"""The assembly of a pipeline."""

from __future__ import annotations

from troposphere import Template

from generator import render
from generator.blueprints.pipeline import pipeline
from generator.stages import Stage, action
from generator.targets import Deployment, Ground, Target


def _deploy(_template: Template, name: str, _ground: Ground) -> Stage:
    return Stage(name=name, actions=(action("Deploy", category="Test", provider="CodeBuild", configuration={}),))


def test_a_target_deploys_before_and_after_the_approval() -> None:
    """Staging comes before the approval, production after it, and each ends with its record."""
    target = Target(name="test", summary="Test", prepare=lambda _template: Deployment(add=_deploy))
    rendered = render.to_dict(pipeline(target))
    stages = rendered["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert [
        ("Source", ["Image"]),
        ("Inspect", ["Inspect"]),
        ("Staging", ["Deploy", "Record"]),
        ("Approval", ["Approve"]),
        ("Production", ["Deploy", "Record"]),
    ] == [(stage["Name"], [step["Name"] for step in stage["Actions"]]) for stage in stages]
