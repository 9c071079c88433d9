"""The assembly of a pipeline."""

from __future__ import annotations

from troposphere import Template

from generator import render
from generator.blueprints.pipeline import pipeline
from generator.components.build import BuildEnvironment
from generator.components.inspection import Inspection
from generator.stages import Stage, action
from generator.targets import Target


def _deploy(_template: Template, name: str, _inspection: Inspection, _environment: BuildEnvironment) -> Stage:
    return Stage(name=name, actions=(action("Deploy", category="Test", provider="CodeBuild", configuration={}),))


def test_a_target_deploys_before_and_after_the_approval() -> None:
    """Staging comes before the approval, production after it, and each ends with its record."""
    rendered = render.to_dict(pipeline(Target(name="test", summary="Test", add=_deploy)))
    stages = rendered["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert [
        ("Source", ["Image"]),
        ("Inspect", ["Inspect"]),
        ("Staging", ["Deploy", "Record"]),
        ("Approval", ["Approve"]),
        ("Production", ["Deploy", "Record"]),
    ] == [(stage["Name"], [step["Name"] for step in stage["Actions"]]) for stage in stages]
