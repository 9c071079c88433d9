"""Stacks, deployed by the AWS CLI as `make deploy` does it.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def names(cloud: Emulator, stack: str = "", kind: str = "") -> dict[str, str]:
    """What templates call the resources of every stack, or those of a type, by the last part of their physical ids.

    The stack stands before it where it is not this one. What belongs to another resource may have its id, as the policy
    of a bucket does: the id is the first one's.
    """
    cloudformation = cloud.inside("cloudformation")
    found: dict[str, str] = {}
    for name in (each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]):
        before = "" if name == stack else f"{name}/"
        for each in cloudformation.describe_stack_resources(StackName=name)["StackResources"]:
            if kind in ("", each["ResourceType"]):
                physical_id = re.split("[/:]", each["PhysicalResourceId"])[-1]
                found.setdefault(physical_id, f"{before}{each['LogicalResourceId']}")
    return found
