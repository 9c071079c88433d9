"""A lifecycle policy replayed over images: which ones it would delete, by which rule, and why the others stay.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules

Where that page is silent: of images pushed in the same moment, the one with the smaller digest counts as newer; rules
apply to reference artifacts (signatures, SBOMs) as to every image; a restored image counts as pushed when it was
restored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from generator.lifecycle.policy import COUNT, PULLED, TRANSITIONED, LifecyclePolicy, Rule
from generator.lifecycle.stored_images import StoredImage

EXPIRES, ARCHIVED, STAYS = "expires", "archived", "stays"
OUTCOMES = {"expire": EXPIRES, "transition": ARCHIVED}
DAY = 86_400

Children: TypeAlias = "Mapping[str, Collection[str]]"
"""For the digest of an index, the digests of the images in it."""


@dataclass(frozen=True)
class Verdict:
    """The result for an image."""

    image: StoredImage
    outcome: str
    why: str
    rule: int | None = None
    """The priority of the rule that takes the image, or that matches it first and so keeps it from all others."""
    run: int | None = None
    """The evaluation in which the image is taken, if it is: ECR evaluates a policy repeatedly."""
    held_by: tuple[str, ...] = ()
    """The indexes that keep the image from a rule that would take it."""


class _Reading(NamedTuple):
    """The result of one rule alone for an image that it matches."""

    rule: Rule
    marked: bool
    why: str


def replayed(
    policy: LifecyclePolicy, images: Sequence[StoredImage], now: datetime, children: Children
) -> list[Verdict]:
    """The verdict on each image, in the order of the images, after as many evaluations as change anything.

    A second evaluation takes the images of a deleted index, because an image cannot be deleted before its index.
    Archived images are final: a rule for the archive takes them after 90 days at the earliest.
    """
    verdicts: dict[str, Verdict] = {}
    left, run = list(images), 1
    while left:
        latest = evaluated(policy, left, now, children)
        for verdict in latest:
            known = verdicts.get(verdict.image.digest)
            if known is None or known.held_by:  # the others are final
                verdicts[verdict.image.digest] = replace(verdict, run=None if verdict.outcome == STAYS else run)
        staying = [verdict.image for verdict in latest if verdict.outcome == STAYS]
        if len(staying) == len(left):
            break
        left, run = staying, run + 1
    return [verdicts[image.digest] for image in images]


def evaluated(
    policy: LifecyclePolicy, images: Sequence[StoredImage], now: datetime, children: Children
) -> list[Verdict]:
    """The verdict of one evaluation on each image: all rules look at all images, and the first match decides."""
    readings: defaultdict[str, list[_Reading]] = defaultdict(list)
    for rule in policy:
        chosen = [image for image in images if image.storage_class == rule.storage_class and rule.wants(image.tags)]
        for image, reading in _count(rule, chosen) if rule.count_type == COUNT else _ages(rule, chosen, now):
            readings[image.digest].append(reading)
    holders = _holders(images, children)
    verdicts = [_verdict(image, readings[image.digest], holders.get(image.digest, ())) for image in images]
    return _with_their_subjects(verdicts, holders)


def short(digest: str) -> str:
    """A digest, shortened but still distinguishable."""
    return digest[:19]


def _holders(images: Sequence[StoredImage], children: Children) -> dict[str, tuple[str, ...]]:
    """For each image in an index, the indexes that have been neither deleted nor archived."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for image in images:
        if image.storage_class == "standard":
            for child in children.get(image.digest, ()):
                found[child] += (image.digest,)
    return found


def _count(rule: Rule, images: Sequence[StoredImage]) -> Iterator[tuple[StoredImage, _Reading]]:
    newest_first = sorted(sorted(images, key=lambda image: image.digest), key=_pushed_at, reverse=True)
    for rank, image in enumerate(newest_first, start=1):
        why = f"number {rank} of {len(images)}, newest first; {rule.count_number:,} stay"
        yield image, _Reading(rule, rank > rule.count_number, why)


def _ages(rule: Rule, images: Sequence[StoredImage], now: datetime) -> Iterator[tuple[StoredImage, _Reading]]:
    for image in images:
        did, since = _clock(rule.count_type, image)
        age = (now - since).total_seconds()
        marked = age > rule.count_number * DAY
        limit = f"{'more than' if marked else 'not more than'} {rule.count_number:,}"
        yield image, _Reading(rule, marked, f"{did} {age / DAY:,.1f} days ago, {limit}")


def _pushed_at(image: StoredImage) -> datetime:
    return image.activated_at or image.pushed_at


def _clock(count_type: str, image: StoredImage) -> tuple[str, datetime]:
    """The time from which the days are counted, and the event at that time."""
    if count_type == TRANSITIONED:
        return "archived", image.archived_at or image.pushed_at
    if count_type == PULLED and image.pulled_at and image.pulled_at >= (image.activated_at or image.pulled_at):
        return "pulled", image.pulled_at
    return "restored" if image.activated_at else "pushed", _pushed_at(image)


def _verdict(image: StoredImage, readings: Sequence[_Reading], holders: tuple[str, ...]) -> Verdict:
    if not readings:
        return Verdict(image, STAYS, "no rule matches it")
    rule, marked, why = readings[0]
    if not marked:
        other = next((f"; else rule {other.rule.priority} would take it" for other in readings if other.marked), "")
        return Verdict(image, STAYS, why + other, rule.priority)
    if holders:
        why = f"in the index {', '.join(map(short, holders))}, which stays; else {why}"
        return Verdict(image, STAYS, why, rule.priority, held_by=holders)
    return Verdict(image, OUTCOMES[rule.action], why, rule.priority)


def _with_their_subjects(verdicts: Sequence[Verdict], holders: Mapping[str, tuple[str, ...]]) -> list[Verdict]:
    """The same verdicts, but artifacts of a deleted or archived image follow it: ECR does that within 24 hours."""
    by_digest = {verdict.image.digest: verdict for verdict in verdicts}
    artifacts = [digest for digest, verdict in by_digest.items() if verdict.image.subject in by_digest]
    changed = True
    while changed:  # a signature may refer to an SBOM
        changed = False
        for digest in artifacts:
            verdict, subject = by_digest[digest], by_digest[by_digest[digest].image.subject]
            archived_already = subject.outcome == ARCHIVED and verdict.image.storage_class == "archive"
            if STAYS == verdict.outcome != subject.outcome and not archived_already and digest not in holders:
                why = f"refers to {short(subject.image.digest)}, and goes with it"
                by_digest[digest] = Verdict(verdict.image, subject.outcome, why)
                changed = True
    for digest in artifacts:
        verdict, subject = by_digest[digest], by_digest[by_digest[digest].image.subject]
        if verdict.outcome != STAYS == subject.outcome:
            by_digest[digest] = replace(
                verdict, why=f"{verdict.why}; refers to {short(subject.image.digest)}, which stays"
            )
    return list(by_digest.values())
