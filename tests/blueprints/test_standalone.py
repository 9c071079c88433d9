"""The assembly of everything in one stack."""

from __future__ import annotations

import re

from generator.blueprints.standalone import standalone
from generator.publishing import render
from tests.conftest import WITH_CONDITIONS
from tests.rendered import strings

RENDERED = render.to_dict(standalone())
RESOURCES, PARAMETERS = RENDERED["Resources"], RENDERED["Parameters"]


def test_two_parameters_are_required() -> None:
    """The repository and an address; the name of the pipeline has a default."""
    assert ["RepositoryName", "NotificationEmail"] == [n for n, each in PARAMETERS.items() if "Default" not in each]
    assert "app" == PARAMETERS["Name"]["Default"]


def test_it_depends_on_no_other_stack() -> None:
    """Nothing is imported, and nothing exported."""
    assert "Fn::ImportValue" not in set(strings(RENDERED))
    assert not [output for output in RENDERED["Outputs"].values() if "Export" in output]


def test_it_releases_like_the_pipeline_for_releases() -> None:
    """Its stages are those of pipeline-release."""
    names = [
        [stage["Name"] for stage in template["Resources"]["Pipeline"]["Properties"]["Stages"]]
        for template in (RENDERED, WITH_CONDITIONS["pipeline-release"])
    ]
    assert ["Source", "Inspect", "Approval", "Release"] == names[0] == names[1]


def test_inspect_reads_the_one_repository() -> None:
    """The role of the build, and with it the endpoints, are for the repository of the pipeline."""
    policies = [RESOURCES[name] for name in ("InspectRole", "EcrApiEndpoint", "EcrDkrEndpoint")]
    repositories = {name for text in strings(policies) for name in re.findall(r":repository/(.*)", text)}
    assert {"${RepositoryName}"} == repositories


def test_it_has_the_endpoints_that_inspect_calls() -> None:
    """Two for ECR, one for logs, and the gateway to S3."""
    endpoints = {name for name, each in RESOURCES.items() if each["Type"] == "AWS::EC2::VPCEndpoint"}
    assert {"EcrApiEndpoint", "EcrDkrEndpoint", "LogsEndpoint", "S3Endpoint"} == endpoints


def test_its_ceilings_are_the_only_limits() -> None:
    """There is no platform to be stricter than: the action passes the repository alone."""
    (inspect,) = RESOURCES["Pipeline"]["Properties"]["Stages"][1]["Actions"]
    assert (
        '[{"name":"REPOSITORY_NAME","value":"${RepositoryName}"}]'
        == (inspect["Configuration"]["EnvironmentVariables"]["Fn::Sub"])
    )
    assert {"MaxCriticalFindings", "MaxHighFindings", "MissingScan", "UnsupportedScan"} <= PARAMETERS.keys()


def test_the_first_run_waits_for_the_policy_of_the_bucket() -> None:
    """The pipeline starts a run when it is created."""
    assert "ArtifactBucketPolicy" == RESOURCES["Pipeline"]["DependsOn"]


def test_its_names_are_those_of_its_owner() -> None:
    """Log groups and project are named after the pipeline, in the pattern of the key's policy."""
    groups = [
        each["Properties"]["LogGroupName"]["Fn::Sub"]
        for each in RESOURCES.values()
        if each["Type"] == "AWS::Logs::LogGroup"
    ]
    assert {"/ecr-pipeline/standalone/${Name}/Inspect", "/ecr-pipeline/standalone/${Name}/Recorder"} == set(groups)
    assert any(text.endswith(":log-group:/ecr-pipeline/standalone/${Name}/*") for text in strings(RESOURCES["Key"]))
