"""The policies that were deployed decide: a run does not get further than they let it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import catalog, render
from generator.emulator.images import sample
from generator.emulator.permissions import Permissions
from generator.emulator.pipeline import Execution
from generator.emulator.scans import Scan
from generator.emulator.trial import trial
from tests.emulator.people import APPROVED, PARAMS

pytestmark = pytest.mark.slow

Body = dict[str, Any]


def ran(body: Body) -> tuple[Execution, Permissions]:
    """The run of a push to a stack of the template with endpoints of its own, and what it needed."""
    entries = json.loads((PARAMS / "pipeline-release.dev.json").read_text(encoding="utf-8"))
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in entries}
    tag = parameters["ImageTagPattern"].replace("*", "1")
    with trial(
        body, parameters, approver=lambda _: APPROVED, stack="orders", progress=lambda _: None, patience=10
    ) as tried:
        push = tried.push(sample(["linux/amd64"], "in force"), tag, scan=Scan())
        assert push.execution, push.deliveries
        return push.execution, tried.policies.permissions()


def template() -> Body:
    """The template, to be damaged."""
    return json.loads(json.dumps(render.to_dict(catalog.build("pipeline-release"))))  # type: ignore[no-any-return]


def drop(body: Body, resource: str, word: str) -> None:
    """Take the statements with this word out of a role's or an endpoint's policy."""
    properties = body["Resources"][resource]["Properties"]
    [document] = [each["PolicyDocument"] for each in properties.get("Policies", [properties])]
    kept = [each for each in document["Statement"] if word not in json.dumps(each)]
    assert kept != document["Statement"]
    document["Statement"] = kept


def test_a_run_needs_nothing_that_is_not_granted() -> None:
    """Nothing is refused, and the calls of builds, of functions and of AWS's services are all among what was needed."""
    execution, permissions = ran(template())
    assert ("Succeeded", ()) == (execution.status, permissions.refused)
    needed = {(row.principal.split("/")[-1].split("-")[-2], row.action) for row in permissions.granted[:-1]}
    for each in (
        ("InspectRole", "ecr:DescribeImageScanFindings"),
        ("InspectRole", "ec2:CreateNetworkInterfacePermission"),
        ("PipelineRole", "codebuild:StartBuild"),
        ("RecorderRole", "ssm:PutParameter"),
        ("EventsRole", "codepipeline:StartPipelineExecution"),
    ):
        assert each in needed


@pytest.mark.parametrize(
    ("resource", "word", "why"),
    [
        ("InspectRole", "ecr:BatchGetImage", "nothing allows"),
        ("S3Endpoint", "starport", "S3Endpoint does not let s3:GetObject on arn:aws:s3:::prod-eu-central-1-starport"),
        ("EcrApiEndpoint", "ecr:DescribeImages", "EcrApiEndpoint does not let ecr:BatchGetImage on"),
        ("RecorderRole", "ssm:PutParameter", "nothing allows"),
    ],
)
def test_what_is_not_granted_fails_the_run(resource: str, word: str, why: str) -> None:
    """A statement is taken away from a role or from an endpoint on the way, and the call that needs it is refused."""
    body = template()
    drop(body, resource, word)
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert why in permissions.refused[0].because


def test_an_endpoint_that_is_not_there_is_not_reached() -> None:
    """Where the stack makes endpoints, builds reach nothing else."""
    body = template()
    del body["Resources"]["EcrDkrEndpoint"]
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert {"ecr:BatchGetImage finds no endpoint ecr.dkr"} == {row.because for row in permissions.refused}
