"""Projects of AWS CodeBuild. moto's know no update and no encryption key, and want an S3 location for CODEPIPELINE.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from moto.utilities.utils import get_partition

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _projects(desk: Desk) -> dict[str, dict[str, Any]]:
    return desk.shelf.setdefault("projects", {})  # type: ignore[no-any-return]


def _arn(desk: Desk, name: str) -> str:
    call = desk.call
    return f"arn:{get_partition(call.region)}:codebuild:{call.region}:{call.account}:project/{name}"


def _create(desk: Desk) -> Mapping[str, Any]:
    name = desk.call.parameters["name"]
    if name in _projects(desk):
        raise RefusedError(f"Project already exists: {_arn(desk, name)}", "ResourceAlreadyExistsException")
    now = datetime.now(timezone.utc)
    defaults = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}
    project = {**defaults, **desk.call.parameters, "arn": _arn(desk, name), "created": now, "lastModified": now}
    _projects(desk)[name] = project
    return {"project": project}


def _update(desk: Desk) -> Mapping[str, Any]:
    """Only what is given is changed."""
    project = _known(desk, desk.call.parameters["name"])
    project |= {**desk.call.parameters, "lastModified": datetime.now(timezone.utc)}
    return {"project": project}


def _delete(desk: Desk) -> Mapping[str, Any]:
    _projects(desk).pop(desk.call.parameters["name"], None)
    return {}


def _get(desk: Desk) -> Mapping[str, Any]:
    wanted = [name.rsplit("/", 1)[-1] for name in desk.call.parameters["names"]]
    projects = _projects(desk)
    return {
        "projects": [projects[name] for name in wanted if name in projects],
        "projectsNotFound": [name for name in wanted if name not in projects],
    }


def _list(desk: Desk) -> Mapping[str, Any]:
    return {"projects": sorted(_projects(desk))}


def _known(desk: Desk, name: str) -> dict[str, Any]:
    if name not in _projects(desk):
        raise RefusedError(f"Project cannot be found: {_arn(desk, name)}", "ResourceNotFoundException")
    return _projects(desk)[name]


OPERATIONS: dict[str, Operation] = {
    "codebuild:BatchGetProjects": _get,
    "codebuild:CreateProject": _create,
    "codebuild:DeleteProject": _delete,
    "codebuild:ListProjects": _list,
    "codebuild:UpdateProject": _update,
}
