"""A folder with small templates and parameter files, and an emulated AWS that the AWS CLI deploys them into."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from generator.cli import cli
from generator.emulator.aws import emulator
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service
from generator.emulator.programs.aws_cli import aws_cli

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def role(*grants: tuple[str, str]) -> dict[str, Any]:
    """A role that may do these actions on these resources."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in grants]
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [policy]}}


BASE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {"Platform": {"Type": "String", "Default": "main"}, "Hours": {"Type": "Number", "Default": 1}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Hours"}}}},
    "Outputs": {
        "QueueArn": {
            "Value": {"Fn::GetAtt": ["Queue", "Arn"]},
            "Export": {"Name": {"Fn::Sub": "ecr-pipeline:base:${Platform}:v1:QueueArn"}},
        }
    },
}
APP: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        "Platform": {"Type": "String", "Default": "main"},
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+"},
    },
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}},
        "Worker": role(("sns:Publish", "arn:aws:sns:eu-central-1:111122223333:orders")),
    },
    "Outputs": {
        "Queue": {"Value": {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:base:${Platform}:v1:QueueArn"}}},
    },
}


@dataclass(frozen=True)
class Room:
    """A checkout with templates/ and params/, and the account that it deploys into."""

    folder: Path
    aws: Emulator

    def template(self, name: str, body: Mapping[str, Any]) -> None:
        """Writes a template."""
        path = self.folder / "templates" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(body), encoding="utf-8")

    def params(self, name: str, **values: str) -> None:
        """Writes a parameter file: its name is without .json."""
        path = self.folder / "params" / f"{name}.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        path.write_text(json.dumps(entries), encoding="utf-8")

    def run(self, *arguments: str, **environment: str | None) -> Result:
        """A finished command, with the AWS CLI on PATH."""
        folders = ("--params-dir", str(self.folder / "params"), "--templates-dir", str(self.folder / "templates"))
        path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
        known: dict[str, str | None] = {**self.aws.environment(), "PATH": path, **environment}
        return CliRunner().invoke(cli, [*arguments, *folders], env=known)

    def plan(self, *arguments: str) -> dict[str, Any]:
        """The JSON of a plan."""
        done = self.run("plan", "--json", *arguments)
        assert done.stdout, done.stderr
        return dict(json.loads(done.stdout))

    def statuses(self) -> dict[str, str]:
        """The status of each stack."""
        described = self.aws.inside("cloudformation").describe_stacks()["Stacks"]
        return {each["StackName"]: each["StackStatus"] for each in described}

    def called(self) -> list[Call]:
        """The calls of people so far, without those that CloudFormation makes for them."""
        return [call for call in self.aws.calls if not call.via and call.service in ("cloudformation", "sts")]


@contextmanager
def room(folder: Path, *, guard: Guard = allow_everything, intercept: Interception = ask_the_service) -> Iterator[Room]:
    """A room with the templates `base` and `app`, and a file for each."""
    with emulator(guard=guard, intercept=intercept) as aws:
        made = Room(folder, aws)
        made.template("base", BASE)
        made.template("app", APP)
        made.params("base.main")
        made.params("app.orders", Name="orders")
        yield made
