"""ARNs that are valid in every partition, region and account."""

from __future__ import annotations

from troposphere import Ref, Select, Split, Sub


def arn(service: str, resource: str) -> Sub:
    """The ARN of a regional resource of this account.

    `resource` is the last part; `${Name}` in it is a parameter or a resource of the template.
    """
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


PLACES = ("First", "Second", "Third")


def each_of(names: Ref) -> tuple[Select, ...]:
    """The three places of a parameter that lists one to three names, separated by commas.

    A shorter list is repeated, because Fn::Select refuses an index beyond the end: a,b becomes a,b,a.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-select.html
    """
    name = f"${{{names.data['Ref']}}}"
    return tuple(Select(number, Split(",", Sub(",".join([name] * (number + 1))))) for number in range(len(PLACES)))


def each_arn(service: str, before: str, names: Ref, *ends: str) -> Split:
    """The ARNs of the regional resources that a parameter lists: one to three names, separated by commas.

    The last part of each is `before`, such as `service/`, and the name; with `ends`, each name has an ARN for each end.

    Fn::Join would need no fixed number of names, but its delimiter cannot be a function, and the ARN's beginning
    contains the partition.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-join.html
    """
    parts = {"Each": arn(service, before), **dict(zip(PLACES, each_of(names), strict=True))}
    return Split(",", Sub(",".join(f"${{Each}}${{{place}}}{end}" for place in PLACES for end in ends or ("",)), parts))


def bucket_objects_arn(bucket: str) -> Sub:
    """The ARN of every object in a bucket that is not part of this stack."""
    return Sub(f"arn:${{AWS::Partition}}:s3:::{bucket}/*")
