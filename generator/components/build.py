"""A build step: one CodeBuild project in the private network, with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from awacs import ec2, logs
from awacs.aws import ArnLike, Condition, StringEquals
from troposphere import GetAtt, If, ImportValue, Join, NoValue, Ref, Split, Sub, Template
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

from generator.components.encryption import Key
from generator.components.logs import add_log_retention
from generator.components.network import Network
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, add_shared_policy, trust
from generator.model.owner import Owner
from generator.model.parameters import add_choice, add_parameter
from generator.model.purpose import purpose
from generator.model.stages import Build

GROUP = "Builds"
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
COMPUTE_TYPES = ("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE")
LOG_DAYS = 90  # if the template has no parameter for it
VPC_ACCESS = "https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html"


class BuildEnvironment(NamedTuple):
    """The common settings of a stack's builds. The role of every build has the policies `shared`, which hold `common`.

    Without a `network` they run outside of any VPC. `write_logs` are the grants on the key of the log groups; roles
    that may use the key for everything do not need them.
    """

    owner: Owner
    key: Key
    network: Network | None
    image: Ref | If | str
    compute_type: Ref | str
    log_retention_days: Ref | int
    shared: tuple[Ref | If | ImportValue, ...]
    write_logs: tuple[Grant, ...]
    common: tuple[Grant, ...] = ()
    type: str | If = "LINUX_CONTAINER"


class Machine(NamedTuple):
    """The image and compute type of builds, and for how many days their logs are kept."""

    image: Ref | str
    compute_type: Ref | str
    log_retention_days: Ref | int


class Part(NamedTuple):
    """The contribution of one concern to a build: variables, secret variables, and permissions of the role."""

    variables: Mapping[str, object] = MappingProxyType({})
    secrets: tuple[dict[str, object], ...] = ()
    grants: tuple[Grant, ...] = ()


class BuildIdentity(NamedTuple):
    """The role and the log group of a build, or of several that do the same."""

    role_arn: GetAtt
    log_group: Ref
    grants: tuple[Grant, ...]


def add_build_environment(template: Template, owner: Owner, key: Key, network: Network) -> BuildEnvironment:
    """The parameters that all builds of the stack follow, and what every build may do.

    Only CodeBuild's own images are allowed, because it fetches those itself. The network could not reach any other
    image.
    https://docs.aws.amazon.com/codebuild/latest/userguide/ec2-compute-images.html
    """
    image = add_parameter(
        template,
        "BuildImage",
        group=GROUP,
        label="Build image",
        description="CodeBuild managed image for x86_64 with bash, jq, Docker and the AWS CLI.",
        Default=IMAGE,
        AllowedPattern=r"^aws/codebuild/(amazonlinux-x86_64-standard|standard):[0-9]+\.[0-9]+$",
        ConstraintDescription="Enter a managed image, such as aws/codebuild/standard:7.0.",
    )
    compute_type = add_choice(
        template,
        "ComputeType",
        group=GROUP,
        label="Compute type",
        description="Size of the build machines and their disks. Large images need more.",
        choices=COMPUTE_TYPES,
    )
    machine = Machine(image, compute_type, add_log_retention(template, GROUP))
    return _environment(template, owner, key, network, machine)


def fixed_build_environment(template: Template, owner: Owner, key: Key, network: Network) -> BuildEnvironment:
    """The same without parameters, for a template with as few of them as possible."""
    return _environment(template, owner, key, network, Machine(IMAGE, COMPUTE_TYPES[0], LOG_DAYS))


def add_outside_build_environment(template: Template, owner: Owner, key: Key) -> BuildEnvironment:
    """The same outside of any VPC: for a build that only runs a script of ours against a server on the internet."""
    return BuildEnvironment(
        owner=owner,
        key=key,
        network=None,
        image=IMAGE,
        compute_type=COMPUTE_TYPES[0],
        log_retention_days=add_log_retention(template, GROUP),
        shared=(),
        write_logs=(key.write_logs(),),
    )


def _environment(template: Template, owner: Owner, key: Key, network: Network, machine: Machine) -> BuildEnvironment:
    enter = network.policy or add_shared_policy(template, "BuildPolicy", _enter(network))
    policy = If(network.only_if, enter, NoValue) if network.only_if else enter
    return BuildEnvironment(
        owner=owner,
        key=key,
        network=network,
        image=machine.image,
        compute_type=machine.compute_type,
        log_retention_days=machine.log_retention_days,
        shared=(policy,),
        write_logs=(key.write_logs(),),
    )


def add_build_identity(
    template: Template,
    name: str,
    *,
    grants: Iterable[Grant],
    environment: BuildEnvironment,
    projects: Sequence[str],
) -> BuildIdentity:
    """The role and the log group of the builds `projects`. `grants` include those for their artifacts."""
    owner = environment.owner
    log_group = LogGroup(
        f"{name}Logs",
        DeletionPolicy="Delete",  # a log group that stays blocks the next stack of the same name
        UpdateReplacePolicy="Delete",
        LogGroupName=owner.log_group(name),
        KmsKeyId=environment.key.arn,
        RetentionInDays=environment.log_retention_days,
    )
    template.add_resource(log_group)
    granted = (_write_log(name, log_group), *environment.write_logs, *grants)
    # The ARNs are written out: the project needs the role, so the role cannot refer to the project.
    arns = [arn("codebuild", f"project/{owner.resource(project)}") for project in projects]
    role = add_service_role(
        template,
        f"{name}Role",
        trusted=trust("codebuild.amazonaws.com", arns[0] if len(arns) == 1 else arns),
        grants=granted,
        shared=environment.shared,
    )
    return BuildIdentity(role.arn, Ref(log_group), granted)


def add_build(
    template: Template,
    name: str,
    *,
    why: str,
    buildspec: object,
    services: Sequence[str],
    variables: Mapping[str, object],
    environment: BuildEnvironment,
    timeout_minutes: int,
    grants: Iterable[Grant] = (),
    secrets: Iterable[object] = (),
    identity: BuildIdentity | None = None,
    privileged: bool = False,
) -> Build:
    """A project that runs `buildspec` between two actions of a pipeline. `grants` include those for its artifacts.

    `why` is the purpose of the project, a sentence.
    `services` are the AWS services that the commands of the buildspec call, as endpoints are named: `ecr.api`.
    `secrets` are variables that CodeBuild fetches. `identity` is that of several builds; without one the build gets a
    log group, and a role with `grants`, of its own. `privileged` is needed for the Docker daemon only.
    `timeout_minutes` exceeds all waiting times of the buildspec together, so that the build itself reports what took
    too long.
    """
    if identity is None:
        identity = add_build_identity(template, name, grants=grants, environment=environment, projects=[name])
    optional: dict[str, Any] = {"PrivilegedMode": True} if privileged else {}
    network = environment.network
    place: dict[str, Any] = {"VpcConfig": network.vpc_config()} if network else {}
    project = Project(
        f"{name}Project",
        Metadata=purpose(why),
        Name=Sub(environment.owner.resource(name)),
        ServiceRole=identity.role_arn,
        # The project's key encrypts what a build outputs, not that of the pipeline. Without one it is AWS's key for S3.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html
        EncryptionKey=environment.key.arn,
        # The buildspec is part of the project, because an ECR source contains imageDetail.json only. CodeBuild accepts
        # 25,600 characters. Its documentation does not name this limit, its error message does.
        # https://github.com/aws/aws-cdk/issues/30326
        Source=Source(Type="CODEPIPELINE", BuildSpec=buildspec),
        Artifacts=Artifacts(Type="CODEPIPELINE"),
        Environment=Environment(
            Type=environment.type,
            Image=environment.image,
            ComputeType=environment.compute_type,
            **optional,
            EnvironmentVariables=[
                *(EnvironmentVariable(Name=key, Value=value) for key, value in variables.items()),
                *secrets,
            ],
        ),
        # CodeBuild would create a missing group itself: without key and expiry, and only with logs:CreateLogGroup.
        # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        LogsConfig=LogsConfig(CloudWatchLogs=CloudWatchLogs(Status="ENABLED", GroupName=identity.log_group)),
        TimeoutInMinutes=timeout_minutes,
        **place,
    )
    template.add_resource(project)
    return Build(
        name=name,
        project_name=Ref(project),
        project_arn=GetAtt(project, "Arn"),
        role_arn=identity.role_arn,
        grants=(*environment.common, *identity.grants),
        services=tuple(services),
    )


def _write_log(name: str, log_group: LogGroup) -> Grant:
    return Grant(
        sid=f"Write{name}Log",
        actions=(logs.CreateLogStream, logs.PutLogEvents),
        # This ARN ends in `:*`, the form that a policy needs for a log group and its streams.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
        resources=(GetAtt(log_group, "Arn"),),
        why="The build writes to its log group.",
    )


def _enter(network: Network) -> tuple[Grant, ...]:
    """Put network interfaces into the subnets, with the policy that AWS documents.

    IAM has narrower resources for creating and deleting them, but CodeBuild's requests have been reported to fail under
    any narrowing (aws/aws-cdk, pull request 34572). The permission below limits which interfaces can be attached.
    """
    # A join's separator is a literal and cannot hold the account: the pattern leaves open what the id makes plain.
    # ec2:Subnet holds the ARN of a subnet, not its id.
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
            why="Only CodeBuild may use network interfaces in the subnets of the builds.",
        ),
    )
