"""A build step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from awacs import ecr
from troposphere import GetAtt, ImportValue, encode_to_dict

from generator.components.build import (
    add_build,
    add_build_environment,
    add_build_identity,
    fixed_build_environment,
)
from generator.components.encryption import Key
from generator.components.network import Network
from generator.model.grants import Grant
from generator.model.owner import Owner
from generator.model.stages import Build
from generator.model.template import new_template
from tests.ground import OWNER, Ground

PULL = Grant(sid="Pull", actions=(ecr.BatchGetImage,), resources=("arn:repo",), why="Test.")


def _add(ground: Ground, name: str = "Smoke", **options: Any) -> Build:
    return add_build(
        ground.template,
        name,
        why="It builds.",
        buildspec="version: 0.2",
        services=("ecr.api",),
        grants=(PULL,),
        variables={"WHAT": "this"},
        environment=ground.environment,
        **{"timeout_minutes": 60, **options},
    )


def test_a_build_has_its_own_role_and_log(ground: Ground) -> None:
    """Two builds of a stack share neither role nor log group."""
    _add(ground, "One")
    _add(ground, "Other")
    own = {f"{name}{part}" for name in ("One", "Other") for part in ("Role", "Logs", "Project")}
    assert own <= ground.template.resources.keys()


def test_the_role_is_for_this_project_only(ground: Ground) -> None:
    """CodeBuild assumes the role for the project of that name in this account."""
    _add(ground)
    trust = ground.properties("SmokeRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert {"Service": "codebuild.amazonaws.com"} == trust["Principal"]
    arn = "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/${AWS::StackName}-Smoke"
    assert {"Fn::Sub": arn} == trust["Condition"]["ArnLike"]["aws:SourceArn"]
    assert {"Fn::Sub": "${AWS::StackName}-Smoke"} == ground.properties("SmokeProject")["Name"]


def test_project_and_log_group_are_named_after_their_owner(ground: Ground) -> None:
    """An owner with a name of its own gives it to both, so that policies can name them beforehand."""
    environment = ground.environment._replace(owner=Owner("platform", "${Platform}"))
    add_build(
        ground.template,
        "Smoke",
        why="It builds.",
        buildspec="version: 0.2",
        services=(),
        grants=(),
        variables={},
        environment=environment,
        timeout_minutes=60,
    )
    assert {"Fn::Sub": "ecr-pipeline-platform-${Platform}-Smoke"} == ground.properties("SmokeProject")["Name"]
    assert {"Fn::Sub": "/ecr-pipeline/platform/${Platform}/Smoke"} == ground.properties("SmokeLogs")["LogGroupName"]


def test_the_log_is_written_with_the_key(ground: Ground) -> None:
    """The role writes to the group of this build alone, and may use the key through CloudWatch Logs."""
    _add(ground)
    statements = ground.statements("SmokeRole")
    assert ["WriteSmokeLog", "UseLogKey", "Pull"] == list(statements)
    assert {"Fn::GetAtt": ["SmokeLogs", "Arn"]} == statements["WriteSmokeLog"]["Resource"]
    assert {"kms:ViaService": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}} == (
        statements["UseLogKey"]["Condition"]["StringEquals"]
    )
    assert {"Fn::GetAtt": ["Key", "Arn"]} == ground.properties("SmokeLogs")["KmsKeyId"]


def test_a_project_runs_between_two_actions_of_a_pipeline(ground: Ground) -> None:
    """It takes source and artifacts from CodePipeline, and runs on Linux with the chosen image and size."""
    _add(ground)
    project = ground.properties("SmokeProject")
    assert {"Type": "CODEPIPELINE", "BuildSpec": "version: 0.2"} == project["Source"]
    assert {"Type": "CODEPIPELINE"} == project["Artifacts"]
    environment = project["Environment"]
    assert ("LINUX_CONTAINER", {"Ref": "BuildImage"}, {"Ref": "ComputeType"}) == (
        environment["Type"],
        environment["Image"],
        environment["ComputeType"],
    )
    assert [{"Name": "WHAT", "Value": "this"}] == environment["EnvironmentVariables"]


def test_a_log_is_deleted_with_its_stack(ground: Ground) -> None:
    """A log group that stays would block the next stack of the same name."""
    _add(ground)
    group = ground.template.resources["SmokeLogs"].to_dict()
    assert ("Delete", "Delete") == (group["DeletionPolicy"], group["UpdateReplacePolicy"])


def test_three_sizes_can_be_chosen(ground: Ground) -> None:
    """The smallest one is the default."""
    parameter = ground.template.parameters["ComputeType"].to_dict()
    sizes = [f"BUILD_GENERAL1_{size}" for size in ("SMALL", "MEDIUM", "LARGE")]
    assert (sizes[0], sizes) == (parameter["Default"], parameter["AllowedValues"])


def test_only_builds_that_need_docker_are_privileged(ground: Ground) -> None:
    """A build is not privileged by default."""
    _add(ground)
    _add(ground, "Docker", privileged=True)
    assert [False, True] == [
        ground.properties(f"{name}Project")["Environment"].get("PrivilegedMode", False) for name in ("Smoke", "Docker")
    ]


def test_a_build_has_a_time_limit(ground: Ground) -> None:
    """The waiting times of the build determine it: there is no default."""
    _add(ground, "Short", timeout_minutes=15)
    assert 15 == ground.properties("ShortProject")["TimeoutInMinutes"]


def test_endpoints_are_derived_from_what_commands_log_and_artifacts_need(ground: Ground) -> None:
    """The grants of a build are those of its environment, its log and its commands, not those for the network."""
    common = Grant(sid="Common", actions=(ecr.PutImage,), resources=("arn:repo",), why="Test.")
    environment = ground.environment._replace(common=(common,))
    build = add_build(
        ground.template,
        "Smoke",
        why="It builds.",
        buildspec="version: 0.2",
        services=(),
        grants=(PULL,),
        variables={},
        environment=environment,
        timeout_minutes=60,
    )
    assert ["Common", "WriteSmokeLog", "UseLogKey", "Pull"] == [grant.sid for grant in build.grants]


def test_running_a_build_requires_two_permissions_on_its_project(ground: Ground) -> None:
    """A stage that runs the build may start it and read its state."""
    build = _add(ground)
    grant = build.run()
    assert (build.project_arn,) == grant.resources
    assert ["BatchGetBuilds", "StartBuild"] == [action.action for action in grant.actions]


def test_every_build_may_use_interfaces_in_the_subnets_only(ground: Ground) -> None:
    """The shared policy lets CodeBuild, and no other service, use interfaces in these subnets."""
    _add(ground)
    assert [{"Ref": "BuildPolicy"}] == ground.properties("SmokeRole")["ManagedPolicyArns"]
    _, use = ground.properties("BuildPolicy")["PolicyDocument"]["Statement"]
    interfaces = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*"
    assert ("ec2:CreateNetworkInterfacePermission", {"Fn::Sub": interfaces}) == (use["Action"], use["Resource"])
    condition = use["Condition"]
    assert {"ec2:AuthorizedService": "codebuild.amazonaws.com"} == condition["StringEquals"]
    separator, joined = condition["ArnLike"]["ec2:Subnet"]["Fn::Split"]
    prefix, rest = joined["Fn::Join"][1]
    assert "arn:*:ec2:*:*:subnet/subnet-1,arn:*:ec2:*:*:subnet/subnet-2" == prefix + rest["Fn::Join"][0].join(
        rest["Fn::Join"][1]
    )
    assert "," == separator


def test_a_template_can_do_without_parameters_of_builds() -> None:
    """Image, size and retention are then the defaults of the parameters that other templates have."""
    fixed_template, template = new_template("Test"), new_template("Test")
    network = Network("vpc-1", ["subnet-1"], GetAtt("Builds", "GroupId"))
    fixed = fixed_build_environment(fixed_template, OWNER, Key("arn:key"), network)
    add_build_environment(template, OWNER, Key("arn:key"), network)
    assert {} == fixed_template.parameters
    defaults = {name: parameter.to_dict()["Default"] for name, parameter in template.parameters.items()}
    assert {"BuildImage": fixed.image, "ComputeType": fixed.compute_type, "LogRetentionDays": "30"} == defaults
    assert 90 == fixed.log_retention_days


def test_an_imported_network_has_its_own_policy() -> None:
    """Roles get it if builds run in that network, and the stack creates none."""
    template = new_template("Test")
    policy = ImportValue("policy")
    network = Network(ImportValue("vpc"), ImportValue("subnets"), ImportValue("group"), only_if="InVpc", policy=policy)
    environment = add_build_environment(template, OWNER, Key("arn:key"), network)
    assert {} == template.resources
    assert [{"Fn::If": ["InVpc", {"Fn::ImportValue": "policy"}, {"Ref": "AWS::NoValue"}]}] == encode_to_dict(
        list(environment.shared)
    )


def test_several_builds_can_share_role_and_log(ground: Ground) -> None:
    """Builds that do the same have one identity, which CodeBuild assumes for each of their projects."""
    identity = add_build_identity(
        ground.template, "Both", grants=(PULL,), environment=ground.environment, projects=["One", "Other"]
    )
    builds = [_add(ground, name, identity=identity) for name in ("One", "Other")]
    assert not {"OneRole", "OneLogs", "OtherRole", "OtherLogs"} & ground.template.resources.keys()
    for name in ("One", "Other"):
        project = ground.properties(f"{name}Project")
        assert {"Fn::GetAtt": ["BothRole", "Arn"]} == project["ServiceRole"]
        assert {"Ref": "BothLogs"} == project["LogsConfig"]["CloudWatchLogs"]["GroupName"]
    trust = ground.properties("BothRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert ["${AWS::StackName}-One", "${AWS::StackName}-Other"] == [
        arn["Fn::Sub"].partition(":project/")[2] for arn in trust["ArnLike"]["aws:SourceArn"]
    ]
    assert [identity.grants, identity.grants] == [build.grants for build in builds]


def test_a_role_with_all_use_of_the_key_needs_no_grant_for_its_log(ground: Ground) -> None:
    """An environment whose roles use the key for everything leaves the grant for logs out."""
    environment = ground.environment._replace(write_logs=())
    add_build_identity(ground.template, "Smoke", grants=(), environment=environment, projects=["Smoke"])
    assert ["WriteSmokeLog"] == list(ground.statements("SmokeRole"))


@pytest.mark.parametrize(
    ("image", "is_allowed"),
    [
        ("aws/codebuild/amazonlinux-x86_64-standard:5.0", True),
        ("aws/codebuild/standard:7.0", True),
        ("aws/codebuild/amazonlinux-aarch64-standard:3.0", False),
        ("public.ecr.aws/codebuild/amazonlinux-x86_64-standard:5.0", False),
        ("", False),
    ],
)
def test_only_managed_images_can_be_chosen(ground: Ground, image: str, is_allowed: bool) -> None:  # noqa: FBT001  (parametrized)
    """An image of a registry could not be reached from the network."""
    parameter = ground.template.parameters["BuildImage"].to_dict()
    assert is_allowed == (re.fullmatch(parameter["AllowedPattern"], image) is not None)
