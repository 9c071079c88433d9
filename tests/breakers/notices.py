"""Breakers of the promises in tests/promises/notices.py."""

from __future__ import annotations

from tests.breakers import NEVER, breaks, properties_of
from tests.promises import notices
from tests.rendered import Rendered


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def critical_findings_are_told_and_no_others(template: Rendered) -> None:
    template["Conditions"]["NotifyHigh"] = NEVER


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def findings_of_other_repositories_are_told(template: Rendered) -> None:
    del properties_of(template, "FindingNotice")["EventPattern"]["resources"]


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def the_message_says_another_number(template: Rendered) -> None:
    paths = properties_of(template, "ScanNotice")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["critical"] = paths["high"]


@breaks(notices.missing_scans_are_reported, of="registry")
def failed_scans_are_passed_over(template: Rendered) -> None:
    properties_of(template, "FailedScanNotice")["EventPattern"]["detail"]["scan-status"] = ["FAILED"]


@breaks(notices.missing_scans_are_reported, of="registry")
def every_image_is_called_unscanned(template: Rendered) -> None:
    del properties_of(template, "UnscannedNotice")["EventPattern"]["detail"]


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def one_finding_is_none(template: Rendered) -> None:
    counts = properties_of(template, "ScanNotice")["EventPattern"]["detail"]["finding-severity-counts"]
    counts["Fn::If"][1]["$or"][0]["CRITICAL"][0]["numeric"][1] = 1


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def anybody_can_tell_findings(template: Rendered) -> None:
    del properties_of(template, "ScanNotice")["EventPattern"]["source"]


@breaks(notices.missing_scans_are_reported, of="registry")
def anybody_can_tell_failed_scans(template: Rendered) -> None:
    del properties_of(template, "FailedScanNotice")["EventPattern"]["source"]


@breaks(notices.missing_scans_are_reported, of="registry")
def failed_scans_are_told_as_they_come(template: Rendered) -> None:
    del properties_of(template, "FailedScanNotice")["Targets"][0]["InputTransformer"]


@breaks(notices.events_come_from_their_service, of="notices")
def the_source_is_another_service(template: Rendered) -> None:
    properties_of(template, "RunNotice")["EventPattern"]["source"] = ["aws.ecr"]


@breaks(notices.event_patterns_have_no_empty_part, of="registry")
def a_severity_is_filtered_by_nothing(template: Rendered) -> None:
    counts = properties_of(template, "ScanNotice")["EventPattern"]["detail"]["finding-severity-counts"]
    del counts["Fn::If"][1]["$or"][1]["HIGH"]
