"""Reading the artifacts of another stack's pipeline. CodePipeline gives every build an input."""

from __future__ import annotations

from troposphere import Template

from generator.components.named_pipeline import add_pipeline_of
from generator.components.platform import Platform
from generator.model.grants import Grant


def fetch_artifacts_of_pipeline(template: Template, platform: Platform) -> tuple[Grant, ...]:
    """Read the artifacts of the pipeline that a parameter names."""
    add_pipeline_of(template, "Name of the pipeline that deploys with this stack: its parameter Name.", "Platform")
    store = platform.store
    return (store.find(), store.fetch("${PipelineName}/"), store.key.decrypt())
