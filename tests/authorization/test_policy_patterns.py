"""Patterns of policies: wildcards, ARNs by segment, variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.authorization.policy_patterns import is_action, is_arn, is_equal, is_like, is_resource

PLAIN = st.text(alphabet="ab:/-.[(", max_size=8)
PATTERN = st.text(alphabet="ab:/*?", max_size=8)
SEGMENT = st.text(alphabet="ab/-.*", max_size=4)


def like(pattern: str, text: str) -> bool:
    """Wildcards as they are explained: `*` is nothing, or a sign and more of it; `?` is one sign."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return like(pattern[1:], text) or (text != "" and like(pattern, text[1:]))
    return text != "" and pattern[0] in ("?", text[0]) and like(pattern[1:], text[1:])


@given(PATTERN, PLAIN)
def test_wildcards_match_as_aws_documents(pattern: str, text: str) -> None:
    """`*` matches any characters, `?` matches one, and every other character matches itself."""
    assert like(pattern, text) == is_like(pattern, text, {})


@given(PLAIN)
def test_a_text_without_wildcards_is_like_itself_alone(text: str) -> None:
    """Signs that mean something elsewhere mean nothing here."""
    assert is_like(text, text, {})
    assert not is_like(text, f"{text}a", {})


@given(PATTERN)
def test_a_pattern_matches_itself(pattern: str) -> None:
    """A pattern covers itself as a text: AWS compares its own policies that way."""
    assert is_like(pattern, pattern, {})


@given(st.lists(SEGMENT, min_size=6, max_size=6).map(":".join))
def test_an_arn_matches_itself(arn: str) -> None:
    """A pattern of an ARN covers itself, as a resource and in a condition."""
    assert is_resource(arn, arn, {})
    assert is_arn(arn, arn, {})


@given(st.sampled_from(["ecr:BatchGetImage", "ecr:Batch*", "*"]), st.sampled_from([str.lower, str.upper, str.title]))
def test_actions_have_no_case(pattern: str, change: object) -> None:
    """Prefix and name of an action are not case-sensitive, as AWS documents for iam:ListAccessKeys."""
    assert callable(change)
    assert is_action(change(pattern), "ecr:BatchGetImage")
    assert is_action(pattern, change("ecr:BatchGetImage"))


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("iam:*AccessKey*", "iam:UpdateAccessKey", True),
        ("iam:*AccessKey*", "iam:GetUser", False),
        ("s3:*", "s3:GetObject", True),
        ("s3:*", "s3express:CreateSession", False),
        ("s3:Get?bject", "s3:GetObject", True),
    ],
)
def test_actions_by_pattern(pattern: str, action: str, *, covered: bool) -> None:
    """Wildcards in actions, with the examples of AWS.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    assert covered == is_action(pattern, action)


BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("1/test/object.jpg", True),
        ("1/2/test/3/object.jpg", True),
        ("1///test///object.jpg", True),
        ("1/test/.jpg", True),
        ("/test/object.jpg", True),
        ("1/test/", True),
        ("1-test/object.jpg", False),
        ("test/object.jpg", False),
        ("1/2/test.jpg", False),
    ],
)
def test_a_slash_is_a_character_like_others(name: str, *, covered: bool) -> None:
    """The objects that bucket/*/test/* covers, and those that it does not, as AWS lists them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    assert covered == is_resource(f"{BUCKET}/*/test/*", f"{BUCKET}/{name}", {})


@pytest.mark.parametrize(
    ("pattern", "arn", "covered"),
    [
        ("*", "*", True),
        ("*", "arn:aws:s3:::bucket", True),
        ("arn:*", "arn:aws:s3:::bucket", True),
        ("arn:*", "*", False),
        ("arn:aws:iam::111122223333:*", "arn:aws:iam::111122223333:role/x", True),
        ("arn:aws:logs:*:1:log-group:x:*", "arn:aws:logs:eu:1:log-group:x:log-stream:y", True),
        ("arn:aws:logs:eu-*-1:1:group", "arn:aws:logs:eu-west-1:1:group", True),
        ("arn:aws:logs:e*u:1:group", "arn:aws:logs:e:x:u:1:group", False),
        ("arn:aws:logs:e?u:1:group", "arn:aws:logs:e:u:1:group", False),
        ("arn:aws:logs:e*:1:group", "arn:aws:logs:e:x:1:group", True),
        (f"{BUCKET}/Key", f"{BUCKET}/key", False),
    ],
)
def test_a_star_crosses_a_colon_at_the_end_of_a_segment_only(pattern: str, arn: str, *, covered: bool) -> None:
    """Inside a segment a wildcard stays in it; the last segment is the whole rest. Resources have a case."""
    assert covered == is_resource(pattern, arn, {})


@pytest.mark.parametrize(
    ("pattern", "arn", "covered"),
    [
        ("arn:*:ec2:*:*:subnet/subnet-1", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", True),
        ("arn:aws:sns:us-west-2:123456789012:TOPIC-ID", "arn:aws:sns:us-west-2:777788889999:TOPIC-ID", False),
        ("arn:aws:events:*:rule/x", "arn:aws:events:eu-west-1:111122223333:rule/x", False),
        ("*", "arn:aws:events:eu-west-1:111122223333:rule/x", False),
        ("arn:aws:events:*:*:rule/*", "orders", False),
    ],
)
def test_conditions_compare_arns_segment_by_segment(pattern: str, arn: str, *, covered: bool) -> None:
    """No wildcard of ArnLike crosses into another of the six segments."""
    assert covered == is_arn(pattern, arn, {})


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        ("home/${aws:username}/", "home/martha_rivera/", True),
        ("home/${AWS:UserName}/", "home/martha_rivera/", True),
        ("home/${aws:username}/", "home/nikki_wolf/", False),
        ("home/${aws:PrincipalTag/team}/", "home//", False),
        ("home/${aws:PrincipalTag/team, 'company-wide'}/", "home/company-wide/", True),
        ("${aws:TagKeys}", "a", False),
        ("${*}${?}${$}", "*?$", True),
        ("${aws:Stars}", "***", True),
    ],
)
def test_variables_are_replaced_by_values_of_the_request(text: str, value: str, *, same: bool) -> None:
    """A variable without a value matches nothing, nor does one with several values.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    context = {"aws:username": ["martha_rivera"], "aws:tagkeys": ["a", "b"], "aws:stars": ["***"]}
    assert same == is_equal(text, value, context)
    assert same == is_like(text, value, context)


def test_the_value_of_a_variable_is_no_wildcard() -> None:
    """A user called `*` gets no other's files."""
    assert not is_like("home/${aws:username}", "home/x", {"aws:username": ["*"]})
    assert not is_resource("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/x", {"aws:username": ["*"]})
