"""Amazon Q Developer in chat applications, whose types are still called after AWS Chatbot."""

from __future__ import annotations

from generator.cloudformation.resource_type import GLOBAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    f"AWS::Chatbot::{kind}ChannelConfiguration": ResourceType(
        arn=GLOBAL + f"chat-configuration/{path}-channel/{{name}}",
        ref="{arn}",
        named_by="ConfigurationName",
        role="IamRoleArn",
        assumed_by="chatbot",
        purpose=f"Shows the messages of a topic in a channel of {product}.",
    )
    for kind, path, product in (
        ("Slack", "slack", "Slack"),
        ("MicrosoftTeams", "microsoft-teams", "Microsoft Teams"),
    )
}
