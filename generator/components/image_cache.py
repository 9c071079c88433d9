"""The layers of earlier builds, in a separate repository."""

from __future__ import annotations

from awacs import ecr
from troposphere import And, Equals, Not, Ref, Template

from generator.components.build import GROUP, Part
from generator.components.image_checks import REFERENCE
from generator.components.image_repository import UPLOAD
from generator.components.source import NAME, NO_HOST
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given


def add_image_cache(template: Template, repository_name: Ref) -> Part:
    """A cache in ECR, written by BuildKit in a container.

    Docker's own builder writes none, and CodeBuild's local cache is not for builds in a VPC.
    https://docs.docker.com/build/cache/backends/registry/
    https://docs.aws.amazon.com/codebuild/latest/userguide/caching-local.html
    """
    builder = add_parameter(
        template,
        "BuildKitImage",
        group=GROUP,
        label="BuildKit",
        description="BuildKit image. Empty: Docker's builder.",
        Default="",
        AllowedPattern=f"^({REFERENCE})?$",
        ConstraintDescription="Enter an image with tag, or leave it empty.",
    )
    cache = add_parameter(
        template,
        "CacheRepositoryName",
        group=GROUP,
        label="Layer cache",
        description="ECR repository with mutable tags for build layers. Empty: no cache.",
        Default="",
        AllowedPattern=rf"^({NO_HOST}{NAME}(/{NAME})*)?$",
        ConstraintDescription="Enter a repository such as team/cache, without its host, or leave it empty.",
    )
    has_cache = add_condition(template, "HasCache", is_given(cache))
    add_rule(
        template,
        "CacheNeedsBuildKit",
        (
            And(is_given(builder), Not(Equals(cache, repository_name))),
            "CacheRepositoryName requires BuildKitImage, and must differ from RepositoryName.",
        ),
        when=is_given(cache),
    )
    keep = Grant(
        sid="KeepLayers",
        actions=(ecr.BatchGetImage, ecr.GetDownloadUrlForLayer, ecr.PutImage, *UPLOAD),
        resources=(arn("ecr", "repository/${CacheRepositoryName}"),),
        why="Layers are kept for the next build.",
        only_if=has_cache,
    )
    return Part(variables={"BUILDKIT_IMAGE": builder, "CACHE_REPOSITORY": cache}, grants=(keep,))
