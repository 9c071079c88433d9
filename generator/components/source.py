"""The source of a pipeline: one image of one repository, by its digest."""

from __future__ import annotations

from typing import NamedTuple

from awacs import ecr
from troposphere import Ref, Sub, Template

from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_parameter
from generator.model.stages import Stage, action

GROUP = "Image"
# The tag for a run that names no digest: the one that CodePipeline starts when it creates a pipeline. No image should
# have this tag, so that the run ends here instead of releasing the image tagged `latest`.
NO_PUSH = "no-push"
NO_HOST = r"(?!.*\.dkr[.-])"  # people have the URI of a repository at hand, which begins with its registry
NAME = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
# The host name has the suffix of the partition: amazonaws.com.cn in China.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
REGISTRY = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
AUTHORIZATION_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html"
)


class Source(NamedTuple):
    """The repository, and the stage that fetches the pushed image. `parameter` holds the repository's name."""

    parameter: str
    repository_name: Ref
    repository_arn: Sub
    repository_uri: Sub
    stage: Stage
    action_name: str
    artifact: str


def log_in() -> Grant:
    """Log in to the registry, as is required before every pull and push."""
    return Grant(
        sid="LogInToRegistry",
        actions=(ecr.GetAuthorizationToken,),
        why="Docker logs in to the registry. A token is for the whole registry.",
        everywhere=AUTHORIZATION_PAGE,
    )


def add_repository_name(template: Template, description: str) -> Ref:
    """The parameter for the name of the repository, in the form that ECR accepts.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    """
    return add_parameter(
        template,
        "RepositoryName",
        group=GROUP,
        label="Repository",
        description=description,
        AllowedPattern=rf"^{NO_HOST}{NAME}(/{NAME})*$",
        MinLength=2,
        MaxLength=256,
        ConstraintDescription="Enter a repository name such as team/orders, without its host.",
    )


def add_source(template: Template) -> Source:
    """The ECR source. Its artifact is imageDetail.json and nothing else.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
    """
    repository = add_repository_name(template, "ECR repository of this account and region.")
    name = artifact = "Image"
    repository_arn = arn("ecr", "repository/${RepositoryName}")
    stage = Stage(
        name="Source",
        actions=(
            action(
                name,
                category="Source",
                provider="ECR",
                # The default of ImageTag is `latest`. A run that a rule starts with a digest ignores the tag.
                configuration={"RepositoryName": repository, "ImageTag": NO_PUSH},
                outputs=[artifact],
            ),
        ),
        grants=(
            Grant(
                sid="FindImage",
                actions=(ecr.DescribeImages,),
                resources=(repository_arn,),
                why="The source action looks up the pushed digest.",
            ),
        ),
    )
    return Source(
        "RepositoryName",
        repository,
        repository_arn,
        Sub(f"{REGISTRY}/${{RepositoryName}}"),
        stage,
        name,
        artifact,
    )
