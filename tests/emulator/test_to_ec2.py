"""pipeline-ec2, all the way: containers of the digest run on each instance, or those that ran before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator import catalog
from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.runs.deployment_records import Deployments
from generator.emulator.runs.instances import Machines
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.trial import deployment
from generator.emulator.trial.outcome import deployed_lines
from generator.emulator.trial.trial import Push
from generator.publishing import render
from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM, GROUP = "orders-errors", "orders-production"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers and an alarm; deployed once for all tests of this file."""
    with deployed("pipeline-ec2", deployer={"AlarmName": ALARM, "HealthSeconds": "15"}) as stack:
        alarm(stack, ALARM, "OK")
        pushed(stack, "the first one")
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, with an approver who approves, and with two sound instances in each stage."""
    alarm(standing, ALARM, "OK")
    machines = standing.trial.cloud.memory(Machines)
    machines.silent.clear()
    standing.trial.cloud.client("autoscaling").set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=2)
    for instance in (*members(standing, "staging"), *members(standing, "production")):
        machines.break_images(instance)
    return standing.sound()


def members(stack: Stack, stage: str) -> list[str]:
    """The instances of a stage, in the order in which CodeDeploy comes to them when all are healthy."""
    ec2, cloud = stack.trial.cloud.inside("ec2"), stack.trial.cloud
    if stage == "production":
        found = cloud.inside("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
        return [each["InstanceId"] for each in found["AutoScalingGroups"][0]["Instances"]]
    tag = [{"Name": "tag:Service", "Values": ["orders-staging"]}]
    return [
        each["InstanceId"] for part in ec2.describe_instances(Filters=tag)["Reservations"] for each in part["Instances"]
    ]


def runs(stack: Stack, instance: str) -> str:
    """The digest that the container on an instance has; "" if it is not running."""
    container = stack.trial.cloud.memory(Machines).engine(instance)["containers"].get("orders")
    running = container and container["State"]["Status"] == "running"
    return str(container["Config"]["Image"]).rpartition("@")[2] if running else ""


def digests(stack: Stack, stage: str) -> set[str]:
    """The digests that the instances of a stage run."""
    return {runs(stack, instance) for instance in members(stack, stage)}


def failure(push: Push) -> tuple[str, str]:
    """The action that failed, as STAGE/ACTION, and why."""
    [failed] = failures(run(push))
    return failed


def failures(execution: Execution) -> list[tuple[str, str]]:
    """All actions that failed."""
    return [(f"{each.stage}/{each.name}", each.error) for each in execution.failures]


def recorded(stack: Stack, stage: str) -> dict[str, Any]:
    """The record of a stage."""
    found = stack.trial.cloud.inside("ssm").get_parameter(Name=f"/ecr-pipeline/orders/{stage}/release")
    return dict(json.loads(found["Parameter"]["Value"]))


def break_on(stack: Stack, push_content: str, *instances: str) -> str:
    """From now on the image with that content does not stay up on these instances. Its digest."""
    digest = sample(["linux/amd64"], push_content).digest
    for instance in instances:
        stack.trial.cloud.memory(Machines).break_images(instance, digest)
    return digest


def test_each_instance_runs_the_digest(stack: Stack) -> None:
    """Staging by a tag, production by an Auto Scaling group. The record has the deployment that brought it."""
    all_the_way(stack, digests, "to instances")
    assert [2, 2] == [len(members(stack, stage)) for stage in ("staging", "production")]
    made = stack.trial.cloud.memory(Deployments).by_id[recorded(stack, "production")["deployment"]]
    assert ("Succeeded", 2) == (made["status"], made["deploymentOverview"]["Succeeded"])


def test_one_instance_that_fails_rolls_all_of_them_back(stack: Stack) -> None:
    """CodeDeploy stops at the first failure, deploys the last good revision, and nothing is recorded."""
    good = recorded(stack, "staging")["digest"]
    break_on(stack, "bad on the first", members(stack, "staging")[0])
    failed, why = failure(pushed(stack, "bad on the first"))
    assert "Staging/Deploy" == failed
    assert "HEALTH_CONSTRAINTS" in why
    assert "started again 3 times" in why
    assert {good} == digests(stack, "staging")
    assert good == recorded(stack, "staging")["digest"]
    every = [instance for stage in ("staging", "production") for instance in members(stack, stage)]
    for instance in every:
        [line] = [each for each in deployed_lines(stack.trial) if each.startswith(f"instance {instance}, ")]
        assert line.endswith(f"@{runs(stack, instance)}")


def test_a_success_without_the_last_instance_is_a_failure(stack: Stack) -> None:
    """CodeDeploy accepts the failure of the last instance.

    The pipeline does not: it rolls back, and the record stays true.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    good = recorded(stack, "staging")["digest"]
    break_on(stack, "bad on the last", members(stack, "staging")[1])
    failed, why = failure(pushed(stack, "bad on the last"))
    assert "Staging/Verify" == failed
    assert "is Succeeded with" in why
    assert "'Succeeded': 1" in why
    assert "'Failed': 1" in why
    assert "deploys the last revision that each instance had" in why
    assert {good} == digests(stack, "staging")
    assert good == recorded(stack, "staging")["digest"]


def test_a_group_without_instances_fails_the_stage(stack: Stack) -> None:
    """Nothing is a success that was deployed to nothing."""
    good = recorded(stack, "production")["digest"]
    autoscaling = stack.trial.cloud.client("autoscaling")
    autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=0)
    failed, why = failure(pushed(stack, "to nobody"))
    assert ("Production/Deploy", True) == (failed, "NO_INSTANCES" in why)
    assert good == recorded(stack, "production")["digest"]


def test_a_registry_that_cannot_be_reached_leaves_the_old_container(stack: Stack) -> None:
    """The image is pulled before the old container stops, and going back needs no registry."""
    good = recorded(stack, "staging")["digest"]

    def unreachable(call: Call) -> Answer | None:
        is_instance = "instances-InstanceRole" in call.role
        return Answer(503, b"Service Unavailable") if call.service == "ecr" and is_instance else None

    stack.trouble.fault = unreachable
    failed, why = failure(pushed(stack, "out of reach"))
    assert ("Staging/Deploy", True) == (failed, "no login to" in why)
    assert {good} == digests(stack, "staging")
    back = list(stack.trial.cloud.memory(Deployments).by_id.values())[-1]
    assert ("codeDeployRollback", "Succeeded") == (back["creator"], back["status"])


def test_an_instance_that_joins_later_runs_the_released_image(stack: Stack) -> None:
    """Auto Scaling launches it, CodeDeploy deploys to it, also after a deployment that failed."""
    good = recorded(stack, "production")["digest"]
    break_on(stack, "bad before one joins", *members(stack, "production"))
    assert "Production/Deploy" == failure(pushed(stack, "bad before one joins"))[0]
    autoscaling = stack.trial.cloud.client("autoscaling")
    autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=3)
    assert [good] * 3 == [runs(stack, instance) for instance in members(stack, "production")]
    launch = list(stack.trial.cloud.memory(Deployments).by_id.values())[-1]
    assert ("autoscaling", "Succeeded") == (launch["creator"], launch["status"])


def test_an_instance_that_cannot_join_is_abandoned(stack: Stack) -> None:
    """It never serves: Auto Scaling terminates it."""
    stack.trouble.denied = lambda call: "out of reach" if call.service == "s3" and "instances" in call.role else ""
    autoscaling = stack.trial.cloud.client("autoscaling")
    autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=3)
    assert 2 == len(members(stack, "production"))


def redeployed(stack: Stack) -> dict[str, Any]:
    """A deployment of staging's revision, as a person creates it by hand."""
    codedeploy, records = stack.trial.cloud.client("codedeploy"), stack.trial.cloud.memory(Deployments)
    before = records.by_id[recorded(stack, "staging")["deployment"]]
    names = {name: before[name] for name in ("applicationName", "deploymentGroupName")}
    made = codedeploy.create_deployment(**names, revision=before["revision"])["deploymentId"]
    return dict(codedeploy.get_deployment(deploymentId=made)["deploymentInfo"])


def reasons(stack: Stack, made: dict[str, Any]) -> str:
    """CodeDeploy's messages for the events of a deployment that failed."""
    codedeploy, deployment_id = stack.trial.cloud.client("codedeploy"), made["deploymentId"]
    ids = codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
    found = codedeploy.batch_get_deployment_targets(deploymentId=deployment_id, targetIds=ids)["deploymentTargets"]
    events = [event for each in found for event in each["instanceTarget"].get("lifecycleEvents", ())]
    return "; ".join(
        event["diagnostics"]["message"] + event["diagnostics"]["logTail"]
        for event in events
        if event["status"] == "Failed"
    )


def test_an_agent_that_does_not_answer_fails_the_deployment(stack: Stack) -> None:
    """The deployment stops there, and the container keeps running."""
    digest = recorded(stack, "staging")["digest"]
    stack.trial.cloud.memory(Machines).silent.add(members(stack, "staging")[0])
    made = redeployed(stack)
    assert ("Failed", "HEALTH_CONSTRAINTS") == (made["status"], made["errorInformation"]["code"])
    assert "was not able to receive the lifecycle event" in reasons(stack, made)
    assert {digest} == digests(stack, "staging")


def test_a_stopped_instance_counts_as_one_that_fails(stack: Stack) -> None:
    """CodeDeploy tries to deploy to it as well.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html#minimum-healthy-hosts
    """
    ec2, [first, _] = stack.trial.cloud.inside("ec2"), members(stack, "staging")
    ec2.stop_instances(InstanceIds=[first])
    made = redeployed(stack)
    ec2.start_instances(InstanceIds=[first])
    assert ("Failed", "HEALTH_CONSTRAINTS") == (made["status"], made["errorInformation"]["code"])


def test_an_alarm_stops_the_deployment(stack: Stack) -> None:
    """Nothing was deployed to."""
    alarm(stack, ALARM, "ALARM")
    made = redeployed(stack)
    assert ("Stopped", "ALARM_ACTIVE") == (made["status"], made["errorInformation"]["code"])
    assert 2 == made["deploymentOverview"]["Skipped"]


def test_a_revision_that_cannot_be_read_fails_the_deployment(stack: Stack) -> None:
    """The instance reports it, and its container keeps running."""
    digest = recorded(stack, "staging")["digest"]
    stack.trouble.denied = lambda call: "not yours" if call.service == "s3" and "InstanceRole" in call.role else ""
    made = redeployed(stack)
    assert "orders/staging/" in reasons(stack, made)
    assert "cannot be downloaded" in reasons(stack, made)
    assert {digest} == digests(stack, "staging")


def test_instances_need_their_whole_policy(stack: Stack) -> None:
    """No permission of it was left unused; that of each instance's role comes from it alone."""
    found = stack.trial.account.policies.permissions()
    used = {row.action for row in found.granted if "InstanceRole" in row.principal}
    assert [] == sorted({grant.action for grant in found.unused if "InstancePolicy" in grant.statement})
    assert {"s3:GetObject", "kms:Decrypt", "ecr:BatchGetImage", "codedeploy-commands-secure:PollHostCommand"} <= used


def test_on_premises_instances_are_deployed_to(stack: Stack) -> None:
    """They are registered with a session of a role, which has the same policy, and found by their own tag."""
    cloud = stack.trial.cloud
    codedeploy = cloud.client("codedeploy")
    [role] = [
        each["Arn"]
        for each in cloud.inside("iam").list_roles()["Roles"]
        if each["RoleName"].startswith("staging-instances-InstanceRole")
    ]
    session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/rack-7"
    codedeploy.register_on_premises_instance(instanceName="rack-7", iamSessionArn=session)
    codedeploy.add_tags_to_on_premises_instances(
        instanceNames=["rack-7"], tags=[{"Key": "Rack", "Value": "orders-staging"}]
    )
    template = render.to_dict(catalog.build("deployer-ec2"))
    [described] = cloud.inside("cloudformation").describe_stacks(StackName="orders-staging")["Stacks"]
    before = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    deployment.deploy(cloud, "orders-staging", template, {**before, "OnPremisesTag": "Rack=orders-staging"})
    made = redeployed(stack)
    deployment.deploy(cloud, "orders-staging", template, before)
    assert ("Succeeded", 3) == (made["status"], made["deploymentOverview"]["Succeeded"]), reasons(stack, made)
    assert recorded(stack, "staging")["digest"] == runs(stack, "rack-7")
