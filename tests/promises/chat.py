"""Promises about channels of chats: their messages, and their members' permissions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.authorization.policies import PolicySet
from tests.playing import alone, standing
from tests.playing_chat import channels, guardrails, in_chat, looks
from tests.rendered import Rendered
from tests.variants import variants, with_conditions

# Actions that are forbidden in a chat: approve, read the token for that, start, change or read anything else.
NEVER = (
    "codepipeline:GetPipelineState",
    "codepipeline:PutApprovalResult",
    "codepipeline:StartPipelineExecution",
    "codepipeline:StopPipelineExecution",
    "codepipeline:UpdatePipeline",
    "iam:PassRole",
    "lambda:InvokeFunction",
    "s3:GetObject",
    "sts:AssumeRole",
)


@with_conditions
def channels_do_what_is_allowed_and_no_more(template: Rendered) -> Iterator[str]:
    """Role and guardrail allow a look at the runs of the pipeline if that is chosen, and nothing else.

    Without a guardrail AWS applies AdministratorAccess.
    https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
    """
    for variant, stack in variants(template):
        for title, channel in channels(stack):
            if not channel.get("GuardrailPolicies"):
                yield f"{variant}: {title} has no guardrail"
                continue
            rails, policies = guardrails(stack, channel), standing(alone(stack))
            wanted = stack.parameters.get("MembersMayRead") == "yes"
            for request in looks(stack, channel["IamRoleArn"]):
                if in_chat(policies, rails, request).allowed is not wanted:
                    yield f"{variant}: members {'may not' if wanted else 'may'} {request.action}"
                elsewhere = replace(request, resources=(f"{request.resources[0]}-other",))
                if in_chat(policies, rails, elsewhere).allowed:
                    yield f"{variant}: members may {request.action} of another pipeline"
                for action in NEVER:
                    asked = replace(request, action=action)
                    for other in (asked, replace(asked, resources=(f"{request.resources[0]}/Approval/Approve",))):
                        yield from _refused_by_both(variant, other, policies, rails)


def _refused_by_both(variant: str, request: Request, policies: PolicySet, rails: list[Policy]) -> Iterator[str]:
    """Neither the role nor the guardrail allows it: each is a limit by itself."""
    if policies.decide(request).allowed:
        yield f"{variant}: the role of the channel allows {request.action}"
    if decide(request, Policies(identity=rails)).allowed:
        yield f"{variant}: the guardrail of the channel allows {request.action}"


@with_conditions
def channels_get_only_what_they_show(template: Rendered) -> Iterator[str]:
    """The topics of a channel have the publishers whose messages it shows: notification rules, alarms and the notifier.

    A rule of EventBridge publishes events of CodePipeline, or text, which a channel drops.
    https://docs.aws.amazon.com/chatbot/latest/adminguide/related-services.html#eventbridge
    """
    for variant, stack in variants(template):
        for title, channel in channels(stack):
            topics = {*channel["SnsTopicArns"]}
            for name, rule in stack.resources("AWS::Events::Rule"):
                if topics & {target["Arn"] for target in rule.get("Targets", [])}:
                    yield f"{variant}: {name} publishes to the topic of {title} what that does not show"
            for name, function in stack.resources("AWS::Lambda::Function"):
                variables = function.get("Environment", {}).get("Variables", {})
                if variables.get("TOPIC") in topics and variables.get("READERS") != "chat":
                    yield f"{variant}: {name} publishes text to the topic of {title}"
            rules = [each for _, each in stack.resources("AWS::CodeStarNotifications::NotificationRule")]
            told = {target["TargetAddress"] for rule in rules for target in rule.get("Targets", [])}
            if not topics or topics - told:
                yield f"{variant}: no notification rule publishes to {sorted(topics - told)}"


@with_conditions
def one_product_is_configured(template: Rendered) -> Iterator[str]:
    """Exactly one channel is made, of the product that is chosen, with its own ids."""
    for variant, stack in variants(template):
        if chosen := stack.parameters.get("Chat"):
            made = [title for title, _ in channels(stack)]
            if made != [f"{chosen.capitalize()}Channel"]:
                yield f"{variant}: Chat={chosen} makes {json.dumps(made)}"
