"""The resources of deployer-lambda around its state machine."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import WITH_CONDITIONS
from tests.resolved import resolved

DEPLOYER = WITH_CONDITIONS["deployer-lambda"]


def _statements(role: str, **parameters: str) -> dict[str, dict[str, Any]]:
    given = {"FunctionName": "orders", "AliasName": "live", "PipelineName": "shop", **parameters}
    document = resolved(DEPLOYER, **given)[role]["Policies"][0]["PolicyDocument"]
    return {each["Sid"]: each for each in document["Statement"]}


@pytest.mark.parametrize("names", ["orders", "orders-api,orders-worker", "orders-api,orders-worker,orders-cron"])
@pytest.mark.parametrize("role", ["DeployRole", "ShiftRole"])
def test_each_role_is_for_these_functions(role: str, names: str) -> None:
    """The statements of both roles for Lambda name the functions of the list, and no other."""
    seen = 0
    for statement in _statements(role, FunctionName=names).values():
        if "lambda:" in str(statement["Action"]):
            found = {resource.partition(":function:")[2].partition(":")[0] for resource in statement["Resource"]}
            assert set(names.split(",")) == found
            seen += 1
    assert seen == (2 if role == "DeployRole" else 1)


def test_the_records_are_those_of_the_functions() -> None:
    """In each stage of the pipeline; the record of the stage itself, .../staging/image, is not among them."""
    statement = _statements("DeployRole", FunctionName="orders-api,orders-worker")["RecordImage"]
    names = {resource.partition(":parameter/")[2] for resource in statement["Resource"]}
    assert {f"ecr-pipeline/shop/*/orders-{name}/image" for name in ("api", "worker")} == names


@pytest.mark.parametrize("names", ["orders", "a,b", "a,b,c", "a,ab"])
def test_one_to_three_functions_are_a_list(names: str) -> None:
    """Separated by commas."""
    assert re.fullmatch(DEPLOYER["Parameters"]["FunctionName"]["AllowedPattern"], names)


@pytest.mark.parametrize("names", ["", "a,a", "a,b,a", "a,b,c,d", "a,", "a, b", "a:live", "arn:aws:lambda:a", "a" * 65])
def test_other_lists_are_refused(names: str) -> None:
    """One that is there twice, a fourth one, a version or alias."""
    assert not re.fullmatch(DEPLOYER["Parameters"]["FunctionName"]["AllowedPattern"], names)


def test_an_alias_has_a_name() -> None:
    """A number would be a version, and $LATEST is no alias."""
    pattern = DEPLOYER["Parameters"]["AliasName"]["AllowedPattern"]
    assert re.fullmatch(pattern, "live")
    assert not any(re.fullmatch(pattern, name) for name in ("", "7", "$LATEST"))


def test_the_history_of_executions_is_encrypted() -> None:
    """Lambda's answers are in it, with the environment of the function: the platform's key protects them.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    made = resolved(DEPLOYER, FunctionName="orders", AliasName="live")
    encryption = made["Deployer"]["EncryptionConfiguration"]
    assert ("CUSTOMER_MANAGED_KMS_KEY", "ecr-pipeline:platform:main:v1:KeyArn") == (
        encryption["Type"],
        encryption["KmsKeyId"],
    )
    statement = _statements("DeployRole")["EncryptHistory"]
    assert ["kms:Decrypt", "kms:GenerateDataKey"] == statement["Action"]
    assert encryption["KmsKeyId"] == statement["Resource"]
    # AWS: kms:ViaService on the role of the state machine makes executions fail.
    assert ["StringEquals"] == list(statement["Condition"])


def test_the_role_is_for_this_state_machine() -> None:
    """Trust and use of the key name the machine of this stack; no other machine of the account can use the role."""
    made = resolved(DEPLOYER, FunctionName="orders", AliasName="live")
    name = made["Deployer"]["StateMachineName"]
    assert re.fullmatch(r"Deployer-[0-9a-f-]{36}", name)
    trusted = made["DeployRole"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]
    context = _statements("DeployRole")["EncryptHistory"]["Condition"]["StringEquals"]
    for condition in (trusted, context):
        assert [f":stateMachine:{name}"] == [each[each.index(":stateMachine:") :] for each in condition.values()]


@pytest.mark.parametrize("hook", ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"])
def test_codedeploy_may_call_the_hooks_and_no_other_function(hook: str) -> None:
    """Each hook is a permission on its own function, which exists only with the hook."""
    statements = _statements("ShiftRole", **{hook: "smoke"})
    calls = {sid: each["Resource"] for sid, each in statements.items() if "lambda:InvokeFunction" in each["Action"]}
    assert [f"Call{hook}"] == list(calls)
    assert calls[f"Call{hook}"].endswith(":function:smoke")


@pytest.mark.parametrize(("names", "count"), [("orders", 1), ("a,b", 2), ("a,b,c", 3)])
def test_each_function_has_a_deployment_group(names: str, count: int) -> None:
    """CodeDeploy rolls back to the last revision of a group that succeeded: it must be one of the same function.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
    """
    made = resolved(DEPLOYER, FunctionName=names, AliasName="live")
    groups = {title: each for title, each in made.items() if title.endswith("Group")}
    assert ["Group", "SecondGroup", "ThirdGroup"][:count] == list(groups)
    assert names.split(",") == [each.pop("Tags")[0]["Value"] for each in groups.values()]
    assert 1 == len({str(each) for each in groups.values()})
    assert ",".join(groups) == made["Deployer"]["DefinitionSubstitutions"]["Groups"]
    resource = _statements("DeployRole")["ShiftAlias"]["Resource"]
    assert resource.endswith(":deploymentgroup:Application/*")


@pytest.mark.parametrize("alarms", [(), ("errors",), ("errors", "slow")])
def test_the_deployment_groups_are_alike(alarms: tuple[str, ...]) -> None:
    """Each shifts as the form says, with one role, and stops at the same alarms."""
    named = dict(zip(("AlarmName", "OtherAlarmName"), alarms, strict=False))
    made = resolved(DEPLOYER, FunctionName="a,b,c", AliasName="live", TrafficShift="LambdaAllAtOnce", **named)
    role = made["Group"]["ServiceRoleArn"]
    for group in (made[title] for title in ("Group", "SecondGroup", "ThirdGroup")):
        assert "CodeDeployDefault.LambdaAllAtOnce" == group["DeploymentConfigName"]
        assert [{"Name": name} for name in alarms] == group["AlarmConfiguration"]["Alarms"]
        assert bool(alarms) is group["AlarmConfiguration"]["Enabled"]
        assert ("DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]) is bool(alarms)
        assert "ShiftRole" in str(role)
        assert role == group["ServiceRoleArn"]
