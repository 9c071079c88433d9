"""Publish: what was built gets its tags. It runs nothing of the source, and alone decides what a pipeline starts on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from troposphere import Sub, Template

from generator.buildspec import buildspec
from generator.components.build import BuildEnvironment, add_build
from generator.components.git_source import GitSource
from generator.components.image_build import ImageBuild
from generator.components.image_repository import ImageRepository
from generator.iam import Grant
from generator.stages import Stage, action

NAME = "Publish"


def add_publish(
    template: Template,
    source: GitSource,
    build: ImageBuild,
    *,
    repository: ImageRepository,
    environment: BuildEnvironment,
    signing: Iterable[Grant],
) -> Stage:
    """The Publish stage. Its build has no Docker: tags and an index are manifests, which ECR takes as they are.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    publish = add_build(
        template,
        NAME,
        buildspec=buildspec("components/image_publish.yml"),
        services=("ecr.api",),
        grants=(repository.tag(), *signing),
        variables={"REGISTRY": repository.registry, "REPOSITORY_NAME": repository.own.name},
        environment=environment,
    )
    given = [{"name": "IMAGES", "value": "${Images}"}, {"name": "VERSION", "value": "#{${First}.VERSION}"}]
    return Stage(
        name=NAME,
        actions=(
            action(
                NAME,
                category="Build",
                provider="CodeBuild",
                configuration={
                    "ProjectName": publish.project_name,
                    "EnvironmentVariables": Sub(json.dumps(given), Images=build.images, First=build.first),
                },
                inputs=[source.artifact],
                namespace=NAME,
            ),
        ),
        grants=(publish.run(),),
        builds=(publish,),
    )
