"""Build: an image is built, tested and checked on a machine of its own architecture, without emulation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from troposphere import Equals, If, Join, Ref, Template

from generator.components.build import GROUP, BuildEnvironment, BuildIdentity, Part, add_build
from generator.components.git_source import GitSource
from generator.components.image_checks import Reports
from generator.components.image_repository import ImageRepository
from generator.components.image_scripts import add_build_script
from generator.components.source import GROUP as IMAGE
from generator.model.grants import Grant
from generator.model.parameters import add_choice, add_condition, add_parameter
from generator.model.stages import Build, Stage, action

NAME = "Build"
AMD64, ARM64 = "amd64", "arm64"  # as Docker and the formats of images call them
PATH = r"\w[\w.-]*(/\w[\w.-]*)*"
# The test stage and the image are built, the tests run for up to 30 minutes, the image is scanned and pushed.
TIMEOUT_MINUTES = 120


class Recipe(NamedTuple):
    """The commands, variables and permissions for building the image, on any machine."""

    buildspec: Join
    variables: dict[str, object]
    secrets: tuple[dict[str, object], ...]
    grants: tuple[Grant, ...]


class ImageBuild(NamedTuple):
    """The stage, and the variables of CodePipeline that Publish reads: the images and their version."""

    stage: Stage
    images: str
    version: str


def add_recipe(template: Template, repository: ImageRepository, reports: Reports, parts: Iterable[Part]) -> Recipe:
    """The commands of a build, their variables, and their permissions.

    A Dockerfile is a program that other people wrote, and it runs in a privileged build. That is why the role may do no
    more than a build must: push to this repository, pull from those that are named, report, and what `parts` require.
    """
    parts = (_add_settings(template, repository), *parts)
    return Recipe(
        buildspec=add_build_script(template, NAME, reports.group_arn),
        variables={name: value for part in parts for name, value in part.variables.items()},
        secrets=tuple(secret for part in parts for secret in part.secrets),
        grants=(
            *repository.own.push(),
            repository.pull_others(),
            reports.write,
            *(grant for part in parts for grant in part.grants),
        ),
    )


def add_image_build(template: Template, source: GitSource, environment: BuildEnvironment, recipe: Recipe) -> ImageBuild:
    """The Build stage for one architecture, chosen by a parameter: one action, on a machine of that architecture."""
    architecture = add_choice(
        template,
        "Architecture",
        group=IMAGE,
        label="Architecture",
        description="Architecture of the image, and of the machines that build and test it.",
        choices=(AMD64, ARM64),
    )
    on_arm = add_condition(template, "OnArm", Equals(architecture, ARM64))
    arm = arm_environment(template, environment)
    chosen = environment._replace(
        type=If(on_arm, arm.type, environment.type), image=If(on_arm, arm.image, environment.image)
    )
    return build_stage(source, [add_machine(template, NAME, chosen, recipe, architecture=architecture)])


def arm_environment(template: Template, environment: BuildEnvironment) -> BuildEnvironment:
    """The same environment on ARM, with a build image for it."""
    image = add_parameter(
        template,
        "ArmBuildImage",
        group=GROUP,
        label="Build image for arm64",
        description="CodeBuild managed image for ARM.",
        Default="aws/codebuild/amazonlinux-aarch64-standard:3.0",
        AllowedPattern=r"^aws/codebuild/amazonlinux-aarch64-standard:[0-9]+\.[0-9]+$",
        ConstraintDescription="Enter a managed image for ARM.",
    )
    return environment._replace(type="ARM_CONTAINER", image=image)


def add_machine(
    template: Template,
    name: str,
    environment: BuildEnvironment,
    recipe: Recipe,
    *,
    architecture: str | Ref,
    identity: BuildIdentity | None = None,
) -> Build:
    """A build of the image. `identity` is that of all builds of the image, if there are several."""
    return add_build(
        template,
        name,
        why="Builds an image from a commit, tests it, and pushes it by its digest.",
        buildspec=recipe.buildspec,
        services=("ecr.api", "ecr.dkr"),
        grants=recipe.grants,
        variables={**recipe.variables, "ARCHITECTURE": architecture},
        secrets=recipe.secrets,
        environment=environment,
        identity=identity,
        privileged=True,
        timeout_minutes=TIMEOUT_MINUTES,
    )


def build_stage(source: GitSource, builds: Sequence[Build]) -> ImageBuild:
    """The stage that runs the builds in parallel. The version is the one that the first build has checked."""
    actions = tuple(
        action(
            build.name,
            category="Build",
            provider="CodeBuild",
            configuration={"ProjectName": build.project_name, **source.settings},
            inputs=[source.artifact],
            outputs=[f"{build.name}Facts"],
            namespace=build.name,
        )
        for build in builds
    )
    images = " ".join(f"#{{{build.name}.IMAGE}}" for build in builds)
    return ImageBuild(Stage(name=NAME, actions=actions, builds=tuple(builds)), images, f"#{{{builds[0].name}.VERSION}}")


def _add_settings(template: Template, repository: ImageRepository) -> Part:
    dockerfile = add_parameter(
        template,
        "Dockerfile",
        group=IMAGE,
        label="Dockerfile",
        description="Path in the source. A stage called test runs first, the last one is published.",
        Default="Dockerfile",
        AllowedPattern=f"^{PATH}$",
        ConstraintDescription="Enter a path such as services/orders/Dockerfile.",
    )
    context = add_parameter(
        template,
        "BuildContext",
        group=IMAGE,
        label="Build context",
        description="Folder in the source that the Dockerfile copies files from.",
        Default=".",
        AllowedPattern=rf"^(\.|{PATH})$",
        ConstraintDescription="Enter . or a path such as services/orders.",
    )
    return Part(
        variables={
            "REGISTRY": repository.registry,
            "REPOSITORY_NAME": repository.own.name,
            "DOCKERFILE": dockerfile,
            "CONTEXT": context,
        }
    )
