"""Routines shared by several services: moving artifacts and writing logs."""

from __future__ import annotations

from collections.abc import Mapping

from generator.authorization.routine import Routine
from generator.cloudformation.offline_stack import OfflineStack

_GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/"
_CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/userguide/"
# The id of a run, of a log stream, of a build: no policy depends on it.
ANY_ID = "00000000-0000-4000-8000-000000000000"

FETCH = Routine(
    f"{_GUIDE}how-to-custom-role.html",
    (
        ("s3:GetObject", {"Bucket": "{Bucket}", "Key": "{Key}"}),
        ("s3:GetObject", {"Bucket": "{Bucket}", "Key": "{Key}", "VersionId": "1"}),
    ),
)
STORE = Routine(
    f"{_GUIDE}S3-artifact-encryption.html",
    (
        (
            "s3:PutObject",
            {"Bucket": "{Bucket}", "Key": "{Key}", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "{KeyArn}"},
        ),
    ),
)
# A connection uploads what it fetches with an ACL, and S3 refuses that without s3:PutObjectAcl (aws/aws-cdk#13557).
STORE_WITH_ACL = Routine(
    STORE.page,
    tuple((name, {**parameters, "ACL": "bucket-owner-full-control"}) for name, parameters in STORE.operations),
)
WRITE_LOG = Routine(
    f"{_CODEBUILD}setting-up-service-role.html",
    (
        ("logs:CreateLogStream", {"logGroupName": "{LogGroup}", "logStreamName": ANY_ID}),
        ("logs:PutLogEvents", {"logGroupName": "{LogGroup}", "logStreamName": ANY_ID}),
    ),
)


def object_key(pipeline: str, artifact: Mapping[str, str]) -> str:
    """The key of an artifact: CodePipeline cuts the names of the pipeline and of the artifact."""
    return f"{pipeline[:20]}/{artifact['Name'][:10]}/a1B2c3D"


def default_key(stack: OfflineStack) -> str:
    """The key that encrypts artifacts if none is named.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html
    """
    place = stack.place
    return f"arn:{place.partition}:kms:{place.region}:{place.account}:alias/aws/s3"
