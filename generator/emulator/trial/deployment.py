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

from generator.emulator.front.server import Emulator
from generator.emulator.programs.aws_cli import aws_cli
from generator.errors import GeneratorError

PIPELINE = "AWS::CodePipeline::Pipeline"


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
        said = (done.stderr or done.stdout).strip()
        raise GeneratorError(f"the stack {stack} was not made: {'; '.join(troubles(cloud, stack)) or said}")
    return outputs(cloud, stack)


def troubles(cloud: Emulator, stack: str) -> list[str]:
    """Why the stack could not be made or changed last: the AWS CLI only says how to ask for it.

    Nothing where it was refused before it had a history, which the AWS CLI does say.
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
    """What all stacks export, by name."""
    return {each["Name"]: each["Value"] for each in cloud.inside("cloudformation").list_exports()["Exports"]}


def outputs(cloud: Emulator, stack: str) -> dict[str, str]:
    """What a stack tells."""
    [described] = cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


def pipeline(cloud: Emulator, stack: str) -> dict[str, Any]:
    """The structure of the pipeline of a stack, as it is deployed."""
    resources = cloud.inside("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [name] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == PIPELINE]
    return dict(cloud.inside("codepipeline").get_pipeline(name=name)["pipeline"])


class Made(NamedTuple):
    """A resource of a stack: whose it is, what its template calls it, its type and its physical id."""

    stack: str
    name: str
    type: str
    id: str

    @property
    def ids(self) -> tuple[str, str]:
        """The physical id, and its last part: the name in an ARN or URL."""
        return self.id, re.split("[/:]", self.id)[-1]

    @property
    def service(self) -> str:
        """The service as ARNs have it."""
        service = self.type.split("::")[1].lower()
        return {"stepfunctions": "states"}.get(service, service)


def made(cloud: Emulator) -> tuple[Made, ...]:
    """Every resource of every stack."""
    cloudformation = cloud.inside("cloudformation")
    return tuple(
        Made(stack, each["LogicalResourceId"], each["ResourceType"], each["PhysicalResourceId"])
        for stack in (each["StackName"] for each in cloudformation.describe_stacks()["Stacks"])
        for each in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    )


def names(resources: Iterable[Made], stack: str = "") -> dict[str, str]:
    """What templates call the resources, by ID and by SERVICE:ID, where ID is the physical id or its last part.

    The name of another stack than this one stands before it. What belongs to another resource may have its id, as the
    policy of a bucket does: the id is the first one's. A last part in which several ids end is nobody's.
    """
    whole: dict[str, str] = {}
    last: dict[str, dict[str, str]] = {}
    for each in resources:
        called = each.name if each.stack == stack else f"{each.stack}/{each.name}"
        id_, end = each.ids
        for prefix in ("", f"{each.service}:"):
            whole.setdefault(f"{prefix}{id_}", called)
            last.setdefault(f"{prefix}{end}", {}).setdefault(id_, called)
    unique = {end: called for end, ids in last.items() if len(ids) == 1 for called in ids.values()}
    return {**unique, **whole}
