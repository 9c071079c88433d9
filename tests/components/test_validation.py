"""Validation between staging and the approval."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from troposphere import encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.stage_parameters import Where, add_places
from generator.components.validation import add_validation
from generator.model.stages import Stage
from generator.publishing import render
from tests.ground import Ground

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:smoke-test"


@pytest.fixture
def stage(ground: Ground) -> Stage:
    """The stage after staging."""
    places = add_places(
        ground.template, ("Staging", "Production"), Where("Service", "Service", "Service", "[a-z]+", "a service")
    )
    return add_validation(ground.template, ground.inspection, places[0])


def _actions(stage: Stage) -> dict[str, Any]:
    guarded = [encode_to_dict(action)["Fn::If"] for action in stage.actions]
    return {condition: action for condition, action, _ in guarded}


def test_the_function_gets_stage_and_digest(stage: Stage) -> None:
    """A Lambda action holds the run until the function answers; it is called by the name in its ARN."""
    ask = _actions(stage)["HasValidationFunction"]
    assert ("Invoke", "Lambda") == (ask["ActionTypeId"]["Category"], ask["ActionTypeId"]["Provider"])
    assert {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "ValidationFunctionArn"}]}]} == (
        ask["Configuration"]["FunctionName"]
    )
    assert "smoke-test" == FUNCTION.split(":")[6]
    facts = json.loads(ask["Configuration"]["UserParameters"])
    assert ("staging", "#{Inspect.IMAGE_DIGEST}") == (facts["STAGE"], facts["IMAGE_DIGEST"])


def test_the_project_tests_at_the_same_time(stage: Stage) -> None:
    """A Test action with the artifact of Inspect, in parallel with the function."""
    actions = _actions(stage)
    test = actions["HasTestProject"]
    assert {"Ref": "TestProjectName"} == test["Configuration"]["ProjectName"]
    assert actions["HasValidationFunction"]["RunOrder"] == test["RunOrder"]
    variables = {v["name"]: v["value"] for v in json.loads(test["Configuration"]["EnvironmentVariables"])}
    assert "#{Inspect.IMAGE_URI}" == variables["IMAGE_URI"]


def test_without_function_or_project_its_permission_is_gone(stage: Stage) -> None:
    """Each permission depends on the condition of its resource."""
    assert {"Validate": "HasValidationFunction", "SeeFunctions": "Validate", "Test": "HasTestProject"} == {
        grant.sid: grant.only_if for grant in stage.granted()
    }


@pytest.mark.usefixtures("stage")
def test_without_staging_there_is_nothing_to_validate(ground: Ground) -> None:
    """The stage needs staging and one of the two, which are refused in a pipeline without staging."""
    rendered = render.to_dict(ground.template)
    assert {"Condition": "DeployStaging"} in rendered["Conditions"]["Validate"]["Fn::And"]
    values = {"StagingService": "none", "ProductionService": "a", "TestProjectName": "tests"}
    rule = {"ValidationFollowsItsStage": rendered["Rules"]["ValidationFollowsItsStage"]}
    assert ["Validation needs staging: leave ValidationFunctionArn and TestProjectName empty."] == [
        message for _, message in broken(rule, values | {"ValidationFunctionArn": ""})
    ]
    assert [] == list(broken(rule, values | {"ValidationFunctionArn": "", "TestProjectName": ""}))
    assert [] == list(broken(rule, values | {"ValidationFunctionArn": FUNCTION, "StagingService": "a"}))


@pytest.mark.usefixtures("stage")
def test_a_version_or_an_alias_is_refused(ground: Ground) -> None:
    """The action calls a function by its name, which has neither."""
    pattern = ground.template.parameters["ValidationFunctionArn"].to_dict()["AllowedPattern"]
    assert re.fullmatch(pattern, FUNCTION)
    assert not re.fullmatch(pattern, f"{FUNCTION}:live")


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("", True),
        ("tests", True),
        ("ecr-pipeline-tests", True),
        ("my-ecr-pipeline-platform-tests", True),
        ("ecr-pipeline-platform-main-Inspect", False),
        ("ecr-pipeline-standalone-orders-Inspect", False),
        ("orders-Deployer", True),
        ("orders-eks-Deploy", False),
    ],
)
def test_inspect_is_no_test_project(ground: Ground, name: str, taken: bool) -> None:  # noqa: FBT001  a column
    """The permission to start the test project has none of the conditions on Inspect and on deployers of EKS."""
    pattern = ground.template.parameters["TestProjectName"].to_dict()["AllowedPattern"]
    assert taken == bool(re.fullmatch(pattern, name))
