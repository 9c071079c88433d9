"""AWS CodeBuild: projects, builds and report groups.

In moto, projects have no update and no encryption key and require an S3 location for CODEPIPELINE, every build
succeeds, and there are no report groups.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs.build_records import BuildRecords


@dataclass
class BuildProjects:
    """The projects, by name."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class ReportGroups:
    """The report groups, by ARN."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)


def _projects(context: OperationContext) -> dict[str, dict[str, Any]]:
    return context.memory(BuildProjects).by_name


def _project(context: OperationContext, name: str) -> dict[str, Any]:
    if name not in _projects(context):
        raise RefusedError(f"Project cannot be found: {context.arn(f'project/{name}')}", "ResourceNotFoundException")
    return _projects(context)[name]


def _create_project(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html."""
    name = context.call.parameters["name"]
    arn = context.arn(f"project/{name}")
    if name in _projects(context):
        raise RefusedError(f"Project already exists: {arn}", "ResourceAlreadyExistsException")
    now = datetime.now(timezone.utc)
    defaults = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}
    _projects(context)[name] = {**defaults, **context.call.parameters, "arn": arn, "created": now, "lastModified": now}
    return {"project": _projects(context)[name]}


def _update_project(context: OperationContext) -> Mapping[str, Any]:
    """Change only the given settings."""
    project = _project(context, context.call.parameters["name"])
    project |= {**context.call.parameters, "lastModified": datetime.now(timezone.utc)}
    return {"project": project}


def _delete_project(context: OperationContext) -> Mapping[str, Any]:
    _projects(context).pop(context.call.parameters["name"], None)
    return {}


def _get_projects(context: OperationContext) -> Mapping[str, Any]:
    wanted = [name.rsplit("/", 1)[-1] for name in context.call.parameters["names"]]
    projects = _projects(context)
    return {
        "projects": [projects[name] for name in wanted if name in projects],
        "projectsNotFound": [name for name in wanted if name not in projects],
    }


def _list_projects(context: OperationContext) -> Mapping[str, Any]:
    return {"projects": sorted(_projects(context))}


def _start_build(context: OperationContext) -> Mapping[str, Any]:
    """A build that has begun. The action that starts it runs it, and reports how it ended.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
    """
    name = context.call.parameters["projectName"]
    _project(context, name)
    build = f"{name}:{uuid.uuid4()}"
    return {"build": context.memory(BuildRecords).begin(build, context.arn(f"build/{build}"), name)}


def _get_builds(context: OperationContext) -> Mapping[str, Any]:
    wanted, known = context.call.parameters["ids"], context.memory(BuildRecords).by_id
    return {
        "builds": [known[build] for build in wanted if build in known],
        "buildsNotFound": [build for build in wanted if build not in known],
    }


def _groups(context: OperationContext) -> dict[str, dict[str, Any]]:
    return context.memory(ReportGroups).by_arn


def _create_group(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateReportGroup.html."""
    arn = context.arn(f"report-group/{context.call.parameters['name']}")
    if arn in _groups(context):
        raise RefusedError(f"Report group already exists: {arn}", "ResourceAlreadyExistsException")
    now = datetime.now(timezone.utc)
    _groups(context)[arn] = {
        **context.call.parameters,
        "arn": arn,
        "created": now,
        "lastModified": now,
        "status": "ACTIVE",
    }
    return {"reportGroup": _groups(context)[arn]}


def _update_group(context: OperationContext) -> Mapping[str, Any]:
    arn = context.call.parameters["arn"]
    if arn not in _groups(context):
        raise RefusedError(f"Report group cannot be found: {arn}", "ResourceNotFoundException")
    _groups(context)[arn] |= {**context.call.parameters, "lastModified": datetime.now(timezone.utc)}
    return {"reportGroup": _groups(context)[arn]}


def _delete_group(context: OperationContext) -> Mapping[str, Any]:
    _groups(context).pop(context.call.parameters["arn"], None)
    return {}


def _get_groups(context: OperationContext) -> Mapping[str, Any]:
    wanted, groups = context.call.parameters["reportGroupArns"], _groups(context)
    return {
        "reportGroups": [groups[arn] for arn in wanted if arn in groups],
        "reportGroupsNotFound": [arn for arn in wanted if arn not in groups],
    }


OPERATIONS: dict[str, Operation] = {
    "codebuild:BatchGetBuilds": _get_builds,
    "codebuild:BatchGetProjects": _get_projects,
    "codebuild:BatchGetReportGroups": _get_groups,
    "codebuild:CreateProject": _create_project,
    "codebuild:CreateReportGroup": _create_group,
    "codebuild:DeleteProject": _delete_project,
    "codebuild:DeleteReportGroup": _delete_group,
    "codebuild:ListProjects": _list_projects,
    "codebuild:StartBuild": _start_build,
    "codebuild:UpdateProject": _update_project,
    "codebuild:UpdateReportGroup": _update_group,
}
