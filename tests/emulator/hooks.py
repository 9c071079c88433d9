"""The example hooks of docs/examples/, and the deployers that get them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cfn_flip import to_json

from generator import catalog
from generator.emulator.trial import deployment
from generator.publishing import render
from tests.emulator.people import Stack

EXAMPLES = Path("docs/examples")


def example(name: str) -> dict[str, Any]:
    """The template of an example."""
    return dict(json.loads(to_json((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))))


def give(stack: Stack, deployer: str, outputs: dict[str, str], stage: str = "staging") -> None:
    """Deploy the deployer of a stage again, with other parameters, such as the outputs of an example."""
    cloud, name = stack.trial.cloud, f"orders-{stage}"
    described = cloud.inside("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    before = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    if not outputs.items() <= before.items():
        deployment.deploy(cloud, name, render.to_dict(catalog.build(deployer)), {**before, **outputs})


def why(stack: Stack, error: str) -> str:
    """Why the deployment failed that an error names: what `aws deploy get-deployment` shows."""
    [deployment_id] = re.findall("d-[A-Z0-9]+", error)
    found = stack.trial.cloud.inside("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    return str(found["errorInformation"]["message"])
