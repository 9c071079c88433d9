"""The repository that a build pushes to, and those that it pulls from."""

from __future__ import annotations

from typing import NamedTuple

from awacs import ecr
from awacs.aws import Condition, StringEquals
from troposphere import Join, Ref, Split, Sub, Template

from generator.components.repository import Repository
from generator.components.source import GROUP, NO_HOST, REGISTRY, add_repository_name
from generator.model.arn import arn
from generator.model.grants import ACCOUNT, Grant
from generator.model.parameters import add_parameter

UPLOAD = (ecr.BatchCheckLayerAvailability, ecr.CompleteLayerUpload, ecr.InitiateLayerUpload, ecr.UploadLayerPart)
PULLED = "[a-z0-9][a-z0-9._/*-]*"


class ImageRepository(NamedTuple):
    """The repository of this account's registry that a build pushes to, and the names of those that it pulls from."""

    own: Repository
    registry: Sub
    others: Ref

    def tag(self) -> Grant:
        """Read manifests and put them under other tags.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
        """
        return Grant(
            sid="TagImage",
            actions=(ecr.BatchGetImage, ecr.PutImage),
            resources=(self.own.arn,),
            why="The built image gets its tags. Images of several architectures get an index.",
        )

    def pull_others(self) -> Grant:
        """Pull base images and tools from the given repositories of this account.

        The delimiter of a join is a literal and cannot contain the account, so the condition does.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        repository = "arn:*:ecr:*:*:repository/"
        return Grant(
            sid="PullBases",
            actions=(ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer),
            resources=(Split(",", Join("", [repository, Join(f",{repository}", Split(",", self.others))])),),
            condition=Condition(StringEquals({"aws:ResourceAccount": ACCOUNT})),
            why="Base images and the images of tools are pulled from these repositories.",
        )


def add_image_repository(template: Template) -> ImageRepository:
    """The name of the repository, and of those that base images and tools come from."""
    name = add_repository_name(template, "ECR repository of this account and region.")
    others = add_parameter(
        template,
        "PullRepositories",
        group=GROUP,
        label="Base images and tools",
        description="Repositories of this registry that builds may pull from, separated by commas. * is a wildcard.",
        Default="base/*",
        AllowedPattern=rf"^{NO_HOST}{PULLED}(,{PULLED}){{0,9}}$",
        ConstraintDescription="Enter names or patterns such as base/*, without a host.",
    )
    return ImageRepository(Repository(name, arn("ecr", "repository/${RepositoryName}")), Sub(REGISTRY), others)
