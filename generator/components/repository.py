"""The ECR repository: encrypted, scanned on push, its tags immutable, except those that move."""

from __future__ import annotations

from typing import NamedTuple

from awacs import ecr
from troposphere import Equals, GetAtt, If, Join, Not, NoValue, Ref, Select, Split, Sub, Template
from troposphere.ecr import (
    EncryptionConfiguration,
    ImageScanningConfiguration,
    ImageTagMutabilityExclusionFilter,
    LifecyclePolicy,
)
from troposphere.ecr import Repository as EcrRepository

from generator.components.encryption import Key
from generator.components.lifecycle import STAGE_TAGS
from generator.components.source import GROUP, log_in
from generator.model.grants import Grant
from generator.model.outputs import add_output
from generator.model.parameters import EACH_ONCE, add_condition, add_parameter

MOVING_TAG = r"[A-Za-z0-9][A-Za-z0-9._-]*\*?"
MOST_MOVING_TAGS = 4  # ECR takes five filters, and one is for the tags of stages


class Repository(NamedTuple):
    """The repository that images are pushed to."""

    name: Ref
    arn: GetAtt | Sub

    def push(self) -> tuple[Grant, ...]:
        """Log in to the registry and push to this repository.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
        """
        return (
            log_in(),
            Grant(
                sid="PushImage",
                actions=(
                    ecr.BatchCheckLayerAvailability,
                    ecr.BatchGetImage,
                    ecr.CompleteLayerUpload,
                    ecr.InitiateLayerUpload,
                    ecr.PutImage,
                    ecr.UploadLayerPart,
                ),
                resources=(self.arn,),
                why="Layers that the repository does not have yet are uploaded, then the image with its tag.",
            ),
        )


def add_repository(template: Template, name: Ref, key: Key, lifecycle: LifecyclePolicy, pull_policy: If) -> Repository:
    """The repository. It outlives its stack, because running services pull from it.

    Its name is what people type into `docker push`, so it is the user's. Name and key are chosen once: ECR changes
    neither, and CloudFormation cannot make a second repository of that name.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    """
    repository = EcrRepository(
        "Repository",
        # Retain alone would keep the repository of a creation that failed, and its name would block the next attempt.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        RepositoryName=name,
        EncryptionConfiguration=EncryptionConfiguration(EncryptionType="KMS", KmsKey=key.arn),
        # AWS deprecates this property. Where the registry has filters for scans, those decide instead.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
        ImageScanningConfiguration=ImageScanningConfiguration(ScanOnPush=True),
        ImageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        ImageTagMutabilityExclusionFilters=moving_tags(template),
        LifecyclePolicy=lifecycle,
        RepositoryPolicyText=pull_policy,
    )
    template.add_resource(repository)
    add_output(template, "RepositoryName", Ref(repository), "Name of the repository: the RepositoryName of a pipeline")
    add_output(template, "RepositoryArn", GetAtt(repository, "Arn"), "ARN of the repository")
    add_output(
        template, "RepositoryUri", GetAtt(repository, "RepositoryUri"), "Address to push to: docker push URI:TAG"
    )
    return Repository(Ref(repository), GetAtt(repository, "Arn"))


def moving_tags(template: Template) -> list[ImageTagMutabilityExclusionFilter | If]:
    """The tags that may be pushed again: always those of a pipeline's stages, and up to four that the user names.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    tags = add_parameter(
        template,
        "MovingTags",
        group=GROUP,
        label="Mutable tags",
        description="Up to four tags that may be pushed again, separated by commas. All others are immutable.",
        Default="latest",
        AllowedPattern=rf"^{EACH_ONCE}({MOVING_TAG}(,{MOVING_TAG}){{0,{MOST_MOVING_TAGS - 1}}})?$",
        MaxLength=512,
        ConstraintDescription="Enter one to four tags, such as latest or latest,cache-*, or leave it empty.",
    )
    # With commas behind it the list always has four members, the last ones empty.
    padded = Split(",", Join(",", [tags, *[""] * (MOST_MOVING_TAGS - 1)]))
    filters: list[ImageTagMutabilityExclusionFilter | If] = [_filter(STAGE_TAGS)]
    for number in range(MOST_MOVING_TAGS):
        tag = Select(number, padded)
        given = add_condition(template, f"HasMovingTag{number + 1}", Not(Equals(tag, "")))
        filters.append(If(given, _filter(tag), NoValue))
    return filters


def _filter(pattern: object) -> ImageTagMutabilityExclusionFilter:
    return ImageTagMutabilityExclusionFilter(
        ImageTagMutabilityExclusionFilterType="WILDCARD", ImageTagMutabilityExclusionFilterValue=pattern
    )
