"""The checks of an image before it is pushed: lint, tests, known vulnerabilities."""

from __future__ import annotations

from typing import NamedTuple

from awacs import codebuild
from troposphere import GetAtt, Template
from troposphere.codebuild import ReportExportConfig, ReportGroup, S3ReportExportConfig

from generator.components.artifacts import ArtifactStore
from generator.components.build import Part
from generator.components.gate import GROUP, add_limits
from generator.model.grants import Grant
from generator.model.parameters import add_choice, add_parameter

# A host has a dot. Without one Docker takes the first part for a user of Docker Hub, and without a tag latest.
REFERENCE = r"[\w-]+\.[\w.-]+(:\d+)?(/[\w.-]+)+[:@][\w.:-]+"


def add_image_checks(template: Template) -> Part:
    """Checks by tools in images: CodeBuild's machines lack the tools, and a private network cannot download them."""
    lint, scan = (
        add_parameter(
            template,
            name,
            group=GROUP,
            label=label,
            description=description,
            Default="",
            AllowedPattern=f"^({REFERENCE})?$",
            ConstraintDescription="Enter an image with tag, or leave it empty.",
        )
        for name, label, description in (
            ("LintImage", "hadolint", "hadolint image. Empty: no linting."),
            ("ScanImage", "Trivy", "Trivy image with databases. Empty: no SBOM and no scan."),
        )
    )
    threshold = add_choice(
        template,
        "LintThreshold",
        group=GROUP,
        label="Lint threshold",
        description="Lint findings of this severity or worse stop the build.",
        choices=("warning", "error", "info", "style"),
    )
    return Part(variables={"LINT_IMAGE": lint, "LINT_THRESHOLD": threshold, "SCAN_IMAGE": scan, **add_limits(template)})


class Reports(NamedTuple):
    """The group of test reports, and the permission to write to it."""

    group_arn: GetAtt
    write: Grant


def add_reports(template: Template, store: ArtifactStore) -> Reports:
    """A group for the reports of the tests. The files that tests write go to the artifact bucket as well.

    CodeBuild keeps a report for 30 days; the group is deleted with the stack.
    https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html
    """
    group = ReportGroup(
        "TestReports",
        Type="TEST",
        # CodeBuild refuses to delete a group that has reports.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-reportgroup.html
        DeleteReports=True,
        ExportConfig=ReportExportConfig(
            ExportConfigType="S3",
            S3Destination=S3ReportExportConfig(
                Bucket=store.bucket_name, EncryptionKey=store.key.arn, Packaging="ZIP", Path="reports"
            ),
        ),
    )
    template.add_resource(group)
    arn = GetAtt(group, "Arn")
    write = Grant(
        sid="WriteReports",
        # AWS also lists CreateReportGroup, for a buildspec that names a group which does not exist.
        actions=(codebuild.BatchPutTestCases, codebuild.CreateReport, codebuild.UpdateReport),
        resources=(arn,),
        why="The results of the tests become a report.",
    )
    return Reports(arn, write)
