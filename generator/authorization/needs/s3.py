"""Amazon S3."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, asks_for, each_on, needed, through

_BUCKET = "arn:{partition}:s3:::{Bucket}"
_OBJECT = f"{_BUCKET}/{{Key}}"


def _get_object(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Reading a version is an action of its own. S3 decrypts with the permissions of its caller.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    versioned = call.parameters.get("VersionId") is not None
    yield needed(call, environment, "s3:GetObjectVersion" if versioned else "s3:GetObject", _OBJECT)
    yield from _encrypted_object(call, environment, "kms:Decrypt")


def _put_object(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The encryption keys of the context come from the request: the default of the bucket does not count.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    headers = {
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    }
    said = {key: f"{{{name}}}" for key, name in headers.items() if call.parameters.get(name) is not None}
    yield needed(call, environment, "s3:PutObject", _OBJECT, context=said)
    if call.parameters.get("ACL"):  # the header x-amz-acl needs an action of its own
        yield needed(call, environment, "s3:PutObjectAcl", _OBJECT)
    yield from _encrypted_object(call, environment, "kms:GenerateDataKey")


def _encrypted_object(call: Asked, environment: CallEnvironment, *actions: str) -> Iterator[Need]:
    bucket = f"arn:{environment.place.partition}:s3:::{call.parameters['Bucket']}"
    key = str(call.parameters.get("SSEKMSKeyId") or environment.keys.get(bucket, ""))
    # With a Bucket Key the context is the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    yield from through(environment, "s3", key, {"aws:s3:arn": bucket}, *actions)


NEEDS: Needs = {
    "s3:GetObject": _get_object,
    "s3:HeadObject": _get_object,
    "s3:PutObject": _put_object,
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:HeadBucket": asks_for("s3:ListBucket", _BUCKET),
    "s3:ListObjectsV2": asks_for("s3:ListBucket", _BUCKET),
    **each_on(_BUCKET, "s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
}
