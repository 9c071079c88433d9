"""Build: an image for each architecture, on machines of that architecture, tested and held against its limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from troposphere import Equals, FindInMap, GetAtt, If, Join, Not, NoValue, Template

from generator.buildspec import buildspec
from generator.components.build import GROUP, BuildEnvironment, Part, add_build
from generator.components.git_source import GitSource
from generator.components.image_checks import Reports
from generator.components.image_repository import ImageRepository
from generator.components.source import GROUP as IMAGE
from generator.iam import add_shared_policy
from generator.parameters import add_choice, add_condition, add_parameter
from generator.stages import Build, Stage, action

NAME = "Build"
ARCHITECTURES = ("amd64", "arm64")
BOTH = "both"
PATH = r"\w[\w.-]*(/\w[\w.-]*)*"


class ImageBuild(NamedTuple):
    """The stage, and what it hands on: `images` as Publish reads them, and the action whose `VERSION` counts."""

    stage: Stage
    images: If
    first: If


def add_image_build(
    template: Template,
    source: GitSource,
    repository: ImageRepository,
    environment: BuildEnvironment,
    *,
    parts: Iterable[Part],
    reports: Reports,
) -> ImageBuild:
    """The Build stage: one action for each architecture, side by side. Nothing is emulated.

    A Dockerfile is somebody's program in a privileged build, so the role may do no more than a build must: push to
    this repository, pull from those that are named, and what `parts` ask for.
    """
    parts = (_add_settings(template, repository), *parts)
    arm_image = add_parameter(
        template,
        "ArmBuildImage",
        group=GROUP,
        label="Build image for arm64",
        description="A CodeBuild managed image for ARM.",
        Default="aws/codebuild/amazonlinux-aarch64-standard:3.0",
        AllowedPattern=r"^aws/codebuild/amazonlinux-aarch64-standard:[0-9]+\.[0-9]+$",
        ConstraintDescription="Type a managed image, such as aws/codebuild/amazonlinux-aarch64-standard:3.0.",
    )
    architecture = add_choice(
        template,
        "Architecture",
        group=IMAGE,
        label="Architecture",
        description="What the image runs on; both: an index of two images.",
        choices=(*ARCHITECTURES, BOTH),
    )
    grants = (
        *repository.own.push(),
        repository.pull_others(),
        reports.write,
        *(g for part in parts for g in part.grants),
    )
    policy = add_shared_policy(template, "ImagePolicy", grants)
    machines = (environment, environment._replace(type="ARM_CONTAINER", image=arm_image))
    builds = {}
    for name, other, machine in zip(ARCHITECTURES, reversed(ARCHITECTURES), machines, strict=True):
        only_if = add_condition(template, f"Build{name.capitalize()}", Not(Equals(architecture, other)))
        builds[only_if] = add_build(
            template,
            name.capitalize(),
            buildspec=_buildspec(template, reports.group_arn),
            services=("ecr.api", "ecr.dkr"),
            grants=(),
            variables={key: value for part in parts for key, value in part.variables.items()} | {"ARCHITECTURE": name},
            secrets=[secret for part in parts for secret in part.secrets],
            environment=machine,
            shared=(policy,),
            privileged=True,
            only_if=only_if,
        )
    return _handing_on(source, builds)


def _add_settings(template: Template, repository: ImageRepository) -> Part:
    dockerfile = add_parameter(
        template,
        "Dockerfile",
        group=IMAGE,
        label="Dockerfile",
        description="Path in the source. Its last stage is published; a stage called test is run before.",
        Default="Dockerfile",
        AllowedPattern=f"^{PATH}$",
        ConstraintDescription="Type a path such as services/orders/Dockerfile.",
    )
    context = add_parameter(
        template,
        "BuildContext",
        group=IMAGE,
        label="Build context",
        description="Folder in the source that the Dockerfile copies from.",
        Default=".",
        AllowedPattern=rf"^(\.|{PATH})$",
        ConstraintDescription="Type . or a path such as services/orders.",
    )
    return Part(
        variables={
            "REGISTRY": repository.registry,
            "REPOSITORY_NAME": repository.own.name,
            "DOCKERFILE": dockerfile,
            "CONTEXT": context,
        }
    )


def _buildspec(template: Template, report_group: GetAtt) -> Join:
    """The buildspec of both builds: its text stands in the template once. Only an ARN names a report group that exists.

    https://docs.aws.amazon.com/codebuild/latest/userguide/report-group-test-cases.html
    """
    text, after = buildspec("components/image_build.yml").split("$REPORT_GROUP")
    if NAME not in template.mappings:
        template.add_mapping("Buildspecs", {NAME: {"Text": text}})
    return Join("", [FindInMap("Buildspecs", NAME, "Text"), report_group, after])


def _handing_on(source: GitSource, builds: dict[str, Build]) -> ImageBuild:
    """The stage of those builds that there are, by their conditions."""
    (has_amd, amd), (has_arm, arm) = builds.items()
    actions = (
        action(
            build.name,
            category="Build",
            provider="CodeBuild",
            configuration={"ProjectName": build.project_name, **source.settings},
            inputs=[source.artifact],
            outputs=[f"{build.name}Facts"],
            namespace=build.name,
        )
        for build in builds.values()
    )
    stage = Stage(
        name=NAME,
        actions=tuple(If(only_if, each, NoValue) for only_if, each in zip(builds, actions, strict=True)),
        grants=tuple(replace(build.run(), only_if=only_if) for only_if, build in builds.items()),
        builds=tuple(builds.values()),
    )
    first, second = f"#{{{amd.name}.IMAGE}}", f"#{{{arm.name}.IMAGE}}"
    images = If(has_amd, If(has_arm, f"{first} {second}", first), second)
    return ImageBuild(stage, images, If(has_amd, amd.name, arm.name))
