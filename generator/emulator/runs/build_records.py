"""What CodeBuild tells of its builds: moto calls each one a success.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations, answered
from generator.emulator.front.server import Emulator


class BuildRecords:
    """Builds that were started, and how they ended."""

    def __init__(self, cloud: Emulator) -> None:
        self._cloud = cloud
        self._builds: dict[str, dict[str, Any]] = {}

    def end(self, build: str, status: str) -> None:
        """The build has ended: SUCCEEDED, FAILED or FAULT."""
        self._builds[build] |= {"buildStatus": status, "buildComplete": True, "endTime": time.time()}

    def operations(self) -> Operations:
        """The operations that start builds and tell of them."""
        return {("codebuild", "StartBuild"): self._start, ("codebuild", "BatchGetBuilds"): self._get}

    def _start(self, call: Call) -> Answer:
        name = call.parameters["projectName"]
        found = self._cloud.inside("codebuild").batch_get_projects(names=[name])["projects"]
        if not found:
            return refusal(call, "ResourceNotFoundException", f"Project cannot be found: {name}")
        build = f"{name}:{uuid4()}"
        self._builds[build] = {
            "id": build,
            "arn": f"{found[0]['arn'].partition(':project/')[0]}:build/{build}",
            "projectName": name,
            "buildStatus": "IN_PROGRESS",
            "buildComplete": False,
            "startTime": time.time(),
        }
        return answered({"build": self._builds[build]})

    def _get(self, call: Call) -> Answer:
        wanted = call.parameters["ids"]
        known: Mapping[str, Any] = self._builds
        return answered(
            {
                "builds": [known[build] for build in wanted if build in known],
                "buildsNotFound": [build for build in wanted if build not in known],
            }
        )
