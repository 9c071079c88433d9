"""Amazon ECR."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, each_on, needed

REPOSITORY = arn("ecr", "repository/{repositoryName}")


def _find_scan(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Under enhanced scanning ECR asks Inspector, with the permissions of its caller.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
    """
    yield needed(call, environment, call.name, REPOSITORY)
    yield Need("inspector2:ListCoverage")
    yield Need("inspector2:ListFindings")


NEEDS: Needs = {
    **each_on("*", "ecr:GetAuthorizationToken"),
    **each_on(
        REPOSITORY,
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
    "ecr:DescribeImageScanFindings": _find_scan,
}
