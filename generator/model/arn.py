"""ARNs that hold in every partition, region and account."""

from __future__ import annotations

from troposphere import Sub


def arn(service: str, resource: str) -> Sub:
    """The ARN of a regional resource of this account.

    `resource` is the last part; `${Name}` in it is a parameter or a resource of the template.
    """
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def bucket_objects_arn(bucket: str) -> Sub:
    """The ARN of everything in a bucket that is not of this stack."""
    return Sub(f"arn:${{AWS::Partition}}:s3:::{bucket}/*")
