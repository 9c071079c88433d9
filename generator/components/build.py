"""A build step: one CodeBuild project in the private network, with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from awacs import ec2, logs
from awacs.aws import ArnLike, Condition, StringEquals
from troposphere import GetAtt, If, Join, NoValue, Ref, Split, Sub, Template
from troposphere.codebuild import (
    Artifacts,
    CloudWatchLogs,
    Environment,
    EnvironmentVariable,
    LogsConfig,
    Project,
    Source,
)
from troposphere.logs import LogGroup

from generator.arn import arn
from generator.components.artifacts import ArtifactStore
from generator.components.given_artifacts import GivenArtifacts
from generator.components.logs import add_log_retention
from generator.components.network import Network
from generator.iam import Grant, add_service_role, add_shared_policy, trust
from generator.parameters import add_choice, add_parameter, under
from generator.stages import Build

GROUP = "Builds"
VPC_ACCESS = "https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html"


class BuildEnvironment(NamedTuple):
    """What the builds of a stack share. `policy` lets them into their network."""

    store: ArtifactStore | GivenArtifacts
    network: Network
    image: Ref
    compute_type: Ref
    log_retention_days: Ref
    policy: Ref | If
    type: str = "LINUX_CONTAINER"


class Part(NamedTuple):
    """What one concern adds to a build: variables, those that are secret, and what the role needs for it."""

    variables: Mapping[str, object] = MappingProxyType({})
    secrets: tuple[dict[str, object], ...] = ()
    grants: tuple[Grant, ...] = ()


def add_build_environment(
    template: Template, store: ArtifactStore | GivenArtifacts, network: Network
) -> BuildEnvironment:
    """The parameters that all builds of the stack follow, and what every build may do.

    Only CodeBuild's own images: it fetches those itself, an image from elsewhere could not be reached from the network.
    https://docs.aws.amazon.com/codebuild/latest/userguide/ec2-compute-images.html
    """
    image = add_parameter(
        template,
        "BuildImage",
        group=GROUP,
        label="Build image",
        description="A CodeBuild managed image for x86_64, with bash, jq, Docker and the AWS CLI.",
        Default="aws/codebuild/amazonlinux-x86_64-standard:5.0",
        AllowedPattern=r"^aws/codebuild/(amazonlinux-x86_64-standard|standard):[0-9]+\.[0-9]+$",
        ConstraintDescription="Type a managed image, such as aws/codebuild/standard:7.0.",
    )
    compute_type = add_choice(
        template,
        "ComputeType",
        group=GROUP,
        label="Compute type",
        description="Size of the builds' machines, disk included: a large image wants a larger one.",
        choices=("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"),
    )
    retention = add_log_retention(template, GROUP)
    enter = add_shared_policy(template, "BuildPolicy", _enter(network), only_if=network.only_if)
    policy = If(network.only_if, enter, NoValue) if network.only_if else enter
    return BuildEnvironment(store, network, image, compute_type, retention, policy)


def add_build(
    template: Template,
    name: str,
    *,
    buildspec: object,
    services: Sequence[str],
    grants: Iterable[Grant],
    variables: Mapping[str, object],
    environment: BuildEnvironment,
    secrets: Iterable[object] = (),
    shared: Iterable[object] = (),
    privileged: bool = False,
    only_if: str = "",
) -> Build:
    """A project `<stack>-<name>` that runs `buildspec` between two actions of a pipeline.

    `services` are the AWS services that the commands of the buildspec call, as endpoints are named: `ecr.api`.
    `secrets` are variables that CodeBuild fetches; `shared` are policies that other builds have as well.
    `privileged` is needed for the Docker daemon only; `only_if` is the condition under which the build exists.
    """
    store, network = environment.store, environment.network
    log_group = LogGroup(
        f"{name}Logs",
        DeletionPolicy="Delete",  # a log group that stays blocks the next stack of the same name
        UpdateReplacePolicy="Delete",
        LogGroupName=Sub(f"/aws/codebuild/${{AWS::StackName}}-{name}"),
        KmsKeyId=store.key.arn,
        RetentionInDays=environment.log_retention_days,
        **under(only_if),
    )
    template.add_resource(log_group)
    granted = (_write_log(name, log_group), *grants)
    role = add_service_role(
        template,
        f"{name}Role",
        trusted=trust("codebuild.amazonaws.com", arn("codebuild", f"project/${{AWS::StackName}}-{name}")),
        grants=granted,
        shared=[store.policy, environment.policy, *shared],
        only_if=only_if,
    )
    project = Project(
        f"{name}Project",
        Name=Sub(f"${{AWS::StackName}}-{name}"),
        ServiceRole=role.arn,
        EncryptionKey=store.key.arn,
        Source=Source(Type="CODEPIPELINE", BuildSpec=buildspec),
        Artifacts=Artifacts(Type="CODEPIPELINE"),
        Environment=Environment(
            Type=environment.type,
            Image=environment.image,
            ComputeType=environment.compute_type,
            PrivilegedMode=privileged,
            EnvironmentVariables=[
                *(EnvironmentVariable(Name=key, Value=value) for key, value in variables.items()),
                *secrets,
            ],
        ),
        LogsConfig=LogsConfig(CloudWatchLogs=CloudWatchLogs(Status="ENABLED", GroupName=Ref(log_group))),
        VpcConfig=network.vpc_config(),
        **under(only_if),
    )
    template.add_resource(project)
    return Build(
        name=name,
        project_name=Ref(project),
        project_arn=GetAtt(project, "Arn"),
        role_arn=role.arn,
        grants=(*store.use(), *granted),
        services=tuple(services),
    )


def _write_log(name: str, log_group: LogGroup) -> Grant:
    return Grant(
        sid=f"Write{name}Log",
        actions=(logs.CreateLogStream, logs.PutLogEvents),
        resources=(GetAtt(log_group, "Arn"),),
        why="The build writes its log; the stack has made the group.",
    )


def _enter(network: Network) -> tuple[Grant, ...]:
    """Put network interfaces into the subnets, as AWS writes it.

    IAM knows narrower resources for creating and deleting them, but CodeBuild's requests have been reported to fail
    under any narrowing (aws/aws-cdk, pull request 34572); the permission below is what binds an interface.
    """
    # A join's separator is a literal and cannot hold the account: the pattern leaves open what the id makes plain.
    subnet = "arn:*:ec2:*:*:subnet/"
    subnets = Split(",", Join("", [subnet, Join(f",{subnet}", network.subnet_ids)]))
    return (
        Grant(
            sid="EnterNetwork",
            actions=(
                ec2.CreateNetworkInterface,
                ec2.DeleteNetworkInterface,
                ec2.DescribeDhcpOptions,
                ec2.DescribeNetworkInterfaces,
                ec2.DescribeSecurityGroups,
                ec2.DescribeSubnets,
                ec2.DescribeVpcs,
            ),
            why="The build runs in the subnets.",
            everywhere=VPC_ACCESS,
        ),
        Grant(
            sid="UseNetwork",
            actions=(ec2.CreateNetworkInterfacePermission,),
            resources=(arn("ec2", "network-interface/*"),),
            condition=Condition(
                [StringEquals({"ec2:AuthorizedService": "codebuild.amazonaws.com"}), ArnLike({"ec2:Subnet": subnets})]
            ),
            why="CodeBuild, and nobody else, may use an interface in the subnets of the builds.",
        ),
    )
