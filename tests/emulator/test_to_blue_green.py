"""pipeline-ecs to docs/examples/ecs-blue-green-service.yaml: ECS itself shifts traffic, or puts it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cfn_flip import to_json

from generator import catalog
from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.services.ecs import ServiceDeployments
from generator.emulator.trial import deployment
from generator.errors import GeneratorError
from generator.publishing import render
from tests.emulator.people import APPROVED, Stack, deployed, parameters_of, pushed, run

pytestmark = pytest.mark.slow

EXAMPLE = Path("docs/examples/ecs-blue-green-service.yaml")
SERVICE = {"cluster": "examples", "service": "orders"}


class TestTraffic(HTTPServer):
    """The target of the test listener: it answers with this status."""

    __test__ = False
    status = 200


class _Answer(BaseHTTPRequestHandler):
    server: TestTraffic

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def traffic() -> Iterator[TestTraffic]:
    """A server in the place of the load balancer's test listener."""
    with TestTraffic(("127.0.0.1", 0), _Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def example(stack: Stack, traffic: TestTraffic, **own: str) -> dict[str, str]:
    """The outputs of the example's stack, created or changed. Its hook asks the server instead of the load balancer."""
    template = json.loads(to_json(EXAMPLE.read_text(encoding="utf-8")))
    variables = template["Resources"]["Hook"]["Properties"]["Environment"]["Variables"]
    variables["TEST_URL"] = f"http://127.0.0.1:{traffic.server_port}/"
    cloud = stack.trial.cloud
    ec2, role = cloud.inside("ec2"), "arn:aws:iam::123456789012:role/orders-production"
    vpc, *_ = (each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if each["CidrBlock"] == "10.40.0.0/16")
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    given = {
        "Cluster": "examples",
        "VpcId": vpc,
        "Subnets": ",".join(each["SubnetId"] for each in subnets),
        "ExecutionRoleArn": f"{role}-execution",
        "TaskRoleArn": f"{role}-task",
        **own,
    }
    return deployment.deploy(cloud, "example", template, given)


@pytest.fixture(scope="module")
def standing(traffic: TestTraffic) -> Iterator[Stack]:
    """The pipeline, whose production is the example: made as the guide says, with no tasks at first."""
    with deployed("pipeline-ecs") as stack:
        cloud = stack.trial.cloud
        ec2 = cloud.inside("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
        for number, zone in enumerate(ec2.describe_availability_zones()["AvailabilityZones"][:2]):
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=zone["ZoneName"])
        cloud.inside("ecs").create_cluster(clusterName="examples")
        pushed(stack, "before the example")
        outputs = example(stack, traffic)
        body = render.to_dict(catalog.build("pipeline-ecs"))
        places = {f"Production{name}": outputs[name] for name in ("Service", "Containers")}
        deployment.deploy(cloud, "pipeline-ecs", body, parameters_of("pipeline-ecs", "prod") | places)
        assert "Succeeded" == run(pushed(stack, "the first")).status
        example(stack, traffic, DesiredCount="2")
        yield stack


@pytest.fixture
def stack(standing: Stack, traffic: TestTraffic) -> Stack:
    """The pipeline and its example without trouble."""
    traffic.status = 200
    for name in alarms(standing):
        standing.trial.cloud.inside("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="quiet")
    return standing.sound()


def alarms(stack: Stack) -> list[str]:
    """The alarms of the example."""
    found = stack.trial.cloud.inside("cloudwatch").describe_alarms(AlarmNamePrefix="example-")["MetricAlarms"]
    return [each["AlarmName"] for each in found]


def weights(stack: Stack) -> list[dict[str, int]]:
    """Where the rules of the example lead: that for users, that for tests."""
    cloud = stack.trial.cloud
    resources = cloud.inside("cloudformation").describe_stack_resources(StackName="example")["StackResources"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    names = {ids["Blue"]: "Blue", ids["Green"]: "Green"}
    rules = [
        cloud.inside("elbv2").describe_rules(RuleArns=[ids[name]])["Rules"][0]
        for name in ("ProductionRule", "TestRule")
    ]
    return [
        {names[each["TargetGroupArn"]]: each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}
        for rule in rules
    ]


def newest(stack: Stack) -> dict[str, Any]:
    """The last deployment of the example's service."""
    found = stack.trial.cloud.inside("ecs").list_service_deployments(**SERVICE)["serviceDeployments"]
    return dict(max(found, key=lambda each: each["createdAt"]))


def digest(stack: Stack) -> str:
    """The digest that the example's service runs."""
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster="examples", services=["orders"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    return str(task["containerDefinitions"][0]["image"].rpartition("@")[2])


def recorded(stack: Stack) -> str:
    """The record of production."""
    ssm = stack.trial.cloud.inside("ssm")
    return str(ssm.get_parameter(Name="/ecr-pipeline/orders/production/image")["Parameter"]["Value"].rpartition("@")[2])


def shares(stack: Stack, before: int) -> list[int]:
    """The greatest weight of each change of the rule for users since then, the new tasks' first."""
    calls = [call for call in stack.trial.cloud.calls[before:] if call.operation == "ModifyRule"]
    return [call.parameters["Actions"][0]["ForwardConfig"]["TargetGroups"][1]["Weight"] for call in calls]


@pytest.mark.parametrize(
    ("strategy", "steps"), [("BLUE_GREEN", [100, 100]), ("CANARY", [100, 10, 100]), ("LINEAR", [100, 25, 50, 75, 100])]
)
def test_traffic_shifts_as_the_service_says(
    stack: Stack, traffic: TestTraffic, strategy: str, steps: list[int]
) -> None:
    """Test traffic first, then users, step by step; the deployment succeeds, and the running image is recorded."""
    example(stack, traffic, DesiredCount="2", Strategy=strategy)
    before, led = len(stack.trial.cloud.calls), weights(stack)
    push = pushed(stack, f"by {strategy}")
    assert "Succeeded" == run(push).status, run(push).failures
    assert steps == [int(share) for share in shares(stack, before)]
    assert led[0] != weights(stack)[0] == weights(stack)[1]
    assert "SUCCESSFUL" == newest(stack)["status"]
    assert push.digest == digest(stack) == recorded(stack)


def whole(stack: Stack) -> bool:
    """Whether one of the two target groups has all users: that of the tasks that run."""
    return {0, 100} == set(weights(stack)[0].values())


def test_a_hook_that_fails_rolls_back(stack: Stack, traffic: TestTraffic) -> None:
    """The hook asks the new tasks, which answer with an error; no user has seen them."""
    pushed(stack, "before the hook")
    traffic.status = 500
    led = weights(stack)
    push = pushed(stack, "fails its test")
    [failure] = run(push).failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert "is ROLLBACK_FAILED" not in str(failure.error)
    assert "Service deployment rolled back because the lifecycle hook" in str(failure.error)
    assert "at POST_TEST_TRAFFIC_SHIFT returned FAILED" in str(failure.error)
    assert led == weights(stack)
    assert push.digest != digest(stack) == recorded(stack)


def test_a_hook_that_ecs_may_not_call_rolls_back(stack: Stack) -> None:
    """The role of the hook lacks the permission: ECS says so, and no user has seen the new tasks."""
    pushed(stack, "before the permission is gone")
    led = weights(stack)

    def refuse(call: Call) -> str:
        return "no permission" if call.operation == "Invoke" and "-PipelineRole-" not in call.role else ""

    stack.trouble.denied = refuse
    push = pushed(stack, "may not be asked")
    [failure] = run(push).failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert "rolled back because" in failure.error
    assert "no permission" in failure.error
    assert "\n" not in failure.error
    assert led == weights(stack)
    assert push.digest != digest(stack) == recorded(stack)


def test_an_alarm_rolls_back(stack: Stack) -> None:
    """It goes off when users get the new tasks."""
    name = alarms(stack)[0]

    def ring(call: Call) -> str:
        if call.operation == "ModifyRule":
            cloudwatch = stack.trial.cloud.inside("cloudwatch")
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="errors")
        return ""

    good = pushed(stack, "before the alarm")
    stack.trouble.denied = ring
    bad = run(pushed(stack, "rings"))
    [failure] = bad.failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert f"rolled back because the alarm {name} went off" in str(failure.error)
    # The stage then deploys the last image once more: an alarm that is on already stops nothing.
    assert {"Production": run(good).id} == bad.rolled_back
    assert whole(stack)
    assert good.digest == digest(stack) == recorded(stack)


def test_tasks_that_do_not_start_are_rolled_back(stack: Stack) -> None:
    """The circuit breaker ends the deployment; no traffic has shifted."""
    good = pushed(stack, "before the crash")
    image = sample(["linux/amd64"], "crashes")
    memory = stack.trial.cloud.memory(ServiceDeployments)

    def approve() -> ApprovalDecision:
        memory.unhealthy.add(image.digest)  # staging is fine
        return APPROVED

    stack.approver.says = approve
    [failure] = run(pushed(stack, "crashes")).failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert "the circuit breaker threshold was exceeded" in str(failure.error)
    assert whole(stack)
    assert good.digest == digest(stack) == recorded(stack)


def test_a_shift_of_more_than_an_hour_succeeds(stack: Stack, traffic: TestTraffic) -> None:
    """The function follows it for up to a day: ECS's own default for LINEAR takes 69 minutes."""
    ecs = stack.trial.cloud.inside("ecs")
    ecs.update_service(**SERVICE, deploymentConfiguration={"strategy": "LINEAR"})
    push = pushed(stack, "slowly")
    assert "Succeeded" == run(push).status, run(push).failures
    deployed_in = newest(stack)["finishedAt"] - newest(stack)["startedAt"]
    assert timedelta(minutes=69) == deployed_in
    assert push.digest == digest(stack) == recorded(stack)
    example(stack, traffic, DesiredCount="2", Strategy="BLUE_GREEN")


def test_a_role_without_the_rules_shifts_nothing(stack: Stack) -> None:
    """ECS acts with the role of the example and no other one: without it the deployment does not start."""
    good, led = pushed(stack, "before the refusal"), weights(stack)
    stack.trouble.denied = lambda call: "no" if call.operation == "ModifyRule" else ""
    push = pushed(stack, "refused")
    assert "Production" == run(push).failures[0].stage
    stack.sound()
    assert led == weights(stack)
    assert good.digest == recorded(stack)


def test_a_service_that_fails_its_hook_is_not_created(stack: Stack, traffic: TestTraffic) -> None:
    """ECS asks the hooks of a new service as well: docs/ecs.md therefore begins with no tasks."""
    traffic.status = 500
    with pytest.raises(GeneratorError, match="There is no deployment to roll back to: the lifecycle hook"):
        deployment.deploy(stack.trial.cloud, "second", *second(stack, traffic))


def second(stack: Stack, traffic: TestTraffic) -> tuple[dict[str, Any], dict[str, str]]:
    """The example once more, for another service that has tasks from the beginning."""
    template = json.loads(to_json(EXAMPLE.read_text(encoding="utf-8")))
    template["Resources"]["Service"]["Properties"]["ServiceName"] = "second"
    variables = template["Resources"]["Hook"]["Properties"]["Environment"]["Variables"]
    variables["TEST_URL"] = f"http://127.0.0.1:{traffic.server_port}/"
    stacks = stack.trial.cloud.inside("cloudformation").describe_stacks(StackName="example")["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stacks[0]["Parameters"]}
    return template, {**given, "DesiredCount": "2"}


def test_a_rule_of_a_listener_that_does_not_exist_fails_the_deployment(stack: Stack) -> None:
    """Somebody has deleted it: the run fails in one line, and the service runs what it ran."""
    cloud, before = stack.trial.cloud, digest(stack)
    resources = cloud.inside("cloudformation").describe_stack_resources(StackName="example")["StackResources"]
    [rule] = [each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == "ProductionRule"]
    cloud.inside("elbv2").delete_rule(RuleArn=rule)
    [failed] = run(pushed(stack, "to no rule")).failures
    assert ("Production", "Deploy") == (failed.stage, failed.name)
    assert rule in failed.error
    assert "does not exist.; examples/orders runs example:" in failed.error
    assert "\n" not in failed.error
    assert before == digest(stack) == recorded(stack)
