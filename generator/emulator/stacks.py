"""Stacks, deployed by the AWS CLI as `make deploy` does it.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.emulator.cli import aws_cli
from generator.emulator.server import Emulator
from generator.errors import GeneratorError


def deploy(cloud: Emulator, stack: str, body: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """The outputs of a stack that has been made."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-deploy-") as folder:
        template, overrides = Path(folder, "template.json"), Path(folder, "overrides.json")
        template.write_text(json.dumps(body, separators=(",", ":")), encoding="utf-8")
        overrides.write_text(json.dumps([f"{key}={value}" for key, value in parameters.items()]), encoding="utf-8")
        command = [aws_cli(), "cloudformation", "deploy", "--stack-name", stack, "--template-file", str(template)]
        command += ["--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"file://{overrides}"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), **cloud.environment()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GeneratorError(f"the stack {stack} was not made: {(done.stderr or done.stdout).strip()}")
    return outputs(cloud, stack)


def outputs(cloud: Emulator, stack: str) -> dict[str, str]:
    """What a stack tells."""
    [described] = cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


def pipeline(cloud: Emulator, stack: str) -> dict[str, Any]:
    """The structure of the pipeline of a stack, as it is deployed."""
    name = outputs(cloud, stack)["PipelineName"]
    return dict(cloud.inside("codepipeline").get_pipeline(name=name)["pipeline"])


class Made(NamedTuple):
    """A resource of a stack: whose it is, what its template calls it, and the last part of its physical id."""

    stack: str
    name: str
    type: str
    last: str


def made(cloud: Emulator) -> tuple[Made, ...]:
    """Every resource of every stack."""
    cloudformation = cloud.inside("cloudformation")
    return tuple(
        Made(stack, each["LogicalResourceId"], each["ResourceType"], re.split("[/:]", each["PhysicalResourceId"])[-1])
        for stack in (each["StackName"] for each in cloudformation.describe_stacks()["Stacks"])
        for each in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    )


def names(resources: Iterable[Made], stack: str = "") -> dict[str, str]:
    """What templates call the resources, by the last part of their physical ids.

    The stack stands before it where it is not this one. What belongs to another resource may have its id, as the policy
    of a bucket does: the id is the first one's.
    """
    found: dict[str, str] = {}
    for each in resources:
        found.setdefault(each.last, each.name if each.stack == stack else f"{each.stack}/{each.name}")
    return found
