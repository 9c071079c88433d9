"""The bucket from which CodeArtifact serves packages. It belongs to AWS, so the endpoint must allow it explicitly."""

from __future__ import annotations

from awacs import s3
from troposphere import Equals, Ref, Sub, Template

from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

ENDPOINTS = ("CreateCodeartifactApiEndpoint", "CreateCodeartifactRepositoriesEndpoint")


def add_package_bucket(template: Template, group: str) -> Grant:
    """The grant for the S3 endpoint to read from CodeArtifact's bucket, if it is named.

    AWS owns the bucket, a different one in each region, and lists only some of them; the domain shows its own. It is
    read by addresses that CodeArtifact has signed, so the caller is no principal of this account. Python and Swift
    packages do not come from there.
    https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html
    """
    bucket = add_parameter(
        template,
        "CodeArtifactBucketArn",
        group=group,
        label="Bucket of CodeArtifact",
        description="Bucket for CodeArtifact packages other than Python and Swift: s3BucketArn in the output of "
        "aws codeartifact describe-domain. Empty: no such packages.",
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:s3:::assets-[0-9]{12}-[a-z]+(-[a-z]+)+-[0-9])?$",
        ConstraintDescription="Enter an ARN such as arn:aws:s3:::assets-438097961670-eu-west-1, or leave it empty.",
    )
    add_rule(
        template,
        "PackagesNeedTheirEndpoints",
        *((Equals(Ref(asked), "yes"), f"CodeArtifactBucketArn is set: choose yes for {asked}.") for asked in ENDPOINTS),
        when=is_given(bucket),
    )
    return Grant(
        sid="ReadPackageFiles",
        actions=(s3.GetObject,),
        resources=(Sub("${CodeArtifactBucketArn}/*"),),
        why="CodeArtifact keeps the files of packages in this bucket.",
        only_if=add_condition(template, "HasPackageBucket", is_given(bucket)),
    )
