"""Results of a run, and the questions that it answers, including with no."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from generator.emulator.front.denials import DeniedCall, DeniedCalls
from generator.proving.denied_calls import denied_call_checks
from generator.proving.proof_records import FAILED, NO, NOT_REACHED, PASSED, YES
from generator.proving.prove_scope import PREFIX
from generator.proving.proving_site import ProvingSite, proving_site
from generator.proving.run_answers import log_answer, run_answers, run_checks
from generator.proving.run_following import FollowedRun
from generator.rollout.aws_program import AwsProgram
from tests.proving.proving_rooms import ProvingRoom, proving_room

DIGEST = "sha256:84f5"


def followed(*actions: dict[str, Any], **known: Any) -> FollowedRun:
    """A run that succeeded with its digest, unless other values are given."""
    values: dict[str, Any] = {
        "id": "1", "status": "Succeeded", "revision": DIGEST, "actions": actions, "recorded": f"host/app@{DIGEST}",
    }  # fmt: skip
    return FollowedRun(**{**values, **known})


def inspected(status: str, said: str = "", *, build: str = "", key: str = "") -> dict[str, Any]:
    """The action Inspect."""
    artifacts = [{"name": "Inspection", "s3location": {"bucket": "b", "key": key}}] if key else []
    result = {"externalExecutionSummary": said, "externalExecutionId": build}
    output = {"executionResult": result, "outputArtifacts": artifacts}
    return {"stageName": "Inspect", "actionName": "Inspect", "status": status, "output": output}


def answers(run: FollowedRun) -> dict[str, str]:
    """The answers, by the id of their question."""
    return {each.id: each.verdict for each in run_answers(run)}


@pytest.mark.parametrize(
    ("run", "found"),
    [
        (followed(), {}),
        (followed(inspected("Failed", "AccessDeniedException: not authorized to perform: codebuild:StartBuild")),
         {"inspect-conditions": NO}),
        (followed(inspected("Failed", "AccessDenied on s3:PutObject", build="x:1")),
         {"inspect-conditions": YES, "key-in-uploads": NO}),
        (followed(inspected("Failed", "2 critical findings", build="x:1")), {"inspect-conditions": YES}),
        (followed(inspected("Succeeded", build="x:1", key=f"{PREFIX}/Inspection/abc")),
         {"inspect-conditions": YES, "key-in-uploads": YES, "artifact-layout": YES}),
        (followed(inspected("Succeeded", build="x:1", key=f"{PREFIX}/other/Inspection/abc")),
         {"inspect-conditions": YES, "key-in-uploads": YES, "artifact-layout": NO}),
    ],
)  # fmt: skip
def test_answers(run: FollowedRun, found: dict[str, str]) -> None:
    """Yes, no, or no answer if the run did not reach it."""
    assert found == answers(run)


@pytest.mark.parametrize(
    ("run", "tagged", "failed"),
    [
        (followed(), DIGEST, []),
        (followed(status="Failed"), DIGEST, ["the run"]),
        (followed(revision="sha256:0"), DIGEST, ["the run was started with the pushed digest"]),
        (followed(recorded="host/app@sha256:0"), DIGEST, ["the record has the pushed digest"]),
        (followed(), "", ["the tag of the record is on the pushed digest"]),
    ],
)
def test_checks(run: FollowedRun, tagged: str, failed: list[str]) -> None:
    """Each difference from the pushed digest fails."""
    assert failed == [each.subject for each in run_checks(run, DIGEST, tagged) if each.verdict == FAILED]


@pytest.mark.parametrize(
    ("kind", "verdict"), [("", NO), ("AWS::Logs::LogGroup", YES), ("AWS::SQS::Queue", NOT_REACHED)]
)
def test_log_groups(kind: str, verdict: str) -> None:
    """A log group that fails says that it needs more; another failure says nothing."""
    assert verdict == log_answer(kind, "said").verdict


def site_in(here: ProvingRoom, monkeypatch: pytest.MonkeyPatch) -> ProvingSite:
    """The site of a room, for functions that are called without the command."""
    for name, value in here.environment().items():
        monkeypatch.setenv(name, value)
    return proving_site(AwsProgram(), expected="", progress=lambda _: None, warn=lambda _: None)


def test_denied_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only of roles of the stacks, each once, with the denied action and the reason."""
    with proving_room() as here:
        site = site_in(here, monkeypatch)
        [none] = denied_call_checks(site, "2026-01-01T00:00:00Z")
        assert PASSED == none.verdict
        for role in (f"{PREFIX}-platform-InspectRole-1", f"{PREFIX}-platform-InspectRole-1", "somebody-else"):
            now, arn = datetime.now(timezone.utc), f"arn:aws:iam::111122223333:role/{role}"
            here.aws.memory(DeniedCalls).calls.append(DeniedCall(now, arn, "ecr", "BatchGetImage", "no"))
        [found] = denied_call_checks(site, "2026-01-01T00:00:00Z")
        assert (FAILED, f"{PREFIX}-platform-InspectRole-1: ecr:BatchGetImage: no") == (found.verdict, found.text)
        assert PASSED == denied_call_checks(site, "2099-01-01T00:00:00Z")[0].verdict
