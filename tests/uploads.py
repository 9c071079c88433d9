"""Uploads as buckets accept them."""

from __future__ import annotations

from collections.abc import Iterable

from generator.cloudformation.offline_stack import OfflineStack

KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def encrypted(stacks: Iterable[OfflineStack], title: str = "ArtifactBucket") -> dict[str, str]:
    """The condition keys of an upload with the key of the bucket, which its policy never refuses."""
    buckets = (bucket for stack in stacks for name, bucket in stack.resources("AWS::S3::Bucket") if name == title)
    [rule] = next(buckets)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = str(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    return {"s3:x-amz-server-side-encryption": "aws:kms", KEY_ID: key, "aws:SecureTransport": "true"}
