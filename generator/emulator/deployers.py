"""What a stage deploys to where its deployer is a stack of its own: made here, with the parameters of that stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.components.places import NONE
from generator.emulator import stacks
from generator.emulator.server import Emulator
from generator.emulator.surroundings import add_role
from generator.errors import GeneratorError

DEPLOYER = "Deployer"
"""How the parameter of a stage ends that names its deployer; and the output that is its value."""

Progress = Callable[[str], None]


class Deployer(NamedTuple):
    """The template of the deployers of a pipeline's stages, and parameters that all of them have."""

    name: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = {}


class Site(NamedTuple):
    """Where deployers are made."""

    cloud: Emulator
    clusters: Path
    """A folder for pretended clusters of Kubernetes."""
    progress: Progress


class Maker(NamedTuple):
    """How what a deployer deploys to is made for a stage."""

    make: Callable[[Site, str, Mapping[str, str]], dict[str, str]]
    """Given the parameters of the pipeline; gives the parameters of the deployer."""
    ending: str = ""
    """What follows the name of its stack in the parameter of the pipeline, where that can be told before it is there.

    Such a deployer needs outputs of the pipeline.
    """


def before(site: Site, deployer: Deployer, given: Mapping[str, str]) -> dict[str, str]:
    """Make the deployers that the pipeline needs: the values of its parameters that name them."""
    maker = _maker(deployer)
    return {
        name: _made(site, deployer, f"{deployer.name}-{stage}", maker.make(site, stage, given))
        for name, stage in _stages(given)
        if not maker.ending
    }


def after(site: Site, deployer: Deployer, given: Mapping[str, str]) -> None:
    """Make the deployers that need the pipeline, whose outputs are among what is given."""
    maker = _maker(deployer)
    for name, stage in _stages(given):
        if maker.ending:
            _made(site, deployer, given[name].removesuffix(maker.ending), maker.make(site, stage, given))


def _maker(deployer: Deployer) -> Maker:
    if deployer.name not in MAKERS:
        raise GeneratorError(f"what {deployer.name} deploys to is not emulated, so its pipeline cannot be tried")
    return MAKERS[deployer.name]


def _stages(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each parameter that names a deployer, and its stage."""
    names = [name for name, value in given.items() if name.endswith(DEPLOYER) and value != NONE]
    return [(name, name.removesuffix(DEPLOYER).lower()) for name in names]


def _made(site: Site, deployer: Deployer, stack: str, own: Mapping[str, str]) -> str:
    site.progress(f"deploying {stack} with the AWS CLI")
    return stacks.deploy(site.cloud, stack, deployer.body, {**own, **deployer.parameters})[DEPLOYER]


def _function(site: Site, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A function of package type Image, with an alias on its first version."""
    cloud = site.cloud
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


def _service(site: Site, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A service that CodeDeploy controls, with its tasks behind the first of two target groups."""
    ec2, elb, ecs = (site.cloud.inside(service) for service in ("ec2", "elbv2", "ecs"))
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


def _cluster(site: Site, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A cluster of EKS, and a Deployment in it for `kubectl`, which is a stand-in."""
    cloud = site.cloud
    role = f"arn:aws:iam::{cloud.account}:role/cluster"
    subnets = given["SubnetIds"].split(",")
    cloud.inside("eks").create_cluster(name=stage, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    group = cloud.inside("ec2").create_security_group(
        GroupName=f"cluster-{stage}", Description="Of the cluster", VpcId=given["VpcId"]
    )["GroupId"]
    pods = {"spec": {"containers": [{"name": "app", "image": "before"}]}}
    state = {
        "cluster": stage,
        "namespace": "orders",
        "deployment": {
            "metadata": {"name": "orders", "annotations": {"deployment.kubernetes.io/revision": "1"}},
            "spec": {"selector": {"matchLabels": {"app": "orders"}}, "template": pods},
        },
        "revisions": {"1": pods},
        "pods": [],
        "outcomes": {},
        "put_back": False,
        "refusals": {},
        "objects": {},
        "release": None,
    }
    (site.clusters / f"{stage}.json").write_text(json.dumps(state), encoding="utf-8")
    return {
        **{name: given[name] for name in ("VpcId", "SubnetIds", "EndpointSecurityGroupId", "S3PrefixListId")},
        "ClusterName": stage,
        "ClusterSecurityGroupId": group,
        "Namespace": "orders",
        "Deployment": "orders",
        "Containers": "app",
        "ArtifactBucketName": given["ArtifactBucketName"],
        "ArtifactKeyArn": given["KeyArn"],
    }


MAKERS: Mapping[str, Maker] = {
    "deployer-ecs-codedeploy": Maker(_service),
    "deployer-eks": Maker(_cluster, ending="-Deploy"),
    "deployer-lambda": Maker(_function),
}
