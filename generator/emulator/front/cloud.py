"""A running emulated AWS: its address, its clients, the recorded calls, and its memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from generator.emulator.front.calls import Call
from generator.emulator.front.clients import DEPLOYER, INSIDE, Clients, environment, key_in
from generator.emulator.front.memory import Memory

T = TypeVar("T")


@dataclass(frozen=True)
class Emulator:
    """A running emulated AWS."""

    url: str
    account: str
    region: str
    calls: list[Call]
    """Every call so far, in the order of arrival. The list grows."""
    _clients: Clients = field(repr=False)
    _memory: Memory = field(default_factory=Memory, repr=False)
    _sessions: dict[str, str] = field(default_factory=dict, repr=False)

    def memory(self, kind: type[T], *, account: str = "") -> T:
        """The record of this type in the region, and in the account (its own one if none is named)."""
        return self._memory.record(kind, account=account or self.account, region=self.region)

    def elsewhere(self, *, account: str, region: str) -> Emulator:
        """The same AWS for another account and region."""
        return replace(self, account=account, region=region)

    def environment(self, role_arn: str = "") -> dict[str, str]:
        """Variables for a program that acts as the role, or as the user who deploys."""
        return environment(self.url, access_key=self._access_key(role_arn), region=self.region)

    def client(self, service: str, role_arn: str = "", *, agent: str = "") -> Any:
        """A boto3 client that acts as the role, or as the user who deploys; `agent` is the service that calls."""
        return self.client_with(self._access_key(role_arn), service, agent=agent)

    def client_with(self, access_key: str, service: str, *, agent: str = "") -> Any:
        """A boto3 client with these credentials."""
        return self._clients.get(service, access_key=access_key, region=self.region, agent=agent)

    def inside(self, service: str) -> Any:
        """A boto3 client for AWS's internal calls and for observation: its calls are neither guarded nor recorded."""
        return self._clients.get(service, access_key=key_in(INSIDE, self.account), region=self.region)

    def role_of(self, access_key: str) -> str:
        """The ARN of the role whose credentials these are, "" for those of a user."""
        return next((role for role, key in self._sessions.items() if key == access_key), "")

    def _access_key(self, role_arn: str) -> str:
        if not role_arn:
            return key_in(DEPLOYER, self.account)
        if role_arn not in self._sessions:
            assumed = self.inside("sts").assume_role(RoleArn=role_arn, RoleSessionName="emulator")
            self._sessions[role_arn] = assumed["Credentials"]["AccessKeyId"]
        return self._sessions[role_arn]
