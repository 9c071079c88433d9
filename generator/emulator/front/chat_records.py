"""Records of chats: configured channels with their messages, and notification rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from generator.emulator.front.cloud import Emulator

_HOME = "us-east-1"


class Post(NamedTuple):
    """The result of a message in a channel."""

    channel: str
    """The ARN of its configuration."""
    text: str
    """The text in the channel; "" if the message was dropped."""
    dropped: str
    """The reason why it was dropped."""


@dataclass
class Channels:
    """The configurations of an account by ARN, the authorized workspaces, and the messages."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorized: set[str] = field(default_factory=set)
    """Workspaces of Slack, and teams of Microsoft Teams as TENANT/TEAM: a person authorizes them in the console."""
    posts: list[Post] = field(default_factory=list)


def channels(cloud: Emulator) -> Channels:
    """The channels of the account, in all regions."""
    return cloud.elsewhere(account=cloud.account, region=_HOME).memory(Channels)


@dataclass
class NotificationRules:
    """The rules of an account and region, by ARN."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)
