"""Calls of AWS APIs, with what their permissions depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from generator.cloudformation.offline_stack import Location


class CallLike(Protocol):
    """A call: one that reached the emulator, or one that a service makes behind the scenes."""

    @property
    def service(self) -> str:
        """The prefix of the service in IAM policies."""

    @property
    def operation(self) -> str:
        """The operation of the API."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters, as botocore names them."""

    @property
    def role(self) -> str:
        """ARN of the calling role, "" for the user who deploys."""

    @property
    def endpoint(self) -> str:
        """The host at AWS that receives the call; "" for a call between services inside AWS."""


class ServiceCall(NamedTuple):
    """A call that a service makes with a role. It has a host if it leaves from the network of the builds."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    role: str
    endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class CallEnvironment:
    """The account and region of calls, and facts that their parameters leave out.

    `keys` has the ARN of the key that encrypts a bucket, topic or queue, by its ARN; `deployments` the application and
    the group of a CodeDeploy deployment, by its id.
    """

    place: Location = field(default_factory=Location)
    keys: Mapping[str, str] = field(default_factory=dict)
    deployments: Mapping[str, tuple[str, str]] = field(default_factory=dict)
