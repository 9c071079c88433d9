"""Functions and conditions, written for people."""

from __future__ import annotations

from typing import Any

import pytest
from troposphere import Ref, encode_to_dict

from generator.model.arn import each_arn, each_of
from generator.prose import in_words, plain
from tests.conftest import WITH_CONDITIONS

EXPORT = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:ArtifactBucket"}}
NAME = {"Ref": "Name"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (NAME, "${Name}"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "${Key.Arn}"),
        (["a", NAME], "a, ${Name}"),
        (EXPORT, "${ArtifactBucket of the platform}"),
        (
            {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${Name}"},
            "ssm:parameter/${Name}",
        ),
        ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Name}/*"}, "s3:::${Name}/*"),
        (
            {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}/${Name}/*", {"Bucket": EXPORT}]},
            "s3:::${ArtifactBucket of the platform}/${Name}/*",
        ),
        ({"Fn::Split": [",", NAME]}, "${Name}"),
        (encode_to_dict(each_of(Ref("Names"))[1]), "${each of Names}"),
        (encode_to_dict(each_arn("ecs", "service/", Ref("Names"))), "ecs:service/${each of Names}"),
        (
            encode_to_dict(each_arn("lambda", "function:", Ref("Names"), "", ":*")),
            "lambda:function:${each of Names}, lambda:function:${each of Names}:*",
        ),
        ({"Fn::Select": [0, {"Fn::Split": ["/", NAME]}]}, '${part 1 of Name split at "/"}'),
        ({"Fn::Join": ["", ["a:", NAME, ":*"]]}, "a:${Name}:*"),
        ({"Fn::Join": ["\n", ["one", "two"]]}, "one\ntwo"),
        ({"Fn::Join": [",", {"Fn::Split": [",", NAME]}]}, "${Name}"),
        ({"Fn::If": ["C", "a", NAME]}, "a or ${Name}"),
        ({"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, "a"),
        ({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, "b"]}, "b"),
        ({"Fn::Base64": "a"}, '{"Fn::Base64": "a"}'),
    ],
)
def test_a_function_is_written_as_a_text(value: Any, text: str) -> None:
    """Names represent values of a stack; the usual beginning of an ARN is left out; other functions stay JSON."""
    assert text == plain(value)


CONDITIONS: dict[str, Any] = {
    "Given": {"Fn::Not": [{"Fn::Equals": [NAME, ""]}]},
    "Staging": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "none"]}]},
    "Either": {"Fn::Or": [{"Condition": "Given"}, {"Condition": "Staging"}]},
}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("Given", "`Name` is not empty"),
        ({"Fn::Equals": [NAME, ""]}, "`Name` is empty"),
        ({"Fn::Equals": [NAME, "on"]}, "`Name` is `on`"),
        ({"Fn::Not": [{"Fn::Equals": [NAME, {"Ref": "Other"}]}]}, "`Name` is not `Other`"),
        ({"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}, "`AWS::Partition` is `aws-cn`"),
        ({"Condition": "Staging"}, "`Stage` is not `none`"),
        (
            {"Fn::And": [{"Condition": "Given"}, {"Condition": "Staging"}]},
            "`Name` is not empty and `Stage` is not `none`",
        ),
        ("Either", "`Name` is not empty or `Stage` is not `none`"),
        ({"Fn::Not": [{"Condition": "Either"}]}, "not (`Name` is not empty or `Stage` is not `none`)"),
        (
            {"Fn::And": [{"Condition": "Either"}, {"Fn::Equals": [NAME, "a"]}]},
            "(`Name` is not empty or `Stage` is not `none`) and `Name` is `a`",
        ),
        (
            {"Fn::Or": [{"Fn::And": [{"Condition": "Given"}, {"Condition": "Staging"}]}, {"Fn::Equals": [NAME, "a"]}]},
            "(`Name` is not empty and `Stage` is not `none`) or `Name` is `a`",
        ),
        (
            {"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": ["/", NAME]}]}, "24"]},
            '`part 2 of Name split at "/"` is `24`',
        ),
    ],
)
def test_a_condition_is_a_clause(condition: Any, words: str) -> None:
    """It names parameters and values; named conditions are written out, and brackets keep the order."""
    assert words == in_words(condition, CONDITIONS)


def test_something_else_is_no_condition() -> None:
    """A function that CloudFormation does not allow there is a mistake in the generator."""
    with pytest.raises(ValueError, match="no condition of CloudFormation"):
        in_words({"Fn::ImportValue": "a"}, {})


@pytest.mark.parametrize("name", sorted(WITH_CONDITIONS))
def test_every_condition_of_a_template_can_be_written(name: str) -> None:
    """No page has JSON in the place of a condition."""
    conditions = WITH_CONDITIONS[name].get("Conditions", {})
    written = [in_words(condition, conditions) for condition in conditions]
    assert [] == [words for words in written if "Fn::" in words]
