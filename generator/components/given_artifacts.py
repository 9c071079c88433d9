"""The artifacts of another stack's pipeline, for a build that reads what the pipeline hands it and leaves nothing."""

from __future__ import annotations

from typing import NamedTuple

from awacs import kms, s3
from troposphere import Ref, Sub, Template

from generator.arn import bucket_objects_arn
from generator.components.encryption import Key
from generator.iam import Grant, add_shared_policy
from generator.parameters import add_parameter

GROUP = "Artifacts of the pipeline"


class GivenArtifacts(NamedTuple):
    """The bucket of a pipeline, to read from. `key` is this stack's own, for its logs."""

    bucket_name: Ref
    bucket_key_arn: Ref
    key: Key
    policy: Ref

    def use(self) -> tuple[Grant, ...]:
        """Fetch artifacts, as `policy` grants it, and store none."""
        return _read(self.bucket_name, self.bucket_key_arn)


def add_given_artifacts(template: Template, key: Key) -> GivenArtifacts:
    """The parameters that name bucket and key as the outputs of the pipeline's stack tell them."""
    bucket = add_parameter(
        template,
        "ArtifactBucketName",
        group=GROUP,
        label="Artifact bucket",
        description="The output ArtifactBucketName of the pipeline's stack.",
        AllowedPattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        ConstraintDescription="Type the name of a bucket, without s3://.",
    )
    bucket_key = add_parameter(
        template,
        "ArtifactKeyArn",
        group=GROUP,
        label="Key of the artifacts",
        description="The output KeyArn of the pipeline's stack.",
        AllowedPattern="^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$",
        ConstraintDescription="Type the ARN of a key (arn:aws:kms:...:key/...).",
    )
    policy = add_shared_policy(template, "ArtifactPolicy", _read(bucket, bucket_key))
    return GivenArtifacts(bucket, bucket_key, key, policy)


def _read(bucket: Ref, bucket_key: Ref) -> tuple[Grant, ...]:
    """What CodeBuild needs for its input.

    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    """
    name = f"${{{bucket.data['Ref']}}}"
    return (
        Grant(
            sid="FindArtifacts",
            actions=(s3.GetBucketAcl, s3.GetBucketLocation),
            resources=(Sub(f"arn:${{AWS::Partition}}:s3:::{name}"),),
            why="The bucket is looked at before artifacts are fetched.",
        ),
        Grant(
            sid="FetchArtifacts",
            actions=(s3.GetObject, s3.GetObjectVersion),
            resources=(bucket_objects_arn(name),),
            why="The pipeline hands the build an artifact of its own.",
        ),
        Grant(
            sid="DecryptArtifacts",
            actions=(kms.Decrypt, kms.DescribeKey),
            resources=(bucket_key,),
            why="Artifacts are encrypted with the key of the pipeline.",
        ),
    )
