"""The Build stage for one architecture."""

from __future__ import annotations

import re
from typing import Any

from generator.blueprints.image_build import image_build
from generator.checks.buildspecs import inline
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.rendered import Rendered, listed

WHOLE = to_dict(image_build())
PROJECT = WHOLE["Resources"]["BuildProject"]["Properties"]
OPTIONAL = ("HasCache", "HasSecret", "HasSecretParameter", "HasPackages", "HasCredentials", "IsSigned", "InVpc")


def _statements(template: Rendered, role: str) -> dict[str, dict[str, Any]]:
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def _text() -> str:
    text = inline(PROJECT["Source"]["BuildSpec"], WHOLE["Mappings"])
    assert text is not None
    return text


def test_there_is_one_build() -> None:
    """One action with one output, one project, one role and one log group."""
    (stage,) = (each for each in WHOLE["Resources"]["Pipeline"]["Properties"]["Stages"] if each["Name"] == "Build")
    (action,) = stage["Actions"]
    assert ("Build", "Build", [{"Name": "BuildFacts"}]) == (
        action["Name"],
        action["Namespace"],
        action["OutputArtifacts"],
    )
    assert {"BuildProject", "BuildRole", "BuildLogs"} <= WHOLE["Resources"].keys()
    run = _statements(WHOLE, "PipelineRole")["RunBuilds"]["Resource"]
    assert [{"Fn::GetAtt": [f"{name}Project", "Arn"]} for name in ("Build", "Publish")] == run


def test_nothing_is_emulated() -> None:
    """The architecture chooses the machine and its build image together, and the script gets it as a variable."""
    environment = PROJECT["Environment"]
    assert {"Fn::Equals": [{"Ref": "Architecture"}, "arm64"]} == WHOLE["Conditions"]["OnArm"]
    assert {"Fn::If": ["OnArm", "ARM_CONTAINER", "LINUX_CONTAINER"]} == environment["Type"]
    assert {"Fn::If": ["OnArm", {"Ref": "ArmBuildImage"}, {"Ref": "BuildImage"}]} == environment["Image"]
    assert {"Name": "ARCHITECTURE", "Value": {"Ref": "Architecture"}} in environment["EnvironmentVariables"]
    assert ["amd64", "arm64"] == WHOLE["Parameters"]["Architecture"]["AllowedValues"]


def test_a_build_has_the_time_that_its_tests_need() -> None:
    """Thirty minutes of tests, two builds and a scan do not fit into CodeBuild's default of an hour."""
    assert 120 == PROJECT["TimeoutInMinutes"]


def test_every_variable_of_the_buildspec_is_set() -> None:
    """A variable that the script does not set itself comes from the project, from CodeBuild, or from the pipeline."""
    read = set(re.findall(r"\$\{?#?([A-Z][A-Z_]+)\b", _text()))
    made = set(re.findall(r"\b([A-Z][A-Z_]+)=", _text())) | {"CODEBUILD_RESOLVED_SOURCE_VERSION", "LINENO", "PWD"}
    given = {variable["Name"] for variable in PROJECT["Environment"]["EnvironmentVariables"]}
    assert {"GIT_TAG"} == read - made - given
    assert set() == given - read


def test_a_build_may_push_and_pull_and_no_more() -> None:
    """Without anything optional, a build writes its log, pushes to its repository, pulls from those named, reports."""
    template = chosen(WHOLE, OPTIONAL)
    assert ["WriteBuildLog", "LogInToRegistry", "PushImage", "PullBases", "WriteReports"] == list(
        _statements(template, "BuildRole")
    )
    assert [{"Ref": "ArtifactPolicy"}] == template["Resources"]["BuildRole"]["Properties"]["ManagedPolicyArns"]


def test_a_build_cannot_tag_other_repositories() -> None:
    """Images are put into the repository of the stack, and into its cache."""
    puts = [each for each in _statements(chosen(WHOLE), "BuildRole").values() if "ecr:PutImage" in each["Action"]]
    resources = [resource["Fn::Sub"].rpartition("/")[2] for each in puts for resource in listed(each["Resource"])]
    assert ["${RepositoryName}", "${CacheRepositoryName}"] == resources
