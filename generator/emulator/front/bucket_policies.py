"""Policies of buckets: moto evaluates them without conditions, so that each `Deny` would deny everything."""

from __future__ import annotations

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket


def leave_them_to_the_guard() -> None:
    """Switch off moto's evaluation of these policies in this process."""
    FakeBucket.get_permission = _no_opinion  # type: ignore[method-assign, assignment]


def _no_opinion(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL
