"""What a stage deploys to where its deployer is a stack of its own: made here, with the parameters of that stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from moto.utilities.utils import get_partition

from generator.components.stage_parameters import NONE
from generator.emulator.trial import deployment
from generator.emulator.trial.deploy_context import DeployContext
from generator.emulator.trial.existing_resources import add_role, made, register_task, task_roles
from generator.emulator.trial.imported_stacks import Foundations, Given
from generator.errors import GeneratorError

DEPLOYER = "Deployer"
"""How the parameter of a stage ends that names its deployer; and the output that is its value."""

Make = Callable[[DeployContext, str, Mapping[str, str]], dict[str, str]]
"""Makes what a deployer deploys to for a stage, given the parameters of the pipeline: the deployer's parameters."""


class Deployer(NamedTuple):
    """The template of the deployers of a pipeline's stages, and parameters that all of them have."""

    name: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = {}


def deploy(
    site: DeployContext, foundations: Foundations, deployer: Deployer, pipeline: Mapping[str, str], given: Given
) -> dict[str, str]:
    """Make the deployer of each stage, and what it deploys to: the values of the pipeline's parameters that name them.

    `given` has parameters of the stacks that a deployer imports from.
    """
    if deployer.name not in MAKERS:
        raise GeneratorError(f"what {deployer.name} deploys to is not emulated, so its pipeline cannot be tried")
    made: dict[str, str] = {}
    for parameter, stage in _stages(pipeline):
        stack = f"{pipeline['Name']}-{stage}"
        own = {**MAKERS[deployer.name](site, stage, pipeline), **deployer.parameters}
        foundations.lay(stack, deployer.body, own, given)
        site.progress(f"deploying {stack} with the AWS CLI")
        made[parameter] = deployment.deploy(site.cloud, stack, deployer.body, own)[DEPLOYER]
    return made


def _stages(pipeline: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each parameter that names a deployer, and its stage."""
    names = [name for name, value in pipeline.items() if name.endswith(DEPLOYER) and value != NONE]
    return [(name, name.removesuffix(DEPLOYER).lower()) for name in names]


def _function(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A function of package type Image, with an alias on its first version."""
    cloud = site.cloud
    name, alias = f"{given['Name']}-{stage}", "live"
    lambda_ = cloud.inside("lambda")
    lambda_.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{given['RepositoryName']}:before"},
        Role=add_role(cloud, name),
    )
    version = lambda_.publish_version(FunctionName=name)["Version"]
    lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return {"FunctionName": name, "AliasName": alias, "RepositoryName": given["RepositoryName"]}


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
    task = register_task(ecs, name, task_roles(given["TaskRoleArns"], stage), containers)
    ecs.create_cluster(clusterName=stage)
    ecs.create_service(
        cluster=stage,
        serviceName=given["Name"],
        taskDefinition=task,
        launchType="FARGATE",
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


def _cluster(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A cluster of EKS in a VPC of its own, and a Deployment in it for `kubectl`, which is a stand-in."""
    cloud, name, workload = site.cloud, f"{given['Name']}-{stage}", given["Name"]
    network = made(cloud, _NETWORK)
    role = f"arn:{get_partition(cloud.region)}:iam::{cloud.account}:role/cluster"
    subnets = network["SubnetIds"].split(",")
    cloud.inside("eks").create_cluster(name=name, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    group = cloud.inside("ec2").create_security_group(
        GroupName=f"cluster-{name}", Description="Of the cluster", VpcId=network["VpcId"]
    )["GroupId"]
    pods = {"spec": {"containers": [{"name": "app", "image": "before"}]}}
    state = {
        "cluster": name,
        "namespace": workload,
        "deployment": {
            "metadata": {"name": workload, "annotations": {"deployment.kubernetes.io/revision": "1"}},
            "spec": {"selector": {"matchLabels": {"app": workload}}, "template": pods},
        },
        "revisions": {"1": pods},
        "pods": [],
        "outcomes": {},
        "put_back": False,
        "refusals": {},
        "objects": {},
        "release": None,
    }
    (site.clusters / f"{name}.json").write_text(json.dumps(state), encoding="utf-8")
    return {
        **network,
        "BuildNetwork": "existing",
        "ClusterName": name,
        "ClusterSecurityGroupId": group,
        "Namespace": workload,
        "Deployment": workload,
        "Containers": "app",
        "PipelineName": given["Name"],
        "Platform": given["Platform"],
    }


# The VPC of a cluster: ids of no account, for each of which something is made.
_NETWORK = {
    "VpcId": "vpc-0123456789abcdef0",
    "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "EndpointSecurityGroupId": "sg-0123456789abcdef0",
    "S3PrefixListId": "pl-01234567",
}
MAKERS: Mapping[str, Make] = {
    "deployer-ecs-codedeploy": _service,
    "deployer-eks": _cluster,
    "deployer-lambda": _function,
}
