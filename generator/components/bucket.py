"""The bucket of every template: private, versioned, encrypted with the key of the stack, and durable."""

from __future__ import annotations

from collections.abc import Iterable

from awacs import s3
from awacs.aws import Action, Bool, Condition, Deny, PolicyDocument, Principal, Statement, StringNotEquals
from troposphere import Ref, Sub, Template
from troposphere.s3 import (
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from generator.components.encryption import Key
from generator.model.parameters import under
from generator.model.purpose import purpose


def bucket_arn(title: str, path: str = "") -> Sub:
    """The ARN of a bucket of this stack, or of a path in it."""
    return Sub(f"arn:${{AWS::Partition}}:s3:::${{{title}}}{path}")


def add_bucket(
    template: Template,
    title: str,
    key: Key,
    *,
    why: str,
    lifecycle: LifecycleRule,
    refusals: Iterable[Statement] = (),
    only_if: str = "",
) -> Ref:
    """The bucket, and its policy `<title>Policy`. Both outlive their stack, because the contents are evidence.

    `why` is the purpose of the bucket, a sentence. `refusals` are further statements of the policy. `only_if` is the
    condition under which both exist.
    """
    bucket = Bucket(
        title,
        Metadata=purpose(why),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        BucketEncryption=BucketEncryption(
            ServerSideEncryptionConfiguration=[
                ServerSideEncryptionRule(
                    BucketKeyEnabled=True,
                    ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(
                        SSEAlgorithm="aws:kms", KMSMasterKeyID=key.arn
                    ),
                )
            ]
        ),
        LifecycleConfiguration=LifecycleConfiguration(Rules=[lifecycle]),
        OwnershipControls=OwnershipControls(Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
        **under(only_if),
    )
    template.add_resource(bucket)
    template.add_resource(
        BucketPolicy(
            f"{title}Policy",
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
            Bucket=Ref(bucket),
            PolicyDocument=PolicyDocument(Version="2012-10-17", Statement=[*_unsafe(title, key), *refusals]),
            **under(only_if),
        )
    )
    return Ref(bucket)


def _unsafe(title: str, key: Key) -> list[Statement]:
    """Deny to every caller: plain HTTP, and an upload that does not name the key of the bucket.

    An upload that says aws:kms and names no key is encrypted with AWS's key aws/s3, not with the default of the bucket.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html
    """
    return [
        Statement(
            Sid="RefusePlainHttp",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[Action("s3", "*")],
            Resource=[bucket_arn(title), bucket_arn(title, "/*")],
            Condition=Condition(Bool({"aws:SecureTransport": "false"})),
        ),
        Statement(
            Sid="RefuseOtherEncryption",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[s3.PutObject],
            Resource=[bucket_arn(title, "/*")],
            Condition=Condition(StringNotEquals({"s3:x-amz-server-side-encryption-aws-kms-key-id": key.arn})),
        ),
    ]
