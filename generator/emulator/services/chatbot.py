"""Amazon Q Developer in chat applications, which moto lacks: channels of Slack and of Microsoft Teams.

The service is global: configurations of one account have different names in all regions.
https://docs.aws.amazon.com/chatbot/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from moto.iam.aws_managed_policies import aws_managed_policies_data

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.chat_records import channels
from generator.emulator.front.operation import Operation, OperationContext

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateMicrosoftTeamsChannelConfiguration.html
_PATTERNS = {
    "ConfigurationName": "[A-Za-z0-9-_]{1,128}",
    "SlackTeamId": "[0-9A-Z]{1,255}",
    "SlackChannelId": "[A-Za-z0-9]{1,255}",
    "TeamId": _UUID,
    "TenantId": _UUID,
    "ChannelId": r"([a-zA-Z0-9-_=+/.,])*%3[aA]([a-zA-Z0-9-_=+/.,])*%40([a-zA-Z0-9-_=+/.,])*",
}
_GUARDRAIL = "arn:aws:iam::aws:policy/AdministratorAccess"


class _Product(NamedTuple):
    path: str
    workspace: Callable[[Mapping[str, Any]], str]


_SLACK = _Product("slack-channel", lambda told: str(told["SlackTeamId"]))
_TEAMS = _Product("microsoft-teams-channel", lambda told: f"{told['TenantId']}/{told['TeamId']}")


def _create(product: _Product, context: OperationContext) -> dict[str, Any]:
    told, known = context.call.parameters, channels(context.cloud)
    _check(context)
    workspace = product.workspace(told)
    if workspace not in known.authorized:
        raise RefusedError(f"{workspace} is not authorized with this AWS account.", "InvalidRequestException")
    arn = f"arn:aws:chatbot::{context.call.account}:chat-configuration/{product.path}/{told['ConfigurationName']}"
    if any(each["ConfigurationName"] == told["ConfigurationName"] for each in known.by_arn.values()):
        message = f"Configuration {told['ConfigurationName']} already exists."
        raise RefusedError(message, "ConflictException", status=409)
    # Without a guardrail the service applies AdministratorAccess.
    defaults = {"GuardrailPolicyArns": [_GUARDRAIL], "LoggingLevel": "NONE", "UserAuthorizationRequired": False}
    known.by_arn[arn] = {**defaults, "SnsTopicArns": [], **told, "ChatConfigurationArn": arn, "State": "ENABLED"}
    return {"ChannelConfiguration": known.by_arn[arn]}


def _check(context: OperationContext) -> None:
    """Refuse what the API refuses: ids of another form, and roles, policies and topics that do not exist."""
    told = context.call.parameters
    for name, pattern in _PATTERNS.items():
        if name in told and not re.fullmatch(pattern, told[name]):
            raise RefusedError(f"{name} {told[name]} does not match {pattern}", "InvalidParameterException")
    try:
        if "IamRoleArn" in told:
            context.inside("iam").get_role(RoleName=told["IamRoleArn"].rpartition("/")[2])
        for policy in told.get("GuardrailPolicyArns", ()):
            if policy not in _managed():
                context.inside("iam").get_policy(PolicyArn=policy)
        for topic in told.get("SnsTopicArns", ()):
            context.inside("sns").get_topic_attributes(TopicArn=topic)
    except ClientError as error:
        raise RefusedError(str(error.response["Error"]["Message"]), "InvalidRequestException") from None


@functools.cache
def _managed() -> frozenset[str]:
    """The ARNs of AWS managed policies."""
    known = json.loads(aws_managed_policies_data)
    return frozenset(f"arn:aws:iam::aws:policy{each['Path']}{name}" for name, each in known.items())


def _found(context: OperationContext) -> dict[str, Any]:
    arn = context.call.parameters["ChatConfigurationArn"]
    found = channels(context.cloud).by_arn.get(arn)
    if found is None:
        raise RefusedError(f"Configuration {arn} does not exist.", "ResourceNotFoundException", status=404)
    return found


def _update(context: OperationContext) -> dict[str, Any]:
    found = _found(context)
    _check(context)
    found |= context.call.parameters
    return {"ChannelConfiguration": found}


def _delete(context: OperationContext) -> dict[str, Any]:
    del channels(context.cloud).by_arn[_found(context)["ChatConfigurationArn"]]
    return {}


def _listed(product: _Product, context: OperationContext) -> list[dict[str, Any]]:
    wanted = context.call.parameters.get("ChatConfigurationArn", "")
    known = channels(context.cloud).by_arn.items()
    return [each for arn, each in known if f"/{product.path}/" in arn and wanted in ("", arn)]


OPERATIONS: dict[str, Operation] = {
    "chatbot:CreateMicrosoftTeamsChannelConfiguration": functools.partial(_create, _TEAMS),
    "chatbot:CreateSlackChannelConfiguration": functools.partial(_create, _SLACK),
    "chatbot:DeleteMicrosoftTeamsChannelConfiguration": _delete,
    "chatbot:DeleteSlackChannelConfiguration": _delete,
    "chatbot:DescribeSlackChannelConfigurations": lambda context: {
        "SlackChannelConfigurations": _listed(_SLACK, context)
    },
    "chatbot:GetMicrosoftTeamsChannelConfiguration": lambda context: {"ChannelConfiguration": _found(context)},
    "chatbot:ListMicrosoftTeamsChannelConfigurations": lambda context: {
        "TeamChannelConfigurations": _listed(_TEAMS, context)
    },
    "chatbot:UpdateMicrosoftTeamsChannelConfiguration": _update,
    "chatbot:UpdateSlackChannelConfiguration": _update,
}
