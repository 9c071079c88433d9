"""Amazon Q Developer in chat applications: channels of Slack and of Microsoft Teams."""

from __future__ import annotations

from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without

# As the API calls what CloudFormation calls otherwise.
_NAMES = {
    "GuardrailPolicies": "GuardrailPolicyArns",
    "SlackWorkspaceId": "SlackTeamId",
    "TeamsChannelId": "ChannelId",
    "TeamsChannelName": "ChannelName",
    "TeamsTenantId": "TenantId",
    "UserRoleRequired": "UserAuthorizationRequired",
}
_FIXED = ("ConfigurationName", "SlackWorkspaceId", "Tags", "TeamId", "TeamsTenantId")


def _settings(properties: Properties) -> dict[str, Any]:
    named = {_NAMES.get(name, name): value for name, value in without(properties, "Tags").items()}
    if "UserAuthorizationRequired" in named:
        named["UserAuthorizationRequired"] = str(named["UserAuthorizationRequired"]).lower() == "true"
    tags = [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in properties.get("Tags", [])]
    return {**named, **({"Tags": tags} if tags else {})}


def _of(product: str) -> ResourceHandler:
    """The type for a product; `product` is part of the names of boto3's methods."""

    def call(work: ResourceContext, verb: str, **parameters: Any) -> Any:
        method = f"{verb}_{product}_channel_configuration"
        return getattr(work.client("chatbot"), method)(**parameters)

    def create(work: ResourceContext, properties: Properties) -> str:
        made = call(work, "create", **_settings(properties))
        return str(made["ChannelConfiguration"]["ChatConfigurationArn"])

    def update(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
        call(work, "update", ChatConfigurationArn=arn, **_settings(without(new, *_FIXED)))

    return ResourceHandler(
        create=create,
        update=update,
        delete=lambda work, arn, _: call(work, "delete", ChatConfigurationArn=arn),
        attributes=lambda _work, arn, _: {"Arn": arn},
    )


TYPES = {
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": _of("microsoft_teams"),
    "AWS::Chatbot::SlackChannelConfiguration": _of("slack"),
}
