"""A build step."""

from __future__ import annotations

from awacs import ecr

from generator.components.build import add_build
from generator.iam import Grant
from generator.stages import Build
from tests.ground import Ground

PULL = Grant(sid="Pull", actions=(ecr.BatchGetImage,), resources=("arn:repo",), why="Test.")


def _add(ground: Ground, name: str = "Smoke") -> Build:
    return add_build(
        ground.template,
        name,
        buildspec="version: 0.2",
        services=("ecr.api",),
        grants=(PULL,),
        variables={"WHAT": "this"},
        environment=ground.environment,
    )


def test_a_build_has_a_role_and_a_log_of_its_own(ground: Ground) -> None:
    """Two builds of a stack share neither role nor log group."""
    _add(ground, "One")
    _add(ground, "Other")
    assert {
        "OneRole",
        "OneLogs",
        "OneProject",
        "OtherRole",
        "OtherLogs",
        "OtherProject",
    } <= ground.template.resources.keys()


def test_the_role_is_for_this_project_only(ground: Ground) -> None:
    """CodeBuild assumes the role for the project of that name in this account."""
    _add(ground)
    trust = ground.properties("SmokeRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert trust["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":project/${AWS::StackName}-Smoke")
    assert {"Fn::Sub": "${AWS::StackName}-Smoke"} == ground.properties("SmokeProject")["Name"]


def test_only_what_needs_docker_is_privileged(ground: Ground) -> None:
    """A build is not privileged unless it says so."""
    _add(ground)
    assert ground.properties("SmokeProject")["Environment"]["PrivilegedMode"] is False


def test_what_an_endpoint_lets_through_leaves_out_what_codebuild_does_itself(ground: Ground) -> None:
    """Endpoints are made from the grants of the commands, the log and the artifacts, not of the network."""
    assert ["FindArtifacts", "MoveArtifacts", "UseKey", "WriteSmokeLog", "Pull"] == [g.sid for g in _add(ground).grants]


def test_running_it_takes_two_permissions_on_this_project(ground: Ground) -> None:
    """A stage that runs the build asks for its start and its state."""
    build = _add(ground)
    grant = build.run()
    assert (build.project_arn,) == grant.resources
    assert ["BatchGetBuilds", "StartBuild"] == [action.action for action in grant.actions]
