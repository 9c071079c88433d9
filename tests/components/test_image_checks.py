"""Checks of an image before it is pushed."""

from __future__ import annotations

import re

import pytest
from troposphere import encode_to_dict

from generator.components.image_checks import add_image_checks, add_reports
from tests.ground import Ground


def test_without_tools_nothing_is_checked(ground: Ground) -> None:
    """The images of hadolint and Trivy are empty by default; the limits are those of Inspect: none."""
    names = {name: encode_to_dict(ref)["Ref"] for name, ref in add_image_checks(ground.template).variables.items()}  # type: ignore[call-overload]  # a Ref
    defaults = {name: ground.template.parameters[given].to_dict()["Default"] for name, given in names.items()}
    assert {
        "LINT_IMAGE": "",
        "LINT_THRESHOLD": "warning",
        "SCAN_IMAGE": "",
        "MAX_CRITICAL_FINDINGS": 0,
        "MAX_HIGH_FINDINGS": 0,
    } == defaults


@pytest.mark.parametrize("image", ["--privileged", "-v/:/x", "a b", "$(x)", "x;y", "image\n"])
def test_an_image_is_no_option(ground: Ground, image: str) -> None:
    """A value for an image cannot become an option of docker or a command."""
    add_image_checks(ground.template)
    pattern = ground.template.parameters["LintImage"].to_dict()["AllowedPattern"]
    assert not re.fullmatch(pattern, image)
    assert re.fullmatch(pattern, f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/tools/trivy@sha256:{'0' * 64}")


def test_reports_are_kept_encrypted(ground: Ground) -> None:
    """Files written by tests go to the artifact bucket, encrypted with the stack's key.

    The group is deleted with the stack.
    """
    add_reports(ground.template, ground.store)
    group = ground.properties("TestReports")
    assert group["DeleteReports"] is True
    assert {"Ref": "ArtifactBucket"} == group["ExportConfig"]["S3Destination"]["Bucket"]
    assert (
        ground.properties("ArtifactBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0][
            "ServerSideEncryptionByDefault"
        ]["KMSMasterKeyID"]
        == group["ExportConfig"]["S3Destination"]["EncryptionKey"]
    )


def test_reports_are_written_into_this_group(ground: Ground) -> None:
    """No build makes a group of its own."""
    reports = add_reports(ground.template, ground.store)
    statement = encode_to_dict(reports.write.statement())
    assert encode_to_dict(reports.group_arn) == statement["Resource"]
    assert "codebuild:CreateReportGroup" not in statement["Action"]
