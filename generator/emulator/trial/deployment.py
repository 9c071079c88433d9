"""Stacks deployed by the AWS CLI, as `make deploy` does it.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.aws_cli import aws_cli
from generator.errors import GeneratorError

PIPELINE = "AWS::CodePipeline::Pipeline"


def deploy(cloud: Emulator, stack: str, body: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy a stack. Returns its outputs."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-deploy-") as folder:
        template, overrides = Path(folder, "template.json"), Path(folder, "overrides.json")
        template.write_text(json.dumps(body, separators=(",", ":")), encoding="utf-8")
        overrides.write_text(json.dumps([f"{key}={value}" for key, value in parameters.items()]), encoding="utf-8")
        command = [aws_cli(), "cloudformation", "deploy", "--stack-name", stack, "--template-file", str(template)]
        # Here a stack is made while the call waits. On a slow machine that takes longer than the minute after which the
        # AWS CLI would repeat the call.
        command += ["--cli-read-timeout", "0"]
        command += ["--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"file://{overrides}"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), **cloud.environment()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise GeneratorError(f"the stack {stack} was not created: {'; '.join(troubles(cloud, stack)) or said}")
    return outputs(cloud, stack)


def troubles(cloud: Emulator, stack: str) -> list[str]:
    """Why the last creation or change of the stack failed, because the AWS CLI only says how to find out.

    Empty for a stack that was refused before it had a history, which the AWS CLI does report.
    """
    cloudformation = cloud.inside("cloudformation")
    try:
        failed = cloudformation.describe_events(StackName=stack, Filters={"FailedEvents": True})["OperationEvents"]
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("StackStatusReason", "")
        history = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        return []
    reasons = [
        f"{each['LogicalResourceId']}: {each.get('ValidationStatusReason') or each.get('ResourceStatusReason', '')}"
        for each in reversed(failed)
    ]
    rolled_back = [each.get("ResourceStatusReason", "") for each in history if "ROLLBACK_IN" in each["ResourceStatus"]]
    return list(dict.fromkeys(filter(None, reasons or [*rolled_back[:1], status])))


def exports(cloud: Emulator) -> dict[str, str]:
    """The exports of all stacks, by name."""
    return {each["Name"]: each["Value"] for each in cloud.inside("cloudformation").list_exports()["Exports"]}


def outputs(cloud: Emulator, stack: str) -> dict[str, str]:
    """The outputs of a stack."""
    [described] = cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


def pipeline(cloud: Emulator, stack: str) -> dict[str, Any]:
    """The structure of the deployed pipeline of a stack."""
    resources = cloud.inside("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [name] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == PIPELINE]
    return dict(cloud.inside("codepipeline").get_pipeline(name=name)["pipeline"])
