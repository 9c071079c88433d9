"""A whole simulation: the verdicts, what is wrong with the policy, and what limits the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.findings import Finding
from generator.lifecycle import hazards, mutability
from generator.lifecycle.hazards import Hazard
from generator.lifecycle.images import Image
from generator.lifecycle.mutability import Mutability
from generator.lifecycle.policy import Policy
from generator.lifecycle.replay import Children, Verdict, replayed
from generator.lifecycle.tags import STAGE_TAGS, stage_tags


@dataclass(frozen=True)
class Simulation:
    """What a policy does to images at a moment."""

    at: datetime
    policy: Policy
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """What makes the answer less certain than it looks."""


def simulated(
    policy: Policy,
    images: Sequence[Image],
    now: datetime,
    children: Children,
    *,
    name: str,
    setting: Mutability | None = None,
    triggers: Sequence[str] = (),
) -> Simulation:
    """The simulation of a policy of that name. Without the setting nothing is said of tags.

    Stages are those of the published pipelines and those whose tags the images have.
    """
    verdicts = replayed(policy, images, now, children)
    tags = {*STAGE_TAGS, *(tag for image in images for tag in stage_tags(image.tags))}
    found: list[Hazard] = [
        *hazards.rules_that_never_match(policy),
        *hazards.rules_that_take_deployed_images(policy, tags),
        *hazards.deployed_images_that_go(verdicts),
    ]
    if setting:
        found += mutability.stage_tags_that_cannot_move(setting, tags)
        found += mutability.triggers_that_cannot_fire_again(setting, triggers)
    findings = [Finding(path=name, place=one.place, message=one.message, check=one.check) for one in found]
    return Simulation(now, policy, tuple(verdicts), tuple(findings), tuple(_notes(images, now, children)))


def _notes(images: Sequence[Image], now: datetime, children: Children) -> Iterator[str]:
    unread = [image for image in images if image.is_index and image.digest not in children]
    if unread:
        yield (
            f"Not known is what is in {len(unread)} of the image indexes. Those images stay as long as their index,"
            " whatever is said of them here: give --manifests."
        )
    if later := sum(image.pushed_at > now for image in images):
        yield f"{later} of the images were pushed after the moment of the evaluation."
