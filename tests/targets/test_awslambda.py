"""The Lambda target."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.publishing.render import to_dict
from tests.conftest import RENDERED, WITH_CONDITIONS
from tests.emulator.template import defaults

PIPELINE = RENDERED["pipeline-lambda"]
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Deployer-1A2B3C"


PIPELINE_WITH_CONDITIONS = WITH_CONDITIONS["pipeline-lambda"]
HERE = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}


def _machines(*letters: str) -> list[str]:
    return [f"{MACHINE}{letter}" for letter in letters]


def _stage(name: str, *machines: str) -> dict[str, Any]:
    """A stage whose parameter lists these state machines."""
    conditions = PIPELINE_WITH_CONDITIONS["Conditions"]
    values = {**defaults(PIPELINE_WITH_CONDITIONS), **HERE, f"{name}Deployer": ",".join(machines)}
    scope = Scope(values=values, conditions=conditions)
    stages = PIPELINE_WITH_CONDITIONS["Resources"]["Pipeline"]["Properties"]["Stages"]
    (stage,) = (each["Fn::If"][1] for each in stages if "Fn::If" in each and each["Fn::If"][1]["Name"] == name)
    return dict(resolve(stage, scope))


@pytest.mark.parametrize("letters", ["A", "AB", "ABC"])
@pytest.mark.parametrize("name", ["Staging", "Production"])
def test_each_stage_runs_its_deployers_with_the_digest(name: str, letters: str) -> None:
    """At the same time, and the record follows. One alone rolls back by itself; of several the stage takes back all."""
    machines = _machines(*letters)
    stage = _stage(name, *machines)
    *deploy, record = stage["Actions"]
    assert machines == [each["Configuration"]["StateMachineArn"] for each in deploy]
    for each in deploy:
        assert "#{Inspect.IMAGE_URI}" == json.loads(each["Configuration"]["Input"])["image"]
        assert each["RunOrder"] < record["RunOrder"]
    assert ("OnFailure" in stage) == (len(machines) > 1)


@pytest.mark.parametrize("letters", ["A", "AB", "ABC"])
def test_the_pipeline_runs_and_follows_these_machines_only(letters: str) -> None:
    """An execution's ARN has the name of its machine."""
    role = PIPELINE["Resources"]["PipelineRole"]["Properties"]
    statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
    machines = _machines(*letters)
    scope = Scope(values={**HERE, "StagingDeployer": ",".join(machines)})
    assert set(machines) == set(resolve(statements["DeployStaging"]["Resource"], scope))
    executions = {f"{each.replace(':stateMachine:', ':execution:')}:*" for each in machines}
    assert executions == set(resolve(statements["FollowStaging"]["Resource"], scope))


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging cannot run its deployer."""
    template = to_dict(catalog.build("pipeline-lambda"))
    assert "Staging" not in json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "StagingDeployer" in json.dumps(template["Resources"]["PipelineRole"])


def test_a_deployer_is_a_state_machine() -> None:
    """Its ARN, one to three of them, or none."""
    pattern = PIPELINE["Parameters"]["StagingDeployer"]["AllowedPattern"]
    assert re.fullmatch(pattern, MACHINE)
    assert re.fullmatch(pattern, "none")
    assert re.fullmatch(pattern, ",".join(_machines("A", "B", "C")))
    assert not re.fullmatch(pattern, ",".join(_machines("A", "B", "A")))
    assert not re.fullmatch(pattern, ",".join(_machines("A", "B", "C", "D")))
    assert not any(
        re.fullmatch(pattern, value) for value in ("", "Deployer", MACHINE.replace("stateMachine", "function"))
    )
