"""Results of a followed run, and the open questions that it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.proving.open_questions import CONDITIONS, KEY_NAMED, LAYOUT, LOG_KEY, unanswered
from generator.proving.proof_records import FAILED, NO, NOT_REACHED, PASSED, YES, Check, QuestionAnswer
from generator.proving.prove_scope import PREFIX
from generator.proving.run_following import FollowedRun, summary

AREA = "run"
_REFUSED = re.compile("AccessDenied|not authorized", re.IGNORECASE)
_LOGS = "AWS::Logs::LogGroup"


def run_checks(run: FollowedRun, pushed: str, tagged: str) -> Iterator[Check]:
    """The pushed digest went through the pipeline, and is the recorded one. `tagged` has the tag of the record."""
    ended = run.status == "Succeeded"
    yield _check("the run", run.error() or run.status, passed=ended)
    for what, found in (
        ("the run was started with the pushed digest", run.revision),
        ("the record has the pushed digest", run.recorded.rpartition("@")[2]),
        ("the tag of the record is on the pushed digest", tagged),
    ):
        yield _check(
            what, pushed if found == pushed else f"pushed {pushed}, found {found or 'nothing'}", passed=found == pushed
        )


def run_answers(run: FollowedRun) -> Iterator[QuestionAnswer]:
    """The questions about Inspect and artifacts."""
    inspect = run.action("Inspect", "Inspect")
    if inspect:
        refused = inspect["status"] == "Failed" and bool(_REFUSED.search(summary(inspect)))
        started = bool(inspect.get("output", {}).get("executionResult", {}).get("externalExecutionId"))
        if refused and not started:
            yield _answer(CONDITIONS, NO, summary(inspect))
        elif started or inspect["status"] == "Succeeded":
            yield _answer(CONDITIONS, YES, "CodePipeline started the build of Inspect")
        if inspect["status"] == "Succeeded":
            yield _answer(KEY_NAMED, YES, "Source and Inspect stored their artifacts; the bucket refuses other uploads")
        elif refused and "s3:PutObject" in summary(inspect):
            yield _answer(KEY_NAMED, NO, summary(inspect))
    yield from _layout(run)


def log_answer(failed_type: str, reason: str) -> QuestionAnswer:
    """The question about log groups, from the stacks: "" if all were created, or the first failure."""
    if not failed_type:
        return _answer(LOG_KEY, NO, "the stacks made their log groups with their keys")
    if failed_type == _LOGS:
        return _answer(LOG_KEY, YES, reason)
    return _answer(LOG_KEY, NOT_REACHED, "a stack failed before")


def _layout(run: FollowedRun) -> Iterator[QuestionAnswer]:
    artifacts = [each for action in run.actions for each in action.get("output", {}).get("outputArtifacts", [])]
    of_builds = run.action("Inspect", "Inspect").get("output", {}).get("outputArtifacts", [])
    if not of_builds:
        return
    other = [str(each["s3location"]["key"]) for each in artifacts if not _fits(each["name"], each["s3location"]["key"])]
    keys: Sequence[str] = other or [str(each["s3location"]["key"]) for each in of_builds]
    yield _answer(LAYOUT, NO if other else YES, ", ".join(keys))


def _fits(artifact: str, key: str) -> bool:
    beginning = f"{PREFIX[:20]}/{artifact[:10]}/"
    return key.startswith(beginning) and "/" not in key.removeprefix(beginning)


def _check(subject: str, text: str, *, passed: bool) -> Check:
    return Check(area=AREA, subject=subject, verdict=PASSED if passed else FAILED, text=text)


def _answer(question: str, verdict: str, text: str) -> QuestionAnswer:
    return QuestionAnswer(id=question, question=unanswered()[question].question, verdict=verdict, text=text)
