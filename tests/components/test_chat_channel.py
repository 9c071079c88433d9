"""A channel of Slack or Microsoft Teams."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.blueprints.chat_notices import notices_chat
from generator.cloudformation.parameter_types import problems
from generator.cloudformation.template_rules import broken
from generator.publishing import render
from tests.resolved import resolved
from tests.schemas import schema

TEMPLATE = render.to_dict(notices_chat())
UUID, OTHER = "1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f", "6f5e4d3c-2b1a-2b1a-2b1a-6f5e4d3c2b1a"
SLACK = {"Chat": "slack", "SlackWorkspaceId": "T0123ABCDEF", "SlackChannelId": "C0123ABCDEF"}
TEAMS = {
    "Chat": "teams",
    "TeamsTenantId": UUID,
    "TeamId": OTHER,
    "TeamsChannelId": "19%3a1a2b3c4d%40thread.tacv2",
}


def _refused(**parameters: str) -> list[str]:
    defaults = {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()}
    return [message for _, message in broken(TEMPLATE["Rules"], {**defaults, **parameters})]


def _made(**parameters: str) -> dict[str, Any]:
    return resolved(TEMPLATE, PipelineName="orders", **parameters)


@pytest.mark.parametrize("given", [SLACK, TEAMS])
def test_the_fields_of_one_product_pass(given: dict[str, str]) -> None:
    """And make the channel of that product."""
    assert [] == _refused(**given)
    channels = {"SlackChannel", "TeamsChannel"} & _made(**given).keys()
    assert {f"{given['Chat'].capitalize()}Channel"} == channels


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**SLACK, "SlackChannelId": ""}, "Chat=slack requires SlackChannelId."),
        ({**SLACK, "TeamId": OTHER}, "Chat=slack: leave TeamId empty, which is of the other product."),
        ({**TEAMS, "TeamsTenantId": ""}, "Chat=teams requires TeamsTenantId."),
        (
            {**TEAMS, "SlackWorkspaceId": "T0123ABCDEF"},
            "Chat=teams: leave SlackWorkspaceId empty, which is of the other product.",
        ),
        (
            {**TEAMS, "TeamId": UUID},
            "TeamsTenantId and TeamId are the same: enter tenantId and groupId of the link to the channel.",
        ),
    ],
)
def test_other_fields_are_refused(given: dict[str, str], message: str) -> None:
    """A missing field, one of the other product, one id for two fields: each has one sentence."""
    assert [message] == _refused(**given)


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("SlackWorkspaceId", UUID),
        ("SlackWorkspaceId", "C0123ABCDEF"),
        ("SlackWorkspaceId", "t0123abcdef"),
        ("SlackChannelId", "T0123ABCDEF"),
        ("SlackChannelId", "#orders"),
        ("SlackChannelId", "19%3a1a2b3c4d%40thread.tacv2"),
        ("TeamsTenantId", "T0123ABCDEF"),
        ("TeamId", "orders"),
        ("TeamsChannelId", "19:1a2b3c4d@thread.tacv2"),
        ("TeamsChannelId", "C0123ABCDEF"),
        ("TeamsChannelId", UUID),
    ],
)
def test_ids_of_another_kind_are_refused(parameter: str, wrong: str) -> None:
    """An id of the other product, one of another kind, a name, an id that is not encoded."""
    declared = TEMPLATE["Parameters"][parameter]
    [problem] = problems(declared, wrong)
    example = re.search(r"such as (\S+?),", problem)
    assert example
    assert [] == list(problems(declared, example[1]))


@pytest.mark.parametrize(("kind", "given"), [("Slack", SLACK), ("MicrosoftTeams", TEAMS)])
def test_every_id_that_the_form_accepts_is_one_that_aws_accepts(kind: str, given: dict[str, str]) -> None:
    """The examples of the form match the patterns of CloudFormation's schema."""
    known = schema(f"AWS::Chatbot::{kind}ChannelConfiguration")["properties"]
    for name, value in given.items():
        assert name == "Chat" or re.search(known[name]["pattern"], value), name


def test_names_differ_by_workspace_and_stack() -> None:
    """A configuration cannot move: another workspace gets another one, and both exist for a moment."""
    name = _made(**SLACK)["SlackChannel"]["ConfigurationName"]
    assert "orders-T0123ABCDEF-0a1b2c3d" == name
    assert name != _made(**{**SLACK, "SlackWorkspaceId": "T7654321"})["SlackChannel"]["ConfigurationName"]
    assert f"orders-{UUID}-{OTHER}-0a1b2c3d" == _made(**TEAMS)["TeamsChannel"]["ConfigurationName"]


def test_members_run_nothing_unless_they_may_look() -> None:
    """The guardrail denies everything and the role has no policy; or both are one policy, about this pipeline alone."""
    channel, role = _made(**SLACK)["SlackChannel"], _made(**SLACK)["ChannelRole"]
    assert ["arn:AWS::Partition:iam::aws:policy/AWSDenyAll"] == channel["GuardrailPolicies"]
    assert ([], False) == (role["ManagedPolicyArns"], "Policies" in role)
    made = _made(**SLACK, MembersMayRead="yes")
    assert ["ChannelPolicy"] == made["SlackChannel"]["GuardrailPolicies"] == made["ChannelRole"]["ManagedPolicyArns"]
    [statement] = made["ChannelPolicy"]["PolicyDocument"]["Statement"]
    assert ["codepipeline:GetPipelineExecution", "codepipeline:ListPipelineExecutions"] == statement["Action"]
    assert statement["Resource"].endswith(":orders")
