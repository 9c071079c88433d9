"""A CodeBuild project that deploys to one workload of an EKS cluster, and its access to the cluster.

The project runs kubectl, or Helm if a chart is given, in the VPC of the cluster, without any way to the internet.
https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from awacs import eks, s3
from troposphere import And, Equals, If, Not, NoValue, Ref, Sub, Template
from troposphere.ec2 import SecurityGroupIngress, SecurityGroupRule
from troposphere.eks import AccessEntry, AccessPolicy, AccessScope

from generator.buildspec import buildspec
from generator.components.artifact_reader import fetch_artifacts_of_pipeline
from generator.components.build import add_build, add_build_environment
from generator.components.chosen_network import add_chosen_network
from generator.components.network import https
from generator.components.platform import import_platform
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import EACH_ONCE, add_condition, add_number, add_parameter, add_rule, is_given
from generator.model.script import script
from generator.model.template import new_template

LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # what Kubernetes takes for a name, RFC 1123
OBJECT = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9!_.()/-]{1,512}"  # without characters that have a meaning in IAM
LONGEST_MINUTES = 20
# Helm waits that long for each of: hooks before, pods, hooks after; and for the same three when it rolls back. kubectl
# waits twice. A build that is stopped earlier would leave the release pending.
# https://helm.sh/docs/helm/helm_upgrade/
WAITS = 6
TIMEOUT_MINUTES = WAITS * LONGEST_MINUTES + 10
WITH_HELM = "WithHelm"
OWNER = Owner("deployer")


class _Cluster(NamedTuple):
    """The cluster, and the security group of its interfaces in the VPC."""

    name: Ref
    security_group_id: Ref


def deployer() -> Template:
    """The project that deploys for a stage. Its output Deployer is a parameter of the pipeline."""
    template = new_template("Deployment of images to one EKS workload: by kubectl or Helm, from a private build")
    cluster = _add_cluster(template)
    variables = {"CLUSTER": cluster.name, **_add_workload(template), **_add_helm(template)}
    _add_rules(template, variables)
    platform = import_platform(template)
    network = add_chosen_network(template, OWNER, leads_to=[_to_cluster(template, cluster)])
    environment = add_build_environment(template, OWNER, platform.key, network)
    build = add_build(
        template,
        "Deploy",
        why="Deploys an approved digest to one cluster, with kubectl or Helm, and follows the rollout.",
        buildspec=script(buildspec("deployers/eks.yml")),
        services=("eks",),
        grants=(*fetch_artifacts_of_pipeline(template, platform), *_grants()),
        variables=variables,
        environment=environment,
        timeout_minutes=TIMEOUT_MINUTES,
    )
    _let_in(template, cluster, network.security_group_id)
    _add_access(template, cluster, build.role_arn)
    add_output(
        template, "Deployer", build.project_name, "Value for StagingDeployer or ProductionDeployer of the pipeline"
    )
    return template


def _add_cluster(template: Template) -> _Cluster:
    group = "Cluster"
    name = add_parameter(
        template,
        "ClusterName",
        group=group,
        label="Cluster",
        description="EKS cluster in the VPC of the builds, with a private endpoint and access entries.",
        AllowedPattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$",
        ConstraintDescription="Enter the name of a cluster of this account and region.",
    )
    security_group_id = add_parameter(
        template,
        "ClusterSecurityGroupId",
        group=group,
        label="Security group of the cluster",
        description="clusterSecurityGroupId in aws eks describe-cluster. The stack adds a rule that admits the build.",
        AllowedPattern="^sg-[0-9a-f]{8,17}$",
        ConstraintDescription="Enter the ID of a security group, such as sg-0a1b2c3d4e5f60718.",
    )
    return _Cluster(name, security_group_id)


def _add_workload(template: Template) -> dict[str, Ref]:
    group = "Workload"
    namespace = add_parameter(
        template,
        "Namespace",
        group=group,
        label="Namespace",
        description="Kubernetes namespace of the Deployment. The build can access no other namespace.",
        AllowedPattern=f"^{LABEL}$",
        ConstraintDescription="Enter one namespace of lower-case letters, digits and hyphens.",
    )
    name = add_parameter(
        template,
        "Deployment",
        group=group,
        label="Deployment or Helm release",
        description="Name of the Deployment or, with HelmChart, of the Helm release.",
        AllowedPattern=f"^{LABEL}$",
        ConstraintDescription="Enter one name of lower-case letters, digits and hyphens.",
    )
    containers = add_parameter(
        template,
        "Containers",
        group=group,
        label="Containers",
        description="Containers of the Deployment that get the image, separated by commas. With HelmChart: empty.",
        Default="",
        AllowedPattern=f"^{EACH_ONCE}({LABEL}(,{LABEL}){{0,9}})?$",
        ConstraintDescription="Enter names of containers, such as app or app,worker, or leave it empty.",
    )
    minutes = add_number(
        template,
        "RolloutMinutes",
        group=group,
        label="Wait for the new pods (minutes)",
        description="Minutes until a rollout fails. The rollback can take as long again.",
        default=10,
        least=1,
        most=LONGEST_MINUTES,
    )
    return {"NAMESPACE": namespace, "DEPLOYMENT": name, "CONTAINERS": containers, "ROLLOUT_MINUTES": minutes}


def _add_helm(template: Template) -> dict[str, Ref]:
    """The parameters for Helm and the chart.

    Both come from buckets, because CodeBuild's images lack Helm and there is no internet.
    """
    group = "Helm"
    chart, archive = (
        add_parameter(
            template,
            name,
            group=group,
            label=label,
            description=description,
            Default="",
            AllowedPattern=f"^({OBJECT})?$",
            ConstraintDescription="Enter bucket/key, without s3://, or leave it empty.",
        )
        for name, label, description in (
            ("HelmChart", "Chart", "Packaged chart in an S3 bucket in this region. Empty: deploy with kubectl."),
            (
                "HelmArchive",
                "Helm",
                "With HelmChart: Helm 3.14 or newer for linux-amd64 (.tar.gz) in an S3 bucket.",
            ),
        )
    )
    chart_sum, archive_sum = (
        add_parameter(
            template,
            name,
            group=group,
            label=label,
            description=description,
            Default="",
            AllowedPattern="^([0-9a-f]{64})?$",
            ConstraintDescription="Enter 64 hexadecimal digits in lower case, or leave it empty.",
        )
        for name, label, description in (
            ("HelmChartSha256", "Chart checksum", "With HelmChart: SHA-256 of the chart (sha256sum CHART.tgz)."),
            ("HelmSha256", "Helm checksum", "With HelmChart: SHA-256 of HelmArchive, as Helm publishes it."),
        )
    )
    return {
        "HELM_CHART": chart,
        "HELM_CHART_SHA256": chart_sum,
        "HELM_ARCHIVE": archive,
        "HELM_SHA256": archive_sum,
    }


def _add_rules(template: Template, variables: Mapping[str, Ref]) -> None:
    containers, chart, archive = (variables[name] for name in ("CONTAINERS", "HELM_CHART", "HELM_ARCHIVE"))
    needed = {
        "HelmArchive": (archive, "the location of Helm"),
        "HelmChartSha256": (variables["HELM_CHART_SHA256"], "the checksum of the chart"),
        "HelmSha256": (variables["HELM_SHA256"], "the checksum of HelmArchive"),
    }
    add_condition(template, WITH_HELM, And(is_given(chart), is_given(archive)))
    add_rule(
        template,
        "WithoutChart",
        (is_given(containers), "Enter the containers that get the image as Containers, or a chart as HelmChart."),
        *(
            (Equals(value, ""), f"{name} requires HelmChart: enter a chart there, or leave {name} empty.")
            for name, (value, _) in needed.items()
        ),
        when=Equals(chart, ""),
    )
    add_rule(
        template,
        "WithChart",
        (
            Equals(containers, ""),
            "HelmChart is set: the chart decides which containers get the image. Leave Containers empty.",
        ),
        *((is_given(value), f"HelmChart is set: enter {what} as {name}.") for name, (value, what) in needed.items()),
        (Not(Equals(chart, archive)), "HelmArchive is the same as HelmChart: enter the location of Helm."),
        (
            Not(Equals(variables["HELM_CHART_SHA256"], variables["HELM_SHA256"])),
            "HelmSha256 is the same as HelmChartSha256: enter the checksum of HelmArchive.",
        ),
        when=is_given(chart),
    )


def _grants() -> tuple[Grant, ...]:
    return (
        Grant(
            sid="FindCluster",
            actions=(eks.DescribeCluster,),
            resources=(arn("eks", "cluster/${ClusterName}"),),
            why="aws eks update-kubeconfig reads the address and the certificate of the cluster.",
        ),
        Grant(
            sid="FetchHelm",
            actions=(s3.GetObject,),
            resources=tuple(Sub(f"arn:${{AWS::Partition}}:s3:::${{{name}}}") for name in ("HelmChart", "HelmArchive")),
            why="The build fetches Helm and the chart.",
            only_if=WITH_HELM,
        ),
    )


def _to_cluster(template: Template, cluster: _Cluster) -> If:
    """The rule from the build to the cluster's interfaces in the VPC.

    If the endpoints are in the cluster's group, the rule exists already, and EC2 refuses a duplicate.
    """
    group = cluster.security_group_id
    apart = add_condition(template, "EndpointsApart", Not(Equals(group, Ref("EndpointSecurityGroupId"))))
    rule = SecurityGroupRule(DestinationSecurityGroupId=group, **https("Kubernetes API of the cluster"))
    return If(apart, rule, NoValue)


def _let_in(template: Template, cluster: _Cluster, builds: object) -> None:
    """The rule with which the cluster admits the build.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    template.add_resource(
        SecurityGroupIngress(
            "ClusterIngress",
            GroupId=cluster.security_group_id,
            SourceSecurityGroupId=builds,
            **https("From the build that deploys"),
        )
    )


def _add_access(template: Template, cluster: _Cluster, role: object) -> None:
    """The role's permissions in the cluster: edit one namespace, or those of a group in the cluster.

    AWS has no policy between reading and editing; a group with a Role can be as narrow as docs/eks.md shows.
    https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
    """
    group = add_parameter(
        template,
        "KubernetesGroup",
        group="Workload",
        label="Kubernetes group",
        description="Kubernetes group of a RoleBinding in Namespace. Empty: AmazonEKSEditPolicy in Namespace.",
        Default="",
        AllowedPattern="^([A-Za-z0-9][A-Za-z0-9_.-]{0,62})?$",
        ConstraintDescription="Enter one name of letters, digits, _ . and -, or leave it empty.",
    )
    own = add_condition(template, "HasKubernetesGroup", is_given(group))
    edit = AccessPolicy(
        # The ARN of an access policy has no region, and `aws` instead of an account.
        PolicyArn=Sub("arn:${AWS::Partition}:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"),
        AccessScope=AccessScope(Type="namespace", Namespaces=[Ref("Namespace")]),
    )
    template.add_resource(
        AccessEntry(
            "Access",
            ClusterName=cluster.name,
            # A cluster has one entry for a principal: the role itself, not a session of it.
            # https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
            PrincipalArn=role,
            KubernetesGroups=If(own, [group], NoValue),
            AccessPolicies=If(own, NoValue, [edit]),
        )
    )
