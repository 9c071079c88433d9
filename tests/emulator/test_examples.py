"""The stacks of docs/examples/ are created, changed and deleted as the guides say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cfn_flip import to_json

from tests.emulator.small_stacks import Stacks, stacks_of

pytestmark = pytest.mark.slow

EXAMPLES = Path("docs/examples")
ROLE = "arn:aws:iam::111122223333:role"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/orders@sha256:" + "a" * 64


@pytest.fixture
def stacks() -> Iterator[Stacks]:
    """An emulated AWS with the record of a pipeline."""
    with stacks_of() as made:
        made.aws.inside("ssm").put_parameter(
            Name="/ecr-pipeline/orders/production/image", Value=IMAGE, Type="String", Overwrite=True
        )
        yield made


def surroundings(stacks: Stacks) -> dict[str, str]:
    """The values that an example needs, by the names of its parameters."""
    ec2 = stacks.aws.inside("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(GroupName="tasks", Description="Of tasks", VpcId=vpc)["GroupId"]
    stacks.aws.inside("ecs").create_cluster(clusterName="apps")
    return {
        "Cluster": "apps",
        "VpcId": vpc,
        "Subnets": ",".join(subnets),
        "SecurityGroups": group,
        "ImageId": ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        "ExecutionRoleArn": f"{ROLE}/orders-execution",
        "TaskRoleArn": f"{ROLE}/orders-task",
        "Url": "http://internal-orders.elb.amazonaws.com:8080/health",
    }


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_an_example_is_created_and_deleted(stacks: Stacks, file: Path) -> None:
    """With the image that the record has, and with nothing left behind."""
    template = json.loads(to_json(file.read_text(encoding="utf-8")))
    around = surroundings(stacks)
    given = {name: around[name] for name in template["Parameters"] if name in around}
    assert "CREATE_COMPLETE" == stacks.make(given=given, **template), stacks.reasons()
    assert "DELETE_COMPLETE" == stacks.delete(), stacks.reasons()


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("ecs-*-service.yaml")), ids=lambda file: file.stem)
def test_staging_and_production_share_no_family(stacks: Stacks, file: Path) -> None:
    """Two stacks of an example: a revision of one service is never the next one of the other."""
    template = json.loads(to_json(file.read_text(encoding="utf-8")))
    around = surroundings(stacks)
    ecs = stacks.aws.inside("ecs")
    families = []
    for stage in ("staging", "production"):
        ecs.create_cluster(clusterName=stage)
        given = {name: around[name] for name in template["Parameters"] if name in around} | {"Cluster": stage}
        assert "CREATE_COMPLETE" == stacks.make(f"orders-{stage}", given=given, **template)
        [service] = ecs.describe_services(cluster=stage, services=["orders"])["services"]
        families.append(service["taskDefinition"].rpartition("/")[2])
    assert ["orders-staging:1", "orders-production:1"] == families


def test_instances_of_both_stages_share_the_endpoints_of_their_network(stacks: Stacks) -> None:
    """A VPC cannot have a second endpoint of a service with the same private name: production lets itself into that."""
    template = json.loads(to_json((EXAMPLES / "ec2-instances.yaml").read_text(encoding="utf-8")))
    around = surroundings(stacks)
    given = {name: around[name] for name in template["Parameters"] if name in around}
    assert "CREATE_COMPLETE" == stacks.make("staging", given=given, **template), stacks.reasons("staging")
    assert "ROLLBACK_COMPLETE" == stacks.make("second", given=given, **template)
    assert "already a conflicting DNS domain" in stacks.reasons("second")
    shared = {"EndpointSecurityGroupId": stacks.outputs("staging")["EndpointSecurityGroupId"]}
    assert "CREATE_COMPLETE" == stacks.make("production", given=given | shared, **template), stacks.reasons(
        "production"
    )
    ec2 = stacks.aws.inside("ec2")
    services = [
        each["ServiceName"].partition(".codedeploy")[2] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]
    ]
    assert ["", "-commands-secure"] == sorted(services)
    [group] = ec2.describe_security_groups(GroupIds=[shared["EndpointSecurityGroupId"]])["SecurityGroups"]
    admitted = {pair["GroupId"] for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]}
    assert {stacks.ids(stage)["InstanceSecurityGroup"] for stage in ("staging", "production")} == admitted


def test_a_stack_cannot_change_the_count_of_a_service_that_codedeploy_controls(stacks: Stacks) -> None:
    """CloudFormation sends all properties, and ECS refuses some. docs/ecs-codedeploy.md says how to change it."""
    template = json.loads(to_json((EXAMPLES / "ecs-codedeploy-service.yaml").read_text(encoding="utf-8")))
    around = surroundings(stacks)
    given = {name: around[name] for name in template["Parameters"] if name in around}
    assert "CREATE_COMPLETE" == stacks.make(given=given, **template), stacks.reasons()
    template["Resources"]["Service"]["Properties"]["DesiredCount"] = 3
    assert stacks.make(given=given, **template).startswith("UPDATE_ROLLBACK_")
    assert "on services with a CODE_DEPLOY deployment controller" in stacks.reasons()
    ecs = stacks.aws.inside("ecs")
    ecs.update_service(cluster="apps", service="orders", desiredCount=3)
    assert 3 == ecs.describe_services(cluster="apps", services=["orders"])["services"][0]["desiredCount"]
