"""The repository of a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.cloudformation import parameter_files
from generator.cloudformation.parameter_files import ParameterFile
from generator.errors import GeneratorError
from generator.lifecycle import declared_repository, policy
from generator.lifecycle.mutability import Mutability
from tests.lifecycle.made import more_than, rule, since, text

KEEP = rule(1, tagPatternList=["_*"], **more_than(100))
LAST = rule(2, **since(14))
TEXT = text(KEEP, LAST)


def template(properties: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A template with one repository."""
    return {"Resources": {"Images": {"Type": declared_repository.TYPE, "Properties": properties}}, **sections}


def file(folder: Path, **values: str) -> ParameterFile:
    """A parameter file."""
    path = folder / "x.dev.json"
    path.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
    return parameter_files.read(path)


def problem(body: dict[str, Any], given: ParameterFile | None = None, logical_id: str | None = None) -> str:
    """The error of a template."""
    with pytest.raises(GeneratorError) as error:
        declared_repository.read(body, given, "t.json", logical_id)
    return str(error.value)


def test_a_policy_as_plain_text() -> None:
    """A JSON string; without a setting tags are mutable."""
    found = declared_repository.read(template({"LifecyclePolicy": {"LifecyclePolicyText": TEXT}}), None, "t.json")
    assert ("Images", TEXT, Mutability()) == (found.logical_id, found.policy_text, found.mutability)


@pytest.mark.parametrize(
    "made",
    [
        {"Fn::Sub": TEXT.replace("14", "${Days}")},
        {"Fn::Sub": [TEXT.replace("14", "${Own}"), {"Own": {"Ref": "Days"}}]},
        {"Fn::Join": ["", [TEXT.split("14", maxsplit=1)[0], {"Ref": "Days"}, TEXT.split("14")[1]]]},
    ],
)
def test_a_policy_made_of_parameters(tmp_path: Path, made: Any) -> None:
    """By Fn::Sub or Fn::Join, with the values of a file, else the defaults."""
    body = template(
        {"LifecyclePolicy": {"LifecyclePolicyText": made}},
        Parameters={"Days": {"Type": "Number", "Default": 14}},
    )
    assert json.loads(TEXT) == json.loads(declared_repository.read(body, None, "t.json").policy_text)
    changed = declared_repository.read(body, file(tmp_path, Days="90"), "t.json")
    assert 90 == policy.read(changed.policy_text, "p")[1].count_number


def test_tags_move_as_the_setting_and_its_filters_say(tmp_path: Path) -> None:
    """The setting, and its filters as far as their conditions hold."""
    filters = [
        {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "_*"},
        {"Fn::If": ["Moves", {"ImageTagMutabilityExclusionFilterValue": {"Ref": "Tag"}}, {"Ref": "AWS::NoValue"}]},
    ]
    body = template(
        {
            "LifecyclePolicy": {"LifecyclePolicyText": TEXT},
            "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "ImageTagMutabilityExclusionFilters": filters,
        },
        Parameters={"Tag": {"Type": "String", "Default": ""}},
        Conditions={"Moves": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Tag"}, ""]}]}},
    )
    setting = "IMMUTABLE_WITH_EXCLUSION"
    assert Mutability(setting, ("_*",)) == declared_repository.read(body, None, "t.json").mutability
    found = declared_repository.read(body, file(tmp_path, Tag="latest"), "t.json")
    assert Mutability(setting, ("_*", "latest")) == found.mutability


def test_a_parameter_file_must_suit_the_template(tmp_path: Path) -> None:
    """All findings of `check`, at once: a template that could not be deployed is not simulated."""
    body = template(
        {"LifecyclePolicy": {"LifecyclePolicyText": TEXT}},
        Parameters={
            "Days": {"Type": "Number", "MinValue": 1, "MaxValue": 365},
            "Name": {"Type": "String"},
        },
    )
    path = tmp_path / "x.dev.json"
    assert (
        f'{path}:1: Days: given "0", allowed: a number from 1 up to 365 [parameters]\n'
        f"{path}:1: Dais: the template has no such parameter (did you mean Days?) [parameters]\n"
        f"{path}: Name: is missing and has no default: it needs a value (String) [parameters]"
    ) == problem(body, file(tmp_path, Days="0", Dais="1"))


def test_missing_values_are_reported_together() -> None:
    """Those that the policy needs; without a file the others are not asked for."""
    body = template(
        {
            "RepositoryName": {"Ref": "Name"},
            "LifecyclePolicy": {"LifecyclePolicyText": {"Fn::Sub": TEXT.replace("14", "${Days}")}},
            "ImageTagMutability": {"Ref": "Setting"},
        },
        Parameters={name: {"Type": "String"} for name in ("Name", "Days", "Setting")},
    )
    assert "t.json: Images: Days, Setting: no value is known; set it in --params FILE" == problem(body)


def test_a_function_that_cannot_work_is_refused_in_the_words_of_cloudformation() -> None:
    """The same resolver as for stacks: it names the function."""
    made = {"LifecyclePolicy": {"LifecyclePolicyText": {"Fn::Join": ["-"]}}}
    assert "t.json: CloudFormation would refuse this template: Template error: every Fn::Join object" in problem(
        template(made)
    )
    assert "dynamic references" in problem(template({"LifecyclePolicy": {"LifecyclePolicyText": "{{resolve:ssm:/a}}"}}))


def test_a_condition_needs_its_parameter_only_for_a_repository() -> None:
    """Whether something else is made does not matter."""
    body = template(
        {"LifecyclePolicy": {"LifecyclePolicyText": TEXT}},
        Parameters={"Given": {"Type": "String"}},
        Conditions={"Open": {"Fn::Equals": [{"Ref": "Given"}, "x"]}},
    )
    body["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Condition": "Open"}
    assert TEXT == declared_repository.read(body, None, "t.json").policy_text
    body["Resources"]["Images"]["Condition"] = "Open"
    assert "t.json: Images: Given: no value is known; set it in --params FILE" == problem(body)


def test_of_several_repositories_one_must_be_chosen() -> None:
    """Of those with a policy whose conditions are true."""
    one: dict[str, Any] = {
        "Type": declared_repository.TYPE,
        "Properties": {"LifecyclePolicy": {"LifecyclePolicyText": TEXT}},
    }
    body = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"A": one, "B": one, "C": {"Type": declared_repository.TYPE}, "D": {**one, "Condition": "Never"}},
    }
    assert "several: A, B. Choose one with --repository" in problem(body)
    assert "A" == declared_repository.read(body, None, "t.json", "A").logical_id
    assert "there is no repository 'a' with a lifecycle policy (did you mean A?). Repositories: A, B." in problem(
        body, logical_id="a"
    )
    assert "Repositories: none." in problem({"Resources": {}}, logical_id="a")
    assert "with a lifecycle policy are none" in problem({"Resources": {"C": {"Type": declared_repository.TYPE}}})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (template({"LifecyclePolicy": {}}), "Images.LifecyclePolicy: given {}, allowed: a LifecyclePolicyText"),
        (
            template({"LifecyclePolicy": {"Ref": "AWS::NoValue"}}),
            "Images.LifecyclePolicy: given nothing, allowed: a LifecyclePolicyText",
        ),
        (
            template({"LifecyclePolicy": {"LifecyclePolicyText": {"rules": []}}}),
            'Images.LifecyclePolicy: given {"LifecyclePolicyText": {"rules": []}}, allowed: a LifecyclePolicyText',
        ),
        (
            template({"LifecyclePolicy": {"LifecyclePolicyText": {"Fn::Sub": "${AWS::Region}"}}}),
            "t.json: Images: AWS::Region: known only when the stack exists",
        ),
        ({"Resources": {"A": []}}, "t.json: CloudFormation would refuse this template: run cfn-lint to see why"),
        (
            template({"LifecyclePolicy": {}}, Parameters=[]),
            "t.json: CloudFormation would refuse this template: run cfn-lint to see why",
        ),
    ],
)
def test_a_template_without_a_policy_that_can_be_read(body: dict[str, Any], said: str) -> None:
    """The problem, and the repository."""
    assert said in problem(body)
