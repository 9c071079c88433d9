"""Mutability: which tags of a repository can move, and which ones must move but cannot."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from generator.findings import quoted
from generator.lifecycle.hazards import Hazard
from generator.lifecycle.tag_patterns import matches

# Words of tags that are pushed again and again: in any place, and at the end, for a place or a branch.
_ALWAYS = {"current", "edge", "latest", "nightly", "newest", "stable"}
_AT_THE_END = {"dev", "live", "main", "master", "prod", "production", "qa", "stage", "staging", "test", "uat"}


@dataclass(frozen=True)
class Mutability:
    """The setting of a repository: MUTABLE or IMMUTABLE, with exclusions or without.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """

    setting: str = "MUTABLE"
    exclusions: tuple[str, ...] = ()

    def fixes(self, pattern: str) -> bool:
        """Whether no tag that matches the pattern can be moved to another image."""
        excluded = self.setting.endswith("_WITH_EXCLUSION") and any(matches(one, pattern) for one in self.exclusions)
        return excluded != self.setting.startswith("IMMUTABLE")

    def to_let_move(self, pattern: str) -> str:
        """The change after which the tags that match the pattern can be moved."""
        exclusion = "let no exclusion" if self.setting.startswith("MUTABLE") else "let an exclusion"
        return f"the repository is {self.setting}: {exclusion} (ImageTagMutabilityExclusionFilters) match {pattern}"


def triggers_that_cannot_fire_again(mutability: Mutability, triggers: Sequence[str]) -> Iterator[Hazard]:
    """Patterns of a pipeline's trigger for tags that are pushed repeatedly, which the repository forbids."""
    for trigger in triggers:
        if mutability.fixes(trigger) and (moving := _moving(trigger)):
            message = (
                f"{moving} can be pushed only once, for one run; {mutability.to_let_move(trigger)}, or start on tags"
                " that are never used again, such as v*"
            )
            yield Hazard("trigger", f"trigger {quoted(trigger)}", message)


def stage_tags_that_cannot_move(mutability: Mutability, tags: Collection[str]) -> Iterator[Hazard]:
    """Tags of stages that a pipeline could set only once."""
    if fixed := [tag for tag in sorted(tags) if mutability.fixes(tag)]:
        message = (
            f"a pipeline moves {' and '.join(fixed)} at every deployment, but could do it only once;"
            f" {mutability.to_let_move('_*')}"
        )
        yield Hazard("stage-tags", "the repository", message)


def _moving(trigger: str) -> str:
    """The tags that the trigger waits for, if the next image is pushed with the same one; otherwise ""."""
    words = re.split(r"[^a-z0-9]+", trigger.lower())
    if "*" not in trigger:
        return "this one tag"
    if _ALWAYS.intersection(words) or words[-1] in _AT_THE_END:
        return f"tags such as {trigger.replace('*', 'orders')}"
    return ""
