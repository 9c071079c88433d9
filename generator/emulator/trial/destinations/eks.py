"""The destination of deployer-eks: a Deployment in a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from moto.utilities.utils import get_partition

from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.existing_resources import made

REVISION, FIRST = "deployment.kubernetes.io/revision", "1"
# The VPC of a cluster: ids of no account, for each of which something is made.
_NETWORK = {
    "VpcId": "vpc-0123456789abcdef0",
    "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "EndpointSecurityGroupId": "sg-0123456789abcdef0",
    "S3PrefixListId": "pl-01234567",
}


def _cluster(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """An EKS cluster in its own VPC, with a Deployment. A stand-in for `kubectl` works on it."""
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
            "metadata": {"name": workload, "annotations": {REVISION: FIRST}},
            "spec": {"selector": {"matchLabels": {"app": workload}}, "template": pods},
        },
        "revisions": {FIRST: pods},
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


def _running(site: DeployContext) -> Iterator[str]:
    for file in sorted(site.clusters.glob("*.json")):
        state = json.loads(file.read_text(encoding="utf-8"))
        metadata, spec = state["deployment"]["metadata"], state["deployment"]["spec"]["template"]["spec"]
        if metadata["annotations"][REVISION] != FIRST:
            images = ", ".join(f"{each['name']} = {each['image']}" for each in spec["containers"])
            yield f"cluster {state['cluster']}, namespace {state['namespace']}, deployment {metadata['name']}: {images}"


DESTINATIONS = {"deployer-eks": Destination(_cluster, running=_running)}
