"""The maximum size of a template."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.subject import Subject
from generator.findings import Finding

# The limit of a request in bytes; a larger template must be uploaded to a bucket first.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (TemplateBody)
LIMIT = 51_200


def check(subject: Subject) -> Iterator[Finding]:
    """A template that `aws cloudformation deploy` cannot send without a bucket."""
    size = len(subject.text.encode())
    if size > LIMIT:
        message = f"given {size:,} bytes, allowed: {LIMIT:,}; a larger template requires an S3 bucket"
        yield Finding(path=str(subject.path), message=message, check="size")
