"""Messages of SNS in a chat channel: events that the service knows, and custom notifications. It drops all others.

https://docs.aws.amazon.com/chatbot/latest/adminguide/related-services.html
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

UNSUPPORTED = "Event received is not supported"
# Their events are shown as notifications of the developer tools and as alarms, not as EventBridge has them.
# https://docs.aws.amazon.com/chatbot/latest/adminguide/related-services.html#eventbridge
_NOT_BY_EVENTBRIDGE = ("aws.cloudwatch", "aws.codebuild", "aws.codecommit", "aws.codedeploy", "aws.codepipeline")
_TEXTS = {"title": 250, "description": 8000}
_LISTS = {"nextSteps": 350, "keywords": 75}
_ALLOWED = {
    "": {"version", "source", "id", "content", "metadata"},
    "content": {"textType", *_TEXTS, *_LISTS},
    "metadata": {
        *("threadId", "summary", "eventType", "relatedResources", "additionalContext", "enableCustomActions"),
    },
}


class Display(NamedTuple):
    """The text in the channel, or why there is none."""

    text: str = ""
    dropped: str = ""


def display(message: str) -> Display:
    """The channel's text for a message that SNS sends to an HTTPS endpoint."""
    try:
        told = json.loads(message)
    except ValueError:
        return Display(dropped=f"{UNSUPPORTED}: plain text")
    if not isinstance(told, dict):
        return Display(dropped=f"{UNSUPPORTED}: not an object")
    if told.get("source") == "custom":
        problem = next(_problems(told), "")
        return Display(dropped=f"{UNSUPPORTED}: {problem}") if problem else Display(_custom(told))
    if "AlarmName" in told and "NewStateValue" in told:
        return Display(f"CloudWatch alarm {told['AlarmName']}: {told['NewStateValue']}")
    if "notificationRuleArn" in told and "detailType" in told:
        return Display(_notification(told))
    source = str(told.get("source", ""))
    if source.startswith("aws.") and "detail-type" in told and source not in _NOT_BY_EVENTBRIDGE:
        return Display(f"{told['detail-type']}\n{json.dumps(told['detail'])}")
    return Display(dropped=f"{UNSUPPORTED}: {source or 'no source'}")


def _problems(told: Mapping[str, Any]) -> Iterator[str]:
    """Violations of the schema of custom notifications."""
    content, metadata = told.get("content"), told.get("metadata", {})
    if told.get("version") != "1.0":
        yield "version is not 1.0"
    if not isinstance(content, dict) or not isinstance(metadata, dict):
        yield "content or metadata is not an object"
        return
    for where, part in (("", told), ("content", content), ("metadata", metadata)):
        yield from (f"{where or 'the message'} has {name}" for name in sorted(part.keys() - _ALLOWED[where]))
    if not content.get("description"):
        yield "content has no description"
    if content.get("textType", "client-markdown") != "client-markdown":
        yield "textType is not client-markdown"
    yield from _wrong_texts(content, metadata)


def _wrong_texts(content: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[str]:
    """Texts that are too long, or missing."""
    for name, most in _TEXTS.items():
        if not isinstance(content.get(name, ""), str) or len(content.get(name, "")) > most:
            yield f"{name} is no text of at most {most} characters"
    for name, most in _LISTS.items():
        items = content.get(name, [])
        if not isinstance(items, list) or not all(isinstance(each, str) and len(each) <= most for each in items):
            yield f"{name} is no list of texts of at most {most} characters"
    if not all(isinstance(metadata.get(name, ""), str) for name in ("threadId", "summary", "eventType")):
        yield "threadId, summary or eventType is no text"


def _custom(told: Mapping[str, Any]) -> str:
    content = told["content"]
    steps = [f"• {each}" for each in content.get("nextSteps", ())]
    return "\n".join([*filter(None, (content.get("title"), content["description"])), *steps])


def _notification(told: Mapping[str, Any]) -> str:
    """A notification of CodePipeline: what happened where, and the message of an error."""
    detail, more = told["detail"], told.get("additionalAttributes", {})
    where = [str(detail[each]) for each in ("pipeline", "stage", "action") if each in detail]
    failed = [f"{each['action']}: {each['additionalInformation']}" for each in more.get("failedActions", ())]
    return "\n".join([f"{told['detailType']}: {' / '.join(where)} {detail['state']}", *failed])
