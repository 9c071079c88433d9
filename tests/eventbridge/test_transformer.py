"""The input of a target, as AWS's page shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.eventbridge.transformer import TransformerError, at, transformed

RULE = "arn:aws:events:us-east-2:123456789012:rule/example"
EVENT: dict[str, Any] = {
    "time": "2015-11-11T21:29:54Z",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "count": 3},
}
PATHS = {
    "timestamp": "$.time",
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "resource": "$.resources[0]",
    "detail": "$.detail",
    "count": "$.detail.count",
    "gone": "$.detail.gone[0].deeper",
}


def given_to_the_target(template: str, event: Any = EVENT) -> str:
    """The text that the template becomes."""
    return transformed({"InputPathsMap": PATHS, "InputTemplate": template}, event, RULE)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        (r'"instance \"<instance>\" is in <state>"', r'"instance \"i-0123456789\" is in RUNNING"'),
        ('{"instance" : <instance>, "state": "<state>"}', '{"instance" : "i-0123456789", "state": "RUNNING"}'),
        ('{"state": [ 9, <state>, true ]}', '{"state": [ 9, "RUNNING", true ]}'),
        ('{"n": <count>, "of": "<count>"}', '{"n": 3, "of": "3"}'),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        ('{"arn": <aws.events.rule-arn>}', f'{{"arn": "{RULE}"}}'),
        ('"Detail is <detail>"', '"Detail is {instance-id:i-0123456789,state:RUNNING,count:3}"'),
        ('{"gone": "<gone>"}', '{"gone": ""}'),
        ('"<resource>"\n"<timestamp>"', f'"{EVENT["resources"][0]}"\n"{EVENT["time"]}"'),
    ],
)
def test_templates_become_what_aws_shows(template: str, text: str) -> None:
    """The examples of AWS's page, and the rules under them."""
    assert text == given_to_the_target(template)


def test_objects_stay_json_outside_of_strings() -> None:
    """The event with and without its detail, and an object of a path, are values of JSON fields."""
    template = '{"all": <aws.events.event.json>, "outside": <aws.events.event>, "detail": <detail>}'
    assert json.loads(given_to_the_target(template)) == {
        "all": EVENT,
        "outside": {key: EVENT[key] for key in ("time", "resources")},
        "detail": EVENT["detail"],
    }


def test_values_are_not_escaped() -> None:
    """A quote in a value breaks the JSON, because EventBridge does not escape values."""
    told = given_to_the_target('{"state": "<state>"}', {"detail": {"state": 'a", "b": "c'}})
    assert json.loads(told) == {"state": "a", "b": "c"}


def test_a_name_that_no_path_defines_is_an_error() -> None:
    """EventBridge refuses such a target."""
    with pytest.raises(TransformerError, match="contains invalid placeholder tga"):
        given_to_the_target('{"tag": "<tga>"}')


@pytest.mark.parametrize("path", ["detail.state", "$detail", "$.detail['state']", "$..state", "$.resources[*]"])
def test_a_path_that_is_not_evaluated_is_an_error(path: str) -> None:
    """Nothing is taken for missing that was not looked at."""
    with pytest.raises(ValueError, match="only"):
        at(path, EVENT)


@given(st.text(alphabet=st.characters(exclude_characters='"\\', exclude_categories=("Cc", "Cs"))))
def test_a_text_arrives_whole_with_and_without_quotes(value: str) -> None:
    """Quoted or not in the template, the target reads the value itself."""
    told = given_to_the_target('{"a": "<state>", "b": <state>}', {"detail": {"state": value}})
    assert json.loads(told) == {"a": value, "b": value}
