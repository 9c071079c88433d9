"""What CodeDeploy needs for one ECS service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator import catalog
from generator.checks.assertions import broken
from generator.conditions import chosen
from generator.render import to_dict
from tests.conftest import RENDERED
from tests.rendered import listed

DEPLOYER = RENDERED["deployer-ecs-codedeploy"]
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef/0123456789abcdef"


def _group() -> dict[str, Any]:
    return dict(DEPLOYER["Resources"]["Group"]["Properties"])


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-ecs-codedeploy")), left_out)
    document = template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_traffic_shifts_between_two_target_groups_of_one_listener() -> None:
    """Blue/green with traffic control, as CodeDeploy wants it for ECS; the way of shifting was chosen."""
    assert {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"} == _group()["DeploymentStyle"]
    assert {"Fn::Sub": "CodeDeployDefault.${TrafficShift}"} == _group()["DeploymentConfigName"]
    (pair,) = _group()["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    assert 2 == len(pair["TargetGroups"])
    assert [{"Ref": "ListenerArn"}] == pair["ProdTrafficRoute"]["ListenerArns"]


def test_a_deployment_that_fails_or_alarms_rolls_back() -> None:
    """Alarms are optional, going back is not."""
    assert ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"] == _group()[
        "AutoRollbackConfiguration"
    ]["Events"]
    assert {"Fn::If": ["HasAlarm", True, False]} == _group()["AlarmConfiguration"]["Enabled"]
    plain = chosen(to_dict(catalog.build("deployer-ecs-codedeploy")), ["HasAlarm"])
    events = plain["Resources"]["Group"]["Properties"]["AutoRollbackConfiguration"]["Events"]
    assert "DEPLOYMENT_STOP_ON_ALARM" not in events


def test_a_deployment_ends_before_the_pipeline_loses_patience() -> None:
    """The longest shift takes half an hour, and the old tasks wait at most 45 minutes more."""
    assert 45 == DEPLOYER["Parameters"]["KeepOldTasksMinutes"]["MaxValue"]


def test_codedeploy_may_shift_this_service_and_no_other() -> None:
    """What AWS's managed policy has for everything is for one service, its listeners and its roles."""
    statements = _statements()
    assert statements["ShiftService"]["Resource"]["Fn::Sub"].endswith(":service/${Service}")
    assert statements["MakeTaskSets"]["Resource"]["Fn::Sub"].endswith(":task-set/${Service}/*")
    assert {"Ref": "ListenerArn"} in listed(statements["ShiftTraffic"]["Resource"])
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == statements["PassTaskRoles"]["Resource"]


def test_rules_of_a_listener_are_those_below_it() -> None:
    """The ARN of a listener's rule is that of the listener with another type and one part more."""
    joined = _statements()["ShiftTraffic"]["Resource"][1]["Fn::Join"][1]
    before, after = LISTENER.split(":listener/")
    assert [":listener-rule/", "/*"] == [part for part in joined if isinstance(part, str)]
    assert [0, 1] == [part["Fn::Select"][0] for part in joined if isinstance(part, dict)]
    assert f"{before}:listener-rule/{after}/*".startswith(LISTENER.replace(":listener/", ":listener-rule/"))


def test_what_was_not_brought_along_is_not_permitted() -> None:
    """Without alarms, hooks and a listener for tests CodeDeploy may not touch any."""
    without = _statements("HasAlarm", "HasHooks", "HasTestListener")
    assert {"WatchAlarms", "AskHooks", "ShiftTestTraffic"} == _statements().keys() - without.keys()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"Hooks": "", "HookFunctionArns": "arn"},
            "Type into Hooks when the functions of HookFunctionArns are asked, or leave both empty.",
        ),
        (
            {"ListenerArn": LISTENER, "TestListenerArn": LISTENER},
            "Type another listener into TestListenerArn, or nothing.",
        ),
        ({"AlarmName": "", "OtherAlarmName": "errors"}, "Type the first alarm into AlarmName."),
        (
            {"Hooks": "AfterAllowTraffic=x", "HookFunctionArns": ""},
            "Type the ARNs of the functions that Hooks names into HookFunctionArns.",
        ),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, str], message: str) -> None:
    """Before anything is made, with what to type instead."""
    given = {
        "ListenerArn": LISTENER,
        "TestListenerArn": "",
        "AlarmName": "",
        "OtherAlarmName": "",
        "Hooks": "",
        "HookFunctionArns": "",
    }
    assert [] == list(broken(DEPLOYER["Rules"], given))
    assert [message] == [said for _, said in broken(DEPLOYER["Rules"], given | values)]


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        ("Service", ["orders", "apps/or,ders"], ["apps/orders"]),
        ("TargetGroups", ["blue", "blue,green,red", "blue,"], ["blue,green"]),
        ("Hooks", ["smoke-test", "OnFire=x", "AfterAllowTraffic="], ["", "AfterAllowTraffic=x,BeforeInstall=y"]),
        ("Containers", ["", "app,", "a b"], ["app,worker"]),
        ("ListenerArn", ["", "orders", LISTENER[:-3] + "xyz"], [LISTENER]),
    ],
)
def test_what_is_mistyped_is_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the parameter's own pattern."""
    pattern = DEPLOYER["Parameters"][parameter]["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]
