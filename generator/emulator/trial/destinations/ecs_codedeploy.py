"""The destination of deployer-ecs-codedeploy: a service."""

from __future__ import annotations

from collections.abc import Mapping

from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.existing_resources import launch_type, register_task, task_roles


def _service(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A service that CodeDeploy controls, with its tasks behind the first of two target groups."""
    ec2, elb, ecs = (site.cloud.inside(service) for service in ("ec2", "elbv2", "ecs"))
    name = f"{given['Name']}-{stage}"
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.30.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    names = [f"{name}-{colour}" for colour in ("blue", "green")]
    blue, _ = (
        elb.create_target_group(Name=each, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0][
            "TargetGroupArn"
        ]
        for each in names
    )
    listeners = [
        elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
        )["Listeners"][0]["ListenerArn"]
        for port in (80, 8080)
    ]
    containers = [{"name": "app", "image": "before", "portMappings": [{"containerPort": 80}]}]
    roles = task_roles(given["TaskRoleArns"], stage)
    task = register_task(ecs, name, roles, containers)
    ecs.create_cluster(clusterName=stage)
    ecs.create_service(
        cluster=stage,
        serviceName=given["Name"],
        taskDefinition=task,
        launchType=launch_type(roles),
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[{"targetGroupArn": blue, "containerName": "app", "containerPort": 80}],
    )
    return {
        "Service": f"{stage}/{given['Name']}",
        "Containers": "app",
        "TaskRoleArns": given["TaskRoleArns"],
        "ListenerArns": ",".join(listeners),
        "TargetGroups": ",".join(names),
        "Platform": given["Platform"],
    }


DESTINATIONS = {"deployer-ecs-codedeploy": Destination(_service)}
