"""An emulated account that `ecr-pipeline prove` asks with the AWS CLI."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from generator.cli import cli
from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service
from generator.emulator.programs.aws_cli import aws_cli

PARAMS = Path(__file__).parents[2] / "params"


@dataclass(frozen=True)
class ProvingRoom:
    """The account."""

    aws: Emulator

    def environment(self) -> dict[str, str]:
        """Variables for a program that proves."""
        return {**self.aws.environment(), "PATH": f"{Path(aws_cli()).parent}:{os.environ['PATH']}"}

    def run(self, *arguments: str, params: Path = PARAMS, **environment: str | None) -> Result:
        """A finished `prove`."""
        known: dict[str, str | None] = {**self.environment(), **environment}
        return CliRunner().invoke(cli, ["prove", *arguments, "--params-dir", str(params)], env=known)

    def proof(self, *arguments: str) -> dict[str, Any]:
        """The JSON of a proof."""
        done = self.run("--json", *arguments)
        assert done.stdout, done.stderr
        return dict(json.loads(done.stdout))

    def statuses(self) -> dict[str, str]:
        """The status of each existing stack."""
        described = self.aws.inside("cloudformation").describe_stacks()["Stacks"]
        return {each["StackName"]: each["StackStatus"] for each in described}


@contextmanager
def proving_room(
    *, guard: Guard = allow_everything, intercept: Interception = ask_the_service, region: str = "eu-west-1"
) -> Iterator[ProvingRoom]:
    """An account with nothing in it."""
    with emulator(guard=guard, intercept=intercept, region=region) as aws:
        yield ProvingRoom(aws)


def verdicts(proof: dict[str, Any], area: str) -> dict[str, str]:
    """The verdict on each subject of an area."""
    return {each["subject"]: each["verdict"] for each in proof["checks"] if each["area"] == area}
