"""A lifecycle policy as Amazon ECR accepts it, and the errors for which ECR refuses one.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from generator import json_text
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.lifecycle.tag_patterns import matches
from generator.suggestion import did_you_mean

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
MIN_LENGTH, MAX_LENGTH = 100, 30_720
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
MAX_RULES = 50
MAX_WILDCARDS = 4
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
MIN_DAYS_IN_ARCHIVE = 90

COUNT, PUSHED, PULLED, TRANSITIONED = (
    "imageCountMoreThan",
    "sinceImagePushed",
    "sinceImagePulled",
    "sinceImageTransitioned",
)
COUNT_TYPES = (COUNT, PUSHED, PULLED, TRANSITIONED)
TAG_STATUSES = ("tagged", "untagged", "any")
TAG_LISTS = ("tagPatternList", "tagPrefixList")
_RULE = ("rulePriority", "description", "selection", "action")
_SELECTION = ("tagStatus", *TAG_LISTS, "storageClass", "countType", "countUnit", "countNumber")
_ACTION = ("type", "targetStorageClass")

Problem: TypeAlias = "tuple[str, str]"
"""The place of a problem, with the given and the allowed values."""


@dataclass(frozen=True)
class Rule:
    """One rule of a policy that ECR accepts."""

    priority: int
    description: str
    tag_status: str
    prefixes: tuple[str, ...]
    patterns: tuple[str, ...]
    storage_class: str
    count_type: str
    count_number: int
    action: str

    def wants(self, tags: Collection[str]) -> bool:
        """Whether an image with these tags meets the rule's tagging requirements: all in a list, each by any tag."""
        if self.tag_status == "tagged":
            return all(any(tag.startswith(prefix) for tag in tags) for prefix in self.prefixes) and all(
                any(matches(pattern, tag) for tag in tags) for pattern in self.patterns
            )
        return self.tag_status == "any" or not tags

    def __str__(self) -> str:
        """The selection and the action of the rule, on one line."""
        lists = " and ".join([*(f"{prefix}..." for prefix in self.prefixes), *self.patterns])
        images = {"tagged": f"images tagged {lists}", "untagged": "untagged images", "any": "all images"}
        limit = f"more than {self.count_number}"
        when = {
            COUNT: limit,
            PUSHED: f"pushed {limit} days ago",
            PULLED: f"not pulled for {limit} days",
            TRANSITIONED: f"archived {limit} days ago",
        }[self.count_type]
        does = {"expire": "expire", "transition": "archive"}[self.action]
        return f"{does} {images[self.tag_status]}: {when}"


LifecyclePolicy: TypeAlias = "tuple[Rule, ...]"
"""The rules, those of the highest priority (the lowest number) first."""


def read(text: str, name: str) -> LifecyclePolicy:
    """The policy in the text. Everything that ECR refuses is in one error, one line each; the name is for messages."""
    document = json_text.parse(text, name)
    problems = [*_length(text), *_document(document)]
    if not problems:
        problems = list(_together(rules := _rules(document)))
    if problems:
        raise GeneratorError("\n".join(f"{name}: {place}: {message}" for place, message in problems))
    return tuple(sorted(rules, key=lambda rule: rule.priority))


def _rules(document: Any) -> list[Rule]:
    return [
        Rule(
            priority=rule["rulePriority"],
            description=rule.get("description", ""),
            tag_status=(selection := rule["selection"])["tagStatus"],
            prefixes=tuple(selection.get("tagPrefixList", ())),
            patterns=tuple(selection.get("tagPatternList", ())),
            storage_class=selection.get("storageClass", "standard"),
            count_type=selection["countType"],
            count_number=selection["countNumber"],
            action=rule["action"]["type"],
        )
        for rule in document["rules"]
    ]


def _length(text: str) -> Iterator[Problem]:
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        yield "the text", f"given {len(text):,} characters, allowed: {MIN_LENGTH} to {MAX_LENGTH:,}"


def _document(document: Any) -> Iterator[Problem]:
    if not isinstance(document, dict):
        yield "the text", f'given {quoted(document)}, allowed: an object, {{"rules": [...]}}'
        return
    yield from _keys(document, "", ("rules",), required=("rules",))
    rules = document.get("rules", [{}])
    if not isinstance(rules, list):
        yield "rules", f"given {quoted(rules)}, allowed: a list"
    elif not 1 <= len(rules) <= MAX_RULES:
        yield "rules", f"given {len(rules)} rules, allowed: 1 to {MAX_RULES}"
    elif "rules" in document:
        for number, rule in enumerate(rules):
            yield from _rule(rule, f"rules[{number}]")


def _rule(rule: Any, place: str) -> Iterator[Problem]:
    if not isinstance(rule, dict):
        yield place, f"given {quoted(rule)}, allowed: an object with {', '.join(_RULE)}"
        return
    yield from _keys(rule, place, _RULE, required=("rulePriority", "selection", "action"))
    if "rulePriority" in rule:
        yield from _whole_number(rule["rulePriority"], f"{place}.rulePriority")
    if not isinstance(rule.get("description", ""), str):
        yield f"{place}.description", f"given {quoted(rule['description'])}, allowed: a text"
    selection, action = rule.get("selection", {}), rule.get("action", {})
    for key, part in (("selection", selection), ("action", action)):
        if not isinstance(part, dict):
            yield f"{place}.{key}", f"given {quoted(part)}, allowed: an object"
    if isinstance(selection, dict) and "selection" in rule:
        yield from _selection(selection, f"{place}.selection")
    if isinstance(action, dict) and "action" in rule:
        yield from _action(action, f"{place}.action")
    if isinstance(selection, dict) and isinstance(action, dict):
        yield from _fit(selection.get("countType"), action.get("type"), f"{place}.action.type")


def _selection(selection: dict[str, Any], place: str) -> Iterator[Problem]:
    yield from _keys(selection, place, _SELECTION, required=("tagStatus", "countType", "countNumber"))
    yield from _choice(selection, "tagStatus", place, TAG_STATUSES)
    yield from _choice(selection, "countType", place, COUNT_TYPES)
    yield from _tag_lists(selection, place)
    count_type = selection.get("countType")
    if count_type in COUNT_TYPES:
        yield from _count_unit(selection, count_type, place)
        yield from _storage_class(selection, count_type, place)
    if "countNumber" in selection:
        least = MIN_DAYS_IN_ARCHIVE if count_type == TRANSITIONED else 1
        yield from _whole_number(selection["countNumber"], f"{place}.countNumber", least)


def _tag_lists(selection: dict[str, Any], place: str) -> Iterator[Problem]:
    status, given = selection.get("tagStatus"), [key for key in TAG_LISTS if key in selection]
    if status == "tagged" and len(given) != 1:
        yield place, f"given {' and '.join(given) or 'no list of tags'}, allowed: {' or '.join(TAG_LISTS)} with tagged"
    elif status in ("untagged", "any"):
        for key in given:
            yield f"{place}.{key}", f"given with tagStatus {status}, allowed: with tagged alone"
    for key in given:
        tags = selection[key]
        if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) and tag for tag in tags):
            yield f"{place}.{key}", f"given {quoted(tags)}, allowed: a list of texts, at least one and none empty"
        elif key == "tagPatternList":
            for tag in tags:
                if tag.count("*") > MAX_WILDCARDS:
                    yield f"{place}.{key}", f"given {quoted(tag)}, allowed: up to {MAX_WILDCARDS} * in a pattern"


def _count_unit(selection: dict[str, Any], count_type: str, place: str) -> Iterator[Problem]:
    unit = f"{place}.countUnit"
    if count_type == COUNT:
        if "countUnit" in selection:
            yield unit, f"given with {COUNT}, allowed: with a number of days alone"
    elif "countUnit" not in selection:
        yield unit, f'is missing, allowed with {count_type}: "days"'
    else:
        yield from _choice(selection, "countUnit", place, ("days",))


def _storage_class(selection: dict[str, Any], count_type: str, place: str) -> Iterator[Problem]:
    if count_type != TRANSITIONED:
        yield from _choice(selection, "storageClass", place, ("standard",), f" with {count_type}")
    elif "storageClass" not in selection:
        yield f"{place}.storageClass", f'is missing, allowed with {count_type}: "archive"'
    else:
        yield from _choice(selection, "storageClass", place, ("archive",), f" with {count_type}")


def _action(action: dict[str, Any], place: str) -> Iterator[Problem]:
    yield from _keys(action, place, _ACTION, required=("type",))
    yield from _choice(action, "type", place, ("expire", "transition"))
    target = f"{place}.targetStorageClass"
    if action.get("type") == "transition" and "targetStorageClass" not in action:
        yield target, 'is missing, allowed with transition: "archive"'
    elif action.get("type") == "expire" and "targetStorageClass" in action:
        yield target, "given with expire, allowed: with transition alone"
    else:
        yield from _choice(action, "targetStorageClass", place, ("archive",))


def _fit(count_type: object, action: object, place: str) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html, the boxes "Important"."""
    needed = {PULLED: "transition", TRANSITIONED: "expire"}.get(str(count_type))
    if needed and action in ("expire", "transition") and action != needed:
        yield place, f'given {quoted(action)}, allowed with {count_type}: "{needed}"'


def _together(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules that are valid alone, but not in the same policy. ECR evaluates each storage class separately."""
    for number, rule in enumerate(rules):
        place = f"rules[{number}]"
        others = [other for other in rules if other is not rule and other.storage_class == rule.storage_class]
        earlier = rules[:number]
        if rule.priority in [other.priority for other in earlier]:
            yield f"{place}.rulePriority", f"given {rule.priority} twice, allowed: each number once"
        if rule.tag_status == "any" and any(other.priority > rule.priority for other in others):
            where = f"for it is the last one ({rule.storage_class} storage)"
            yield f"{place}.rulePriority", f"given {rule.priority} with any, allowed: the highest number, {where}"
        same_class = [other for other in earlier if other.storage_class == rule.storage_class]
        if rule.tag_status == "untagged" and any(other.tag_status == "untagged" for other in same_class):
            yield (
                f"{place}.selection.tagStatus",
                f"given untagged twice, allowed: once for {rule.storage_class} storage",
            )
        # "A unique set of prefixes", says the page above. Of patterns it says nothing: two equal lists are a finding.
        if rule.prefixes and any(set(other.prefixes) == set(rule.prefixes) for other in same_class):
            yield f"{place}.selection.tagPrefixList", f"given {quoted(rule.prefixes)} twice, allowed: each list once"


def _keys(part: dict[str, Any], place: str, known: Sequence[str], *, required: Sequence[str]) -> Iterator[Problem]:
    for key in part:
        if key not in known:
            hint = did_you_mean(key, known)
            yield place or "the text", f"given the key {quoted(key)}, allowed: {', '.join(known)}{hint}"
    for key in required:
        if key not in part:
            yield f"{place}.{key}".lstrip("."), "is missing"


def _choice(
    part: dict[str, Any], key: str, place: str, allowed: Sequence[str], condition: str = ""
) -> Iterator[Problem]:
    if key in part and part[key] not in allowed:
        hint = did_you_mean(part[key], allowed) if isinstance(part[key], str) else ""
        yield (
            f"{place}.{key}",
            f"given {quoted(part[key])}, allowed{condition}: {' or '.join(map(quoted, allowed))}{hint}",
        )


def _whole_number(value: object, place: str, least: int = 1) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        yield place, f"given {quoted(value)}, allowed: a whole number from {least}"
