"""Requests of members of a channel: commands that run with the role of the channel, within its guardrail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.authorization.decisions import Decision, Policies, Policy, Request, decide
from generator.authorization.policies import PolicySet
from generator.cloudformation.offline_stack import OfflineStack

CHANNELS = ("AWS::Chatbot::MicrosoftTeamsChannelConfiguration", "AWS::Chatbot::SlackChannelConfiguration")
READS = ("codepipeline:GetPipelineExecution", "codepipeline:ListPipelineExecutions")
DENY_ALL = "policy/AWSDenyAll"
NOTHING = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


def looks(stack: OfflineStack, role: str) -> Iterator[Request]:
    """A look at the runs of the pipeline."""
    partition, region, account = stack.place
    arn = f"arn:{partition}:codepipeline:{region}:{account}:{stack.parameters['PipelineName']}"
    yield from (Request(principal=role, action=each, resources=(arn,)) for each in READS)


def channels(stack: OfflineStack) -> Iterator[tuple[str, dict[str, Any]]]:
    """The channels that are made."""
    return stack.resources(*CHANNELS)


def guardrails(stack: OfflineStack, channel: dict[str, Any]) -> list[Policy]:
    """The documents of the guardrail policies: the stack's own, or AWS's that denies everything."""
    own = {stack.ref(title): each["PolicyDocument"] for title, each in stack.resources("AWS::IAM::ManagedPolicy")}
    own |= {stack.arn(title): each["PolicyDocument"] for title, each in stack.resources("AWS::IAM::ManagedPolicy")}
    return [
        Policy("guardrail", NOTHING if each.endswith(DENY_ALL) else own[each]) for each in channel["GuardrailPolicies"]
    ]


def in_chat(policies: PolicySet, rails: list[Policy], request: Request) -> Decision:
    """The decision on a command: the role and the guardrail must allow it.

    https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
    """
    own = policies.decide(request)
    rail = decide(request, Policies(identity=rails))
    return own if rail.allowed else rail
