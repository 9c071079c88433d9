"""Where a pipeline starts: one image of one repository, by its digest."""

from __future__ import annotations

from typing import NamedTuple

from awacs import ecr, inspector2
from troposphere import Ref, Sub, Template

from generator.arn import arn
from generator.iam import Grant
from generator.parameters import add_parameter
from generator.stages import Stage, action

GROUP = "Image"
# What a run takes that names no digest: the one that CodePipeline starts when it makes a pipeline. No image should have
# this tag: that run then ends here, instead of releasing whatever happens to be tagged `latest`.
NO_PUSH = "no-push"
NAME = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
REGISTRY = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
AUTHORIZATION_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html"
)
INSPECTOR_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoninspector2.html"


class Source(NamedTuple):
    """The repository, and the stage that fetches what was pushed to it."""

    repository_name: Ref
    repository_arn: Sub
    registry: Sub
    repository_uri: Sub
    stage: Stage
    action_name: str
    artifact: str

    def pull(self) -> tuple[Grant, ...]:
        """Log in to the registry and pull images of this repository.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
        """
        return (
            log_in(),
            Grant(
                sid="PullImage",
                actions=(ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer),
                resources=(self.repository_arn,),
                why="The pushed image is pulled by its digest.",
            ),
        )

    def read_findings(self) -> tuple[Grant, ...]:
        """See the tags of an image and what the scan found in it; under enhanced scanning ECR asks Inspector for it.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
        """
        return (
            Grant(
                sid="ReadFindings",
                actions=(ecr.DescribeImages, ecr.DescribeImageScanFindings),
                resources=(self.repository_arn,),
                why="The findings of the scan decide whether the image goes on.",
            ),
            Grant(
                sid="ReadEnhancedFindings",
                actions=(inspector2.ListCoverage, inspector2.ListFindings),
                why="ECR reads enhanced findings from Inspector in the name of who asks.",
                everywhere=INSPECTOR_PAGE,
            ),
        )


def log_in() -> Grant:
    """Log in to the registry: whoever pulls or pushes does so first."""
    return Grant(
        sid="LogInToRegistry",
        actions=(ecr.GetAuthorizationToken,),
        why="docker login; a token is for the whole registry.",
        everywhere=AUTHORIZATION_PAGE,
    )


def add_repository_name(template: Template, description: str) -> Ref:
    """The parameter for the name of the repository, as ECR takes it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    """
    return add_parameter(
        template,
        "RepositoryName",
        group=GROUP,
        label="Repository",
        description=description,
        AllowedPattern=rf"^{NAME}(/{NAME})*$",
        MinLength=2,
        MaxLength=256,
        ConstraintDescription="Type a repository without its registry, such as team/orders.",
    )


def add_source(template: Template) -> Source:
    """The ECR source. Its artifact is imageDetail.json and nothing else.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
    """
    repository = add_repository_name(template, "Name of the ECR repository in this account and region.")
    name, artifact = "Image", "ImageDetail"
    repository_arn = arn("ecr", "repository/${RepositoryName}")
    stage = Stage(
        name="Source",
        actions=(
            action(
                name,
                category="Source",
                provider="ECR",
                configuration={"RepositoryName": repository, "ImageTag": NO_PUSH},
                outputs=[artifact],
                namespace=name,
            ),
        ),
        grants=(
            Grant(
                sid="FindImage",
                actions=(ecr.DescribeImages,),
                resources=(repository_arn,),
                why="The source action looks the pushed digest up.",
            ),
        ),
    )
    return Source(
        repository, repository_arn, Sub(REGISTRY), Sub(f"{REGISTRY}/${{RepositoryName}}"), stage, name, artifact
    )
