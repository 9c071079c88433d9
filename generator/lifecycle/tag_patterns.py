"""Tags of images, and patterns of them: `*` matches any characters, every other character itself."""

from __future__ import annotations

import re

# The tag that the pipeline gives a deployed image: an underscore and the stage's name.
STAGE_TAG = re.compile("_[a-z]+")
STAGE_TAGS = ("_production", "_release", "_staging")
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_TAG = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*-]*")


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the text; for a pattern as text, whether it matches everything that this one matches.

    In the second case only a `*` of the pattern matches a `*` of the text.
    """
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    *middle, last = others
    at = len(first)
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.startswith(first) and text.endswith(last) and at + len(last) <= len(text)


def can_match(pattern: str) -> bool:
    """Whether any tag matches the pattern: tags cannot contain some characters, and cannot begin with others."""
    return _TAG.fullmatch(pattern) is not None


def stage_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that mean that a stage runs the image."""
    return tuple(tag for tag in tags if STAGE_TAG.fullmatch(tag))


def is_for_stages(pattern: str) -> bool:
    """Whether the pattern matches tags that pipelines set, and no tags that begin differently."""
    return pattern.startswith("_")
