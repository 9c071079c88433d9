"""What a stage deploys to where its deployer is a stack of its own: made here, with the parameters of that stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.emulator.server import Emulator
from generator.emulator.surroundings import add_role

Maker = Callable[[Emulator, str, Mapping[str, str]], dict[str, str]]
"""Makes it for a stage, given the parameters of the pipeline; gives the parameters of the deployer."""


def _function(cloud: Emulator, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A function of package type Image, with an alias on its first version."""
    name, alias = f"orders-{stage}", "live"
    add_role(cloud, name)
    lambda_ = cloud.inside("lambda")
    lambda_.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{given['RepositoryName']}:before"},
        Role=f"arn:aws:iam::{cloud.account}:role/{name}",
    )
    version = lambda_.publish_version(FunctionName=name)["Version"]
    lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return {"FunctionName": name, "AliasName": alias, "RepositoryName": given["RepositoryName"]}


def _service(cloud: Emulator, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A service that CodeDeploy controls, with its tasks behind the first of two target groups."""
    ec2, elb, ecs = (cloud.inside(service) for service in ("ec2", "elbv2", "ecs"))
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.30.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    balancer = elb.create_load_balancer(Name=f"orders-{stage}", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    names = [f"orders-{stage}-{colour}" for colour in ("blue", "green")]
    blue, _ = (
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0][
            "TargetGroupArn"
        ]
        for name in names
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
    roles = given[f"{stage.capitalize()}TaskRoleArns"]
    task = ecs.register_task_definition(
        family=f"orders-{stage}",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn=roles.split(",")[0],
        executionRoleArn=roles.split(",")[-1],
        containerDefinitions=[
            # With its own share of the memory, which moto wants to know.
            {"name": "app", "image": "before", "memory": 256, "portMappings": [{"containerPort": 80}]}
        ],
        tags=[{"key": "team", "value": "orders"}],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_cluster(clusterName=stage)
    where = {"cluster": stage, "service": "orders"}
    ecs.create_service(cluster=stage, serviceName="orders", deploymentController={"type": "CODE_DEPLOY"})
    tasks = ecs.create_task_set(
        **where,
        taskDefinition=task,
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": blue, "containerName": "app", "containerPort": 80}],
    )["taskSet"]
    ecs.update_service_primary_task_set(**where, primaryTaskSet=tasks["taskSetArn"])
    return {
        "Service": f"{stage}/orders",
        "Containers": "app",
        "TaskRoleArns": roles,
        "ListenerArn": listeners[0],
        "TestListenerArn": listeners[1],
        "TargetGroups": ",".join(names),
    }


MAKERS: Mapping[str, Maker] = {"deployer-lambda": _function, "deployer-ecs-codedeploy": _service}
