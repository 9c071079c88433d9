"""Pipelines run as in CodePipeline: in order, in parallel, with earlier artifacts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs.action import ActionError, ApprovalDecision, ApprovalRequest, Approver, RunContext
from generator.emulator.runs.approval_mails import ApprovalMails
from generator.emulator.runs.known_parts import refuse_unknown
from generator.emulator.runs.pipeline_run import (
    ActionResult,
    Execution,
    _resolved,
    _Run,
    _step,
    run,
    start,
)

ROLE = "arn:aws:iam::111122223333:role/pipeline"
Go = Callable[[Execution, Approver], None]


@pytest.fixture
def go() -> Iterator[Go]:
    """Runs an execution, with this approver, in an emulated AWS."""
    with emulator() as cloud:
        cloud.inside("s3").create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": cloud.region}
        )

        def call(execution: Execution, approver: Approver) -> None:
            run(_world(cloud, approver), execution, tell=lambda _: None)

        yield call


def _world(cloud: Emulator, approver: Approver) -> RunContext:
    return RunContext(cloud=cloud, tools=Tools("", ()), approver=approver)


def action(name: str, order: int = 1, **more: Any) -> dict[str, Any]:
    """An approval, as GetPipeline returns it."""
    kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    return {"name": name, "actionTypeId": kind, "runOrder": order, "configuration": {}, **more}


def pipeline(*stages: Mapping[str, Any]) -> dict[str, Any]:
    """A pipeline of these stages."""
    store = {"type": "S3", "location": "artifacts"}
    return {"name": "orders", "roleArn": ROLE, "artifactStore": store, "stages": stages, "version": 1}


def stage(name: str, *actions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A stage of these actions."""
    return {"name": name, "actions": actions, **more}


def last(execution: Execution) -> ActionResult:
    """The action that ended last."""
    return execution.results[-1]


def test_actions_run_by_their_order_and_those_of_one_order_together(go: Go) -> None:
    """Two approvers of one run order get their requests at the same time, the third one after both have approved."""
    together = threading.Barrier(2, timeout=20)
    asked: list[str] = []

    def approver(request: ApprovalRequest) -> ApprovalDecision:
        if request.action != "Last":
            together.wait()
        asked.append(request.action)
        return ApprovalDecision(approved=True)

    execution = start("run-1", pipeline(stage("Approval", action("Last", 2), action("One"), action("Other"))))
    go(execution, approver)
    assert "Succeeded" == execution.status
    assert {"One", "Other"} == {*asked[:2]}
    assert ["Last"] == asked[2:]


def test_a_retry_runs_what_failed_and_what_follows(go: Go) -> None:
    """Actions that succeeded are not run again, nor are earlier stages."""
    asked: list[str] = []
    approved = {"One": True, "Other": False, "First": True, "Then": True}

    def approver(request: ApprovalRequest) -> ApprovalDecision:
        asked.append(request.action)
        return ApprovalDecision(approved=approved[request.action])

    stages = (stage("A", action("First")), stage("B", action("One"), action("Other"), action("Then", 2)))
    execution = start("run-1", pipeline(*stages))
    go(execution, approver)
    assert (["A"], ["Other"]) == (execution.succeeded, [failed.name for failed in execution.failures])
    assert {"First", "One", "Other"} == {*asked}
    asked.clear()
    approved["Other"] = True
    go(execution, approver)
    assert ("Succeeded", []) == (execution.status, execution.failures)
    assert ["Other", "Then"] == asked


def test_an_artifact_that_no_action_made_fails_the_action(go: Go) -> None:
    """It is not run without its input."""
    execution = start("run-1", pipeline(stage("A", action("One", inputArtifacts=[{"name": "Nothing"}]))))
    go(execution, lambda _: ApprovalDecision(approved=True))
    assert "no earlier action has stored the artifact Nothing" == last(execution).error


@pytest.mark.parametrize(("length", "error"), [(1000, ""), (1001, "CustomData has 1001 characters")])
def test_a_message_that_is_too_long_fails_the_approval(go: Go, length: int, error: str) -> None:
    """It is not cut: the approver would not see all facts."""
    execution = start("run-1", pipeline(stage("A", action("One", configuration={"CustomData": "x" * length}))))
    go(execution, lambda _: ApprovalDecision(approved=True))
    assert ("Failed" if error else "Succeeded") == execution.status
    assert str(last(execution).error or "").startswith(error)


def test_what_approvers_are_mailed_is_kept_without_the_token() -> None:
    """By run, also where they reject; where there is no topic, nobody is mailed and there is no subject."""
    asked: list[ApprovalRequest] = []

    def approver(request: ApprovalRequest) -> ApprovalDecision:
        asked.append(request)
        return ApprovalDecision(approved=False)

    with emulator() as cloud:
        topic = cloud.inside("sns").create_topic(Name="approvals")["TopicArn"]
        more = {"NotificationArn": topic, "CustomData": "Digest sha256:0", "ExternalEntityLink": "https://example.com"}
        for number, configuration in enumerate((more, {"CustomData": "other"})):
            execution = start(f"run-{number}", pipeline(stage("A", action("One", configuration=configuration))))
            run(_world(cloud, approver), execution, tell=lambda _: None)
            assert "Failed" == execution.status
        [mail], [other] = (cloud.memory(ApprovalMails).of(f"run-{number}") for number in range(2))
    assert ("APPROVAL NEEDED: AWS CodePipeline orders for action One", "Digest sha256:0") == (mail.subject, mail.text)
    assert "https://example.com" == mail.more
    assert mail.review_link.endswith("/codepipeline/home?region=eu-central-1#/view/orders/A/One/approve/TOKEN")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z", mail.expires)
    assert ("", "other") == (other.subject, other.text)
    assert not [request.token for request in asked if request.token in str((mail, other))]


def test_a_refused_call_of_an_action_names_call_and_role(go: Go) -> None:
    """The reader learns which permission is missing where."""
    configuration = {"NotificationArn": "arn:aws:sns:eu-central-1:111122223333:nothing"}
    execution = start("run-1", pipeline(stage("A", action("One", configuration=configuration))))
    go(execution, lambda _: ApprovalDecision(approved=True))
    assert last(execution).error.startswith(f"Publish by {ROLE}: ")


def test_a_provider_that_is_not_run_here_is_an_error(go: Go) -> None:
    """Nothing passes for done that was not."""
    kind = {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"}
    with pytest.raises(NotImplementedError, match="A/One: Deploy by S3"):
        go(start("run-1", pipeline(stage("A", action("One", actionTypeId=kind)))), lambda _: None)


@pytest.mark.parametrize(
    "more",
    [
        {"beforeEntry": {"conditions": []}},
        {"onFailure": {"result": "RETRY"}},
        {"onFailure": {"result": "ROLLBACK", "conditions": []}},
        {"onSuccess": {"conditions": []}},
    ],
)
def test_parts_of_a_stage_that_are_not_emulated_are_an_error(more: dict[str, Any]) -> None:
    """Conditions and retries change the result, so they are not ignored."""
    with pytest.raises(NotImplementedError, match="stage A: not run here"):
        refuse_unknown(stage("A", action("One"), **more))


def test_parts_of_an_action_that_are_not_emulated_are_an_error() -> None:
    """Commands and variables of other kinds of actions are not passed over."""
    with pytest.raises(NotImplementedError, match="action commands"):
        refuse_unknown(stage("A", action("One", commands=["true"])))


def test_variables_have_the_values_of_this_run() -> None:
    """Those of the pipeline have their defaults or the values of the start; and the id of the run."""
    declared = [{"name": "Tag", "defaultValue": "none"}, {"name": "Who", "defaultValue": "nobody"}]
    told = start("run-1", {**pipeline(), "variables": declared}, variables=[{"name": "Tag", "value": "v1"}])
    namespaces = told.namespaces
    text = "#{variables.Tag} #{variables.Who} #{codepipeline.PipelineExecutionId} {} #{"
    assert "v1 nobody run-1 {} #{" == _resolved("CustomData", text, namespaces)


@pytest.mark.parametrize("reference", ["#{Inspect.DIGEST}", "#{variables.Other}"])
def test_a_variable_that_no_action_made_fails_the_action(reference: str) -> None:
    """It is named, with the key of the configuration that contains it."""
    with pytest.raises(ActionError, match="CustomData: no earlier action has set the variable #"):
        _resolved("CustomData", f"Digest {reference}", {"variables": {"Tag": "v1"}, "Inspect": {}})


def test_a_text_for_an_approver_that_grows_too_long_fails_the_action() -> None:
    """It has at most 1,000 characters, also with its variables resolved."""
    value = "#{a.b}" * 10
    assert 1000 == len(_resolved("CustomData", value, {"a": {"b": "x" * 100}}))
    with pytest.raises(ActionError, match="1010 characters"):
        _resolved("CustomData", value, {"a": {"b": "x" * 101}})


def test_other_values_may_grow_up_to_100_kilobytes() -> None:
    """The limit of 1,000 characters is on the declared value; variables are resolved after that."""
    declared = {**action("One"), "configuration": {"EnvironmentVariables": "#{a.b}#{a.b}"}}
    world: Any = None
    for each, grown in ((50 * 1024, True), (50 * 1024 + 1, False)):
        execution = start("run-1", pipeline())
        execution.namespaces["a"] = {"b": "x" * each}
        this = _Run(world, world, execution, lambda _: None)
        if grown:
            assert 100 * 1024 == len(_step(this, "A", declared, []).configuration["EnvironmentVariables"])
        else:
            with pytest.raises(ActionError, match="the configuration has 102,402 bytes with its variables"):
                _step(this, "A", declared, [])
