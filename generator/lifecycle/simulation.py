"""A complete simulation: the verdicts, the hazards of the policy, and the limits of the result."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.findings import Finding
from generator.lifecycle import hazards, mutability
from generator.lifecycle.hazards import Hazard
from generator.lifecycle.mutability import Mutability
from generator.lifecycle.policy import LifecyclePolicy
from generator.lifecycle.replay import Children, Verdict, replayed
from generator.lifecycle.stored_images import StoredImage
from generator.lifecycle.tag_patterns import STAGE_TAGS, stage_tags


@dataclass(frozen=True)
class Simulation:
    """The effect of a policy on images at one time."""

    at: datetime
    policy: LifecyclePolicy
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """Reasons why the result is less certain than it looks."""


def simulated(
    policy: LifecyclePolicy,
    images: Sequence[StoredImage],
    now: datetime,
    children: Children,
    *,
    name: str,
    setting: Mutability | None = None,
    triggers: Sequence[str] = (),
    deployed: Collection[str] = (),
    ignored: Collection[str] = (),
) -> Simulation:
    """The simulation of a policy of that name. Without the setting, tags are not checked.

    Stages are those of the published pipelines and those whose tags the images have. `deployed` are digests that run
    without such a tag, `ignored` the checks whose findings are ignored.
    """
    verdicts = replayed(policy, images, now, children)
    tags = {*STAGE_TAGS, *(tag for image in images for tag in stage_tags(image.tags))}
    found: list[Hazard] = [
        *hazards.rules_that_never_match(policy),
        *hazards.rules_that_take_deployed_images(policy, tags),
        *hazards.deployed_images_that_go(verdicts, deployed),
        *hazards.rules_without_images(policy, images),
    ]
    if setting:
        found += mutability.stage_tags_that_cannot_move(setting, tags)
        found += mutability.triggers_that_cannot_fire_again(setting, triggers)
    findings = [
        Finding(path=name, place=one.place, message=one.message, check=one.check)
        for one in found
        if one.check not in ignored
    ]
    notes = [*_notes(images, now, children), *_notes_on_rules(policy, images)]
    if any(finding.check == "unprotected" for finding in findings) and not _known_to_run(images, deployed):
        notes.append(
            "None of the images has the tag of a stage, such as _production. Name what runs with --deployed sha256:...,"
            " or leave the check out with --ignore unprotected."
        )
    return Simulation(now, policy, tuple(verdicts), tuple(findings), tuple(notes))


def _known_to_run(images: Sequence[StoredImage], deployed: Collection[str]) -> bool:
    return bool(deployed) or any(stage_tags(image.tags) for image in images)


def _notes_on_rules(policy: LifecyclePolicy, images: Sequence[StoredImage]) -> Iterator[str]:
    """Notes on rules for archived images, if there are none: describe-images leaves them out by default.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImagesFilter.html
    """
    archived = any(image.storage_class == "archive" for image in images)
    if rules := [rule.priority for rule in policy if rule.storage_class == "archive" and not archived]:
        yield (
            f"Rule {' and '.join(map(str, rules))} is for archived images, and the list has none."
            " `aws ecr describe-images` prints them only with --filter imageStatus=ANY."
        )


def _notes(images: Sequence[StoredImage], now: datetime, children: Children) -> Iterator[str]:
    unread = [image for image in images if image.is_index and image.digest not in children]
    if unread:
        yield (
            f"The images in {len(unread)} of the indexes are not known. They stay as long as their index, whatever is"
            " said of them here: give --manifests."
        )
    if later := sum(image.pushed_at > now for image in images):
        yield f"{later} of the images were pushed after the moment of the evaluation."
