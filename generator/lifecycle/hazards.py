"""Hazards of a policy that ECR accepts: rules without effect, and rules that delete running images."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from generator.findings import quoted
from generator.lifecycle.policy import COUNT, LifecyclePolicy, Rule
from generator.lifecycle.replay import STAYS, Verdict, short
from generator.lifecycle.stored_images import StoredImage
from generator.lifecycle.tag_patterns import can_match, is_for_stages, matches, stage_tags


@dataclass(frozen=True)
class Hazard:
    """One hazard: the check of CHECKS that found it, its place, and its description."""

    check: str
    place: str
    message: str


def rules_that_never_match(policy: LifecyclePolicy) -> Iterator[Hazard]:
    """Rules whose list of tags no image can have, and rules whose images all belong to an earlier rule."""
    for number, rule in enumerate(policy):
        if impossible := _impossible(rule):
            hint = (
                ": a * in tagPrefixList is not a wildcard: use tagPatternList" if "*" in "".join(rule.prefixes) else ""
            )
            message = f"can never match: no tag can be {', '.join(map(quoted, impossible))}{hint}"
            yield Hazard("never-matches", f"rule {rule.priority}", message)
            continue
        earlier = [other for other in policy[:number] if other.storage_class == rule.storage_class]
        if shadows := _shadows(rule, earlier):
            names = " and ".join(f"rule {other.priority}" for other in shadows)
            message = f"can never take an image: all of its images belong to {names}, of higher priority"
            yield Hazard("never-matches", f"rule {rule.priority}", message)


def rules_without_images(policy: LifecyclePolicy, images: Sequence[StoredImage]) -> Iterator[Hazard]:
    """Rules for tags that none of the images has: an outdated or misspelt prefix.

    Rules for tags of stages exist before the first deployment.
    """
    for rule in policy:
        there = [image for image in images if image.storage_class == rule.storage_class]
        if rule.tag_status != "tagged" or _impossible(rule) or all(map(is_for_stages, _patterns(rule))):
            continue
        if there and not any(rule.wants(image.tags) for image in there):
            wanted = " and ".join(map(quoted, (*rule.prefixes, *rule.patterns)))
            message = f"matches none of these {len(there)} images: none has a tag for {wanted}"
            yield Hazard("unused", f"rule {rule.priority}", message)


def rules_that_take_deployed_images(policy: LifecyclePolicy, tags: Collection[str]) -> Iterator[Hazard]:
    """Rules that could take an image with one of the tags (of stages), whatever images there are.

    Archived images cannot be pulled, so that archiving a running image is no better than deleting it.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
    """
    for number, rule in enumerate(policy):
        if rule.storage_class != "standard" or rule.tag_status == "untagged" or _never_too_many(rule, tags):
            continue
        endangered = [tag for tag in sorted(tags) if not any(_keeps(other, tag) for other in policy[:number])]
        if endangered:
            message = (
                f"can take a deployed image (tagged {' or '.join(endangered)}), which no rule of higher priority keeps:"
                f' let the first rule have tagPatternList ["_*"] and {COUNT} 100'
            )
            yield Hazard("unprotected", f"rule {rule.priority}", message)


def deployed_images_that_go(verdicts: Sequence[Verdict], deployed: Collection[str] = ()) -> Iterator[Hazard]:
    """Images that a rule takes although they have the tag of a stage, or a digest that is known to be deployed."""
    for verdict in verdicts:
        tags = stage_tags(verdict.image.tags)
        if verdict.outcome != STAYS and (tags or verdict.image.digest in deployed):
            known_by = f"tagged {', '.join(tags)}" if tags else "given by --deployed"
            message = f"takes {short(verdict.image.digest)}, which is deployed ({known_by}): {verdict.why}"
            yield Hazard("deployed", "an artifact" if verdict.rule is None else f"rule {verdict.rule}", message)


def _shadows(rule: Rule, earlier: Sequence[Rule]) -> list[Rule]:
    """The earlier rules that, alone or together, match everything that the rule matches."""
    if rule.tag_status == "tagged":
        return [other for other in earlier if _matches_all_of(other, _patterns(rule))][:1]
    if rule.tag_status == "any":
        untagged = [other for other in earlier if other.tag_status == "untagged"]
        tagged = [other for other in earlier if _matches_all_of(other, ("*",))]
        return [*tagged[:1], *untagged[:1]] if tagged and untagged else []
    return []


def _matches_all_of(rule: Rule, patterns: Collection[str]) -> bool:
    """Whether the rule matches every image that has a tag for each of the patterns."""
    return (
        rule.tag_status == "tagged"
        and not _impossible(rule)
        and all(any(matches(wide, narrow) for narrow in patterns) for wide in _patterns(rule))
    )


def _impossible(rule: Rule) -> list[str]:
    """The prefixes and patterns that no tag can match."""
    prefixes = [prefix for prefix in rule.prefixes if "*" in prefix or not can_match(prefix)]
    return [*prefixes, *(pattern for pattern in rule.patterns if not can_match(pattern))]


def _patterns(rule: Rule) -> tuple[str, ...]:
    return (*(f"{prefix}*" for prefix in rule.prefixes), *rule.patterns)


def _keeps(rule: Rule, tag: str) -> bool:
    """Whether the rule matches every image with that tag, so that no rule of lower priority can take the image."""
    return rule.storage_class == "standard" and _matches_all_of(rule, (tag,))


def _never_too_many(rule: Rule, tags: Collection[str]) -> bool:
    """Whether the rule can never have more images than it keeps, because each tag is on one image.

    A tag without a wildcard is on one image; tags that begin with an underscore are the pipeline's own.
    """
    if _impossible(rule):
        return True
    if rule.count_type != COUNT:
        return False
    rooms = [
        1 if "*" not in pattern else sum(matches(pattern, tag) for tag in tags)
        for pattern in _patterns(rule)
        if "*" not in pattern or pattern.startswith("_")
    ]
    return any(images <= rule.count_number for images in rooms)
