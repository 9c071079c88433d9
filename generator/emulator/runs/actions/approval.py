"""Manual approval: a person is notified, and answers.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from moto.utilities.utils import get_partition

from generator.emulator.runs.action import ActionError, ApprovalDecision, ApprovalRequest, Done, Provider, Step
from generator.emulator.runs.approval_mails import ApprovalMail, ApprovalMails
from generator.emulator.runs.inbox import Inbox, Question
from generator.model.partitions import console_host

# CodePipeline's default.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
DEFAULT_MINUTES = 7 * 24 * 60
LONGEST_MESSAGE = 1000


def run(step: Step) -> Done:
    """Publish the request, then wait for PutApprovalResult. An approver who returns nothing lets it expire.

    An approver may also call PutApprovalResult itself, and return nothing.

    AWS does not document whether a message that is too long once its variables have values is refused or cut. It is
    refused here, because a cut message hides facts from the approver.
    """
    if (length := len(step.configuration.get("CustomData", ""))) > LONGEST_MESSAGE:
        raise ActionError(f"CustomData has {length:,} characters with its variables, at most {LONGEST_MESSAGE:,} fit")
    request = ApprovalRequest(
        text=step.configuration.get("CustomData", ""),
        pipeline=step.pipeline,
        stage=step.stage,
        action=step.name,
        token=str(uuid4()),
    )
    question = Question(request.token, (request.pipeline, request.stage, request.action))
    step.world.cloud.memory(Inbox).ask(question)
    topic, published = step.configuration.get("NotificationArn"), _notification(step, request)
    subject = f"APPROVAL NEEDED: AWS CodePipeline {step.pipeline} for action {step.name}"[:100]
    if topic:
        step.client("sns").publish(TopicArn=topic, Subject=subject, Message=json.dumps(published))
    step.world.cloud.memory(ApprovalMails).sent.append(_mail(step, request, published, subject if topic else ""))
    decision, inbox = step.world.approver(request), step.world.cloud.memory(Inbox)
    if decision is not None:
        _put(step, request, decision)
    given = inbox.answer(question, seconds=0)
    if given is None:
        raise ActionError(f"nobody answered in {step.timeout_minutes or DEFAULT_MINUTES} minutes")
    if given["result"]["status"] != "Approved":
        raise ActionError(f"rejected: {given['result']['summary']}")
    return Done(summary=f"approved: {given['result']['summary']}")


def _put(step: Step, request: ApprovalRequest, decision: ApprovalDecision) -> None:
    """Send the answer: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html."""
    status = "Approved" if decision.approved else "Rejected"
    step.world.cloud.client("codepipeline").put_approval_result(
        pipelineName=request.pipeline,
        stageName=request.stage,
        actionName=request.action,
        result={"summary": decision.summary, "status": status},
        token=request.token,
    )


def _notification(step: Step, request: ApprovalRequest) -> dict[str, Any]:
    """The message for subscribers.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
    """
    region = step.world.cloud.region
    expires = datetime.now(timezone.utc) + timedelta(minutes=step.timeout_minutes or DEFAULT_MINUTES)
    host = console_host(get_partition(region))
    console = f"https://{host}/codepipeline/home?region={region}#/view/{request.pipeline}"
    approval = {
        "pipelineName": request.pipeline,
        "stageName": request.stage,
        "actionName": request.action,
        "token": request.token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": step.configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{request.stage}/{request.action}/approve/{request.token}",
        "customData": request.text,
    }
    return {"region": region, "consoleLink": console, "approval": approval}


def _mail(step: Step, request: ApprovalRequest, published: dict[str, Any], subject: str) -> ApprovalMail:
    told = published["approval"]
    return ApprovalMail(
        execution=step.execution,
        subject=subject,
        text=request.text,
        review_link=told["approvalReviewLink"].replace(request.token, "TOKEN"),
        expires=told["expires"],
        more=told["externalEntityLink"] or "",
    )


PROVIDERS: dict[tuple[str, str], Provider] = {("Approval", "Manual"): run}
