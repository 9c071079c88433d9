"""The pipeline of another stack to which this one belongs, by its name."""

from __future__ import annotations

from troposphere import Ref, Template

from generator.model.export_names import LONGEST_NAME, NAME, NAME_HINT
from generator.model.parameters import add_choice, add_parameter

GROUP = "Pipeline"
STAGES = ("staging", "production")


def add_pipeline_of(template: Template, description: str, group: str = GROUP) -> Ref:
    """The parameter that names the pipeline: the parameter Name of its stack."""
    return add_parameter(
        template,
        "PipelineName",
        group=group,
        label="Pipeline",
        description=description,
        AllowedPattern=f"^{NAME}$",
        MaxLength=LONGEST_NAME,
        ConstraintDescription=NAME_HINT.format(example="orders"),
    )


def add_stage_of(template: Template, description: str) -> Ref:
    """The parameter that chooses the stage of the pipeline."""
    return add_choice(template, "Stage", group=GROUP, label="Stage", description=description, choices=STAGES)
