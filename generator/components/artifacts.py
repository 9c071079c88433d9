"""The bucket that artifacts pass through."""

from __future__ import annotations

from typing import NamedTuple

from awacs import s3
from troposphere import ImportValue, Ref, Sub, Template
from troposphere.s3 import AbortIncompleteMultipartUpload, LifecycleRule, NoncurrentVersionExpiration

from generator.components.bucket import add_bucket, bucket_arn
from generator.components.encryption import Key
from generator.model.grants import Grant
from generator.model.parameters import add_number

LONGEST_APPROVAL_DAYS = 60  # CodePipeline's own limit: an artifact must outlive the approval that waits for it
RETENTION_DAYS = 90
BUCKET = "ArtifactBucket"
WHY = "Keeps what the actions of pipelines and builds pass on: image details, findings, test results."


class ArtifactStore(NamedTuple):
    """The bucket of artifacts and the key that they are encrypted with: of this stack, or imported.

    `policy` is the logical id of the bucket's policy, which must exist before the bucket is used; empty if imported.
    """

    bucket_name: Ref | ImportValue
    key: Key
    policy: str = ""

    @property
    def bucket_arn(self) -> Sub:
        """The ARN of the bucket."""
        return self._arn("")

    def objects(self, *places: str) -> tuple[Sub, ...]:
        """The ARNs of all objects under each of these places of the bucket; of the whole bucket without one.

        CodePipeline stores an artifact at PIPELINE/ARTIFACT/RANDOM, with the first 20 characters of the pipeline's name
        and the first 10 of the artifact's. So does CodeBuild, in the example of a build that CodePipeline has started:
        https://docs.aws.amazon.com/cli/latest/reference/codebuild/batch-get-builds.html#examples
        """
        return tuple(self._arn(f"/{place}*") for place in places or ("",))

    def find(self) -> Grant:
        """Read the bucket's properties before moving artifacts, as CodePipeline and CodeBuild do.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        """
        return Grant(
            sid="FindArtifacts",
            actions=(s3.GetBucketAcl, s3.GetBucketLocation),
            resources=(self.bucket_arn,),
            why="CodePipeline and CodeBuild read the settings of the bucket before they move artifacts.",
        )

    def read_versioning(self) -> Grant:
        """See whether the bucket keeps versions.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
        """
        return Grant(
            sid="SeeVersioning",
            actions=(s3.GetBucketVersioning,),
            resources=(self.bucket_arn,),
            why="CodePipeline checks whether the artifact bucket keeps versions.",
        )

    def fetch(self, *places: str) -> Grant:
        """Download artifacts from these places."""
        return Grant(
            sid="FetchArtifacts",
            actions=(s3.GetObject, s3.GetObjectVersion),
            resources=self.objects(*places),
            why="The input artifact is downloaded.",
        )

    def put(self, *places: str) -> Grant:
        """Upload artifacts to these places."""
        return Grant(
            sid="StoreArtifacts",
            actions=(s3.PutObject,),
            resources=self.objects(*places),
            why="The output artifact is uploaded.",
        )

    def move(self, *places: str) -> Grant:
        """Download and upload artifacts at these places."""
        return Grant(
            sid="MoveArtifacts",
            actions=(s3.GetObject, s3.GetObjectVersion, s3.PutObject),
            resources=self.objects(*places),
            why="Artifacts pass from action to action through the bucket.",
        )

    def use(self) -> tuple[Grant, ...]:
        """Everything that a role needs to fetch and store artifacts anywhere in the bucket, the key included."""
        return (self.find(), self.move(), self.key.use())

    def _arn(self, path: str) -> Sub:
        if isinstance(self.bucket_name, Ref):
            return bucket_arn(self.bucket_name.data["Ref"], path)
        return Sub(f"arn:${{AWS::Partition}}:s3:::${{Bucket}}{path}", Bucket=self.bucket_name)


def add_artifact_retention(template: Template) -> Ref:
    """The parameter for how many days artifacts are kept."""
    return add_number(
        template,
        "ArtifactRetentionDays",
        group="Artifacts",
        label="Keep artifacts for (days)",
        description=f"Days until artifacts expire. Must exceed the longest approval, {LONGEST_APPROVAL_DAYS} days.",
        default=RETENTION_DAYS,
        least=LONGEST_APPROVAL_DAYS + 1,
        most=3650,
    )


def add_artifact_store(template: Template, key: Key, retention_days: Ref | int = RETENTION_DAYS) -> ArtifactStore:
    """An encrypted, versioned, private bucket. It outlives its stack, because its contents are evidence."""
    rule = LifecycleRule(
        Id="ExpireArtifacts",
        Status="Enabled",
        ExpirationInDays=retention_days,
        NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=1),
        AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
    )
    return ArtifactStore(add_bucket(template, BUCKET, key, why=WHY, lifecycle=rule), key, policy=f"{BUCKET}Policy")
