"""What a stage deploys to where its deployer is a stack of its own: made here, with the parameters of that stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from generator.components.stage_parameters import NONE
from generator.emulator.trial import deployment, destinations
from generator.emulator.trial.deploy_context import DeployContext
from generator.emulator.trial.imported_stacks import Foundations, Given
from generator.errors import GeneratorError
from generator.model.discovery import merged

DEPLOYER = "Deployer"
"""How the parameter of a stage ends that names its deployer; and the output that is its value."""

Make = Callable[[DeployContext, str, Mapping[str, str]], dict[str, str]]
"""Makes what a deployer deploys to for a stage, given the parameters of the pipeline: the deployer's parameters."""


class Deployer(NamedTuple):
    """The template of the deployers of a pipeline's stages, and parameters that all of them have."""

    name: str
    body: Mapping[str, Any]
    parameters: Mapping[str, str] = {}


def deploy(
    site: DeployContext, foundations: Foundations, deployer: Deployer, pipeline: Mapping[str, str], given: Given
) -> dict[str, str]:
    """Make each deployer of each stage, and what it deploys to: the values of the pipeline's parameters that name them.

    `given` has parameters of the stacks that a deployer imports from.
    """
    makers: Mapping[str, Make] = merged(destinations, "DESTINATIONS")
    if deployer.name not in makers:
        raise GeneratorError(
            f"what {deployer.name} deploys to is not emulated, so its pipeline cannot be tried: a module of "
            "generator/emulator/trial/destinations must make it"
        )
    made: dict[str, str] = {}
    for parameter, stage in _stages(pipeline):
        outputs = []
        for number, _ in enumerate(pipeline[parameter].split(","), 1):
            place = stage if number == 1 else f"{stage}{number}"
            stack = f"{pipeline['Name']}-{place}"
            own = {**makers[deployer.name](site, place, pipeline), **deployer.parameters}
            foundations.lay(stack, deployer.body, own, given)
            site.progress(f"deploying {stack} with the AWS CLI")
            outputs.append(deployment.deploy(site.cloud, stack, deployer.body, own)[DEPLOYER])
        made[parameter] = ",".join(outputs)
    return made


def _stages(pipeline: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each parameter that names a deployer, and its stage."""
    names = [name for name, value in pipeline.items() if name.endswith(DEPLOYER) and value != NONE]
    return [(name, name.removesuffix(DEPLOYER).lower()) for name in names]
