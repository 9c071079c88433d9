"""No deployment: the approved digest is recorded, and whoever deploys reads it there."""

from __future__ import annotations

from troposphere import Template

from generator.components.build import BuildEnvironment
from generator.components.inspection import Inspection
from generator.stages import Stage
from generator.targets import Target


def add_release(_template: Template, name: str, _inspection: Inspection, _environment: BuildEnvironment) -> Stage:
    """A stage without an action of its own: the pipeline records the image of every stage."""
    return Stage(name=name, actions=())


TARGET = Target(
    name="release",
    summary="Image pipeline: a push to ECR is inspected, approved, and its digest recorded for whoever deploys it",
    add=add_release,
    before_approval=(),
    after_approval=("Release",),
)
