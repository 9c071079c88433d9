"""Records of builds: those that were started, and how they ended.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any


@dataclass
class BuildRecords:
    """The builds of an account and region, by their ids."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def begin(self, build: str, arn: str, project: str) -> dict[str, Any]:
        """The record of a build that begins now."""
        self.by_id[build] = {
            "id": build,
            "arn": arn,
            "projectName": project,
            "buildStatus": "IN_PROGRESS",
            "buildComplete": False,
            "startTime": datetime.now(timezone.utc),
        }
        return self.by_id[build]

    def end(self, build: str, status: str) -> None:
        """The build has ended: SUCCEEDED, FAILED or FAULT."""
        now = datetime.now(timezone.utc)
        self.by_id[build] |= {"buildStatus": status, "buildComplete": True, "endTime": now}
