"""Inspect: the build of a platform, and the stage of a pipeline."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from policy_sentry.querying.actions import get_action_data
from troposphere import Ref, encode_to_dict

from generator.buildspec import FOR_PLATFORMS, INSPECT, buildspec
from generator.components.gate import add_own_limits
from generator.components.inspection import (
    CONTRACTS,
    DEPLOYER,
    OF_DEPLOYERS,
    OTHER_SETTINGS,
    OWN_VARIABLES,
    Inspection,
    add_inspect_build,
    add_own_inspect_build,
    add_run_grants,
    inspect,
)
from generator.components.repositories import one_repository
from generator.deployers.eks import OWNER
from generator.model.script import script_text
from generator.model.stages import Build
from generator.publishing import render
from generator.targets import eks
from tests.ground import Ground, new_ground
from tests.resolved import resolved


@pytest.fixture
def build(ground: Ground) -> Build:
    """The build of a platform."""
    return add_inspect_build(ground.template, ground.store, ground.environment, one_repository("RepositoryName"))


def _variables(stage_of: Inspection, ground: Ground, **values: str) -> dict[str, str]:
    """The variables that the action passes to the build, in a stack with these values."""
    (run,) = stage_of.stage.actions
    rendered = render.to_dict(ground.template)
    rendered["Resources"] = {"It": {"Type": "T", "Properties": encode_to_dict(run)["Configuration"]}}
    text = resolved(rendered, RepositoryName="team/orders", **values)["It"]["EnvironmentVariables"]
    return {each["name"]: each["value"] for each in json.loads(text)}


def test_the_facts_of_the_stage_are_exported_by_the_buildspec(ground: Ground) -> None:
    """Every variable that later stages read is exported by buildspec.yml, and every exported one can be read."""
    exported = yaml.safe_load(buildspec(INSPECT))["env"]["exported-variables"]
    facts = [value for value in ground.inspection if isinstance(value, str) and value.startswith("#{")]
    assert {f"#{{Inspect.{name}}}" for name in exported} == set(facts)


@pytest.mark.usefixtures("build")
def test_the_project_has_the_settings_of_the_platform(ground: Ground) -> None:
    """The project sets the registry, the ceilings and the time limit; the repository comes from the pipeline."""
    given = {v["Name"] for v in ground.properties("InspectProject")["Environment"]["EnvironmentVariables"]}
    own = {"MAX_CRITICAL_FINDINGS", "MAX_HIGH_FINDINGS", "SCAN_TIMEOUT_SECONDS"}
    assert {"REGISTRY", *own} == given


@pytest.mark.usefixtures("build")
def test_the_role_reads_the_accepted_findings(ground: Ground) -> None:
    """Inspect reads the lists itself: input of a pipeline cannot add to them."""
    allowed = ground.statements("InspectRole")["ReadAcceptedFindings"]
    assert ("s3:GetObject", {"Fn::Sub": "arn:${AWS::Partition}:s3:::${AcceptedFindings}/*"}) == (
        allowed["Action"],
        allowed["Resource"],
    )
    lines = ground.properties("InspectProject")["Source"]["BuildSpec"]["Fn::Join"][1]
    bucket = {"Lists": {"Fn::If": ["HasAcceptingRole", {"Ref": "AcceptedFindings"}, ""]}}
    assert {"Fn::Sub": ["   accepted_bucket=${Lists}", bucket]} in lines


def test_a_stack_with_one_pipeline_has_less() -> None:
    """No lists, no choice about fixes, no files for ECS: only the parts that its one pipeline uses."""
    ground = new_ground()
    add_own_inspect_build(ground.template, ground.store, ground.environment, one_repository("RepositoryName"))
    assert not {"UnfixedFindings", "AcceptingRoleArn"} & ground.template.parameters.keys()
    text = str(script_text(ground.properties("InspectProject")["Source"]["BuildSpec"]))
    assert not any(word in text for word in ("s3api", "SINGLE_IMAGE_FOR", FOR_PLATFORMS, "accept them"))
    assert "$found$worst: push a fixed image or raise the limits. " in text
    assert all(f"## {heading}" in text for heading in ("The gate", "Their scans", "The verdict: findings"))
    files = yaml.safe_load(text)["artifacts"]["files"]
    assert ["imageDetail.json", "docker_inspect.json", "ecr_manifest.json", "scan_findings.json"] == files


@pytest.mark.usefixtures("build")
def test_the_role_reads_source_artifacts_and_writes_its_own(ground: Ground) -> None:
    """Of the bucket it reads the artifacts of source actions, of every pipeline, and writes those of Inspect."""
    statements = ground.statements("InspectRole")
    bucket = "arn:${AWS::Partition}:s3:::${ArtifactBucket}"
    assert {"Fn::Sub": f"{bucket}/*/Image/*"} == statements["FetchArtifacts"]["Resource"]
    assert {"Fn::Sub": f"{bucket}/*/Inspection/*"} == statements["StoreArtifacts"]["Resource"]
    assert "MoveArtifacts" not in statements


@pytest.mark.usefixtures("build")
def test_the_role_only_reads_repositories(ground: Ground) -> None:
    """It pulls images and reads findings of the repositories; of ECR it changes nothing."""
    granted = str([statement["Action"] for statement in ground.statements("InspectRole").values()])
    assert "ecr:BatchGetImage" in granted
    assert "ecr:DescribeImageScanFindings" in granted
    assert not any(verb in granted for verb in ("ecr:Put", "ecr:Upload", "ecr:Delete", "ecr:Start"))


def test_the_build_uses_docker(ground: Ground, build: Build) -> None:
    """It runs a Docker daemon, and calls both endpoints of ECR."""
    assert ground.properties("InspectProject")["Environment"]["PrivilegedMode"] is True
    assert ("ecr.api", "ecr.dkr") == build.services


def _run_grants(ground: Ground, build: Build) -> dict[str, dict[str, Any]]:
    grants = add_run_grants(ground.template, build)
    return {grant.sid: {**encode_to_dict(grant.statement()), "only_if": grant.only_if} for grant in grants}


def test_a_pipeline_runs_the_script_of_the_platform(ground: Ground, build: Build) -> None:
    """A start with another buildspec is refused, and one with a variable that a pipeline may not set."""
    grants = _run_grants(ground, build)
    variables, script = grants["RefuseOtherVariables"], grants["RefuseOtherScript"]
    assert ["Deny", "Deny"] == [variables["Effect"], script["Effect"]]
    assert {"Null": {"codebuild:source.buildspec": "false"}} == script["Condition"]
    allowed = variables["Condition"]["ForAnyValue:StringNotEquals"]["codebuild:environment.environmentVariables.name"]
    assert [*OWN_VARIABLES, *CONTRACTS, *OF_DEPLOYERS] == allowed
    assert not {"BASH_ENV", "REGISTRY", "SCAN_TIMEOUT_SECONDS", "ACCEPTED_BUCKET"} & set(allowed)


def test_a_pipeline_replaces_no_setting_of_the_build(ground: Ground, build: Build) -> None:
    """A start with another image, role, fleet, certificate, credential or cache is not allowed."""
    condition = _run_grants(ground, build)["StartInspect"]["Condition"]
    assert {"Null": dict.fromkeys(OTHER_SETTINGS, "true")} == condition


def test_the_condition_keys_are_those_of_the_action() -> None:
    """AWS documents each of them for StartBuild."""
    start = get_action_data("codebuild", "StartBuild")["codebuild"]
    assert {*OTHER_SETTINGS} <= {key for each in start for key in each["condition_keys"]}


def test_the_conditions_can_be_switched_off(ground: Ground, build: Build) -> None:
    """By a parameter that is `on` by default; one way to start it is always there, and following always is."""
    grants = _run_grants(ground, build)
    assert {
        "StartInspect": "EnforceInspectConditions",
        "StartInspectFreely": "RelaxInspectConditions",
        "RefuseOtherVariables": "EnforceInspectConditions",
        "RefuseOtherScript": "EnforceInspectConditions",
        "FollowInspect": "",
    } == {sid: grant["only_if"] for sid, grant in grants.items()}
    assert "Condition" not in grants["StartInspectFreely"]
    rendered = render.to_dict(ground.template)
    assert "on" == rendered["Parameters"]["InspectConditions"]["Default"]
    assert ["on", "off"] == [
        rendered["Conditions"][grants[sid]["only_if"]]["Fn::Equals"][1]
        for sid in ("StartInspect", "StartInspectFreely")
    ]


def test_all_grants_are_for_this_project(ground: Ground, build: Build) -> None:
    """No pipeline runs another project by the platform's policy; the denials include deployers."""
    inspect_project = {"Fn::GetAtt": ["InspectProject", "Arn"]}
    grants = _run_grants(ground, build).values()
    assert [inspect_project] * 3 == [grant["Resource"] for grant in grants if grant["Effect"] == "Allow"]
    deployers = {"Fn::Sub": "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/*-Deploy"}
    assert [[inspect_project, deployers]] * 2 == [grant["Resource"] for grant in grants if grant["Effect"] == "Deny"]


def test_deployers_of_eks_are_called_as_the_refusals_say() -> None:
    """The pattern of a pipeline for the project of a deployer, and the name of that project, end as the policy says."""
    assert eks.TARGET.where is not None
    assert eks.TARGET.where.pattern.endswith(DEPLOYER)
    assert DEPLOYER == OWNER.resource("Deploy")[-len(DEPLOYER) :]


def test_the_action_names_its_repository(ground: Ground) -> None:
    """It runs the given project on the source artifact, with the repository of this pipeline."""
    inspection = inspect(ground.source, Ref("Project"), limits={}, contracts={})
    (run,) = map(encode_to_dict, inspection.stage.actions)
    assert ("Build", "CodeBuild") == (run["ActionTypeId"]["Category"], run["ActionTypeId"]["Provider"])
    assert {"Ref": "Project"} == run["Configuration"]["ProjectName"]
    assert [{"Name": "Image"}] == run["InputArtifacts"]
    assert [{"Name": inspection.artifact}] == run["OutputArtifacts"]
    assert {"REPOSITORY_NAME": "team/orders"} == _variables(inspection, ground)


def test_the_action_passes_limits_and_contracts(ground: Ground) -> None:
    """Limits of the pipeline that are set, and the variables that make the build write files of the target."""
    limits = add_own_limits(ground.template)
    inspection = inspect(ground.source, Ref("Project"), limits=limits, contracts={"SINGLE_IMAGE_FOR": "Lambda"})
    assert {
        "REPOSITORY_NAME": "team/orders",
        "SINGLE_IMAGE_FOR": "Lambda",
        "MAX_HIGH_FINDINGS": "3",
    } == _variables(inspection, ground, MaxHighFindings="3")


def test_a_pipeline_sets_no_variable_that_is_not_allowed(ground: Ground) -> None:
    """Everything that the action can pass is in the condition of the platform's policy."""
    limits = add_own_limits(ground.template)
    inspection = inspect(ground.source, Ref("Project"), limits=limits, contracts=dict.fromkeys(CONTRACTS, "app"))
    every = {"MaxCriticalFindings": "1", "MaxHighFindings": "1", "UnscannedImage": "fail"}
    assert {*OWN_VARIABLES, *CONTRACTS} == _variables(inspection, ground, **every).keys()


def test_the_stage_needs_no_grant_of_its_own(ground: Ground) -> None:
    """The role of the pipeline runs the project by the platform's policy."""
    assert ((), ()) == (ground.inspection.stage.grants, ground.inspection.stage.builds)
