"""ECR's evaluation: the examples of its documentation, other statements of the documentation, and invariants.

EXAMPLES: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html
RULES: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lifecycle.policy import LifecyclePolicy
from generator.lifecycle.replay import ARCHIVED, EXPIRES, STAYS, Verdict, evaluated, replayed
from generator.lifecycle.stored_images import StoredImage
from tests.lifecycle.made import ARCHIVE, INDEX, NOW, ago, image, more_than, read, rule, since


def verdicts(
    policy: LifecyclePolicy, *images: StoredImage, children: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Verdict]:
    """The outcome for each image, by its name."""
    inside = {f"sha256:{index}": [f"sha256:{name}" for name in names] for index, names in (children or {}).items()}
    return {verdict.image.digest.removeprefix("sha256:"): verdict for verdict in replayed(policy, images, NOW, inside)}


def expired(policy: LifecyclePolicy, *images: StoredImage) -> dict[str, int | None]:
    """The images that expire, and by which rule."""
    found = verdicts(policy, *images)
    return {name: verdict.rule for name, verdict in found.items() if verdict.outcome == EXPIRES}


# The examples of the documentation. "Pushed 10 days ago" is exactly ten days before the evaluation.


def test_documented_filtering_on_image_age() -> None:
    """EXAMPLES, "Filtering on image age": tagged prod* and older than 14 days."""
    policy = read(rule(1, tagPatternList=["prod*"], **since(14)))
    images = (image("A", "prod", days=15), image("B", "prod-2", days=13), image("C", "test", days=30))
    assert {"A": 1} == expired(policy, *images)


def test_documented_filtering_on_last_pulled_time() -> None:
    """EXAMPLES, "Filtering on last pulled time": not pulled in 90 days goes to the archive."""
    found = verdicts(
        read(rule(1, action=ARCHIVE, **since(90, "sinceImagePulled"))),
        image("A", "v1", days=400, pulled_at=ago(91)),
        image("B", "v2", days=400, pulled_at=ago(89)),
    )
    assert {"A": ARCHIVED, "B": STAYS} == {name: verdict.outcome for name, verdict in found.items()}


def test_documented_filtering_on_archive_transition_time() -> None:
    """EXAMPLES, "Filtering on archive transition time": of the archived images those of more than 365 days expire."""
    policy = read(rule(1, storageClass="archive", **since(365, "sinceImageTransitioned")))
    images = (
        image("A", "v1", days=900, storage_class="archive", archived_at=ago(366)),
        image("B", "v2", days=900, storage_class="archive", archived_at=ago(364)),
        image("C", "v3", days=900),
    )
    assert {"A": 1} == expired(policy, *images)


def test_documented_filtering_on_image_count() -> None:
    """EXAMPLES, "Filtering on image count": one untagged image stays, all others expire."""
    policy = read(rule(1, tagStatus="untagged", **more_than(1)))
    images = (image("A", days=3), image("B", days=2), image("C", days=1), image("D", "v1", days=4))
    assert {"A": 1, "B": 1} == expired(policy, *images)


MULTIPLE = (
    image("A", "beta-1", "prod-1", days=10),
    image("B", "beta-2", "prod-2", days=9),
    image("C", "beta-3", days=8),
)


def test_documented_multiple_rules_a() -> None:
    """EXAMPLES, "Filtering on multiple rules", A: B was seen by rule 1, so that rule 2 cannot take it."""
    policy = read(rule(1, tagPatternList=["prod*"], **more_than(1)), rule(2, tagPatternList=["beta*"], **more_than(1)))
    assert {"A": 1} == expired(policy, *MULTIPLE)


def test_documented_multiple_rules_b() -> None:
    """EXAMPLES, "Filtering on multiple rules", B: rule 1 has seen every image, and nothing is left for rule 2."""
    policy = read(rule(1, tagPatternList=["beta*"], **more_than(1)), rule(2, tagPatternList=["prod*"], **more_than(1)))
    assert {"A": 1, "B": 1} == expired(policy, *MULTIPLE)


def test_documented_multiple_tags_a() -> None:
    """EXAMPLES, "Filtering on multiple tags in a single rule", A: an image must match all patterns of the list."""
    images = (
        image("A", "alpha-1", days=12),
        image("B", "beta-1", days=11),
        image("C", "alpha-2", "beta-2", days=10),
        image("D", "alpha-3", days=4),
        image("E", "beta-3", days=3),
        image("F", "alpha-4", "beta-4", days=2),
    )
    assert {"C": 1} == expired(read(rule(1, tagPatternList=["alpha*", "beta*"], **since(5))), *images)


def test_documented_multiple_tags_b() -> None:
    """EXAMPLES, "Filtering on multiple tags in a single rule", B: tags are not exclusive."""
    images = (
        image("A", "alpha-1", "beta-1", "gamma-1", days=10),
        image("B", "alpha-2", "beta-2", days=9),
        image("C", "alpha-3", "beta-3", "gamma-2", days=8),
    )
    assert {"A": 1, "B": 1} == expired(read(rule(1, tagPatternList=["alpha*", "beta*"], **more_than(1))), *images)


def test_documented_all_images_a() -> None:
    """EXAMPLES, "Filtering on all images", A: all but the newest one expire, untagged ones as well."""
    images = (
        image("A", "alpha-1", days=4),
        image("B", "beta-1", days=3),
        image("C", days=2),
        image("D", "alpha-2", days=1),
    )
    assert {"A": 1, "B": 1, "C": 1} == expired(read(rule(1, **more_than(1))), *images)


def test_documented_all_images_b() -> None:
    """EXAMPLES, "Filtering on all images", B: all kinds of rules in one policy.

    D and E were both pushed "1 day ago". As D expires in the example, E is the newer one, and not older than a day.
    """
    policy = read(
        rule(1, tagPatternList=["alpha*"], **more_than(1)),
        rule(2, tagStatus="untagged", **since(1)),
        rule(3, **more_than(1)),
    )
    images = (
        image("A", "alpha-1", "beta-1", days=4),
        image("B", days=3),
        image("C", "alpha-2", days=2),
        image("D", "git hash", days=1.001),
        image("E", days=1),
    )
    assert {"A": 1, "B": 2, "D": 3} == expired(policy, *images)


def test_documented_archiving_by_age() -> None:
    """EXAMPLES, "Archiving images older than a specified number of days": tagged prod*, 30 days."""
    found = verdicts(
        read(rule(1, action=ARCHIVE, tagPatternList=["prod*"], **since(30))),
        image("A", "prod-1", days=31),
        image("B", "prod-2", days=29),
        image("C", "test-1", days=90),
    )
    assert {"A": ARCHIVED, "B": STAYS, "C": STAYS} == {name: verdict.outcome for name, verdict in found.items()}


def test_documented_combination_of_archive_and_expire() -> None:
    """EXAMPLES, "Combining archive and expire rules": two rules for any image, one for each storage class.

    An image that is archived today is not deleted today.
    """
    policy = read(
        rule(1, action=ARCHIVE, **since(30)),
        rule(2, storageClass="archive", **since(365, "sinceImageTransitioned")),
    )
    found = verdicts(
        policy,
        image("A", "v1", days=900),
        image("B", "v2", days=900, storage_class="archive", archived_at=ago(366)),
        image("C", "v3", days=900, storage_class="archive", archived_at=ago(300)),
        image("D", "v4", days=10),
    )
    assert {"A": (ARCHIVED, 1), "B": (EXPIRES, 2), "C": (STAYS, 2), "D": (STAYS, 1)} == {
        name: (verdict.outcome, verdict.rule) for name, verdict in found.items()
    }


# Other statements of the documentation.


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [(["prod", "prod1", "production-team1"], ["prod*"]), (["repo-production", "prod-team"], ["*prod*"])],
)
def test_documented_wildcards(tags: list[str], wanted: list[str]) -> None:
    """RULES: prod* matches tags that begin with prod, *prod* tags that contain it."""
    policy = read(rule(1, tagPatternList=wanted, **since(1)))
    assert len(tags) == len(expired(policy, *(image(tag, tag, days=2) for tag in tags)))


def test_a_prefix_matches_what_begins_with_it() -> None:
    """RULES: with tagPrefixList prod the tags prod, prod1 and prod2; all prefixes of a list must match."""
    images = (image("A", "prod", days=9), image("B", "prod1", "x2", days=9), image("C", "preprod", days=9))
    assert {"A": 1, "B": 1} == expired(read(rule(1, tagPrefixList=["prod"], **since(1))), *images)
    assert {"B": 1} == expired(read(rule(1, tagPrefixList=["prod", "x"], **since(1))), *images)


def test_one_tag_can_match_the_whole_list() -> None:
    """RULES: "all of the tags in the list are matched against any of the image's tags": not each against another."""
    policy = read(rule(1, tagPatternList=["v*", "*-rc"], **since(1)))
    assert {"A": 1} == expired(policy, image("A", "v1-rc", days=2), image("B", "v1", days=2))


def test_images_of_a_rule_count_even_if_another_rule_takes_them() -> None:
    """RULES: "can still identify them as if they haven't been expired": C would be the second of two otherwise."""
    policy = read(rule(1, tagPatternList=["pr-*"], **since(1)), rule(2, **more_than(2)))
    images = (image("A", "pr-2", days=2), image("B", "pr-1", days=3), image("C", "v1", days=4))
    assert {"A": 1, "B": 1, "C": 2} == expired(policy, *images)


def test_an_image_that_matches_is_kept_from_lower_priorities() -> None:
    """RULES: "cannot be expired or archived by a rule with a lower priority", and the report names that rule."""
    policy = read(rule(1, tagPatternList=["_*"], **more_than(9)), rule(2, **since(1)))
    verdict = verdicts(policy, image("A", "v1", "_production", days=90))["A"]
    assert (STAYS, 1) == (verdict.outcome, verdict.rule)
    assert "number 1 of 1, newest first; 9 stay; else rule 2 would take it" == verdict.why


def test_priority_is_a_number_not_a_place() -> None:
    """RULES: the lowest number is applied first, regardless of its position in the text."""
    policy = read(
        rule(20, tagPatternList=["beta*"], **more_than(1)), rule(10, tagPatternList=["prod*"], **more_than(1))
    )
    assert {"A": 10} == expired(policy, *MULTIPLE)


def test_days_are_counted_to_the_second() -> None:
    """RULES: "older than": an image of exactly that age does not match."""
    policy = read(rule(1, **since(14)))
    images = (image("A", days=14), image("B", days=14 + 1 / 86400), image("C", days=14 - 1 / 86400))
    assert {"B": 1} == expired(policy, *images)


@pytest.mark.parametrize(
    ("pulled", "activated", "outcome", "why"),
    [
        (None, None, ARCHIVED, "pushed 400.0 days ago, more than 90"),
        (91, None, ARCHIVED, "pulled 91.0 days ago, more than 90"),
        (1, None, STAYS, "pulled 1.0 days ago, not more than 90"),
        (None, 20, STAYS, "restored 20.0 days ago, not more than 90"),
        (300, 20, STAYS, "restored 20.0 days ago, not more than 90"),
        (120, 200, ARCHIVED, "pulled 120.0 days ago, more than 90"),
    ],
)
def test_from_when_a_pull_is_counted(pulled: int | None, activated: int | None, outcome: str, why: str) -> None:
    """RULES: from the last pull; without one from the push; without one since a restoration from that."""
    one = image(
        "A",
        "v1",
        days=400,
        pulled_at=None if pulled is None else ago(pulled),
        activated_at=None if activated is None else ago(activated),
    )
    verdict = verdicts(read(rule(1, action=ARCHIVE, **since(90, "sinceImagePulled"))), one)["A"]
    assert (outcome, why) == (verdict.outcome, verdict.why)


def test_a_restored_image_is_as_young_as_its_restoration() -> None:
    """RULES: "last_activated_at is used instead of pushed_at_time", where images are ordered."""
    images = (image("A", "v1", days=90, activated_at=ago(1)), image("B", "v2", days=20))
    assert {"B": 1} == expired(read(rule(1, **more_than(1))), *images)


def test_an_image_in_an_index_stays_as_long_as_the_index() -> None:
    """RULES: "cannot be expired without the manifest list being deleted first": an index is tagged, its images not."""
    policy = read(rule(1, tagStatus="untagged", **since(7)))
    found = verdicts(
        policy,
        image("I", "v1", days=90, media_type=INDEX),
        image("arm", days=90),
        image("x86", days=90),
        image("left", days=90),
        children={"I": ["arm", "x86"]},
    )
    assert {"I": STAYS, "arm": STAYS, "x86": STAYS, "left": EXPIRES} == {
        name: verdict.outcome for name, verdict in found.items()
    }
    assert "in the index sha256:I, which stays; else pushed 90.0 days ago, more than 7" == found["arm"].why


def test_an_image_goes_after_its_index() -> None:
    """RULES: the index is deleted first; its images are taken by the rule in the next evaluation."""
    policy = read(rule(1, tagPatternList=["v*"], **more_than(1)), rule(2, tagStatus="untagged", **since(7)))
    found = verdicts(
        policy,
        image("I", "v1", days=90, media_type=INDEX),
        image("arm", days=90),
        image("J", "v2", days=80, media_type=INDEX),
        image("both", days=90),
        children={"I": ["arm", "both"], "J": ["both"]},
    )
    assert {"I": (EXPIRES, 1, 1), "arm": (EXPIRES, 2, 2), "J": (STAYS, 1, None), "both": (STAYS, 2, None)} == {
        name: (verdict.outcome, verdict.rule, verdict.run) for name, verdict in found.items()
    }
    assert "in the index sha256:J, which stays; else pushed 90.0 days ago, more than 7" == found["both"].why


def test_an_archived_index_holds_nothing() -> None:
    """RULES: "deleted or archived first"."""
    found = verdicts(
        read(rule(1, action=ARCHIVE, **since(30))),
        image("I", "v1", days=90, media_type=INDEX),
        image("arm", days=90),
        children={"I": ["arm"]},
    )
    assert {"I": (ARCHIVED, 1), "arm": (ARCHIVED, 2)} == {
        name: (verdict.outcome, verdict.run) for name, verdict in found.items()
    }


def test_artifacts_of_an_image_go_with_it() -> None:
    """RULES: reference artifacts expire or are archived with their subject; artifacts of artifacts too."""
    found = verdicts(
        read(rule(1, tagPatternList=["v*"], **more_than(1))),
        image("A", "v1", days=9),
        image("sbom", days=9, subject="sha256:A"),
        image("signature", days=9, subject="sha256:sbom"),
        image("B", "v2", days=8),
        image("other", days=8, subject="sha256:B"),
        image("stray", days=8, subject="sha256:gone"),
    )
    assert {"A", "sbom", "signature"} == {name for name, verdict in found.items() if verdict.outcome == EXPIRES}
    assert (None, "refers to sha256:A, and goes with it") == (found["sbom"].rule, found["sbom"].why)
    assert (
        STAYS
        == verdicts(
            read(rule(1, tagPatternList=["v*"], **since(5))),
            image("A", "v1", days=9),
            image("signature", days=9, subject="sha256:A"),
            image("I", "x", days=9, media_type=INDEX),
            children={"I": ["signature"]},
        )["signature"].outcome
    )
    archived = verdicts(
        read(rule(1, action=ARCHIVE, tagPatternList=["v*"], **since(1))),
        image("A", "v1", days=9),
        image("signature", days=9, subject="sha256:A"),
        image("archived", days=9, subject="sha256:A", storage_class="archive", archived_at=ago(3)),
    )
    assert {"A": ARCHIVED, "signature": ARCHIVED, "archived": STAYS} == {
        name: verdict.outcome for name, verdict in archived.items()
    }


def test_a_rule_sees_artifacts_too_and_a_note_says_so() -> None:
    """Nothing says that rules spare a signature: it is an untagged image, and its subject stays without it."""
    found = verdicts(
        read(rule(1, tagStatus="untagged", **since(7))),
        image("A", "v1", days=90),
        image("signature", days=90, subject="sha256:A"),
    )
    assert EXPIRES == found["signature"].outcome
    assert found["signature"].why.endswith("; refers to sha256:A, which stays")


# Invariants.

PATTERNS = ("v*", "pr-*", "*-rc", "_*", "_production", "*", "v*1*")
TAGS = st.sampled_from([*(f"{kind}{number}" for kind in ("v", "pr-", "x") for number in range(4)), "v1-rc", "latest"])


@st.composite
def images(draw: st.DrawFn) -> list[StoredImage]:
    """A repository: each tag is on one image."""
    tags = draw(st.lists(TAGS | st.sampled_from(["_staging", "_production"]), unique=True, max_size=8))
    ages = draw(st.lists(st.integers(0, 60), min_size=1, max_size=8))
    owners = [draw(st.integers(0, len(ages) - 1)) for _ in tags]
    return [
        image(str(number), *(tag for tag, owner in zip(tags, owners, strict=True) if owner == number), days=age)
        for number, age in enumerate(ages)
    ]


LIMITS = st.builds(more_than, st.integers(1, 5)) | st.builds(since, st.integers(1, 50))


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The rules of a policy that ECR takes."""
    patterns = draw(st.lists(st.sampled_from(PATTERNS), unique=True, max_size=4))
    selections: list[dict[str, Any]] = [{"tagPatternList": [pattern]} for pattern in patterns]
    if draw(st.booleans()):
        selections.insert(draw(st.integers(0, len(selections))), {"tagStatus": "untagged"})
    if not selections or draw(st.booleans()):
        selections.append({"tagStatus": "any"})
    return [rule(number, **selection, **draw(LIMITS)) for number, selection in enumerate(selections, start=1)]


def taken(policy: LifecyclePolicy, repository: Sequence[StoredImage]) -> set[str]:
    """The digests that one evaluation takes."""
    return {verdict.image.digest for verdict in evaluated(policy, repository, NOW, {}) if verdict.outcome != STAYS}


@given(rules(), images())
def test_only_the_first_rule_that_matches_takes_an_image(
    given_rules: list[dict[str, Any]], some: list[StoredImage]
) -> None:
    """Every deleted or archived image is taken by one rule, and no rule of higher priority matches it."""
    policy = read(*given_rules)
    found = replayed(policy, some, NOW, {})
    assert some == [verdict.image for verdict in found]
    for verdict in found:
        matching = [one.priority for one in policy if one.wants(verdict.image.tags)]
        assert verdict.rule == (matching[0] if matching else None)


@given(rules(), images(), st.data())
def test_a_larger_number_never_takes_more(
    given_rules: list[dict[str, Any]], some: list[StoredImage], data: st.DataObject
) -> None:
    """To keep more images, or for longer, takes none that would have stayed."""
    number = data.draw(st.integers(0, len(given_rules) - 1))
    before = taken(read(*given_rules), some)
    given_rules[number]["selection"]["countNumber"] += data.draw(st.integers(1, 9))
    assert taken(read(*given_rules), some) <= before


@given(rules(), images())
def test_the_first_rule_protects(given_rules: list[dict[str, Any]], some: list[StoredImage]) -> None:
    """With a rule for _* that keeps more images than there are stages, no image with a stage's tag goes."""
    others = [one for one in given_rules if one["selection"].get("tagPatternList") != ["_*"]]
    later = [{**one, "rulePriority": one["rulePriority"] + 1} for one in others]
    policy = read(rule(1, tagPatternList=["_*"], **more_than(2)), *later)
    deployed = {one.digest for one in some if {"_staging", "_production"} & set(one.tags)}
    assert set() == deployed & taken(policy, some)


@given(images(), st.integers(1, 6))
def test_a_count_keeps_that_many_and_the_newest(some: list[StoredImage], number: int) -> None:
    """The given number of newest images stays, and no image that stays is older than one that goes."""
    gone = taken(read(rule(1, **more_than(number))), some)
    assert max(0, len(some) - number) == len(gone)
    left = [one.pushed_at for one in some if one.digest not in gone]
    assert all(one.pushed_at <= min(left) for one in some if one.digest in gone)


@given(rules(), images(), st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(
    given_rules: list[dict[str, Any]], some: list[StoredImage], chance: random.Random
) -> None:
    """The same images in another order have the same verdicts."""
    policy, shuffled = read(*given_rules), chance.sample(some, len(some))
    assert set(replayed(policy, some, NOW, {})) == set(replayed(policy, shuffled, NOW, {}))


@given(rules(), images())
def test_a_last_rule_changes_nothing_before_it(given_rules: list[dict[str, Any]], some: list[StoredImage]) -> None:
    """Without its last rule a policy decides the same of all images that the last rule has no say in."""
    policy = read(*given_rules)
    shorter = evaluated(policy[:-1], some, NOW, {})
    for verdict, before in zip(evaluated(policy, some, NOW, {}), shorter, strict=True):
        if verdict.rule != policy[-1].priority:
            assert (before.outcome, before.rule) == (verdict.outcome, verdict.rule)


@given(rules(), images(), st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=3), max_size=3))
def test_no_index_loses_an_image(
    given_rules: list[dict[str, Any]], some: list[StoredImage], inside: dict[int, set[int]]
) -> None:
    """An image is never deleted before an index that contains it, and further evaluations change nothing."""
    # Digests say what is inside, so an index holds only what was there before it.
    children = {f"sha256:{index}": {f"sha256:{one}" for one in held if one < index} for index, held in inside.items()}
    policy = read(*given_rules)
    found = {verdict.image.digest: verdict for verdict in replayed(policy, some, NOW, children)}
    for index, held in children.items():
        for digest in held & found.keys():
            if found[digest].run is not None and index in found:
                assert found[index].run is not None
                assert (found[index].run or 0) < (found[digest].run or 0)
    left = [one for one in some if found[one.digest].outcome == STAYS]
    assert all(verdict.outcome == STAYS for verdict in replayed(policy, left, NOW, children))


@given(images(), st.integers(1, 50))
def test_times_count_and_not_zones(some: list[StoredImage], days: int) -> None:
    """The same times in another zone give the same verdicts."""
    policy, zone = read(rule(1, **since(days))), timezone(timedelta(hours=5, minutes=45))
    elsewhere = [replace(one, pushed_at=one.pushed_at.astimezone(zone)) for one in some]
    assert taken(policy, some) == taken(policy, elsewhere)
