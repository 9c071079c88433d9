"""Records of deployments: those that were created, and how they ended.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

IN_PROGRESS = ("Created", "Queued", "InProgress", "Baking", "Ready")


@dataclass
class Deployments:
    """Deployments and how they ended, registered revisions, and the answers of hooks."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The deployments, in the order of their creation."""
    targets: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Targets of deployments to instances, by deployment id and instance."""
    revisions: list[tuple[str, str]] = field(default_factory=list)
    """Application and content of each revision."""
    hooks: dict[str, str] = field(default_factory=dict)
    """The status of each execution of a hook."""
    running: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The images that run since the last deployment to a place, by place."""
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Custom deployment configurations, by name."""

    def begin(self, names: Mapping[str, str], revision: Mapping[str, Any], creator: str) -> dict[str, Any]:
        """The record of a deployment that begins now."""
        deployment = f"d-{uuid.uuid4().hex[:9].upper()}"
        made: dict[str, Any] = {"deploymentId": deployment, **names, "revision": revision, "creator": creator}
        made |= {"status": "InProgress", "createTime": datetime.now(timezone.utc)}
        self.by_id[deployment] = made
        return made

    def of_group(self, names: Mapping[str, str], statuses: Collection[str]) -> list[str]:
        """The deployments of a group that have one of the statuses, or any status if none is named; newest first."""
        return [
            deployment
            for deployment, made in reversed(list(self.by_id.items()))
            if names.items() <= made.items() and (not statuses or made["status"] in statuses)
        ]
