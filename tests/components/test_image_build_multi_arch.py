"""The Build stage for two architectures."""

from __future__ import annotations

from generator.blueprints.image_build import image_build, image_build_multi_arch
from generator.checks.buildspecs import inline
from generator.publishing.render import to_dict

WHOLE = to_dict(image_build_multi_arch())
RESOURCES = WHOLE["Resources"]
AMD, ARM = (RESOURCES[f"{name}Project"]["Properties"] for name in ("Amd64", "Arm64"))


def test_there_is_a_build_for_each_architecture() -> None:
    """Two actions side by side, each with its own project, output and variables."""
    (stage,) = (each for each in RESOURCES["Pipeline"]["Properties"]["Stages"] if each["Name"] == "Build")
    assert [("Amd64", 1), ("Arm64", 1)] == [(each["Namespace"], each["RunOrder"]) for each in stage["Actions"]]
    assert [[{"Name": "Amd64Facts"}], [{"Name": "Arm64Facts"}]] == [
        each["OutputArtifacts"] for each in stage["Actions"]
    ]
    assert "Architecture" not in WHOLE["Parameters"]


def test_nothing_is_emulated() -> None:
    """The image for ARM is built on an ARM machine, with a build image for it."""
    amd, arm = AMD["Environment"], ARM["Environment"]
    assert ("LINUX_CONTAINER", {"Ref": "BuildImage"}) == (amd["Type"], amd["Image"])
    assert ("ARM_CONTAINER", {"Ref": "ArmBuildImage"}) == (arm["Type"], arm["Image"])


def test_both_builds_run_the_script_of_the_single_one() -> None:
    """The template holds it once, and it is the same text as in image-build."""
    assert AMD["Source"] == ARM["Source"]
    single = to_dict(image_build())
    text = inline(single["Resources"]["BuildProject"]["Properties"]["Source"]["BuildSpec"], single["Mappings"])
    assert text == inline(AMD["Source"]["BuildSpec"], WHOLE["Mappings"])


def test_the_builds_differ_by_their_architecture_only() -> None:
    """They have the same variables otherwise, in the same order."""
    variables = [
        {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
        for project in (AMD, ARM)
    ]
    assert ["amd64", "arm64"] == [each.pop("ARCHITECTURE") for each in variables]
    assert variables[0] == variables[1]


def test_both_builds_have_one_role_and_one_log_group() -> None:
    """They run the same commands. The role trusts these two projects and no other."""
    assert AMD["ServiceRole"] == ARM["ServiceRole"] == {"Fn::GetAtt": ["BuildRole", "Arn"]}
    assert AMD["LogsConfig"] == ARM["LogsConfig"]
    (statement,) = RESOURCES["BuildRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trusted = statement["Condition"]["ArnLike"]["aws:SourceArn"]
    assert [AMD["Name"]["Fn::Sub"], ARM["Name"]["Fn::Sub"]] == [arn["Fn::Sub"].rpartition("/")[2] for arn in trusted]


def test_the_pipeline_may_run_all_builds() -> None:
    """In one statement, by their ARNs."""
    (policy,) = RESOURCES["PipelineRole"]["Properties"]["Policies"]
    (run,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Sid"] == "RunBuilds")
    assert [{"Fn::GetAtt": [f"{name}Project", "Arn"]} for name in ("Amd64", "Arm64", "Publish")] == run["Resource"]
