"""The function that reports events of a pipeline, run as Lambda runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import functions
from tests.standins.services import Answer, Services

DIGEST = "sha256:" + "a" * 64
RUN = "12345678-1234-5678-abcd-12345678abcd"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:notices"


def _execution(**parts: Any) -> Answer:
    found = {
        "artifactRevisions": [{"name": "Image", "revisionId": DIGEST}],
        "variables": [{"name": "PushedTag", "resolvedValue": "v1.4.2"}],
        **parts,
    }
    return lambda _: {"pipelineExecution": found}


def _published(
    detail: dict[str, Any],
    *,
    partition: str = "aws",
    execution: Answer | None = None,
    readers: str = "mail and chat",
) -> dict[str, Any]:
    """The message of the function about an event with this detail."""
    services = Services({"codepipeline.get_pipeline_execution": execution or _execution(), "sns.publish": lambda _: {}})
    event = {
        "region": "eu-west-1",
        "resources": [f"arn:{partition}:codepipeline:eu-west-1:111122223333:orders"],
        "detail": {"pipeline": "orders", "execution-id": RUN, **detail},
    }
    services.run(functions.source("notifier"), event, {"TOPIC": TOPIC, "READERS": readers})
    asked, (name, published) = services.calls
    assert ("codepipeline.get_pipeline_execution", "sns.publish") == (asked[0], name)
    assert {"pipelineName": "orders", "pipelineExecutionId": RUN} == asked[1]
    assert (TOPIC, "json") == (published["TopicArn"], published["MessageStructure"])
    return {"Subject": published["Subject"], **json.loads(published["Message"])}


@pytest.mark.parametrize(
    ("detail", "news"),
    [
        ({"stage": "Source", "state": "SUCCEEDED"}, "started"),
        ({"stage": "Approval", "action": "Approve", "state": "STARTED"}, "needs an approval"),
        ({"state": "SUCCEEDED"}, "succeeded"),
        ({"state": "FAILED"}, "failed"),
        ({"state": "CANCELED"}, "was canceled"),
    ],
)
def test_each_event_becomes_a_mail_and_a_chat_message(detail: dict[str, Any], news: str) -> None:
    """With digest, tag and link; the chat's is in the schema that it shows."""
    published = _published(detail)
    link = f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/orders/executions/{RUN}/timeline"
    assert f"orders {news}" == published["Subject"]
    assert published["default"].startswith(f"Run {RUN} of pipeline orders {news}.")
    chat = json.loads(published["https"])
    assert ("1.0", "custom") == (chat["version"], chat["source"])
    assert chat["content"]["title"].endswith(f"orders {news}")
    assert RUN == chat["metadata"]["threadId"]
    for text in (published["default"], chat["content"]["description"]):
        assert f"Image: {DIGEST} (tag v1.4.2)" in text
        assert f"{link}?region=eu-west-1" in text


def test_typed_text_breaks_no_message() -> None:
    """A tag that is typed by hand may have quotes: each form remains JSON, or a text."""
    tag = 'v1", "source": "other\\'
    published = _published(
        {"state": "FAILED"}, execution=_execution(variables=[{"name": "PushedTag", "resolvedValue": tag}])
    )
    assert tag in published["default"]
    assert tag in json.loads(published["https"])["content"]["description"]


def test_a_run_without_an_image_is_reported_as_well() -> None:
    """Such as one that ends in its source."""
    published = _published({"state": "FAILED"}, execution=_execution(artifactRevisions=[], variables=[]))
    assert "Image: none was found (tag not known)" in published["default"]


@pytest.mark.parametrize(
    ("partition", "console"),
    [("aws-cn", "console.amazonaws.cn"), ("aws-us-gov", "console.amazonaws-us-gov.com")],
)
def test_the_link_leads_to_the_console_of_the_partition(partition: str, console: str) -> None:
    """Each has its own."""
    assert f"https://{console}/" in _published({"state": "FAILED"}, partition=partition)["default"]


def test_the_longest_message_fits_the_chat() -> None:
    """A title has at most 250 characters, a subject 99."""
    published = _published({"stage": "Approval", "action": "Approve", "state": "STARTED"})
    longest = 20 - len("orders")
    assert len(published["Subject"]) + longest < 100
    assert len(json.loads(published["https"])["content"]["title"]) + longest <= 250


def _steps(detail: dict[str, Any]) -> list[str]:
    """The next steps that the chat shows."""
    return list(json.loads(_published(detail)["https"])["content"].get("nextSteps", ()))


def test_an_approval_has_the_link_and_two_commands() -> None:
    """The approver fetches the token: no message has one. Each step fits into 350 characters."""
    asked = {"stage": "Approval", "action": "Approve", "state": "STARTED"}
    intro, find, answer = _steps(asked)
    assert "open the link" in intro
    assert find.startswith("`aws codepipeline get-pipeline-state --region eu-west-1 --name orders ")
    assert "stageName=='Approval'" in find
    assert "actionName=='Approve'" in find
    assert answer.startswith("`aws codepipeline put-approval-result --region eu-west-1 --pipeline-name orders ")
    assert "--token TOKEN" in answer
    longer = 20 - len("orders")  # a pipeline's name has at most 20 characters
    assert all(len(step) + longer <= 350 for step in _steps(asked))


@pytest.mark.parametrize("detail", [{"state": "FAILED"}, {"stage": "Source", "state": "SUCCEEDED"}])
def test_other_messages_have_no_next_steps(detail: dict[str, Any]) -> None:
    """They need no answer."""
    assert [] == _steps(detail)


def test_a_topic_for_a_chat_gets_one_form() -> None:
    """A chat gets the form that it shows, whatever the protocol of its subscription."""
    published = _published({"state": "FAILED"}, readers="chat")
    assert published["default"] == published["https"]
    assert "custom" == json.loads(published["default"])["source"]
