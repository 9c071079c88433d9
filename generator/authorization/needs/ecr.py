"""Amazon ECR."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, each_on, needed, through

REPOSITORY = arn("ecr", "repository/{repositoryName}")


def _find_scan(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Under enhanced scanning ECR calls Inspector with the permissions of its caller.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
    """
    yield needed(call, environment, call.name, REPOSITORY)
    yield Need("inspector2:ListCoverage")
    yield Need("inspector2:ListFindings")


def _create(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """With a key, ECR creates grants on it with the permissions of its caller, and retires them with the repository.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    """
    yield needed(call, environment, call.name, REPOSITORY)
    uses = ("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant")
    for need in through(environment, "ecr", str(call.parameters.get("KmsKey", "")), {}, *uses):
        # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
        is_grant = {"kms:GrantIsForAWSResource": "true"} if need.action == "kms:CreateGrant" else {}
        yield need._replace(context={**need.context, **is_grant})


NEEDS: Needs = {
    **each_on("*", "ecr:GetAuthorizationToken"),
    **each_on(
        REPOSITORY,
        "ecr:BatchCheckLayerAvailability",
        "ecr:DescribeImageSigningStatus",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:PutImage",
        "ecr:ReplicateImage",
        "ecr:UploadLayerPart",
    ),
    "ecr:CreateRepository": _create,
    "ecr:DescribeImageScanFindings": _find_scan,
}
