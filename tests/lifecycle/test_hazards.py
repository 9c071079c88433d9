"""Hazards of a policy that ECR accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from generator.lifecycle.hazards import (
    deployed_images_that_go,
    rules_that_never_match,
    rules_that_take_deployed_images,
    rules_without_images,
)
from generator.lifecycle.replay import STAYS, evaluated, replayed
from generator.lifecycle.stored_images import StoredImage
from generator.lifecycle.tag_patterns import stage_tags
from tests.lifecycle.made import ARCHIVE, NOW, image, more_than, read, rule, since
from tests.lifecycle.test_replay import images, rules

TAGS = ("_production", "_staging")


def never(*given_rules: dict[str, Any]) -> dict[str, str]:
    """The rules that can never match, and why."""
    return {hazard.place: hazard.message for hazard in rules_that_never_match(read(*given_rules))}


def dangerous(*given_rules: dict[str, Any]) -> dict[str, str]:
    """The rules that can take a deployed image, and the tags of the stages."""
    found = rules_that_take_deployed_images(read(*given_rules), TAGS)
    return {hazard.place: hazard.message.split("tagged ")[1].split(")")[0] for hazard in found}


# Rules that can never match.


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ({"tagPatternList": ["v*", "feature/*"]}, 'can never match: no tag can be "feature/*"'),
        (
            {"tagPrefixList": ["v*"]},
            'can never match: no tag can be "v*": a * in tagPrefixList is not a wildcard: use tagPatternList',
        ),
        ({"tagPrefixList": ["-x", "a"]}, 'can never match: no tag can be "-x"'),
    ],
)
def test_a_rule_for_impossible_tags_is_found(selection: dict[str, Any], said: str) -> None:
    """A character that no tag has; a * in a prefix, which matches itself there."""
    assert {"rule 1": said} == never(rule(1, **selection, **since(1)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"tagPatternList": ["v*"]}, {"tagPatternList": ["v1*"]}),
        ({"tagPrefixList": ["v"]}, {"tagPatternList": ["v*-rc"]}),
        ({"tagPatternList": ["*v*"]}, {"tagPrefixList": ["ov"]}),
        ({"tagPatternList": ["v*"]}, {"tagPatternList": ["v1", "x*"]}),
        ({"tagPatternList": ["v*", "*-rc"]}, {"tagPatternList": ["v*-rc"]}),
    ],
)
def test_a_rule_behind_one_that_matches_all_of_its_images(first: dict[str, Any], second: dict[str, Any]) -> None:
    """All its images belong to the first rule. In the other order both rules have an effect."""
    one, other = rule(1, **first, **since(9)), rule(2, **second, **since(1))
    assert {"rule 2": "can never take an image: all of its images belong to rule 1, of higher priority"} == never(
        one, other
    )
    assert {} == never({**one, "rulePriority": 3}, other)


def test_a_pattern_that_two_rules_have_is_never_matched_by_the_second() -> None:
    """ECR's page asks for unique prefixes alone: equal patterns are no error of the policy, but the second is idle."""
    policy = read(rule(1, tagPatternList=["v*"], **more_than(9)), rule(2, tagPatternList=["v*"], **since(30)))
    assert ["all of its images belong to rule 1, of higher priority"] == [
        hazard.message.partition(": ")[2] for hazard in rules_that_never_match(policy)
    ]


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        ({"tagPrefixList": ["releese-"]}, ['matches none of these 2 images: none has a tag for "releese-"']),
        (
            {"tagPatternList": ["v*", "*-rc"]},
            ['matches none of these 2 images: none has a tag for "v*" and "*-rc"'],
        ),
        ({"tagPatternList": ["v*"]}, []),
        ({"tagPatternList": ["_*"]}, []),
        ({"tagStatus": "untagged"}, []),
        ({"tagPatternList": ["feature/*"]}, []),
        ({"tagPatternList": ["x*"], "storageClass": "archive", **since(90, "sinceImageTransitioned")}, []),
    ],
)
def test_a_rule_for_tags_that_no_image_has(selection: dict[str, Any], found: list[str]) -> None:
    """An outdated prefix; not a rule for stages before the first deployment, nor a rule with another finding."""
    images = [image("A", "v1"), image("B", "release-1")]
    assert found == [hazard.message for hazard in rules_without_images(read(rule(1, **selection)), images)]
    assert [] == list(rules_without_images(read(rule(1, **selection)), []))


def test_a_last_rule_with_nothing_left() -> None:
    """A rule for all images behind one for all tags and one for none."""
    tagged, untagged = rule(1, tagPatternList=["*"], **since(9)), rule(2, tagStatus="untagged", **since(9))
    last = rule(3, **more_than(1))
    assert {"rule 3": "can never take an image: all of its images belong to rule 1 and rule 2, of higher priority"} == (
        never(tagged, untagged, last)
    )
    assert {} == never(tagged, last)
    assert {} == never({**untagged, "rulePriority": 1}, last)


def test_storage_classes_are_independent() -> None:
    """A rule for the archive sees other images."""
    archived = {"storageClass": "archive", **since(365, "sinceImageTransitioned")}
    assert {} == never(
        rule(1, action=ARCHIVE, tagPatternList=["v*"], **since(1)), rule(2, tagPatternList=["v*"], **archived)
    )


def test_a_rule_that_matches_nothing_shadows_no_rule() -> None:
    """The prefix "v*" covers no image, though the pattern would."""
    assert {"rule 1"} == never(
        rule(1, tagPrefixList=["v*"], **since(1)), rule(2, tagPatternList=["v1*"], **since(1))
    ).keys()


@given(rules(), images())
def test_a_rule_that_can_never_match_takes_nothing(given_rules: list[dict[str, Any]], some: list[StoredImage]) -> None:
    """For any images."""
    policy = read(*given_rules)
    useless = {hazard.place for hazard in rules_that_never_match(policy)}
    assert not {f"rule {verdict.rule}" for verdict in evaluated(policy, some, NOW, {})} & useless


# Rules that can take a deployed image.


def test_a_rule_for_releases_can_take_a_running_image() -> None:
    """The image that runs may be an old one; for an untagged image and for the archive there is no stage."""
    archived = {"storageClass": "archive", **since(365, "sinceImageTransitioned")}
    assert {"rule 2": "_production or _staging", "rule 3": "_production or _staging"} == dangerous(
        rule(1, tagStatus="untagged", **since(1)),
        rule(2, tagPatternList=["v*"], **more_than(50)),
        rule(3, action=ARCHIVE, **since(90, "sinceImagePulled")),
        rule(4, **archived),
    )


@pytest.mark.parametrize("keeper", [{"tagPatternList": ["_*"]}, {"tagPrefixList": ["_"]}, {"tagPatternList": ["*"]}])
def test_a_first_rule_that_matches_the_tags_of_stages_keeps_running_images(keeper: dict[str, Any]) -> None:
    """Then no other rule is dangerous, but the first one itself if it can take them."""
    others = (rule(8, tagPatternList=["v*"], **more_than(1)), rule(9, **since(1)))
    assert {"rule 1": "_production or _staging"} == dangerous(rule(1, **keeper, **since(3650)), *others)
    if "*" not in keeper.get("tagPatternList", []):
        assert {} == dangerous(rule(1, **keeper, **more_than(2)), *others)
        assert {"rule 1"} == dangerous(rule(1, **keeper, **more_than(1)), *others).keys()


def test_a_tag_without_a_wildcard_is_on_one_image() -> None:
    """A rule for one tag keeps that image whatever its number is, and only that tag."""
    keeper = rule(1, tagPatternList=["_production"], **more_than(1))
    assert {"rule 9": "_staging"} == dangerous(keeper, rule(9, **since(1)))
    staging = rule(2, tagPatternList=["_staging"], **more_than(1))
    assert {} == dangerous(keeper, staging, rule(9, **since(1)))


def test_a_rule_for_two_tags_at_once_keeps_neither() -> None:
    """All tags of a list must be on the image: this one keeps only images that run in both stages."""
    both = rule(1, tagPatternList=["_production", "_staging"], **more_than(9))
    assert {"rule 9": "_production or _staging"} == dangerous(both, rule(9, **since(1)))


def test_a_rule_for_the_archive_keeps_no_running_image() -> None:
    """It does not see the image."""
    archived = rule(1, tagPatternList=["_*"], storageClass="archive", **since(90, "sinceImageTransitioned"))
    assert {"rule 2"} == dangerous(archived, rule(2, **since(1))).keys()


def test_a_rule_that_matches_nothing_takes_nothing() -> None:
    """It is flagged for that, and for that alone."""
    assert {} == dangerous(rule(1, tagPrefixList=["v*"], **since(1)))


def test_a_rule_of_lower_priority_keeps_nothing() -> None:
    """The first rule that matches decides."""
    assert {"rule 1"} == dangerous(
        rule(1, tagPatternList=["v*"]), rule(2, tagPatternList=["_*"], **more_than(9))
    ).keys()


@given(rules(), images())
def test_a_rule_without_a_finding_takes_no_running_image(
    given_rules: list[dict[str, Any]], some: list[StoredImage]
) -> None:
    """For any images, a deployed one is only taken by a rule with a finding."""
    policy = read(*given_rules)
    flagged = {hazard.place for hazard in rules_that_take_deployed_images(policy, TAGS)}
    gone = [verdict for verdict in evaluated(policy, some, NOW, {}) if verdict.outcome != STAYS]
    assert flagged >= {f"rule {verdict.rule}" for verdict in gone if stage_tags(verdict.image.tags)}


def test_a_deployed_image_that_goes_is_named() -> None:
    """With its tags, the rule, and why; in the archive too."""
    policy = read(
        rule(1, tagPatternList=["v*"], **more_than(1)),
        rule(2, storageClass="archive", **since(365, "sinceImageTransitioned")),
    )
    found = replayed(
        policy,
        [
            image("A", "v1", "_production", days=9),
            image("B", "v2", days=8),
            image("C", "_eu", storage_class="archive", archived_at=image("x", days=400).pushed_at),
        ],
        NOW,
        {},
    )
    assert [
        (
            "rule 1",
            "takes sha256:A, which is deployed (tagged _production): number 2 of 2, newest first; 1 stay",
        ),
        ("rule 2", "takes sha256:C, which is deployed (tagged _eu): archived 400.0 days ago, more than 365"),
    ] == [(hazard.place, hazard.message) for hazard in deployed_images_that_go(found)]


def test_a_digest_that_is_known_to_run_is_named() -> None:
    """An image without the tag of a stage is named by its digest; one with such a tag by the tag."""
    found = replayed(read(rule(1, **since(5))), [image("A", "_eu", days=9), image("B", "v1", days=9)], NOW, {})
    assert ["tagged _eu", "given by --deployed"] == [
        hazard.message.split("(")[1].split(")")[0]
        for hazard in deployed_images_that_go(found, ["sha256:A", "sha256:B", "sha256:C"])
    ]
