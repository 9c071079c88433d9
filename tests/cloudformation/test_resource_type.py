"""The records of types agree with AWS's publications about them."""

from __future__ import annotations

import json
import re

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.cloudformation.resource_type import REGIONAL, resource_type, resource_types, service_of
from tests.service_reference import raw_arns

PROPERTIES = ("named_by", "policy", "policy_is_for", "key", "role")
# CloudFormation's ARN of a log group covers its streams:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
STREAMS = ":*"


def is_form_of(written: str, reference: str) -> bool:
    """Whether the parts of an ARN are those of the reference. A part that is a variable there may have a value."""
    ours, theirs = (re.split("[:/]", re.sub(r"\$?\{[^}]*\}", "*", arn)) for arn in (written, reference))
    return len(ours) == len(theirs) and all(is_in in ("*", part) for part, is_in in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", sorted(resource_types()))
def test_arns_are_written_as_the_service_authorization_reference_has_them(name: str) -> None:
    """A wrong ARN would prove the wrong permission."""
    known, service = resource_type(name), service_of(name)
    if known.arn == REGIONAL + "{name}" and service not in {"sns", "sqs"}:
        return  # nothing is said of its ARN: no policy here names it
    written = known.arn.removesuffix(STREAMS).replace("{service}", service)
    assert any(is_form_of(written, arn) for arn in raw_arns(service))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (name, field)
        for name, known in sorted(resource_types().items())
        for field in PROPERTIES
        if getattr(known, field)
    ],
)
def test_the_properties_exist(name: str, field: str) -> None:
    """A misspelt property would never be found, and the policy or key in it never be looked at."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
    assert f'"{getattr(resource_type(name), field)}"' in json.dumps(
        schema["properties"] | schema.get("definitions", {})
    )


def test_a_type_without_a_record_is_like_most_others() -> None:
    """A new type needs a record only for its exceptions."""
    assert (REGIONAL + "{name}", "{name}", "ssm") == (
        resource_type("AWS::SSM::Parameter").arn,
        resource_type("AWS::SSM::Parameter").ref,
        service_of("AWS::SSM::Parameter"),
    )
