"""AWS CodeBuild."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CodeBuild::Project": ResourceType(
        arn=REGIONAL + "project/{name}",
        named_by="Name",
        role="ServiceRole",
        assumed_by="codebuild",
        purpose="Runs the commands of a buildspec in a container, as its service role.",
    ),
    "AWS::CodeBuild::ReportGroup": ResourceType(
        arn=REGIONAL + "report-group/{name}", named_by="Name", purpose="Keeps the test reports of builds."
    ),
}
