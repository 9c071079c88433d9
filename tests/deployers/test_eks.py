"""What a stage needs at an EKS cluster. What its build does there is in test_eks_buildspec.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator import catalog
from generator.checks.assertions import broken
from generator.conditions import chosen
from generator.render import to_dict
from tests.conftest import RENDERED
from tests.rendered import listed, strings

DEPLOYER = RENDERED["deployer-eks"]
SUM = "0123456789abcdef" * 4
CHART = {"HelmChart": "charts/orders.tgz", "HelmArchive": "charts/helm.tar.gz", "HelmSha256": SUM}


def _properties(name: str) -> dict[str, Any]:
    return dict(DEPLOYER["Resources"][name]["Properties"])


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-eks")), left_out)
    document = template["Resources"]["DeployRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_the_role_may_edit_one_namespace() -> None:
    """The cluster lets in the role of the build, in the namespace of the parameter, no cluster-wide right."""
    assert {"Fn::GetAtt": ["DeployRole", "Arn"]} == _properties("Access")["PrincipalArn"]
    condition, none, [edit] = _properties("Access")["AccessPolicies"]["Fn::If"]
    assert ("HasKubernetesGroup", {"Ref": "AWS::NoValue"}) == (condition, none)
    assert edit["PolicyArn"]["Fn::Sub"].endswith(":eks::aws:cluster-access-policy/AmazonEKSEditPolicy")
    assert {"Type": "namespace", "Namespaces": [{"Ref": "Namespace"}]} == edit["AccessScope"]


def test_a_group_of_the_cluster_takes_the_place_of_the_policy() -> None:
    """Who binds a narrower role to a group gives the build that role alone."""
    condition, given, none = _properties("Access")["KubernetesGroups"]["Fn::If"]
    assert ("HasKubernetesGroup", [{"Ref": "KubernetesGroup"}], {"Ref": "AWS::NoValue"}) == (condition, given, none)


def _ways_out(*left_out: str) -> list[dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-eks")), left_out)
    return list(template["Resources"]["BuildSecurityGroup"]["Properties"]["SecurityGroupEgress"])


def test_the_build_and_the_cluster_let_each_other_through() -> None:
    """The cluster is the only place besides the endpoints and S3 where the build gets to."""
    cluster, builds = {"Ref": "ClusterSecurityGroupId"}, {"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]}
    into = _properties("ClusterIngress")
    assert (cluster, builds) == (into["GroupId"], into["SourceSecurityGroupId"])
    endpoints, api, s3 = _ways_out()
    assert {"Ref": "EndpointSecurityGroupId"} == endpoints["DestinationSecurityGroupId"]
    assert {"Ref": "S3PrefixListId"} == s3["DestinationPrefixListId"]
    assert (cluster, 443, 443) == (api["DestinationSecurityGroupId"], api["FromPort"], api["ToPort"])


def test_endpoints_in_the_group_of_the_cluster_need_no_second_way() -> None:
    """EC2 takes no rule twice: where both are one group, the way to the endpoints is the way to the cluster."""
    groups = [{"Ref": "ClusterSecurityGroupId"}, {"Ref": "EndpointSecurityGroupId"}]
    assert {"Fn::Not": [{"Fn::Equals": groups}]} == to_dict(catalog.build("deployer-eks"))["Conditions"][
        "EndpointsApart"
    ]
    endpoints, _, s3 = _ways_out()
    assert [endpoints, s3] == _ways_out("EndpointsApart")


def test_the_role_sees_one_cluster_and_writes_nothing_but_its_log() -> None:
    """Of AWS it may ask for the cluster's address; the artifacts of the pipeline it may read."""
    assert {"WriteDeployLog", "FindCluster"} == _statements("WithHelm").keys()
    assert "eks:DescribeCluster" in listed(_statements()["FindCluster"]["Action"])
    assert _statements()["FindCluster"]["Resource"]["Fn::Sub"].endswith(":cluster/${ClusterName}")
    policies = [{"Ref": "ArtifactPolicy"}, {"Ref": "BuildPolicy"}]
    assert policies == _properties("DeployRole")["ManagedPolicyArns"]
    assert not any("Put" in text for text in strings(_properties("ArtifactPolicy")))


def test_helm_and_chart_are_two_objects() -> None:
    """With a chart the build may fetch these two, without one no object at all."""
    names = [resource["Fn::Sub"] for resource in _statements()["FetchHelm"]["Resource"]]
    assert ["arn:${AWS::Partition}:s3:::${HelmChart}", "arn:${AWS::Partition}:s3:::${HelmArchive}"] == names
    assert "FetchHelm" not in _statements("WithHelm")


def test_the_build_is_not_privileged() -> None:
    """It runs no Docker."""
    assert _properties("DeployProject")["Environment"]["PrivilegedMode"] is False


def test_the_pipeline_can_be_made_first() -> None:
    """The output for the pipeline is a name that is known before there is a stack: the stack's, and -Deploy."""
    assert {"Ref": "DeployProject"} == DEPLOYER["Outputs"]["Deployer"]["Value"]
    assert {"Fn::Sub": "${AWS::StackName}-Deploy"} == _properties("DeployProject")["Name"]


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({"Containers": "app"}, []),
        (CHART, []),
        ({}, ["Type the containers that take the image into Containers, or a chart into HelmChart."]),
        (
            {**CHART, "Containers": "app"},
            ["With HelmChart the chart says which containers take the image: leave Containers empty."],
        ),
        ({**CHART, "HelmArchive": ""}, ["With HelmChart type into HelmArchive where Helm is."]),
        ({**CHART, "HelmSha256": ""}, ["With HelmChart type the checksum of HelmArchive into HelmSha256."]),
        (
            {**CHART, "HelmChart": "", "Containers": "app"},
            [
                "HelmArchive is for a chart: type one into HelmChart, or leave it empty.",
                "HelmSha256 is for a chart: type one into HelmChart, or leave it empty.",
            ],
        ),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, str], messages: list[str]) -> None:
    """Neither kubectl nor Helm, half of both, or half of Helm: all that is wrong, with what to type."""
    given = {"Containers": "", "HelmChart": "", "HelmArchive": "", "HelmSha256": ""}
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
        ("HelmSha256", ["0" * 63, "A" * 64, "sha256:" + "0" * 57], ["", SUM]),
    ],
)
def test_what_is_mistyped_is_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the parameter's own pattern."""
    pattern = DEPLOYER["Parameters"][parameter]["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]


def test_a_rollout_has_a_minute_at_least() -> None:
    """No time, or more than a build has, is refused by the parameter."""
    minutes = DEPLOYER["Parameters"]["RolloutMinutes"]
    assert (1, 20) == (minutes["MinValue"], minutes["MaxValue"])
