"""An account of the emulated AWS with the resources that parameter files name, and the real AWS CLI for it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import catalog
from generator.cloudformation import parameter_files
from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, allow_everything
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.git_server import git_server
from generator.emulator.runs.git import Git
from generator.emulator.trial import deployment, existing_resources
from generator.emulator.trial.deploy_context import DeployContext
from generator.emulator.trial.imported_stacks import Foundations, exporting
from generator.publishing import render
from tests.emulator.template import defaults

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
    """The parameters of each environment of the template, with the ids of existing resources."""

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
        """The arguments of create_stack, update_stack and create_change_set for a published template."""
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
        """Why a stack could not be made or changed last; nothing where it was refused before it had a history."""
        return deployment.troubles(self.aws, name)


def auto_scaling_group(aws: Emulator, name: str) -> None:
    """A group without instances."""
    ec2, autoscaling = aws.inside("ec2"), aws.inside("autoscaling")
    data = {"ImageId": ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"], "InstanceType": "t3.small"}
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name},
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[f"{aws.region}a"],
    )


@contextmanager
def account(folder: Path, template: str, guard: Guard = allow_everything) -> Iterator[Account]:
    """An account in an emulated AWS of its own, for which the template has parameter files.

    The stacks that it imports from exist, with the parameters of the last environment.
    """
    given = {
        (name, environment, key): value or ""
        for name, environment in environments()
        if name in {template, *exporting()}
        for key, value in parameter_files.read(ROOT / "params" / f"{name}.{environment}.json").entries
    }
    place = existing_resources.place_of(given.values())
    with emulator(guard=guard, **place._asdict()) as aws, git_server(place.region, lambda _: "") as repositories:
        there = existing_resources.made(aws, given)
        for cluster in {value for (_, _, key), value in given.items() if key == "ClusterName"}:
            role = f"arn:aws:iam::{place.account}:role/cluster"
            aws.inside("eks").create_cluster(name=cluster, roleArn=role, resourcesVpcConfig={})
        for name in {value for (of, _, key), value in given.items() if (of, key) == ("notices-chat", "PipelineName")}:
            _add_pipeline(aws, name)
        for group in {value for (_, _, key), value in given.items() if key == "AutoScalingGroupName" and value}:
            auto_scaling_group(aws, group)
        files: dict[str, dict[str, dict[str, str]]] = {}
        for name, environment, key in given:
            files.setdefault(name, {}).setdefault(environment, {})[key] = there[name, environment, key]
        beneath = {name: list(files[name].values())[-1] for name in exporting() if name in files}
        body = render.to_dict(catalog.build(template))
        foundations = Foundations(DeployContext(aws, folder, Git(), repositories, lambda _: None))
        for values in files[template].values():
            foundations.lay("test", body, {**defaults(body), **values}, beneath)
        yield Account(aws, folder, files[template])


def _add_pipeline(aws: Emulator, name: str) -> None:
    """A pipeline that does nothing: a notification rule asks for one that exists."""
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.inside("iam").create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    kind = {"owner": "AWS", "version": "1"}
    image = {"category": "Source", "provider": "ECR", **kind}
    approval = {"category": "Approval", "provider": "Manual", **kind}
    source = {
        "name": "Image",
        "actionTypeId": image,
        "configuration": {"RepositoryName": "team/orders"},
        "outputArtifacts": [{"name": "Image"}],
    }
    stages = [
        {"name": "Source", "actions": [source]},
        {"name": "Approval", "actions": [{"name": "Approve", "actionTypeId": approval}]},
    ]
    aws.inside("codepipeline").create_pipeline(
        pipeline={
            "name": name,
            "roleArn": role,
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": stages,
            "pipelineType": "V2",
        }
    )
