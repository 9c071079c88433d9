"""An account of the emulated AWS with what parameter files name in it, and the real AWS CLI to deploy into it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import catalog, parameter_files
from generator.emulator import functions, surroundings
from generator.emulator.cli import aws_cli
from generator.emulator.operations import Operation, interception
from generator.emulator.server import Emulator, Guard, allow_everything, emulator

ROOT = Path(__file__).resolve().parent.parent.parent


def environments() -> list[tuple[str, str]]:
    """Every published template with every environment that it has a parameter file for."""
    files = sorted((ROOT / "params").glob("*.json"))
    pairs = [(parameter_files.template_of(path), path.name.split(".")[1]) for path in files]
    return [(template, environment) for template, environment in pairs if template in catalog.templates()]


@dataclass(frozen=True)
class Account:
    """An account with a network, keys and roles in it."""

    aws: Emulator
    folder: Path
    files: Mapping[str, Mapping[str, str]]
    """The parameters of each environment of the template, with the ids of things that are there."""

    def deploy(self, template: str, stack: str, parameters: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """A finished `aws cloudformation deploy`, as the Makefile calls it."""
        overrides = self.folder / "overrides.json"
        overrides.write_text(json.dumps([f"{key}={value}" for key, value in parameters.items()]), encoding="utf-8")
        return self.cli(
            *("deploy", "--stack-name", stack, "--template-file", str(ROOT / "templates" / f"{template}.json")),
            *("--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset"),
            *("--parameter-overrides", f"file://{overrides}", "--tags", f"ecr-pipeline:template={template}"),
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A finished `aws cloudformation ...`."""
        command = [aws_cli(), "cloudformation", *arguments]
        return subprocess.run(command, env=self.aws.environment(), capture_output=True, text=True, check=False)

    def order(self, template: str, parameters: Mapping[str, str], name: str = "test") -> dict[str, Any]:
        """What create_stack, update_stack and create_change_set take for a published template."""
        return {
            "StackName": name,
            "TemplateBody": (ROOT / "templates" / f"{template}.json").read_text(encoding="utf-8"),
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        }

    def stack(self, name: str) -> dict[str, Any]:
        """The stack as DescribeStacks shows it."""
        return dict(self.aws.inside("cloudformation").describe_stacks(StackName=name)["Stacks"][0])

    def troubles(self, name: str) -> list[str]:
        """What went wrong in the history of a stack, nothing where it was refused before it had one."""
        if not self.aws.inside("cloudformation").list_stacks()["StackSummaries"]:
            return []
        events = self.aws.inside("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        bad = [one for one in events if re.search("FAILED|ROLLBACK", one["ResourceStatus"])]
        return [f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in reversed(bad)]


@contextmanager
def account(folder: Path, template: str, guard: Guard = allow_everything) -> Iterator[Account]:
    """An account in an emulated AWS of its own, for which the template has parameter files."""
    given = {
        (environment, key): value or ""
        for name, environment in environments()
        if name == template
        for key, value in parameter_files.read(ROOT / "params" / f"{template}.{environment}.json").entries
    }
    known: dict[tuple[str, str], Operation] = {}
    place = surroundings.place_of(given.values())
    with emulator(guard=guard, intercept=interception(known), **place._asdict()) as aws:
        known.update(functions.operations(aws))
        there = surroundings.made(aws, given)
        for cluster in {value for (_, key), value in given.items() if key == "ClusterName"}:
            role = f"arn:aws:iam::{place.account}:role/cluster"
            aws.inside("eks").create_cluster(name=cluster, roleArn=role, resourcesVpcConfig={})
        files: dict[str, dict[str, str]] = {}
        for environment, key in given:
            files.setdefault(environment, {})[key] = there[environment, key]
        yield Account(aws, folder, files)
