"""No deployment: the approved digest is recorded, and the tool that deploys reads it there."""

from __future__ import annotations

from troposphere import Template

from generator.components.stage_parameters import Place
from generator.model.stages import Stage
from generator.targets import Deployment, Ground, Target


def add_stage(_template: Template, place: Place, _ground: Ground) -> Stage:
    """A stage without an action of its own: the pipeline records the image of every stage."""
    return Stage(name=place.name, actions=())


TARGET = Target(
    name="release",
    summary="Image pipeline: a push to ECR is inspected, approved, and its digest recorded for another tool to deploy",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage),
    stages=("Release",),
)
