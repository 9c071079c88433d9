"""pipeline-ecs-codedeploy from end to end: traffic is shifted to tasks of the digest, or back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cfn_flip import to_json

from generator import catalog
from generator.emulator.trial import deployment
from generator.publishing import render
from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM, HOOK = "orders-errors", "orders-smoke-test"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function"
ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, an alarm and a hook; deployed once for all tests of this file."""
    hooks = {"Hooks": f"AfterAllowTestTraffic={HOOK}", "HookFunctionArns": f"{FUNCTION}:{HOOK}"}
    with deployed("pipeline-ecs-codedeploy", deployer={"AlarmName": ALARM, **hooks}, complete=False) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    alarm(standing, ALARM, "OK")
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """The digests of the only task set of a service."""
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster=place, services=["orders"])["services"]
    [tasks] = service["taskSets"]
    assert "PRIMARY" == tasks["status"]
    task = ecs.describe_task_definition(taskDefinition=tasks["taskDefinition"])["taskDefinition"]
    return {each["image"].rpartition("@")[2] for each in task["containerDefinitions"]}


def leads(stack: Stack) -> dict[str, str]:
    """Where every listener leads."""
    elb = stack.trial.cloud.inside("elbv2")
    return {
        listener["ListenerArn"]: listener["DefaultActions"][0]["TargetGroupArn"]
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    }


def test_traffic_goes_to_tasks_of_the_digest(stack: Stack) -> None:
    """New tasks behind the other target group; the hook is called once in each stage, before users see them."""
    led, before = leads(stack), len(stack.trial.cloud.calls)
    all_the_way(stack, digests, "to blue and green")
    assert led.keys() == leads(stack).keys()
    assert [] == [listener for listener, group in leads(stack).items() if led[listener] == group]
    asked = [
        call
        for call in stack.trial.cloud.calls[before:]
        if call.operation == "Invoke" and call.parameters["FunctionName"] == HOOK and "-PipelineRole-" not in call.role
    ]
    assert 2 == len(asked)


def test_an_alarm_shifts_the_traffic_back(stack: Stack) -> None:
    """Listeners lead to the old tasks again, and the new tasks are stopped."""
    good = pushed(stack, "good")
    led = leads(stack)
    alarm(stack, ALARM, "ALARM")
    [failed] = run(pushed(stack, "bad")).failures
    assert ("Staging", True) == (failed.stage, f"stopped by the alarm {ALARM}" in failed.error)
    assert led == leads(stack)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")


def redeployed(stack: Stack, **own: str) -> dict[str, str]:
    """Deploys the deployer of staging with other parameters. Those that it had."""
    cloud = stack.trial.cloud
    [described] = cloud.inside("cloudformation").describe_stacks(StackName="orders-staging")["Stacks"]
    before = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    deployment.deploy(
        cloud, "orders-staging", render.to_dict(catalog.build("deployer-ecs-codedeploy")), {**before, **own}
    )
    return before


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        ("ListenerArns", f"{ELB}:listener/app/orders/0123456789abcdef/fedcba9876543210", "DescribeListeners: "),
        ("HookFunctionArns", f"{FUNCTION}:another", "Invoke: "),
    ],
)
def test_what_codedeploy_cannot_use_deploys_nothing(stack: Stack, parameter: str, value: str, says: str) -> None:
    """A listener that does not exist, a hook that its role may not call: the error names the call that was refused."""
    good, led = pushed(stack, f"before another {parameter}"), leads(stack)
    before = redeployed(stack, **{parameter: value})
    try:
        [failed] = run(pushed(stack, f"another {parameter}")).failures
    finally:
        redeployed(stack, **before)
    assert ("Staging", "Deploy") == (failed.stage, failed.name)
    assert says in failed.error
    assert "\n" not in failed.error
    assert led == leads(stack)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")


def test_a_service_has_one_deployment_group(stack: Stack) -> None:
    """A second one is refused, of whatever application: one from the console stops the deployer's stack."""
    codedeploy = stack.trial.cloud.inside("codedeploy")
    codedeploy.create_application(applicationName="AppECS-production-orders", computePlatform="ECS")
    with pytest.raises(ClientError, match="ECSServiceMappingLimitExceededException"):
        codedeploy.create_deployment_group(
            applicationName="AppECS-production-orders",
            deploymentGroupName="DgpECS-production-orders",
            serviceRoleArn="arn:aws:iam::123456789012:role/orders-production-task",
            ecsServices=[{"clusterName": "production", "serviceName": "orders"}],
        )


EXAMPLE = Path("docs/examples/ecs-codedeploy-service.yaml")


def example(stack: Stack, template: dict[str, Any]) -> dict[str, str]:
    """The outputs of the example's stack, created or changed: parameters of a deployer."""
    cloud = stack.trial.cloud
    ec2 = cloud.inside("ec2")
    vpcs = [each for each in ec2.describe_vpcs()["Vpcs"] if each["CidrBlock"] == "10.30.0.0/16"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}])["Subnets"]
    cloud.inside("ecs").create_cluster(clusterName="examples")
    role = "arn:aws:iam::123456789012:role/orders-production"
    given = {
        "Cluster": "examples",
        "VpcId": vpcs[0]["VpcId"],
        "Subnets": ",".join(each["SubnetId"] for each in subnets),
        "ExecutionRoleArn": f"{role}-execution",
        "TaskRoleArn": f"{role}-task",
    }
    return deployment.deploy(cloud, "example", template, given)


def runs(stack: Stack) -> dict[str, Any]:
    """The container of the example's service, as the users get it."""
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster="examples", services=["orders"])["services"]
    [tasks] = [each for each in service["taskSets"] if each["status"] == "PRIMARY"]
    [container] = ecs.describe_task_definition(taskDefinition=tasks["taskDefinition"])["taskDefinition"][
        "containerDefinitions"
    ]
    return dict(container)


def test_the_example_gets_the_image_and_what_its_owner_changes(stack: Stack) -> None:
    """Its outputs are the parameters of a deployer. With `newest` a variable that its stack adds is deployed too."""
    pushed(stack, "before the example")
    template = json.loads(to_json(EXAMPLE.read_text(encoding="utf-8")))
    outputs = example(stack, template)
    cloud = stack.trial.cloud
    deployers = cloud.inside("cloudformation").describe_stacks(StackName="orders-production")["Stacks"][0]
    before = {each["ParameterKey"]: each["ParameterValue"] for each in deployers["Parameters"]}
    own = {**before, **outputs, "TaskRevision": "newest"}
    deployment.deploy(cloud, "orders-production", render.to_dict(catalog.build("deployer-ecs-codedeploy")), own)
    first = pushed(stack, "to the example")
    assert "Succeeded" == run(first).status, run(first).failures
    assert first.digest == runs(stack)["image"].rpartition("@")[2]
    [container] = template["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    container["Environment"] = [{"Name": "GREETING", "Value": "hello"}]
    example(stack, template)
    assert [] == runs(stack)["environment"]
    second = pushed(stack, "to the example, with a variable")
    assert "Succeeded" == run(second).status, run(second).failures
    assert second.digest == runs(stack)["image"].rpartition("@")[2]
    assert [{"name": "GREETING", "value": "hello"}] == runs(stack)["environment"]


def test_a_listener_that_does_not_exist_fails_the_deployment(stack: Stack) -> None:
    """Somebody has deleted it: the run fails in one line that says so, and the service runs what it ran."""
    elb = stack.trial.cloud.inside("elbv2")
    outputs = deployment.outputs(stack.trial.cloud, "orders-staging")
    application, group = outputs["Deployer"].split("/")[:2]
    found = stack.trial.cloud.inside("codedeploy").get_deployment_group(
        applicationName=application, deploymentGroupName=group
    )["deploymentGroupInfo"]["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    [listener] = found["prodTrafficRoute"]["listenerArns"]
    before = digests(stack, "staging")
    elb.delete_listener(ListenerArn=listener)
    [failed] = run(pushed(stack, "to no listener")).failures
    assert ("Staging", "Deploy") == (failed.stage, failed.name)
    assert failed.error.endswith(": Failed: DescribeListeners: The specified listener does not exist.")
    assert "\n" not in failed.error
    assert before == digests(stack, "staging")
