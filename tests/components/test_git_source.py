"""The Git source."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Template, encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.git_source import GitSource, add_git_source
from generator.model.template import new_template
from generator.publishing.render import to_dict
from tests.ground import Ground


def _added() -> tuple[Template, GitSource]:
    template = new_template("Test")
    return template, add_git_source(template)


TEMPLATE, SOURCE = _added()
PARAMETERS = {name: parameter.to_dict() for name, parameter in TEMPLATE.parameters.items()}
(PUSH,) = encode_to_dict(SOURCE.triggers[0])["GitConfiguration"]["Push"]


def _takes(parameter: str, value: str) -> bool:
    return re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], value) is not None


def test_the_commit_comes_as_an_archive() -> None:
    """No build needs the Git server: CodePipeline passes a ZIP, and the trigger detects changes."""
    (action,) = SOURCE.stage.actions
    configuration = encode_to_dict(action)["Configuration"]
    assert ("CODE_ZIP", "false") == (configuration["OutputArtifactFormat"], configuration["DetectChanges"])


def test_a_branch_starts_a_run_with_its_paths() -> None:
    """Without a pattern of tags, pushes to the branch start a run: all pushes, or those that change the paths."""
    condition, tags, pushes = PUSH["Fn::If"]
    assert "StartOnTags" == condition
    assert {"Includes": [{"Ref": "BranchName"}]} == pushes["Branches"]
    paths = {"Includes": {"Fn::Split": [",", {"Ref": "SourcePaths"}]}}
    assert {"Fn::If": ["OnlySomePaths", paths, {"Ref": "AWS::NoValue"}]} == pushes["FilePaths"]
    assert {"Tags": {"Includes": [{"Ref": "GitTagPattern"}]}} == tags


def test_the_trigger_is_of_the_source_action() -> None:
    """CodePipeline finds the connection by the action's name."""
    (action,) = SOURCE.stage.actions
    assert encode_to_dict(action)["Name"] == encode_to_dict(SOURCE.triggers[0])["GitConfiguration"]["SourceActionName"]


def test_builds_get_a_git_tag_only_if_tags_start_runs() -> None:
    """CodePipeline has TagName in runs that a tag has started: any other run that refers to it would fail."""
    condition, variables, otherwise = encode_to_dict(SOURCE.settings)["EnvironmentVariables"]["Fn::If"]
    assert ("StartOnTags", {"Ref": "AWS::NoValue"}) == (condition, otherwise)
    assert "#{Source.TagName}" in variables


def test_the_connection_is_used_for_this_repository() -> None:
    """Both names of the action are granted on this connection, for the repository if the request has one."""
    (grant,) = SOURCE.stage.grants
    statement = encode_to_dict(grant.statement())
    assert ["codeconnections:UseConnection", "codestar-connections:UseConnection"] == statement["Action"]
    assert {"Ref": "ConnectionArn"} == statement["Resource"]
    (operator,) = statement["Condition"]
    assert "StringEqualsIfExists" == operator


def test_the_upload_of_a_connection_sets_an_access_control_list(ground: Ground) -> None:
    """S3 refuses it without s3:PutObjectAcl. The permission is on objects of this bucket."""
    statement = encode_to_dict(SOURCE.upload(ground.store).statement())
    assert "s3:PutObjectAcl" == statement["Action"]
    assert statement["Resource"]["Fn::Sub"].endswith(":s3:::${ArtifactBucket}/*")


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({}, False),
        ({"SourcePaths": "a/**"}, False),
        ({"GitTagPattern": "v*"}, False),
        ({"SourcePaths": "a/**", "GitTagPattern": "v*"}, True),
    ],
)
def test_tags_and_paths_do_not_go_together(values: dict[str, str], refused: bool) -> None:  # noqa: FBT001  (parametrized)
    """CodePipeline has no filter of paths for tags."""
    rules = to_dict(TEMPLATE)["Rules"]
    complaints = list(broken(rules, {"SourcePaths": "", "GitTagPattern": "", **values}))
    assert refused == bool(complaints)


@given(st.from_regex(r"\A[A-Za-z0-9_.-]{1,20}(/[A-Za-z0-9_.-]{1,20}){1,2}\Z"))
def test_repositories_of_every_server_are_taken(name: str) -> None:
    """Owner and repository, and nested groups."""
    assert _takes("SourceRepository", name)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("ConnectionArn", "arn:aws:codeconnections:eu-west-1:123456789012:host/x"),
        ("ConnectionArn", ""),
        ("SourceRepository", "orders"),
        ("SourceRepository", "https://github.com/example/orders"),
        ("BranchName", "refs/heads/"),
        ("BranchName", "feature/*"),
        ("BranchName", "a b"),
        ("SourcePaths", "a,,b"),
        ("SourcePaths", "{a,b}"),
        ("SourcePaths", ",".join("abcdefghi")),
        ("GitTagPattern", "v1,v2"),
        ("GitTagPattern", '"'),
        ("GitTagPattern", "v*\n"),
    ],
)
def test_patterns_that_codepipeline_refuses_are_refused(parameter: str, value: str) -> None:
    """A host instead of a connection, an address instead of a repository, a pattern of branches, lists in patterns."""
    assert not _takes(parameter, value)


@pytest.mark.parametrize("value", ["", "services/orders/**", "a/**,b/*.py,Dockerfile"])
def test_paths_that_codepipeline_takes_are_taken(value: str) -> None:
    """Up to eight patterns."""
    assert _takes("SourcePaths", value)


def test_every_parameter_explains_its_constraint() -> None:
    """Each constraint has its message."""
    messages: dict[str, Any] = {name: parameter.get("ConstraintDescription") for name, parameter in PARAMETERS.items()}
    assert all(messages.values())
