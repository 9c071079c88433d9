"""Policies and images for tests."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from generator.lifecycle import policy
from generator.lifecycle.policy import LifecyclePolicy
from generator.lifecycle.stored_images import INDEX_TYPES, StoredImage

NOW = datetime(2026, 11, 20, 8, tzinfo=timezone.utc)
INDEX = INDEX_TYPES[1]
ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}


def rule(
    priority: int, *, action: dict[str, str] | None = None, description: str = "", **selection: Any
) -> dict[str, Any]:
    """A rule that ECR takes: for all images, more than one of them, unless the selection says otherwise."""
    chosen = {"tagStatus": "tagged" if {"tagPatternList", "tagPrefixList"} & selection.keys() else "any", **selection}
    if "countNumber" not in chosen:
        chosen |= {"countType": "imageCountMoreThan", "countNumber": 1}
    return {
        "rulePriority": priority,
        "description": description or f"Rule {priority}",
        "selection": chosen,
        "action": action or {"type": "expire"},
    }


def more_than(number: int) -> dict[str, Any]:
    """The part of a selection for a number of images."""
    return {"countType": "imageCountMoreThan", "countNumber": number}


def since(number: int, what: str = "sinceImagePushed") -> dict[str, Any]:
    """The part of a selection for a number of days."""
    return {"countType": what, "countUnit": "days", "countNumber": number}


def text(*rules: Any) -> str:
    """A policy as text."""
    return json.dumps({"rules": rules}, indent=4)


def read(*rules: Any) -> LifecyclePolicy:
    """A policy, parsed."""
    return policy.read(text(*rules), "policy.json")


def image(name: str, *tags: str, days: float = 0, **more: Any) -> StoredImage:
    """An image that was pushed this many days before NOW."""
    return StoredImage(digest=f"sha256:{name}", tags=tags, pushed_at=NOW - timedelta(days=days), **more)


def ago(days: float) -> datetime:
    """The time this many days before NOW."""
    return NOW - timedelta(days=days)
