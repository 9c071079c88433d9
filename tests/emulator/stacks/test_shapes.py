"""Properties as parameters of an API."""

from __future__ import annotations

from typing import Any

import pytest

from generator.cloudformation.refusals import FailedError
from generator.emulator.front.clients import session
from generator.emulator.stacks.shapes import converted


def convert(service: str, operation: str, value: Any) -> Any:
    """The value as the input of an operation."""
    client = session().client(service, region_name="eu-central-1")
    return converted(value, client.meta.service_model.operation_model(operation).input_shape, operation)


def test_capitals_and_types_follow_the_api() -> None:
    """Names get the API's capitals; numbers and booleans in texts are converted."""
    given = {
        "Name": "x",
        "TimeoutInMinutes": "30",
        "BadgeEnabled": "true",
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": "version: 0.2"},
        "Environment": {"EnvironmentVariables": [{"Name": "COUNT", "Value": 3}, {"Name": "ON", "Value": False}]},
    }
    assert {
        "name": "x",
        "timeoutInMinutes": 30,
        "badgeEnabled": True,
        "source": {"type": "CODEPIPELINE", "buildspec": "version: 0.2"},
        "environment": {"environmentVariables": [{"name": "COUNT", "value": "3"}, {"name": "ON", "value": "false"}]},
    } == convert("codebuild", "CreateProject", given)


def test_a_document_becomes_text_if_the_api_expects_text() -> None:
    """A policy is data in a template, and text in the API."""
    assert {"Policy": '{"Version": "2012-10-17"}'} == convert("kms", "CreateKey", {"Policy": {"Version": "2012-10-17"}})


def test_maps_floats_and_bytes() -> None:
    """The keys of a map are data; a float stays one; text becomes bytes where the API expects bytes."""
    assert {"tags": {"Team": "1"}} == convert("eks", "CreateAccessEntry", {"Tags": {"Team": 1}})
    assert {"Threshold": 0.0} == convert("cloudwatch", "PutMetricAlarm", {"Threshold": 0})
    assert {"Plaintext": b"x"} == convert("kms", "Encrypt", {"Plaintext": "x"})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Nmae": "x"}, "CreateProject has no Nmae; it has name, description, source"),
        ({"Source": {"Typ": "x"}}, r"CreateProject.source has no Typ"),
        ({"Source": "x"}, 'CreateProject.source: given "x", allowed: a structure'),
        ({"Tags": {"a": "b"}}, r'CreateProject.tags: given {"a": "b"}, allowed: a list'),
        ({"TimeoutInMinutes": "soon"}, 'CreateProject.timeoutInMinutes: given "soon", allowed: a integer'),
        ({"BadgeEnabled": "yes"}, 'CreateProject.badgeEnabled: given "yes", allowed: a boolean'),
    ],
)
def test_a_value_that_does_not_fit_is_reported(value: Any, said: str) -> None:
    """A property that the API does not know, and a value of another type, are named with their place."""
    with pytest.raises(FailedError) as caught:
        convert("codebuild", "CreateProject", value)
    assert said in str(caught.value)
