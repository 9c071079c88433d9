"""Tags that must move, and repositories that forbid it."""

from __future__ import annotations

import pytest

from generator.lifecycle.mutability import Mutability, stage_tags_that_cannot_move, triggers_that_cannot_fire_again

MUTABLE, IMMUTABLE = Mutability(), Mutability("IMMUTABLE")


def excluding(*patterns: str, setting: str = "IMMUTABLE") -> Mutability:
    """A setting with exclusions."""
    return Mutability(f"{setting}_WITH_EXCLUSION", patterns)


def unusable(mutability: Mutability, *triggers: str) -> list[str]:
    """The triggers that cannot fire again."""
    found = triggers_that_cannot_fire_again(mutability, triggers)
    return [hazard.place.removeprefix("trigger ").strip('"') for hazard in found]


TRIGGERS = ("latest", "*-prod", "latest-*", "orders.stable", "v*", "prod-*", "*.*.*")


def test_in_an_immutable_repository_a_moving_tag_starts_one_run() -> None:
    """One tag, a tag that says where the image runs, a word like latest; not a pattern of versions."""
    assert ["latest", "*-prod", "latest-*", "orders.stable"] == unusable(IMMUTABLE, *TRIGGERS)
    assert [] == unusable(MUTABLE, *TRIGGERS)


def test_an_exclusion_allows_the_trigger_to_fire_again() -> None:
    """If it matches all tags that the trigger waits for."""
    assert ["*-prod"] == unusable(excluding("_*", "latest*"), "latest", "*-prod", "latest-*")
    assert ["*-prod"] == unusable(excluding("x-prod"), "*-prod")
    assert [] == unusable(excluding("*-prod"), "*-prod", "x-prod")


def test_exclusions_count_with_their_setting_alone() -> None:
    """Filters with a plain IMMUTABLE or MUTABLE exclude nothing."""
    assert ["latest"] == unusable(Mutability("IMMUTABLE", ("latest",)), "latest")
    assert [] == unusable(Mutability("MUTABLE", ("latest",)), "latest")


def test_with_mutable_tags_an_exclusion_forbids_it() -> None:
    """There it names the tags that cannot move.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    assert ["latest"] == unusable(excluding("l*", setting="MUTABLE"), "latest", "stable")


FILTERS = "(ImageTagMutabilityExclusionFilters)"
UNIQUE = "or start on tags that are never used again, such as v*"


@pytest.mark.parametrize(
    ("mutability", "trigger", "tags", "way_out"),
    [
        (IMMUTABLE, "latest", "this one tag", f"IMMUTABLE: let an exclusion {FILTERS} match latest"),
        (
            excluding("*", setting="MUTABLE"),
            "*-prod",
            "tags such as orders-prod",
            f"MUTABLE_WITH_EXCLUSION: let no exclusion {FILTERS} match *-prod",
        ),
    ],
)
def test_the_message_has_the_consequence_and_two_solutions(
    mutability: Mutability, trigger: str, tags: str, way_out: str
) -> None:
    """The consequence, and the two solutions."""
    said = f"{tags} can be pushed only once, for one run; the repository is {way_out}, {UNIQUE}"
    assert [said] == [hazard.message for hazard in triggers_that_cannot_fire_again(mutability, [trigger])]


@pytest.mark.parametrize(
    ("mutability", "fixed"),
    [
        (MUTABLE, None),
        (IMMUTABLE, "_production and _staging"),
        (excluding("_*"), None),
        (excluding("latest", "_staging"), "_production"),
        (excluding("_p*", setting="MUTABLE"), "_production"),
    ],
)
def test_the_tags_of_stages_must_move(mutability: Mutability, fixed: str | None) -> None:
    """The pipeline sets them at every deployment."""
    found = [hazard.message for hazard in stage_tags_that_cannot_move(mutability, {"_staging", "_production"})]
    if fixed is None:
        assert [] == found
    else:
        assert found[0].startswith(f"a pipeline moves {fixed} at every deployment, but could do it only once;")
