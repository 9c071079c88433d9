"""Lifecycle policies that ECR accepts, and those that it refuses."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import GeneratorError
from generator.lifecycle import policy
from tests.lifecycle.made import ARCHIVE, more_than, read, rule, since, text


def problems(*rules: Any) -> list[str]:
    """The problems of a policy with these rules, one per line, without the name of the file."""
    try:
        read(*rules)
    except GeneratorError as error:
        return [line.removeprefix("policy.json: ") for line in str(error).splitlines()]
    return []


def changed(path: str, value: Any) -> dict[str, Any]:
    """A valid rule with another value at the path; ... as the value removes the key."""
    made = rule(1, tagPatternList=["v*"], **since(14))
    *parents, key = path.split(".")
    part = made
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[key]
    else:
        part[key] = value
    return made


def test_a_policy_has_its_rules_by_priority() -> None:
    """Values that are left out have ECR's defaults."""
    first, second = read(
        {**rule(7, tagStatus="untagged", **since(3)), "description": "old"},
        rule(2, tagPrefixList=["a", "b"], storageClass="standard", **more_than(9)),
    )
    assert (2, "tagged", ("a", "b"), (), "standard", "imageCountMoreThan", 9, "expire") == (
        first.priority,
        first.tag_status,
        first.prefixes,
        first.patterns,
        first.storage_class,
        first.count_type,
        first.count_number,
        first.action,
    )
    assert (7, "old", "untagged") == (second.priority, second.description, second.tag_status)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (rule(1, tagPrefixList=["a", "b"], **more_than(9)), "expire images tagged a... and b...: more than 9"),
        (rule(1, tagStatus="untagged", **since(7)), "expire untagged images: pushed more than 7 days ago"),
        (
            rule(1, action=ARCHIVE, **since(90, "sinceImagePulled")),
            "archive all images: not pulled for more than 90 days",
        ),
        (
            rule(1, storageClass="archive", **since(365, "sinceImageTransitioned")),
            "expire all images: archived more than 365 days ago",
        ),
    ],
)
def test_a_rule_in_words(one: dict[str, Any], said: str) -> None:
    """Its selection, and its action."""
    assert said == str(read(one)[0])


KEYS = "tagStatus, tagPatternList, tagPrefixList, storageClass, countType, countUnit, countNumber"
ONE_LIST = "allowed: tagPatternList or tagPrefixList with tagged"
TEXTS = "allowed: a list of texts, at least one and none empty"
COUNT_TYPES = '"imageCountMoreThan" or "sinceImagePushed" or "sinceImagePulled" or "sinceImageTransitioned"'


@pytest.mark.parametrize(
    ("path", "value", "place", "said"),
    [
        ("rulePriority", ..., ".rulePriority", "is missing"),
        ("rulePriority", 0, ".rulePriority", "given 0, allowed: a whole number from 1"),
        ("rulePriority", "1", ".rulePriority", 'given "1", allowed: a whole number from 1'),
        ("rulePriority", True, ".rulePriority", "given true, allowed: a whole number from 1"),
        ("description", 5, ".description", "given 5, allowed: a text"),
        ("selection", ..., ".selection", "is missing"),
        ("selection", [], ".selection", "given [], allowed: an object"),
        ("action", ..., ".action", "is missing"),
        ("action", "expire", ".action", 'given "expire", allowed: an object'),
        ("tags", {}, "", 'given the key "tags", allowed: rulePriority, description, selection, action'),
    ],
)
def test_a_rule_that_ecr_refuses(path: str, value: Any, place: str, said: str) -> None:
    """The only problem is the only one reported: place, given value, allowed values."""
    assert [f"rules[0]{place}: {said}"] == problems(changed(path, value))


@pytest.mark.parametrize(
    ("key", "value", "place", "said"),
    [
        ("tagStatus", ..., ".tagStatus", "is missing"),
        (
            "tagStatus",
            "TAGGED",
            ".tagStatus",
            'given "TAGGED", allowed: "tagged" or "untagged" or "any" (did you mean tagged?)',
        ),
        ("tagStatus", "any", ".tagPatternList", "given with tagStatus any, allowed: with tagged alone"),
        ("tagStatus", "untagged", ".tagPatternList", "given with tagStatus untagged, allowed: with tagged alone"),
        ("tagPatternList", ..., "", f"given no list of tags, {ONE_LIST}"),
        ("tagPrefixList", ["a"], "", f"given tagPatternList and tagPrefixList, {ONE_LIST}"),
        ("tagPatternList", [], ".tagPatternList", f"given [], {TEXTS}"),
        ("tagPatternList", "v*", ".tagPatternList", f'given "v*", {TEXTS}'),
        ("tagPatternList", ["v*", ""], ".tagPatternList", f'given ["v*", ""], {TEXTS}'),
        (  # https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html#lp_tag_pattern_list
            "tagPatternList",
            ["*test*1*2*3", "test*1*2*3*", "test*1*2*3*4*5*6"],
            ".tagPatternList",
            'given "test*1*2*3*4*5*6", allowed: up to 4 * in a pattern',
        ),
        ("tagprefixList", [], "", f'given the key "tagprefixList", allowed: {KEYS} (did you mean tagPrefixList?)'),
        ("countType", ..., ".countType", "is missing"),
        ("countType", "age", ".countType", f'given "age", allowed: {COUNT_TYPES}'),
        (
            "countType",
            "imageCountMoreThan",
            ".countUnit",
            "given with imageCountMoreThan, allowed: with a number of days alone",
        ),
        ("countUnit", ..., ".countUnit", 'is missing, allowed with sinceImagePushed: "days"'),
        ("countUnit", "weeks", ".countUnit", 'given "weeks", allowed: "days"'),
        ("countNumber", ..., ".countNumber", "is missing"),
        ("countNumber", 0, ".countNumber", "given 0, allowed: a whole number from 1"),
        ("countNumber", 14.5, ".countNumber", "given 14.5, allowed: a whole number from 1"),
        ("storageClass", "archive", ".storageClass", 'given "archive", allowed with sinceImagePushed: "standard"'),
    ],
)
def test_a_selection_that_ecr_refuses(key: str, value: Any, place: str, said: str) -> None:
    """The same for the selection of a rule."""
    assert [f"rules[0].selection{place}: {said}"] == problems(changed(f"selection.{key}", value))


@pytest.mark.parametrize(
    ("action", "place", "said"),
    [
        ({}, "type", "is missing"),
        ({"type": "delete"}, "type", 'given "delete", allowed: "expire" or "transition"'),
        ({"type": "transition"}, "targetStorageClass", 'is missing, allowed with transition: "archive"'),
        ({**ARCHIVE, "type": "expire"}, "targetStorageClass", "given with expire, allowed: with transition alone"),
        ({**ARCHIVE, "targetStorageClass": "cold"}, "targetStorageClass", 'given "cold", allowed: "archive"'),
    ],
)
def test_an_action_that_ecr_refuses(action: dict[str, str], place: str, said: str) -> None:
    """The same for the action of a rule."""
    assert [f"rules[0].action.{place}: {said}"] == problems(changed("action", action))


@pytest.mark.parametrize(
    ("selection", "action", "said"),
    [
        (
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html, last pulled time
            since(90, "sinceImagePulled"),
            {"type": "expire"},
            ['rules[0].action.type: given "expire", allowed with sinceImagePulled: "transition"'],
        ),
        (
            # the same page, archive transition time
            {"storageClass": "archive", **since(365, "sinceImageTransitioned")},
            ARCHIVE,
            ['rules[0].action.type: given "transition", allowed with sinceImageTransitioned: "expire"'],
        ),
        (
            # the same page: 90 days of archive at least
            {"storageClass": "standard", **since(89, "sinceImageTransitioned")},
            {"type": "expire"},
            [
                'rules[0].selection.storageClass: given "standard", allowed with sinceImageTransitioned: "archive"',
                "rules[0].selection.countNumber: given 89, allowed: a whole number from 90",
            ],
        ),
        (
            since(365, "sinceImageTransitioned"),
            {"type": "expire"},
            ['rules[0].selection.storageClass: is missing, allowed with sinceImageTransitioned: "archive"'],
        ),
    ],
)
def test_the_archive_has_its_own_conditions(selection: dict[str, Any], action: dict[str, str], said: list[str]) -> None:
    """A count of pulls archives; a count of days in the archive expires images, after 90 days at the earliest."""
    assert said == problems(rule(1, action=action, **selection))


LAST = "for it is the last one (standard storage)"


def test_rules_that_cannot_be_together() -> None:
    """Priorities once each, any last, untagged once, each list of prefixes once; all problems are reported at once."""
    assert [
        "rules[0].rulePriority: given 1 with any, allowed: the highest number, " + LAST,
        "rules[2].rulePriority: given 2 twice, allowed: each number once",
        "rules[2].selection.tagStatus: given untagged twice, allowed: once for standard storage",
        'rules[4].selection.tagPrefixList: given ["b", "a"] twice, allowed: each list once',
    ] == problems(
        rule(1),
        rule(2, tagStatus="untagged", **since(1)),
        rule(2, tagStatus="untagged", **since(2)),
        rule(3, tagPrefixList=["a", "b"], **since(3)),
        rule(4, tagPrefixList=["b", "a"], **more_than(4)),
    )


def test_each_storage_class_is_checked_separately() -> None:
    """An archive may have its own last rule, and its own rule for untagged images.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    archived = {"storageClass": "archive", **since(365, "sinceImageTransitioned")}
    assert [] == problems(
        rule(1, tagStatus="untagged", **since(7)),
        rule(2, tagPrefixList=["v"], **since(90)),
        rule(3, **more_than(100)),
        rule(4, tagStatus="untagged", **archived),
        rule(5, tagPrefixList=["v"], **archived),
        rule(6, **archived),
    )


def test_all_problems_are_reported_at_once() -> None:
    """Across rules, so that one correction is enough."""
    assert [
        'rules[0].selection.countUnit: given "hours", allowed: "days"',
        'rules[0].action.type: given "remove", allowed: "expire" or "transition"',
        "rules[1]: given 7, allowed: an object with rulePriority, description, selection, action",
        "rules[2].rulePriority: is missing",
        "rules[2].selection.countNumber: given -1, allowed: a whole number from 1",
    ] == problems(
        {**rule(1, **{**since(1), "countUnit": "hours"}), "action": {"type": "remove"}},
        7,
        {key: value for key, value in rule(1, **more_than(-1)).items() if key != "rulePriority"},
    )


@pytest.mark.parametrize(
    ("given_text", "said"),
    [
        ("", "policy.json:1: not JSON: "),
        ("[]" + " " * 100, 'policy.json: the text: given [], allowed: an object, {"rules": [...]}'),
        ("{}", "policy.json: the text: given 2 characters, allowed: 100 to 30,720\npolicy.json: rules: is missing"),
        ('{"rules": []}' + " " * 100, "policy.json: rules: given 0 rules, allowed: 1 to 50"),
        ('{"rules": {}}' + " " * 100, "policy.json: rules: given {}, allowed: a list"),
        ('{"Rules": []}' + " " * 100, 'given the key "Rules", allowed: rules (did you mean rules?)'),
        (text(*(rule(number, tagPatternList=[f"v{number}"]) for number in range(1, 52))), "given 51 rules, allowed: 1"),
        (text(rule(1)) + " " * 30_720, "characters, allowed: 100 to 30,720"),
    ],
)
def test_text_that_is_no_policy_is_refused(given_text: str, said: str) -> None:
    """Length and number of rules are ECR's quotas."""
    with pytest.raises(GeneratorError) as error:
        policy.read(given_text, "policy.json")
    assert said in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 100) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PLACES = ["", "0", "0.selection", "0.action", *(f"0.selection.{key}" for key in policy._SELECTION), "0.action.type"]


@given(st.sampled_from(PLACES), JSON)
def test_any_policy_is_read_or_refused(place: str, value: Any) -> None:
    """A policy with any contents is accepted or refused with a message."""
    document: Any = {"rules": [copy.deepcopy(rule(1, tagPatternList=["v*"], **since(14)))]}
    part, key = document, "rules"
    for step in filter(None, place.split(".")):
        part = part[key]
        key = int(step) if step.isdigit() else step  # type: ignore[assignment]  # of a list
    part[key] = value
    try:
        policy.read(json.dumps(document).ljust(100), "policy.json")
    except GeneratorError as error:
        assert all(line.startswith("policy.json: ") for line in str(error).splitlines())  # noqa: PT017  (it may be taken)
