"""Amazon S3."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::S3::Bucket": ResourceType(
        arn="arn:{partition}:s3:::{name}",
        lower_case=True,
        key="KMSMasterKeyID",
        purpose="Keeps files in versions, encrypted.",
    ),
    "AWS::S3::BucketPolicy": ResourceType(
        policy="PolicyDocument",
        policy_is_for="Bucket",
        purpose="Refuses unsafe requests to a bucket, and says which services may write to it.",
    ),
}
