"""The assembly of a pipeline."""

from __future__ import annotations

import json

from troposphere import Template

from generator import render
from generator.blueprints.pipeline import pipeline
from generator.components.network import add_build_network
from generator.components.places import Place, Where
from generator.conditions import chosen
from generator.stages import Stage, action
from generator.targets import Deployment, Ground, Target


def _deploy(_template: Template, place: Place, _ground: Ground) -> Stage:
    deploy = action("Deploy", category="Test", provider="CodeBuild", configuration={})
    return Stage(name=place.name, actions=(deploy,), only_if=place.only_if)


TARGET = Target(
    name="test",
    summary="Test",
    prepare=lambda _template, _places, _environment: Deployment(add=_deploy),
    where=Where("Service", "Service", "Service", "[a-z]+", "a service"),
)
RENDERED = render.to_dict(pipeline(TARGET))


def _stages(*left_out: str) -> list[tuple[str, list[str]]]:
    stages = chosen(RENDERED, left_out)["Resources"]["Pipeline"]["Properties"]["Stages"]
    return [(stage["Name"], [step["Name"] for step in stage["Actions"]]) for stage in stages]


def test_a_target_deploys_before_and_after_the_approval() -> None:
    """Staging comes before the approval, production after it, and each ends with its record."""
    assert [
        ("Source", ["Image"]),
        ("Inspect", ["Inspect"]),
        ("Staging", ["Deploy", "Record"]),
        ("Validation", ["Validate", "Test"]),
        ("Approval", ["Compare", "Approve"]),
        ("Production", ["Deploy", "Record"]),
    ] == _stages()


def test_an_account_has_the_stages_that_it_wants() -> None:
    """Without staging nothing is validated; without production nobody is asked; nothing but that is gone."""
    assert ["Source", "Inspect", "Approval", "Production"] == [name for name, _ in _stages("DeployStaging", "Validate")]
    assert ["Source", "Inspect", "Staging"] == [name for name, _ in _stages("DeployProduction", "Validate")]


def test_what_is_recorded_is_told_for_the_stages_that_are_there() -> None:
    """The outputs of a stage go with it."""
    outputs = chosen(RENDERED, ["DeployProduction"])["Outputs"]
    assert "StagingRecord" in outputs
    assert "ProductionRecord" not in outputs


def test_a_target_says_where_its_builds_run() -> None:
    """Endpoints are brought along, unless the target makes them."""
    own = render.to_dict(pipeline(Target(**{**vars(TARGET), "network": add_build_network})))
    assert "LogsEndpoint" in own["Resources"]
    assert "Endpoint" not in json.dumps(list(RENDERED["Resources"]))
