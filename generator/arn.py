"""ARNs that hold in every partition, region and account."""

from __future__ import annotations

from troposphere import Sub


def arn(service: str, resource: str, **values: object) -> Sub:
    """The ARN of a regional resource of this account.

    `resource` is the last part; `${Name}` in it is a parameter, a resource or one of `values`.
    """
    return _sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}", values)


def bare_arn(service: str, resource: str, **values: object) -> Sub:
    """The ARN of a resource whose ARN names neither region nor account: a bucket, an integration of Step Functions."""
    return _sub(f"arn:${{AWS::Partition}}:{service}:::{resource}", values)


def _sub(text: str, values: dict[str, object]) -> Sub:
    return Sub(text, values) if values else Sub(text)
