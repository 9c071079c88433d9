"""Reading the artifacts of a pipeline of another stack. CodePipeline gives every build an input."""

from __future__ import annotations

from troposphere import Template

from generator.components.platform import Platform
from generator.model.export_names import LONGEST_NAME, NAME, NAME_HINT
from generator.model.grants import Grant
from generator.model.parameters import add_parameter


def fetch_artifacts_of_pipeline(template: Template, platform: Platform) -> tuple[Grant, ...]:
    """Read the artifacts of the pipeline that a parameter names."""
    add_parameter(
        template,
        "PipelineName",
        group="Platform",
        label="Pipeline",
        description="Name of the pipeline that deploys with this stack: its parameter Name.",
        AllowedPattern=f"^{NAME}$",
        MaxLength=LONGEST_NAME,
        ConstraintDescription=NAME_HINT.format(example="orders"),
    )
    store = platform.store
    return (store.find(), store.fetch("${PipelineName}/"), store.key.decrypt())
