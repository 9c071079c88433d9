"""Which images stay in a repository, and for how long."""

from __future__ import annotations

import fnmatch
import json
from typing import Any, NamedTuple

import pytest

from generator.cloudformation.template_rules import broken
from generator.components.events import TAG_PATTERN
from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE = render.to_dict(new_repository()[0])
PATTERNS = ("ReleaseTagPattern", "StagingTagPattern", "FeatureTagPattern")


class Image(NamedTuple):
    """An image: its tags, and how many days ago it was pushed."""

    tags: tuple[str, ...]
    days: int


def _rules(**values: str) -> list[dict[str, Any]]:
    """The rules, for these values of parameters."""
    repository = resolved(TEMPLATE, RepositoryName="team/orders", **values)["Repository"]
    rules: list[dict[str, Any]] = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    return rules


def _expired(images: list[Image], **values: str) -> set[Image]:
    """The images that ECR deletes: rule by rule, from those that the rule matches and that no earlier rule matches.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    gone: set[Image] = set()
    spoken_of: set[Image] = set()
    for rule in _rules(**values):
        selection, number = rule["selection"], rule["selection"]["countNumber"]
        seen = [image for image in sorted(images, key=lambda image: image.days) if _selects(selection, image)]
        if selection["countType"] == "imageCountMoreThan":
            marked = seen[number:]
        else:
            marked = [image for image in seen if image.days > number]
        gone |= set(marked) - spoken_of
        spoken_of |= set(seen)
    return gone


def _selects(selection: dict[str, Any], image: Image) -> bool:
    if selection["tagStatus"] == "tagged":
        patterns = selection["tagPatternList"]
        return all(any(fnmatch.fnmatchcase(tag, pattern) for tag in image.tags) for pattern in patterns)
    return selection["tagStatus"] == "any" or not image.tags


def test_the_policy_is_json_for_ecr() -> None:
    """With the values of parameters, the policy has numbers as numbers and patterns as they were typed."""
    rules = _rules(ReleaseTagPattern="r-*", ReleasesToKeep="7", UntaggedDays="3")
    assert [1, 2, 3, 4, 5, 6] == [rule["rulePriority"] for rule in rules]
    assert {
        "tagStatus": "tagged",
        "tagPatternList": ["r-*"],
        "countType": "imageCountMoreThan",
        "countNumber": 7,
    } == rules[1]["selection"]
    assert {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3} == rules[
        4
    ]["selection"]
    assert {"type": "expire"} == rules[0]["action"]


@pytest.mark.parametrize("own", ["_staging", "_production", "_release"])
@pytest.mark.parametrize(
    "tags", [(), ("v1.0.0",), ("rc-1",), ("feature-x",), ("4f5e6d7c",), ("v1", "rc-1", "feature-x")]
)
def test_a_running_image_stays_at_any_age(own: str, tags: tuple[str, ...]) -> None:
    """An image with the tag of a stage stays, with any other tags and after any number of later pushes."""
    running = Image((own, *tags), 2000)
    newer = [Image((tag,), days) for days in range(1500) for tag in (f"v2.{days}", f"rc-2.{days}", f"feature-{days}")]
    gone = _expired([running, *newer], ReleasesToKeep="2", StagingImagesToKeep="2", FeatureDays="1")
    assert running not in gone
    assert Image(("v2.1499",), 1499) in gone


def test_without_the_tag_of_a_stage_the_other_tags_decide() -> None:
    """The image that ran before is a release like the others; without another tag it expires soon."""
    before, bare = Image(("v1.0.0",), 50), Image((), 50)
    assert {bare} == _expired([before, bare])
    assert {before, bare} == _expired([before, bare, Image(("v1.1",), 2), Image(("v1.2",), 1)], ReleasesToKeep="2")


def test_a_release_stays_a_release() -> None:
    """A tag of a branch or of staging on the same image does not expire it earlier: releases come first."""
    promoted = Image(("v1.0.0", "rc-1", "feature-x"), 400)
    branch = Image(("feature-y",), 400)
    assert {branch} == _expired([promoted, branch])


def test_the_last_rule_takes_all_other_images() -> None:
    """Build tags expire when a thousand images are newer; the releases that are kept do not count."""
    release, build = Image(("v1",), 3000), Image(("4f5e6d7c",), 2000)
    newer = [Image((f"b{number}",), 1) for number in range(1000)]
    assert {build} == _expired([release, build, *newer])
    assert set() == _expired([release, build, *newer[1:]])


def test_a_cap_below_the_images_that_are_kept_is_refused() -> None:
    """The most releases and staging images that can be kept are fewer than the least cap."""
    limits = TEMPLATE["Parameters"]
    kept = limits["ReleasesToKeep"]["MaxValue"] + limits["StagingImagesToKeep"]["MaxValue"]
    assert kept < limits["MaxImages"]["MinValue"]


def test_the_image_before_the_last_is_always_kept() -> None:
    """Fewer than two releases cannot be kept."""
    assert [2, 2] == [TEMPLATE["Parameters"][name]["MinValue"] for name in ("ReleasesToKeep", "StagingImagesToKeep")]


def test_patterns_are_those_of_the_trigger() -> None:
    """An allowed pattern never matches the tag of a stage, and has no more stars than ECR takes."""
    assert {TAG_PATTERN} == {TEMPLATE["Parameters"][name]["AllowedPattern"] for name in PATTERNS}


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 2), (1, 2)])
def test_two_rules_for_the_same_tags_are_refused(one: int, other: int) -> None:
    """ECR refuses two rules for one pattern: the template refuses them first."""
    values = {"ReleaseTagPattern": "v*", "StagingTagPattern": "rc-*", "FeatureTagPattern": "feature-*"}
    assert [] == list(broken(TEMPLATE["Rules"], values))
    values[PATTERNS[one]] = values[PATTERNS[other]]
    ((rule, message),) = broken(TEMPLATE["Rules"], values)
    assert "PatternsDiffer" == rule
    assert "must differ." in message
