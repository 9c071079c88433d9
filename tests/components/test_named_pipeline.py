"""The parameters that name a pipeline and its stage."""

from __future__ import annotations

from troposphere import Template

from generator.components.named_pipeline import add_pipeline_of, add_stage_of
from generator.publishing.render import to_dict


def test_the_pipeline_is_required_and_the_stage_one_of_two() -> None:
    """The name is a valid name of a pipeline; the description is the given one."""
    template = Template()
    add_pipeline_of(template, "Its name.")
    add_stage_of(template, "Its stage.")
    parameters = to_dict(template)["Parameters"]
    name, stage = parameters["PipelineName"], parameters["Stage"]
    assert "Default" not in name
    assert (20, "Its name.") == (name["MaxLength"], name["Description"])
    assert (["staging", "production"], "Its stage.") == (stage["AllowedValues"], stage["Description"])
