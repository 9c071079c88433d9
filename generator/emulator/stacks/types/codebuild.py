"""AWS CodeBuild."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request


def _create_project(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("Name") or work.name(255))
    request(work.client("codebuild"), "CreateProject", without(properties, "Name"), name=name)
    return name


def _update_project(work: ResourceContext, name: str, new: Properties, _old: Properties) -> None:
    request(work.client("codebuild"), "UpdateProject", without(new, "Name"), name=name)


def _create_group(work: ResourceContext, properties: Properties) -> str:
    settings = without(properties, "DeleteReports")
    name = {"name": properties.get("Name") or work.name(128)}
    return str(request(work.client("codebuild"), "CreateReportGroup", settings, **name)["reportGroup"]["arn"])


def _update_group(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    request(work.client("codebuild"), "UpdateReportGroup", without(new, "DeleteReports", "Name", "Type"), arn=arn)


def _delete_group(work: ResourceContext, arn: str, properties: Properties) -> None:
    reports = {"DeleteReports": properties["DeleteReports"]} if "DeleteReports" in properties else {}
    request(work.client("codebuild"), "DeleteReportGroup", reports, arn=arn)


TYPES = {
    "AWS::CodeBuild::Project": ResourceHandler(
        create=_create_project,
        update=_update_project,
        delete=lambda work, name, _: work.client("codebuild").delete_project(name=name),
        attributes=lambda work, name, _: {"Arn": work.own_arn(name), "Id": name},
    ),
    "AWS::CodeBuild::ReportGroup": ResourceHandler(
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
        attributes=lambda _work, arn, _: {"Arn": arn},
    ),
}
