"""Calls of AWS by the AWS CLI, version 1 or 2, with the user's configuration."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.errors import GeneratorError

_REFUSAL = re.compile(
    r"An error occurred \((?P<code>[^)]+)\) when calling the (?P<operation>\w+) operation[^:]*: ?(?P<text>.*)",
    re.DOTALL,
)
_EXPIRED = (
    "ExpiredToken",
    "RequestExpired",
    "Token has expired",
    "token included in the request is expired",
    "SSO session",
)
_MISSING = ("Unable to locate credentials", "NoCredentials", "partial credentials")
_INVALID = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure")


class AwsRefusalError(GeneratorError):
    """AWS refused a call."""

    def __init__(self, message: str, code: str = "", operation: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.operation = operation


class CredentialsError(GeneratorError):
    """There are no credentials, or AWS does not accept them: further calls are pointless."""


class OldProgramError(GeneratorError):
    """The installed AWS CLI does not have a command or an option."""


@dataclass(frozen=True, kw_only=True)
class AwsProgram:
    """The AWS CLI with a profile and a region; "" leaves them to its configuration."""

    profile: str = ""
    region: str = ""

    def call(self, *arguments: str) -> Any:
        """The answer to a call, with all pages; None if AWS returns nothing."""
        options = [*self._option("--profile", self.profile), *self._option("--region", self.region)]
        command = ["aws", *arguments, *options, "--output", "json"]
        # No pager of version 2 may wait for a key. A process group of its own: Ctrl-C ends no call halfway.
        environment = {**os.environ, "AWS_PAGER": ""}
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise CredentialsError("The AWS CLI (v1 or v2) is not on PATH: install it to plan and deploy") from error
        if done.returncode:
            raise self._error(done.stderr.strip() or done.stdout.strip(), arguments)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def _option(self, name: str, value: str) -> Sequence[str]:
        return [name, value] if value else []

    def _error(self, said: str, arguments: Sequence[str]) -> GeneratorError:
        """The error, and what to do next."""
        whose = f"the profile {self.profile}" if self.profile else "the default profile"
        if any(each in said for each in _EXPIRED):
            return CredentialsError(f"{whose}: the credentials have expired; sign in again, then run the same command")
        if any(each in said for each in _MISSING):
            return CredentialsError(
                f"{whose}: no credentials were found; run `aws configure`, `aws sso login`, or give --profile"
            )
        if "MFA code" in said:
            return CredentialsError(
                f"{whose}: it asks for an MFA code; get a session with it first, for example by SSO"
            )
        if any(each in said for each in _INVALID):
            return CredentialsError(
                f"{whose}: AWS does not accept the credentials; check them with `aws sts get-caller-identity`"
            )
        if "could not be found" in said and "profile" in said:
            return CredentialsError(f"{whose}: there is no such profile; add it to ~/.aws/config, or give --profile")
        if "specify a region" in said:
            return CredentialsError("no region is set: give --region, or set one in the profile")
        if "Could not connect to the endpoint" in said or "Connect timeout" in said:
            return CredentialsError(f"AWS cannot be reached: {said.splitlines()[-1]}")
        if refused := _REFUSAL.search(said):
            text = " ".join(refused["text"].split())
            return AwsRefusalError(text, refused["code"], refused["operation"])
        if "Unknown options" in said or "Invalid choice" in said or "invalid choice" in said:
            return OldProgramError(
                f"the AWS CLI does not know `aws {' '.join(arguments[:2])}` as it is used here: update it"
            )
        return AwsRefusalError(" ".join(said.split()) or f"aws {' '.join(arguments[:2])} failed")
