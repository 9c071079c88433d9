"""The function that records deployed images, run as Lambda runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import functions
from tests.standins.services import Answer, Services, refuse

DIGEST = "sha256:" + "a" * 64
IMAGE = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders@{DIGEST}"
ENVIRONMENT = {
    "RECORDS": "/ecr-pipeline/orders",
    "REPOSITORY_URI": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders",
}
MANIFEST = {"imageManifest": "{}", "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}
FACTS = {"stage": "production", "digest": DIGEST, "tags": "v1 v1.2", "execution": "run-1"}


def _ok(_parameters: dict[str, Any]) -> dict[str, Any]:
    return {}


GOOD: dict[str, Answer] = {
    "codepipeline.put_job_success_result": _ok,
    "codepipeline.put_job_failure_result": _ok,
    "ecr.batch_get_image": lambda _parameters: {"images": [MANIFEST], "failures": []},
    "ecr.put_image": _ok,
    "ssm.put_parameter": _ok,
}


def _run(facts: object, **answers: Answer) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the function makes for a job of CodePipeline with these facts."""
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    parameters = facts if isinstance(facts, str) else json.dumps(facts)
    configuration = {"configuration": {"FunctionName": "recorder", "UserParameters": parameters}}
    event = {"CodePipeline.job": {"id": "job-1", "data": {"actionConfiguration": configuration}}}
    services.run(functions.source("recorder"), event, ENVIRONMENT)
    return services.calls


def test_a_record_is_two_parameters_under_the_path_of_the_stack() -> None:
    """`image` is the image by digest, `release` has all facts as JSON; both overwrite the previous record."""
    written = {call["Name"]: call for name, call in _run({"do": "record", **FACTS}) if name == "ssm.put_parameter"}
    assert IMAGE == written["/ecr-pipeline/orders/production/image"]["Value"]
    assert {**FACTS, "image": IMAGE} == json.loads(written["/ecr-pipeline/orders/production/release"]["Value"])
    assert all(call["Overwrite"] for call in written.values())


def test_the_deployed_image_gets_the_tag_of_its_stage() -> None:
    """The manifest is put back as it is, by its digest, with the stage's tag: an index stays an index."""
    calls = dict(_run({"do": "record", **FACTS}))
    assert [{"imageDigest": DIGEST}] == calls["ecr.batch_get_image"]["imageIds"]
    assert MANIFEST["imageManifestMediaType"] in calls["ecr.batch_get_image"]["acceptedMediaTypes"]
    put = calls["ecr.put_image"]
    assert {"repositoryName": "team/orders", "imageTag": "_production", "imageDigest": DIGEST, **MANIFEST} == put


@pytest.mark.parametrize("error", ["ImageAlreadyExistsException", "ImageTagAlreadyExistsException"])
def test_a_tag_that_cannot_move_does_not_stop_the_record(error: str) -> None:
    """The image has the tag already, or the repository lets no tag move: the record is written nevertheless."""
    calls = _run({"do": "record", **FACTS}, ecr__put_image=refuse(error))
    assert "codepipeline.put_job_success_result" == calls[-1][0]
    assert 2 == [name for name, _ in calls].count("ssm.put_parameter")


def test_the_running_image_is_shown_by_tags_and_digest() -> None:
    """The record of the stage is a variable of the action."""
    recorded = {"Parameter": {"Value": json.dumps(FACTS)}}
    (asked, answered) = _run({"do": "read", "stage": "production"}, ssm__get_parameter=lambda _parameters: recorded)
    assert ("ssm.get_parameter", {"Name": "/ecr-pipeline/orders/production/release"}) == asked
    assert {"RELEASE": f"production: v1 v1.2 {DIGEST}"} == answered[1]["outputVariables"]


def test_before_the_first_release_nothing_runs() -> None:
    """A stage without a record is no error: the first approval shows that."""
    calls = _run({"do": "read", "stage": "production"}, ssm__get_parameter=refuse("ParameterNotFound"))
    assert {"RELEASE": "production: nothing recorded yet"} == calls[-1][1]["outputVariables"]


MACHINES = ",".join(f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}" for name in ("web", "worker"))


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("apps/web,apps/worker", "apps/web,apps/worker"),
        ("deployer-orders-production", "deployer-orders-production"),
        (MACHINES, "web,worker"),
        ("a" * 24 + "," + "b" * 23, "a" * 24 + "," + "b" * 23),
        ("a" * 24 + "," + "b" * 24, "a" * 24 + "," + "b" * 20 + "..."),
    ],
)
def test_the_approver_reads_where_it_is_deployed(where: str, named: str) -> None:
    """Services, or the names of deployers, before what runs there; a long list ends with dots."""
    recorded = {"Parameter": {"Value": json.dumps(FACTS)}}
    asked = {"do": "read", "stage": "production", "where": where}
    release = _run(asked, ssm__get_parameter=lambda _: recorded)[-1][1]["outputVariables"]["RELEASE"]
    assert f"{named}: v1 v1.2 {DIGEST}"[:111] == release


def test_the_longest_names_leave_room_for_tags_and_digest() -> None:
    """Only the end of the digest is cut."""
    recorded = {"Parameter": {"Value": json.dumps({**FACTS, "tags": "t" * 300})}}
    asked = {"do": "read", "stage": "production", "where": "w" * 300}
    release = _run(asked, ssm__get_parameter=lambda _: recorded)[-1][1]["outputVariables"]["RELEASE"]
    assert f"{'w' * 45}...: {'t' * 40} {DIGEST[:20]}" == release


@pytest.mark.parametrize(
    ("facts", "answers", "said"),
    [
        ("not JSON", {}, "JSONDecodeError"),
        ({"do": "nothing", **FACTS}, {}, "nothing"),
        ({"do": "record", **FACTS}, {"ssm__put_parameter": refuse("InternalServerError")}, "InternalServerError"),
        (
            {"do": "record", **FACTS},
            {"ecr__batch_get_image": lambda _: {"images": [], "failures": [{"imageId": {}}]}},
            f"no image {DIGEST}",
        ),
    ],
)
def test_a_failure_fails_the_action(facts: object, answers: dict[str, Answer], said: str) -> None:
    """The action fails at once and says why: without an answer it would hang."""
    name, call = _run(facts, **answers)[-1]
    assert "codepipeline.put_job_failure_result" == name
    assert said in call["failureDetails"]["message"]


def test_a_record_that_is_written_twice_is_the_same() -> None:
    """Lambda repeats a call that timed out or crashed: the image already has the tag then."""
    once = _run({"do": "record", **FACTS})
    again = _run({"do": "record", **FACTS}, ecr__put_image=refuse("ImageAlreadyExistsException"))
    assert once == again
