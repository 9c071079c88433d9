"""The bucket that artifacts travel through."""

from __future__ import annotations

from typing import NamedTuple

from awacs import s3
from awacs.aws import (
    Action,
    Bool,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringNotEquals,
)
from troposphere import GetAtt, Ref, Sub, Template
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    NoncurrentVersionExpiration,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from generator.components.encryption import Key
from generator.iam import Grant, add_shared_policy
from generator.outputs import add_output
from generator.parameters import add_number

LONGEST_APPROVAL_DAYS = 60  # CodePipeline's own limit: an artifact must outlive the approval that waits for it


class ArtifactStore(NamedTuple):
    """The bucket of artifacts and the key that they are encrypted with."""

    bucket_name: Ref
    bucket_arn: GetAtt
    objects_arn: Sub
    key: Key
    policy: Ref

    def use(self) -> tuple[Grant, ...]:
        """Fetch and store artifacts, as `policy` grants it to every role that does; the key goes with them."""
        return _read_write(self.bucket_arn, self.objects_arn, self.key)

    def read_versioning(self) -> Grant:
        """See whether the bucket keeps versions: CodePipeline asks."""
        return Grant(
            sid="SeeVersioning",
            actions=(s3.GetBucketVersioning,),
            resources=(self.bucket_arn,),
            why="CodePipeline looks whether the artifact bucket keeps versions.",
        )


def add_artifact_store(template: Template, key: Key) -> ArtifactStore:
    """An encrypted, versioned, private bucket; it outlives its stack, because what it holds is evidence."""
    days = add_number(
        template,
        "ArtifactRetentionDays",
        group="Pipeline",
        label="Keep artifacts for (days)",
        description=f"Artifacts expire then, after the longest approval ({LONGEST_APPROVAL_DAYS} days).",
        default=90,
        least=LONGEST_APPROVAL_DAYS + 1,
        most=3650,
    )
    bucket = Bucket(
        "ArtifactBucket",
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
        LifecycleConfiguration=LifecycleConfiguration(
            Rules=[
                LifecycleRule(
                    Id="ExpireArtifacts",
                    Status="Enabled",
                    ExpirationInDays=days,
                    NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=1),
                    AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
                )
            ]
        ),
        OwnershipControls=OwnershipControls(Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
    )
    template.add_resource(bucket)
    arn, objects_arn = GetAtt(bucket, "Arn"), Sub("${ArtifactBucket.Arn}/*")
    policy = add_shared_policy(template, "ArtifactPolicy", _read_write(arn, objects_arn, key))
    store = ArtifactStore(Ref(bucket), arn, objects_arn, key, policy)
    template.add_resource(
        BucketPolicy(
            "ArtifactBucketPolicy",
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
            Bucket=store.bucket_name,
            PolicyDocument=PolicyDocument(Version="2012-10-17", Statement=_refusals(store)),
        )
    )
    add_output(template, "ArtifactBucketName", store.bucket_name, "The bucket of artifacts; it outlives the stack")
    return store


def _read_write(bucket_arn: GetAtt, objects_arn: Sub, key: Key) -> tuple[Grant, ...]:
    """What CodePipeline and CodeBuild need for artifacts.

    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    return (
        Grant(
            sid="FindArtifacts",
            actions=(s3.GetBucketAcl, s3.GetBucketLocation),
            resources=(bucket_arn,),
            why="The bucket is looked at before artifacts are moved.",
        ),
        Grant(
            sid="MoveArtifacts",
            actions=(s3.GetObject, s3.GetObjectVersion, s3.PutObject),
            resources=(objects_arn,),
            why="Artifacts are handed from action to action through the bucket.",
        ),
        key.use(),
    )


def _refusals(store: ArtifactStore) -> list[Statement]:
    """What the bucket refuses, whoever asks.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html
    """
    return [
        Statement(
            Sid="RefusePlainHttp",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[Action("s3", "*")],
            Resource=[store.bucket_arn, store.objects_arn],
            Condition=Condition(Bool({"aws:SecureTransport": "false"})),
        ),
        Statement(
            Sid="RefuseOtherEncryption",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[s3.PutObject],
            Resource=[store.objects_arn],
            Condition=Condition(StringNotEquals({"s3:x-amz-server-side-encryption": "aws:kms"})),
        ),
    ]
