"""Differences between the partitions of AWS."""

from __future__ import annotations

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
DEFAULT_SUFFIX = "amazonaws.com"
OTHER_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}


def url_suffix(partition: str) -> str:
    """AWS::URLSuffix: the end of the names of AWS's hosts in the partition.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
    """
    return OTHER_SUFFIXES.get(partition, DEFAULT_SUFFIX)


def console_host(partition: str) -> str:
    """The host of the console in a partition.

    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html
    https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
    """
    return CONSOLES.get(partition, CONSOLES["aws"])
