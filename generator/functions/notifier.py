"""Says what happens in a pipeline: as readable mail, and in the form that chats show.

EventBridge calls this function with events of CodePipeline:
https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

import json
import os
from typing import Any

import boto3

codepipeline = boto3.client("codepipeline")
sns = boto3.client("sns")

NEWS = {"CANCELED": "was canceled", "FAILED": "failed", "SUCCEEDED": "succeeded"}
SIGNS = {
    "failed": ":x:",
    "was canceled": ":x:",
    "succeeded": ":white_check_mark:",
    "needs an approval": ":raised_hand:",
}
CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


def handler(event: dict[str, Any], _context: object) -> None:
    """Publishes one message: SNS gives each kind of subscriber its own form of it."""
    pipeline, run = event["detail"]["pipeline"], event["detail"]["execution-id"]
    news, image, link = what(event["detail"]), image_of(pipeline, run), link_to(event, pipeline, run)
    mail = f"Run {run} of pipeline {pipeline} {news}.\n\nImage: {image}\nRun: {link}\n"
    text = {"description": f"Image: {image}\n{link}", **answers(event)}
    shown = json.dumps(chat(pipeline, run, news, text))
    sns.publish(
        TopicArn=os.environ["TOPIC"],
        Subject=f"{pipeline} {news}",
        # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
        MessageStructure="json",
        Message=json.dumps({"default": shown if os.environ["READERS"] == "chat" else mail, "https": shown}),
    )


def what(detail: dict[str, Any]) -> str:
    """The news. An action in the event is an approval that begins, a stage is the source that has ended."""
    if "action" in detail:
        return "needs an approval"
    return "started" if "stage" in detail else NEWS[detail["state"]]


def image_of(pipeline: str, run: str) -> str:
    """The digest and the pushed tag of the run."""
    request = {"pipelineName": pipeline, "pipelineExecutionId": run}
    found = codepipeline.get_pipeline_execution(**request)["pipelineExecution"]
    digests = [each["revisionId"] for each in found.get("artifactRevisions", []) if each.get("revisionId")]
    tags = [each["resolvedValue"] for each in found.get("variables", []) if each["name"] == "PushedTag"]
    return f"{', '.join(digests) or 'none was found'} (tag {', '.join(tags) or 'not known'})"


def link_to(event: dict[str, Any], pipeline: str, run: str) -> str:
    """The run in the console of the event's partition."""
    region = event["region"]
    console = CONSOLES.get(event["resources"][0].split(":")[1], "console.aws.amazon.com")
    return f"https://{console}/codesuite/codepipeline/pipelines/{pipeline}/executions/{run}/timeline?region={region}"


def answers(event: dict[str, Any]) -> dict[str, list[str]]:
    """How to answer an approval: on the page of the run, or by two commands. Nobody answers in the chat.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-approve-or-reject.html
    """
    detail = event["detail"]
    if "action" not in detail:
        return {}
    command = f"aws codepipeline %s --region {event['region']}"
    where = f"stageStates[?stageName=='{detail['stage']}'].actionStates[] | [?actionName=='{detail['action']}']"
    find = f"{command % 'get-pipeline-state'} --name {detail['pipeline']} --output text"
    answer = f"{command % 'put-approval-result'} --pipeline-name {detail['pipeline']} --stage-name {detail['stage']}"
    steps = [
        "Approvers: open the link and answer there, or run two commands.",
        f'`{find} --query "{where}.latestExecution.token"`',
        f"`{answer} --action-name {detail['action']} --token TOKEN --result summary=Checked,status=Approved`",
    ]
    return {"nextSteps": steps}


def chat(pipeline: str, run: str, news: str, text: dict[str, Any]) -> dict[str, Any]:
    """The message in the schema of Amazon Q Developer in chat applications, which drops every other text.

    https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
    """
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": f"{SIGNS.get(news, ':rocket:')} {pipeline} {news}",
            **text,
        },
        # Messages about one run are one thread.
        "metadata": {"threadId": run, "summary": f"{pipeline} {news}"},
    }
