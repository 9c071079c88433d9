"""The stack `notices-chat` from end to end: from a push to messages in the channel, and its members' permissions."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest
from botocore.exceptions import ClientError

from generator import catalog
from generator.emulator.front.chat_records import channels
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial import deployment
from generator.errors import GeneratorError
from generator.publishing import render
from tests.emulator.people import Stack, deployed, pushed, run

pytestmark = pytest.mark.slow

STACK = "notices-chat"
SLACK = {"Chat": "slack", "SlackWorkspaceId": "T0123ABCDEF", "SlackChannelId": "C0123ABCDEF"}
TEAMS = {
    "Chat": "teams",
    "TeamsTenantId": "1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f",
    "TeamId": "6f5e4d3c-2b1a-2b1a-2b1a-6f5e4d3c2b1a",
    "TeamsChannelId": "19%3a1a2b3c4d%40thread.tacv2",
    "SlackWorkspaceId": "",
    "SlackChannelId": "",
}


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """pipeline-release with a channel of Slack, whose workspace is authorized."""
    with deployed("pipeline-release", complete=False) as stack:
        channels(stack.trial.cloud).authorized |= {
            SLACK["SlackWorkspaceId"],
            f"{TEAMS['TeamsTenantId']}/{TEAMS['TeamId']}",
        }
        chat(stack, SLACK)
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """With an approver who approves, and an empty channel."""
    channels(standing.trial.cloud).posts.clear()
    return standing.sound()


def chat(stack: Stack, parameters: Mapping[str, str], name: str = STACK) -> None:
    """The stack, created or changed."""
    given = {"PipelineName": stack.trial.pipeline, "Notices": "all", **parameters}
    deployment.deploy(stack.trial.cloud, name, render.to_dict(catalog.build("notices-chat")), given)


def topic(stack: Stack) -> str:
    """The topic of the channel."""
    return deployment.outputs(stack.trial.cloud, STACK)["NotificationTopicArn"]


def shown(stack: Stack) -> list[str]:
    """The first line of each message in the channel, without the name of the pipeline."""
    posts = channels(stack.trial.cloud).posts
    return [each.text.partition("\n")[0].replace(f" {stack.trial.pipeline}", "") for each in posts]


def dropped(stack: Stack) -> list[str]:
    """Why messages did not appear."""
    return [each.dropped for each in channels(stack.trial.cloud).posts if each.dropped]


ANSWERED = "CodePipeline Action Execution State Change:"


def test_a_run_appears_from_its_start_to_its_end(stack: Stack) -> None:
    """Our messages, and between them CodePipeline's own notification of the answer. Nothing is dropped or refused."""
    push = pushed(stack, "good")
    assert "Succeeded" == run(push).status, run(push).failures
    assert [
        ":rocket: started",
        ":raised_hand: needs an approval",
        f"{ANSWERED} / Approval / Approve SUCCEEDED",
        ":white_check_mark: succeeded",
    ] == shown(stack)
    first, *_, last = channels(stack.trial.cloud).posts
    assert push.digest in first.text
    assert f"/executions/{run(push).id}/" in last.text
    assert [] == dropped(stack)
    assert () == stack.trial.account.policies.permissions().refused


def test_the_two_commands_of_the_message_approve(stack: Stack) -> None:
    """An approver copies both from the channel into a shell; the first one prints the token for the second."""

    def approve() -> None:
        [text] = [each.text for each in channels(stack.trial.cloud).posts if "needs an approval" in each.text]
        find, answer = re.findall(r"`(aws .*)`", text)
        token = shell(stack, find).stdout.strip()
        assert re.fullmatch("[0-9a-f-]{36}", token), find
        assert "" == shell(stack, answer.replace("TOKEN", token)).stderr

    stack.approver.says = approve
    assert "Succeeded" == run(pushed(stack, "by two commands")).status


def shell(stack: Stack, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the AWS CLI, as a person with its permissions runs it."""
    words = command.replace("aws ", f"{aws_cli()} ", 1)
    environment = {**stack.trial.cloud.environment(), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", words], env=environment, capture_output=True, text=True, check=False)


def test_failures_appear_with_their_reason(stack: Stack) -> None:
    """A refused approval, and findings: which action failed and why comes from CodePipeline, the digest from us."""
    stack.approver.says = lambda: ApprovalDecision(approved=False, summary="not today")
    push = pushed(stack, "refused")
    assert "Failed" == run(push).status
    assert [
        ":rocket: started",
        ":raised_hand: needs an approval",
        f"{ANSWERED} / Approval / Approve FAILED",
        ":x: failed",
    ] == shown(stack)
    assert any("Approve: rejected: not today" in each.text for each in channels(stack.trial.cloud).posts)
    channels(stack.trial.cloud).posts.clear()
    image = sample(["linux/amd64"], "worse")
    assert "Failed" == run(stack.trial.push(image, "v1.0.0", scan=ImageScan(counts={"CRITICAL": 3}))).status
    assert [":rocket: started", f"{ANSWERED} / Inspect / Inspect FAILED", ":x: failed"] == shown(stack)
    assert image.digest in channels(stack.trial.cloud).posts[-1].text


def test_a_message_that_a_chat_does_not_show_is_dropped(stack: Stack) -> None:
    """Plain text, an event of CodePipeline as EventBridge has it, the request for an approval as SNS gets it."""
    sns = stack.trial.cloud.client("sns")
    event = {"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change", "detail": {}}
    request = {"region": "eu-west-1", "consoleLink": "https://example.com", "approval": {"token": "a"}}
    for message in ("Run 1 failed", json.dumps(event), json.dumps(request)):
        sns.publish(TopicArn=topic(stack), Message=message)
    reasons = ("plain text", "aws.codepipeline", "no source")
    assert [f"Event received is not supported: {each}" for each in reasons] == dropped(stack)
    assert ["", "", ""] == shown(stack)


def test_without_its_statement_a_service_reaches_no_one(stack: Stack) -> None:
    """A topic that admits no notification rule, and a key that does not admit them: only our own messages arrive."""
    cloud = stack.trial.cloud
    sns, kms = cloud.client("sns"), cloud.client("kms")
    found = sns.get_topic_attributes(TopicArn=topic(stack))["Attributes"]
    policy, key = json.loads(found["Policy"]), found["KmsMasterKeyId"]
    own = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    less = [
        {**each, "Statement": [one for one in each["Statement"] if one["Sid"] != "Notifications"]}
        for each in (policy, own)
    ]
    ours = [":rocket: started", ":raised_hand: needs an approval", ":white_check_mark: succeeded"]
    for of_topic, of_key in ((less[0], own), (policy, less[1])):
        sns.set_topic_attributes(TopicArn=topic(stack), AttributeName="Policy", AttributeValue=json.dumps(of_topic))
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(of_key))
        channels(cloud).posts.clear()
        assert "Succeeded" == run(pushed(stack, f"quiet {of_topic is policy}")).status
        assert ours == shown(stack)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))


def test_members_can_do_nothing_or_look_at_runs(stack: Stack) -> None:
    """As the role of the channel: by default every call is refused; by choice runs of this pipeline can be read.

    The guardrail is AWS's own that denies everything, or the policy of the role.
    """
    cloud, name = stack.trial.cloud, stack.trial.pipeline
    for choice, allowed in (("yes", True), ("no", False)):
        chat(stack, {**SLACK, "MembersMayRead": choice})
        [channel] = channels(cloud).by_arn.values()
        [guardrail] = channel["GuardrailPolicyArns"]
        attached = cloud.inside("iam").list_attached_role_policies(RoleName=channel["IamRoleArn"].rpartition("/")[2])
        assert [guardrail] * allowed == [each["PolicyArn"] for each in attached["AttachedPolicies"]]
        assert allowed is not guardrail.endswith(":policy/AWSDenyAll")
        member = cloud.client("codepipeline", channel["IamRoleArn"])
        assert allowed is may(partial(member.list_pipeline_executions, pipelineName=name))
        assert not may(partial(member.get_pipeline_state, name=name))
        assert not may(partial(member.start_pipeline_execution, name=name))


def may(call: Callable[[], object]) -> bool:
    """Whether IAM allows it."""
    try:
        call()
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return False
    return True


def test_an_unauthorized_workspace(stack: Stack) -> None:
    """The stack is not made, and says why in one line."""
    with pytest.raises(GeneratorError, match="T7654321 is not authorized with this AWS account"):
        chat(stack, {**SLACK, "SlackWorkspaceId": "T7654321"}, name="notices-other")


def test_ids_of_the_other_product_are_refused(stack: Stack) -> None:
    """Before anything is made: an id of the wrong form, and fields of both products."""
    with pytest.raises(GeneratorError, match="SlackWorkspaceId"):
        chat(stack, {**SLACK, "SlackWorkspaceId": TEAMS["TeamId"]}, name="notices-third")
    with pytest.raises(GeneratorError, match="leave TeamId empty, which is of the other product"):
        chat(stack, {**SLACK, "TeamId": TEAMS["TeamId"]}, name="notices-third")


def test_a_channel_of_teams_takes_its_place(stack: Stack) -> None:
    """After an update of the stack the messages appear in the other product, by choice failures only."""
    chat(stack, {**TEAMS, "Notices": "failures"})
    [arn] = channels(stack.trial.cloud).by_arn
    assert ":chat-configuration/microsoft-teams-channel/" in arn
    assert "Succeeded" == run(pushed(stack, "fine")).status
    assert [] == shown(stack)
    stack.approver.says = lambda: ApprovalDecision(approved=False, summary="no")
    assert "Failed" == run(pushed(stack, "not fine")).status
    assert [f"{ANSWERED} / Approval / Approve FAILED", ":x: failed"] == shown(stack)
    chat(stack, {**dict.fromkeys(TEAMS, ""), **SLACK, "Notices": "all"})
