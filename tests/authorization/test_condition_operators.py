"""Conditions, with the tables of AWS's documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.authorization.condition_operators import UnsupportedError, hold

Condition = dict[str, dict[str, Any]]
ENVIRONMENT: Condition = {
    "StringEqualsIgnoreCase": {"aws:RequestTag/environment": ["preprod", "storage"]},
    "ForAnyValue:StringEquals": {"aws:TagKeys": "environment"},
}
TWO_TAGS: Condition = {
    "ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]},
    "Null": {"aws:TagKeys": "false"},
}
ANY_TAG: Condition = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}
JOB: Condition = {"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}
HTTP: Condition = {"Bool": {"aws:SecureTransport": "false"}}
TOPIC = "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"
FROM_TOPIC: Condition = {"ArnEquals": {"aws:SourceArn": TOPIC}}
SMALL: Condition = {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/"
DISTRIBUTIONS: Condition = {
    "ForAllValues:ArnLike": {"logs:LogGeneratingResourceArns": [f"{DISTRIBUTION}*", f"{DISTRIBUTION}support*"]}
}
TABLES: list[tuple[Condition, dict[str, list[str]], bool]] = [
    (JOB, {"aws:principaltag/job-category": ["iamuser-admin"]}, True),
    (JOB, {"aws:principaltag/job-category": ["dev-ops"]}, False),
    (JOB, {}, False),
    (ENVIRONMENT, {"aws:tagkeys": ["environment"], "aws:requesttag/environment": ["preprod"]}, True),
    (ENVIRONMENT, {"aws:tagkeys": ["environment", "costcenter"], "aws:requesttag/environment": ["PreProd"]}, True),
    (ENVIRONMENT, {"aws:tagkeys": ["Environment"], "aws:requesttag/environment": ["preprod"]}, False),
    (ENVIRONMENT, {"aws:tagkeys": ["costcenter"], "aws:requesttag/environment": ["preprod"]}, False),
    (ENVIRONMENT, {"aws:requesttag/environment": ["storage"]}, False),
    (ENVIRONMENT, {"aws:tagkeys": ["environment"]}, False),
    (ENVIRONMENT, {}, False),
    (HTTP, {"aws:securetransport": ["false"]}, True),
    (HTTP, {"aws:securetransport": ["true"]}, False),
    (HTTP, {}, False),
    (FROM_TOPIC, {"aws:sourcearn": [TOPIC]}, True),
    (FROM_TOPIC, {"aws:sourcearn": ["arn:aws:sns:us-west-2:777788889999:TOPIC-ID"]}, False),
    (FROM_TOPIC, {}, False),
    (DISTRIBUTIONS, {"logs:loggeneratingresourcearns": [f"{DISTRIBUTION}costcenter"]}, True),
    (
        DISTRIBUTIONS,
        {"logs:loggeneratingresourcearns": [f"{DISTRIBUTION}costcenter", f"{DISTRIBUTION}support2025"]},
        True,
    ),
    (
        DISTRIBUTIONS,
        {"logs:loggeneratingresourcearns": ["arn:aws:cloudfront::777788889999:distribution/costcenter"]},
        False,
    ),
    (DISTRIBUTIONS, {}, True),
    (SMALL, {"ec2:instancetype": ["t1.micro"]}, True),
    (SMALL, {"ec2:instancetype": ["m2.micro"]}, False),
    (SMALL, {}, True),
    (TWO_TAGS, {"aws:tagkeys": ["environment"]}, True),
    (TWO_TAGS, {"aws:tagkeys": ["environment", "cost-center"]}, True),
    (TWO_TAGS, {"aws:tagkeys": ["environment", "dept"]}, False),
    (TWO_TAGS, {}, False),
    (ANY_TAG, {"aws:tagkeys": ["environment", "dept"]}, True),
    (ANY_TAG, {"aws:tagkeys": ["dept"]}, False),
    (ANY_TAG, {}, False),
]


@pytest.mark.parametrize(("condition", "context", "holds"), TABLES)
def test_examples_of_aws_have_the_documented_results(
    condition: Condition, context: dict[str, list[str]], *, holds: bool
) -> None:
    """Every example of the two pages has the documented result, except the one with ForAllValues:StringNotLike.

    Its table contradicts its own policy (a path that is on the list, and one that is not, the wrong way round) and what
    both pages say in words: that ForAllValues holds for a key without values.
    """
    assert holds == hold(condition, context)


NUMBERS = [
    ("NumericEquals", "10", True),
    ("NumericEquals", "10.0", True),
    ("NumericNotEquals", "10", False),
    ("NumericLessThan", "10", False),
    ("NumericLessThan", "9", True),
    ("NumericLessThanEquals", "10", True),
    ("NumericGreaterThan", "10", False),
    ("NumericGreaterThan", "11", True),
    ("NumericGreaterThanEquals", "10", True),
    ("NumericEquals", "ten", False),
]


@pytest.mark.parametrize(("operator", "value", "holds"), NUMBERS)
def test_numbers_are_compared_as_numbers(operator: str, value: str, *, holds: bool) -> None:
    """s3:max-keys against 10. A text that is no number counts as absent."""
    assert holds == hold({operator: {"s3:max-keys": 10}}, {"s3:max-keys": [value]})


NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


@given(
    st.sampled_from(sorted(NEGATED.items())),
    st.lists(st.sampled_from(["1", "2", "a*", "arn:aws:s3:::a", "arn:aws:s3:::*"]), min_size=1, max_size=3),
    st.lists(st.sampled_from(["1", "a", "arn:aws:s3:::a"]), max_size=1),
)
def test_a_negation_is_the_opposite(pair: tuple[str, str], wanted: list[str], values: list[str]) -> None:
    """...Not... holds exactly where the operator does not, a missing key included; with IfExists both hold then."""
    negation, operator = pair
    context = {"key": values}
    assert hold({negation: {"key": wanted}}, context) != hold({operator: {"key": wanted}}, context)
    if not values:
        assert hold({f"{operator}IfExists": {"key": wanted}, f"{negation}IfExists": {"key": wanted}}, context)


@given(st.lists(st.sampled_from("ab"), max_size=3), st.lists(st.sampled_from("abc"), max_size=3))
def test_quantifiers_are_about_the_values_of_the_request(wanted: list[str], values: list[str]) -> None:
    """ForAllValues holds when every value is among those of the policy, ForAnyValue when one is."""
    context = {"aws:tagkeys": values}
    assert ({*values} <= {*wanted}) == hold({"ForAllValues:StringEquals": {"aws:TagKeys": wanted}}, context)
    assert bool({*values} & {*wanted}) == hold({"ForAnyValue:StringEquals": {"aws:TagKeys": wanted}}, context)


def test_null_checks_whether_a_key_exists() -> None:
    """Null asks whether there is a value: true means that there is none."""
    assert hold({"Null": {"aws:TokenIssueTime": "true"}}, {})
    assert hold({"Null": {"aws:TokenIssueTime": False}}, {"aws:tokenissuetime": ["x"]})
    assert not hold({"Null": {"aws:TokenIssueTime": "true"}}, {"aws:tokenissuetime": ["x"]})


def test_every_key_and_operator_must_match() -> None:
    """Operators and keys are joined by and, the values of a key by or."""
    condition: Condition = {"StringEquals": {"a": ["1", "2"], "b": "3"}, "StringLike": {"c": "x*"}}
    assert hold(condition, {"a": ["2"], "b": ["3"], "c": ["xyz"]})
    assert not hold(condition, {"a": ["2"], "b": ["4"], "c": ["xyz"]})
    assert not hold(condition, {"a": ["2"], "b": ["3"], "c": ["yz"]})
    assert hold({}, {})


@pytest.mark.parametrize(
    "operator", ["DateLessThan", "IpAddress", "NotIpAddress", "BinaryEquals", "stringequals", "NullIfExists", "Equals"]
)
def test_an_unknown_operator_is_not_ignored(operator: str) -> None:
    """A condition that is not evaluated here is an error, even if another key already decides."""
    with pytest.raises(UnsupportedError, match=operator):
        hold({"StringEquals": {"a": "1"}, operator: {"b": "2"}}, {"a": ["0"]})


def test_several_values_need_a_quantifier() -> None:
    """AWS does not say what StringEquals means for a key of several values."""
    with pytest.raises(UnsupportedError, match="aws:TagKeys, which has several values"):
        hold({"StringEquals": {"aws:TagKeys": "a"}}, {"aws:tagkeys": ["a", "b"]})
