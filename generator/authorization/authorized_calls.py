"""Calls of AWS APIs, as far as their permissions are concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from generator.cloudformation.offline_stack import Location


class CallLike(Protocol):
    """What is known of a call: of one that reached the emulator, or of one that a service makes behind the scenes."""

    @property
    def service(self) -> str:
        """The prefix of the service in IAM policies."""

    @property
    def operation(self) -> str:
        """The operation of the API."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As botocore names them."""

    @property
    def role(self) -> str:
        """ARN of the calling role, "" for the user who deploys."""

    @property
    def endpoint(self) -> str:
        """The host at AWS that the client speaks to; a service that asks another one inside AWS speaks to none."""


class ServiceCall(NamedTuple):
    """A call that a service makes with a role; where it leaves from the network of the builds, with the host."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    role: str
    endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class CallEnvironment:
    """Where calls are made, and what their parameters leave out.

    `keys` has the ARN of the key that encrypts a bucket, topic or queue, by its ARN; `deployments` the application and
    the group of a CodeDeploy deployment, by its id.
    """

    place: Location = field(default_factory=Location)
    keys: Mapping[str, str] = field(default_factory=dict)
    deployments: Mapping[str, tuple[str, str]] = field(default_factory=dict)
