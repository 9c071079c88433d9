"""Build for two architectures: two builds in parallel, each on machines of its own architecture."""

from __future__ import annotations

from troposphere import Template

from generator.components.build import BuildEnvironment, add_build_identity
from generator.components.git_source import GitSource
from generator.components.image_build import (
    AMD64,
    ARM64,
    NAME,
    ImageBuild,
    Recipe,
    add_machine,
    arm_environment,
    build_stage,
)


def add_multi_arch_build(
    template: Template, source: GitSource, environment: BuildEnvironment, recipe: Recipe
) -> ImageBuild:
    """The Build stage for both architectures: one action for each. Both builds have one role and one log group."""
    machines = {AMD64: environment, ARM64: arm_environment(template, environment)}
    projects = {architecture: architecture.capitalize() for architecture in machines}
    identity = add_build_identity(
        template, NAME, grants=recipe.grants, environment=environment, projects=tuple(projects.values())
    )
    builds = [
        add_machine(template, projects[architecture], machine, recipe, architecture=architecture, identity=identity)
        for architecture, machine in machines.items()
    ]
    return build_stage(source, builds)
