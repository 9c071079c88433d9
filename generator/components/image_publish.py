"""Publish: tag the image that was built. It runs no code of the source, and its tags alone start pipelines."""

from __future__ import annotations

import json

from troposphere import Template

from generator.buildspec import buildspec
from generator.components.build import BuildEnvironment, add_build
from generator.components.git_source import GitSource
from generator.components.image_build import ImageBuild
from generator.components.image_repository import ImageRepository
from generator.model.script import script
from generator.model.stages import Stage, action

NAME = "Publish"
TIMEOUT_MINUTES = 15  # it only waits for answers of ECR


def add_publish(
    template: Template,
    source: GitSource,
    build: ImageBuild,
    *,
    repository: ImageRepository,
    environment: BuildEnvironment,
) -> Stage:
    """The Publish stage. Its build does not need Docker: tags and an index are manifests, which ECR accepts directly.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    publish = add_build(
        template,
        NAME,
        why="Gives a built image its tags. Makes an index of the images for several architectures.",
        buildspec=script(buildspec("components/image_publish.yml"), comments=False),
        services=("ecr.api",),
        grants=(repository.tag(),),
        variables={"REGISTRY": repository.registry, "REPOSITORY_NAME": repository.own.name},
        environment=environment,
        timeout_minutes=TIMEOUT_MINUTES,
    )
    given = [{"name": "IMAGES", "value": build.images}, {"name": "VERSION", "value": build.version}]
    return Stage(
        name=NAME,
        actions=(
            action(
                NAME,
                category="Build",
                provider="CodeBuild",
                configuration={
                    "ProjectName": publish.project_name,
                    "EnvironmentVariables": json.dumps(given, separators=(",", ":")),
                },
                inputs=[source.artifact],
                namespace=NAME,
            ),
        ),
        builds=(publish,),
    )
