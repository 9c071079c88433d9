"""Deployers that are stacks, with their destinations: created here, with the parameters of those stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.components.stage_parameters import NONE
from generator.emulator.trial import deployment, destinations
from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.imported_stacks import Foundations, Given
from generator.errors import GeneratorError
from generator.model.discovery import merged

DEPLOYER = "Deployer"
"""The ending of a stage's parameter that names its deployer, and the output with its value."""


class Deployer(NamedTuple):
    """The template of the deployers of a pipeline's stages, and parameters that all of them have."""

    name: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = {}


def deploy(
    site: DeployContext, foundations: Foundations, deployer: Deployer, pipeline: Mapping[str, str], given: Given
) -> dict[str, str]:
    """Create the deployer of each stage, and its destination.

    Returns the values of the pipeline's parameters for them.

    `given` has parameters of the stacks that a deployer imports from.
    """
    known: Mapping[str, Destination] = merged(destinations, "DESTINATIONS")
    if deployer.name not in known:
        raise GeneratorError(
            f"the destination of {deployer.name} is not emulated, so its pipeline cannot be tried: add a module to "
            "generator/emulator/trial/destinations"
        )
    made: dict[str, str] = {}
    for parameter, stage in _stages(pipeline):
        stack = f"{pipeline['Name']}-{stage}"
        own = {**known[deployer.name].make(site, stage, pipeline), **deployer.parameters}
        foundations.lay(stack, deployer.body, own, given)
        site.progress(f"deploying {stack} with the AWS CLI")
        outputs = deployment.deploy(site.cloud, stack, deployer.body, own)
        made[parameter] = outputs[DEPLOYER]
        known[deployer.name].finish(site, stage, outputs)
    return made


def _stages(pipeline: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each parameter that names a deployer, and its stage."""
    names = [name for name, value in pipeline.items() if name.endswith(DEPLOYER) and value != NONE]
    return [(name, name.removesuffix(DEPLOYER).lower()) for name in names]
