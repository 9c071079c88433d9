"""The deployer for an EKS cluster. The script of its build is tested in test_eks_buildspec.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.template_rules import broken
from generator.publishing.render import to_dict
from tests.conftest import RENDERED
from tests.rendered import listed, strings
from tests.resolved import resolved

DEPLOYER = RENDERED["deployer-eks"]
SUM = "0123456789abcdef" * 4
CHART = {
    "HelmChart": "charts/orders.tgz",
    "HelmChartSha256": SUM,
    "HelmArchive": "charts/helm.tar.gz",
    "HelmSha256": SUM[::-1],
}


def _properties(name: str) -> dict[str, Any]:
    return dict(DEPLOYER["Resources"][name]["Properties"])


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-eks")), left_out)
    document = template["Resources"]["DeployRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_the_role_may_edit_one_namespace() -> None:
    """The cluster gives the role of the build access to the namespace of the parameter, and nothing cluster-wide."""
    assert {"Fn::GetAtt": ["DeployRole", "Arn"]} == _properties("Access")["PrincipalArn"]
    condition, none, [edit] = _properties("Access")["AccessPolicies"]["Fn::If"]
    assert ("HasKubernetesGroup", {"Ref": "AWS::NoValue"}) == (condition, none)
    assert edit["PolicyArn"]["Fn::Sub"].endswith(":eks::aws:cluster-access-policy/AmazonEKSEditPolicy")
    assert {"Type": "namespace", "Namespaces": [{"Ref": "Namespace"}]} == edit["AccessScope"]


def test_a_group_of_the_cluster_takes_the_place_of_the_policy() -> None:
    """A group that a narrower Kubernetes role is bound to gives the build that role alone."""
    condition, given, none = _properties("Access")["KubernetesGroups"]["Fn::If"]
    assert ("HasKubernetesGroup", [{"Ref": "KubernetesGroup"}], {"Ref": "AWS::NoValue"}) == (condition, given, none)


def _egress(**values: str) -> list[dict[str, Any]]:
    """The rules of the builds' security group in a stack with these values."""
    made = resolved(to_dict(catalog.build("deployer-eks")), ClusterSecurityGroupId="sg-cluster", **values)
    return list(made["BuildSecurityGroup"]["SecurityGroupEgress"])


VPC = {"VpcId": "vpc-1", "SubnetIds": "subnet-1", "EndpointSecurityGroupId": "sg-endpoints", "S3PrefixListId": "pl-1"}


def test_the_cluster_admits_the_build() -> None:
    """On port 443, from the security group of the build."""
    into = _properties("ClusterIngress")
    assert {"Ref": "ClusterSecurityGroupId"} == into["GroupId"]
    assert {"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]} == into["SourceSecurityGroupId"]
    assert (443, 443) == (into["FromPort"], into["ToPort"])


def test_the_build_reaches_the_cluster_endpoints_and_s3() -> None:
    """Nothing else, whether the cluster is in an existing VPC with endpoints or in that of a network stack."""
    network = "ecr-pipeline:network:main:v1"
    for values, endpoint_group, prefix_list in (
        (VPC, "sg-endpoints", "pl-1"),
        ({"BuildNetwork": "network"}, f"{network}:EndpointSecurityGroupId", f"{network}:S3PrefixListId"),
    ):
        endpoints, api, s3 = _egress(**values)
        assert endpoint_group == endpoints["DestinationSecurityGroupId"]
        assert ("sg-cluster", 443, 443) == (api["DestinationSecurityGroupId"], api["FromPort"], api["ToPort"])
        assert prefix_list == s3["DestinationPrefixListId"]


def test_behind_a_nat_gateway_the_build_reaches_every_address() -> None:
    """The rule for the cluster stays: its group may admit only traffic from the group of the build."""
    api, every = _egress(BuildNetwork="nat", VpcId="vpc-1", SubnetIds="subnet-1")
    assert "sg-cluster" == api["DestinationSecurityGroupId"]
    assert ("0.0.0.0/0", 443, 443) == (every["CidrIp"], every["FromPort"], every["ToPort"])


def test_endpoints_in_the_group_of_the_cluster_need_no_second_rule() -> None:
    """EC2 refuses the same rule twice: if both are one group, the rule for the endpoints is enough."""
    endpoints, s3 = _egress(**{**VPC, "EndpointSecurityGroupId": "sg-cluster"})
    assert "sg-cluster" == endpoints["DestinationSecurityGroupId"]
    assert "pl-1" == s3["DestinationPrefixListId"]


def test_the_build_runs_in_the_vpc_of_the_cluster_by_default() -> None:
    """A cluster is rarely in the VPC of a network stack: the default is an existing VPC, with required parameters."""
    assert "existing" == DEPLOYER["Parameters"]["BuildNetwork"]["Default"]
    values = {name: str(parameter.get("Default", "")) for name, parameter in DEPLOYER["Parameters"].items()}
    missing = [said for _, said in broken(DEPLOYER["Rules"], values | {"Containers": "app"})]
    assert [f"BuildNetwork=existing: enter {name}." for name in VPC] == missing


def test_the_role_reads_one_cluster_and_the_artifacts_of_one_pipeline() -> None:
    """It reads the address of the cluster and the artifacts of the pipeline, and writes nothing but its log."""
    statements = _statements("WithHelm")
    assert {
        *("WriteDeployLog", "UseLogKey", "FindArtifacts", "FetchArtifacts", "DecryptArtifacts", "FindCluster")
    } == statements.keys()
    assert ["eks:DescribeCluster"] == listed(statements["FindCluster"]["Action"])
    assert statements["FindCluster"]["Resource"]["Fn::Sub"].endswith(":cluster/${ClusterName}")
    assert (
        "arn:${AWS::Partition}:s3:::${Bucket}/${PipelineName}/*"
        == (statements["FetchArtifacts"]["Resource"]["Fn::Sub"][0])
    )
    assert not [text for text in strings([statements[sid] for sid in statements if "Log" not in sid]) if "Put" in text]


def test_bucket_and_key_are_those_of_the_platform() -> None:
    """They are imported by the name of the platform."""
    key = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"}}
    assert key == _statements()["DecryptArtifacts"]["Resource"] == _properties("DeployProject")["EncryptionKey"]
    bucket = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:ArtifactBucket"}}
    assert {"Bucket": bucket} == _statements()["FindArtifacts"]["Resource"]["Fn::Sub"][1]


def test_helm_and_chart_are_two_objects() -> None:
    """With a chart the build may fetch these two, without one no object at all."""
    names = [resource["Fn::Sub"] for resource in _statements()["FetchHelm"]["Resource"]]
    assert ["arn:${AWS::Partition}:s3:::${HelmChart}", "arn:${AWS::Partition}:s3:::${HelmArchive}"] == names
    assert "FetchHelm" not in _statements("WithHelm")


def test_the_build_is_not_privileged() -> None:
    """It runs no Docker."""
    assert _properties("DeployProject")["Environment"].get("PrivilegedMode", False) is False


def test_the_pipeline_can_be_created_first() -> None:
    """The output for the pipeline is known before the stack exists: the name of the stack and -Deploy."""
    assert {"Ref": "DeployProject"} == DEPLOYER["Outputs"]["Deployer"]["Value"]
    assert {"Fn::Sub": "${AWS::StackName}-Deploy"} == _properties("DeployProject")["Name"]


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({"Containers": "app"}, []),
        (CHART, []),
        ({}, ["Enter the containers that get the image as Containers, or a chart as HelmChart."]),
        (
            {**CHART, "Containers": "app"},
            ["HelmChart is set: the chart decides which containers get the image. Leave Containers empty."],
        ),
        ({**CHART, "HelmArchive": ""}, ["HelmChart is set: enter the location of Helm as HelmArchive."]),
        ({**CHART, "HelmChartSha256": ""}, ["HelmChart is set: enter the checksum of the chart as HelmChartSha256."]),
        ({**CHART, "HelmSha256": ""}, ["HelmChart is set: enter the checksum of HelmArchive as HelmSha256."]),
        (
            {**CHART, "HelmChart": "", "Containers": "app"},
            [
                "HelmArchive requires HelmChart: enter a chart there, or leave HelmArchive empty.",
                "HelmChartSha256 requires HelmChart: enter a chart there, or leave HelmChartSha256 empty.",
                "HelmSha256 requires HelmChart: enter a chart there, or leave HelmSha256 empty.",
            ],
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, str], messages: list[str]) -> None:
    """Neither kubectl nor Helm, both, or half of Helm: every problem is named, with what to type."""
    given = {"Containers": "", "HelmChart": "", "HelmChartSha256": "", "HelmArchive": "", "HelmSha256": ""}
    assert messages == [said for _, said in broken(DEPLOYER["Rules"], given | values)]


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        ("ClusterName", ["", "my cluster", "-apps", "a" * 101], ["apps", "Apps_1"]),
        ("ClusterSecurityGroupId", ["", "default", "sg-xyz"], ["sg-0a1b2c3d4e5f60718"]),
        ("Namespace", ["", "Shop", "shop-*", "*", "shop,orders", "-shop", "a" * 64], ["shop", "a" * 63]),
        ("Deployment", ["", "Orders", "--all", "deployment/orders", "a b"], ["orders", "orders-2"]),
        (
            "Containers",
            ["app,", ",app", "app worker", "app=x", "*", ",".join("abcdefghijk")],
            ["", "app", "app,worker"],
        ),
        ("KubernetesGroup", ["system:masters", "a:b", "-a", "a b"], ["", "orders-deployers"]),
        (
            "HelmChart",
            ["orders.tgz", "s3://charts/x", "charts/*", "charts/a b", "https://x/y"],
            ["", CHART["HelmChart"]],
        ),
        ("HelmArchive", ["helm.tar.gz", "charts/${x}", "Charts/x", "charts/"], ["", CHART["HelmArchive"]]),
        ("HelmChartSha256", ["0" * 63, "A" * 64, "x" * 64], ["", SUM]),
        ("HelmSha256", ["0" * 63, "A" * 64, "sha256:" + "0" * 57], ["", SUM]),
    ],
)
def test_mistyped_values_are_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the pattern of the parameter."""
    pattern = DEPLOYER["Parameters"][parameter]["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]


def test_a_rollout_has_a_minute_at_least() -> None:
    """Less than a minute, and more than a build has, is refused."""
    minutes = DEPLOYER["Parameters"]["RolloutMinutes"]
    assert (1, 20) == (minutes["MinValue"], minutes["MaxValue"])
