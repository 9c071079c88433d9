"""The deployer for one ECS service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.template_rules import broken
from generator.publishing.render import to_dict
from tests.conftest import RENDERED
from tests.rendered import listed
from tests.resolved import resolved

DEPLOYER = RENDERED["deployer-ecs-codedeploy"]
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/orders/0123456789abcdef"
LISTENER, OTHER = (f"{BALANCER}/{end}" for end in ("0123456789abcdef", "0123456789abcdee"))


# With a comma at the end, so that there always is a second part.
LISTENERS = {"Fn::Split": [",", {"Fn::Sub": "${ListenerArns},"}]}


def _group() -> dict[str, Any]:
    return dict(DEPLOYER["Resources"]["Group"]["Properties"])


def _made(**values: str) -> dict[str, Any]:
    """The deployment group in a stack with these values."""
    given = {"Service": "apps/orders", "TargetGroups": "blue,green", **values}
    return dict(resolved(to_dict(catalog.build("deployer-ecs-codedeploy")), **given)["Group"])


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-ecs-codedeploy")), left_out)
    document = template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_traffic_shifts_between_two_target_groups_of_one_listener() -> None:
    """Blue/green with traffic control, as CodeDeploy requires for ECS, with the chosen way to shift."""
    assert {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"} == _group()["DeploymentStyle"]
    group = _made(ListenerArns=LISTENER, TrafficShift="ECSAllAtOnce")
    (pair,) = group["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    assert [{"Name": "blue"}, {"Name": "green"}] == pair["TargetGroups"]
    assert [LISTENER] == pair["ProdTrafficRoute"]["ListenerArns"]
    assert "TestTrafficRoute" not in pair
    assert "CodeDeployDefault.ECSAllAtOnce" == group["DeploymentConfigName"]


def test_a_second_listener_is_for_tests() -> None:
    """Both are in one parameter, whose pattern compares their load balancer."""
    (pair,) = _made(ListenerArns=f"{LISTENER},{OTHER}")["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    assert ([LISTENER], [OTHER]) == tuple(pair[f"{route}TrafficRoute"]["ListenerArns"] for route in ("Prod", "Test"))


def test_a_network_load_balancer_shifts_all_at_once() -> None:
    """CodeDeploy has no other configuration for it, whatever was chosen."""
    shift = "ECSCanary10Percent5Minutes"
    for listener, name in ((LISTENER, shift), (LISTENER.replace("/app/", "/net/"), "ECSAllAtOnce")):
        assert f"CodeDeployDefault.{name}" == _made(ListenerArns=listener, TrafficShift=shift)["DeploymentConfigName"]


def test_a_deployment_that_fails_or_alarms_rolls_back() -> None:
    """Alarms are optional, the rollback is not."""
    assert ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"] == _group()[
        "AutoRollbackConfiguration"
    ]["Events"]
    assert {"Fn::If": ["HasAlarm", True, False]} == _group()["AlarmConfiguration"]["Enabled"]
    plain = chosen(to_dict(catalog.build("deployer-ecs-codedeploy")), ["HasAlarm"])
    events = plain["Resources"]["Group"]["Properties"]["AutoRollbackConfiguration"]["Events"]
    assert "DEPLOYMENT_STOP_ON_ALARM" not in events


def test_a_deployment_ends_within_the_time_of_the_pipeline() -> None:
    """The longest shift takes half an hour, and the old tasks are kept for at most 45 minutes."""
    assert 45 == DEPLOYER["Parameters"]["KeepOldTasksMinutes"]["MaxValue"]


def test_codedeploy_may_shift_this_service_and_no_other() -> None:
    """The permissions of AWS's managed policy, limited to one service, its listeners and its roles."""
    statements = _statements()
    assert statements["ShiftService"]["Resource"]["Fn::Sub"].endswith(":service/${Service}")
    assert statements["MakeTaskSets"]["Resource"]["Fn::Sub"].endswith(":task-set/${Service}/*")
    assert {"Fn::Select": [0, LISTENERS]} in listed(statements["ShiftTraffic"]["Resource"])
    assert {"Fn::Select": [1, LISTENERS]} in listed(statements["ShiftTestTraffic"]["Resource"])
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == statements["PassTaskRoles"]["Resource"]


def test_rules_of_a_listener_are_those_below_it() -> None:
    """The ARN of a listener's rule is that of the listener with another type and one more part."""
    joined = _statements()["ShiftTraffic"]["Resource"][1]["Fn::Join"][1]
    before, after = LISTENER.split(":listener/")
    assert [":listener-rule/", "/*"] == [part for part in joined if isinstance(part, str)]
    assert [0, 1] == [part["Fn::Select"][0] for part in joined if isinstance(part, dict)]
    assert f"{before}:listener-rule/{after}/*".startswith(LISTENER.replace(":listener/", ":listener-rule/"))


def test_without_an_option_its_permission_is_gone() -> None:
    """Without alarms, hooks, a listener for tests and roles of tasks CodeDeploy has no permission for any."""
    without = _statements("HasAlarm", "HasHooks", "HasTestListener", "HasTaskRoles")
    assert {"WatchAlarms", "AskHooks", "ShiftTestTraffic", "PassTaskRoles"} == _statements().keys() - without.keys()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"Hooks": "", "HookFunctionArns": "arn"},
            "HookFunctionArns is set: enter in Hooks when its functions are called, or leave both empty.",
        ),
        (
            {"AlarmName": "errors", "OtherAlarmName": "errors"},
            "OtherAlarmName is the same as AlarmName: enter another alarm, or leave it empty.",
        ),
        (
            {"Hooks": "AfterAllowTraffic=x", "HookFunctionArns": ""},
            "Hooks is set: enter the ARNs of its functions as HookFunctionArns.",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, str], message: str) -> None:
    """Before anything is created, with what to type instead."""
    given = {
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
        ("TaskRoleArns", ["", "orders-task"], ["none", "arn:aws:iam::111122223333:role/orders-task"]),
        ("TargetGroups", ["blue", "blue,green,red", "blue,", "blue,blue"], ["blue,green", "blue,blue2", "blue2,blue"]),
        (
            "Hooks",
            [
                *("smoke-test", "OnFire=x", "AfterAllowTraffic=", "BeforeInstall=x,BeforeInstall=y"),
                "BeforeInstall=x,AfterInstall=y,BeforeInstall=z",
            ],
            ["", "AfterAllowTraffic=x,BeforeInstall=y", "BeforeAllowTraffic=x,AfterAllowTraffic=x"],
        ),
        ("Containers", ["", "app,", "a b", "app,app", "app,worker,app"], ["app,worker", "app,app2", "app2,app"]),
        (
            "ListenerArns",
            [
                *("", "orders", LISTENER[:-3] + "xyz", f"{LISTENER},", f"{LISTENER},{LISTENER}", f"{LISTENER} {OTHER}"),
                f"{LISTENER},{OTHER},{LISTENER}",
                f"{LISTENER},{OTHER.replace('/orders/', '/shop/')}",
                f"{LISTENER},{OTHER.replace('eu-west-1', 'eu-west-2')}",
            ],
            [LISTENER, f"{LISTENER},{OTHER}", f"{LISTENER},{LISTENER}0", LISTENER.replace("/app/", "/net/")],
        ),
        ("AlarmName", ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors"], ["", "errors", "orders: 5xx"]),
    ],
)
def test_mistyped_values_are_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the pattern of the parameter."""
    pattern = DEPLOYER["Parameters"][parameter]["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]


def test_its_log_is_encrypted_with_the_key_of_the_platform() -> None:
    """The key is imported by the name of the platform; the log group is named after the stack."""
    group = DEPLOYER["Resources"]["ReviserLogs"]["Properties"]
    key = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"}}
    assert key == group["KmsKeyId"]
    assert {"Fn::Sub": "/ecr-pipeline/deployer/${AWS::StackName}/Reviser"} == group["LogGroupName"]
    document = DEPLOYER["Resources"]["ReviserRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (encrypt,) = (statement for statement in document["Statement"] if statement["Sid"] == "UseLogKey")
    assert key == encrypt["Resource"]
