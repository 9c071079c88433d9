"""The Build stage."""

from __future__ import annotations

import re

import pytest
import yaml

from generator.blueprints.image_build import image_build
from generator.checks.buildspecs import inline
from generator.conditions import chosen
from generator.render import to_dict
from tests.rendered import Rendered

WHOLE = to_dict(image_build())
RESOURCES = WHOLE["Resources"]


def _without(*conditions: str) -> Rendered:
    return chosen(WHOLE, conditions)


def _actions(template: Rendered, stage: str) -> list[str]:
    stages = template["Resources"]["Pipeline"]["Properties"]["Stages"]
    (actions,) = (each["Actions"] for each in stages if each["Name"] == stage)
    return [action["Name"] for action in actions]


@pytest.mark.parametrize(
    ("left_out", "built"),
    [([], ["Amd64", "Arm64"]), (["BuildArm64"], ["Amd64"]), (["BuildAmd64"], ["Arm64"])],
)
def test_there_is_a_machine_for_each_architecture(left_out: list[str], built: list[str]) -> None:
    """One action, project, role and log for each architecture that is wanted, and nothing of the other."""
    template = _without(*left_out)
    assert built == _actions(template, "Build")
    for name in ("Amd64", "Arm64"):
        kept = {f"{name}{what}" for what in ("Project", "Role", "Logs")} & template["Resources"].keys()
        assert (3 if name in built else 0) == len(kept)
    run = template["Resources"]["PipelineRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [f"Run{name}" for name in built] == [s["Sid"] for s in run if s["Sid"].startswith(("RunA", "RunB"))]


def test_nothing_is_emulated() -> None:
    """The image for ARM is built on an ARM machine, with a build image for it."""
    amd, arm = (RESOURCES[f"{name}Project"]["Properties"]["Environment"] for name in ("Amd64", "Arm64"))
    assert ("LINUX_CONTAINER", {"Ref": "BuildImage"}) == (amd["Type"], amd["Image"])
    assert ("ARM_CONTAINER", {"Ref": "ArmBuildImage"}) == (arm["Type"], arm["Image"])


def test_both_builds_run_one_text() -> None:
    """The buildspec stands in the template once, and names the report group by its ARN."""
    amd, arm = (RESOURCES[f"{name}Project"]["Properties"]["Source"]["BuildSpec"] for name in ("Amd64", "Arm64"))
    assert amd == arm
    spec = yaml.safe_load(inline(amd, WHOLE["Mappings"]) or "")
    assert ["reference"] == list(spec["reports"])
    assert {"Fn::GetAtt": ["TestReports", "Arn"]} in amd["Fn::Join"][1]


def test_every_variable_of_the_buildspec_is_set() -> None:
    """What the text reads and does not set itself comes from the project, from CodeBuild, or is optional."""
    project = RESOURCES["Amd64Project"]["Properties"]
    text = inline(project["Source"]["BuildSpec"], WHOLE["Mappings"]) or ""
    read = set(re.findall(r"\$\{?#?([A-Z][A-Z_]+)\b", text))
    made = set(re.findall(r"\b([A-Z][A-Z_]+)=", text)) | {"CODEBUILD_RESOLVED_SOURCE_VERSION", "LINENO"}
    given = {variable["Name"] for variable in project["Environment"]["EnvironmentVariables"] if "Name" in variable}
    assert {"BUILD_SECRET", "BUILD_PARAMETER", "GIT_TAG"} == read - made - given - {"PWD", "ARGS"}  # of bash and of jq
    assert set() == given - read


def test_a_build_may_push_and_pull_and_no_more() -> None:
    """With nothing optional, a build logs in, pushes to its repository, pulls from those named, writes its report."""
    optional = ("HasCache", "HasSecret", "HasSecretParameter", "HasPackages", "IsSigned", "InPrivateNetwork")
    template = _without(*optional)
    (policy,) = (template["Resources"][name]["Properties"]["PolicyDocument"] for name in ["ImagePolicy"])
    assert ["LogInToRegistry", "PushImage", "PullBases", "WriteReports"] == [s["Sid"] for s in policy["Statement"]]
    role = template["Resources"]["Amd64Role"]["Properties"]
    assert [{"Ref": "ArtifactPolicy"}, {"Ref": "ImagePolicy"}] == [
        each for each in role["ManagedPolicyArns"] if "Ref" in each
    ]
    assert ["WriteAmd64Log"] == [s["Sid"] for s in role["Policies"][0]["PolicyDocument"]["Statement"]]
