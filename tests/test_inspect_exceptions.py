"""The findings that Inspect's script does not count: accepted ones, and those without a fix."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from generator.functions import source
from tests.conftest import RENDERED
from tests.machine import LIBJQ, executable, search_path
from tests.rendered import actions
from tests.test_inspect_buildspec import (
    AMD,
    ARM,
    GOOD,
    HOST,
    HOSTILE,
    OCI_IMAGE,
    REPOSITORY,
    Outcome,
    Registry,
    attestation,
    detail,
    enhanced_finding,
    finding,
    image,
    index,
    inspect,
    scanned,
    unfinished,
)

pytestmark = pytest.mark.slow

BUCKET = "platform-acceptedfindings-1a2b3c"
EVERY, OWN = f"{BUCKET}/every-repository.txt", f"{BUCKET}/repositories/{REPOSITORY}.txt"
TODAY = datetime.now(timezone.utc).date()
# A run may begin before midnight: a day more is left than a test needs.
LATER, PAST = (str(TODAY + timedelta(days=days)) for days in (30, -2))


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the stand-ins first."""
    return search_path(tmp_path_factory.mktemp("bin"), "registry.py")


def registry(
    *found: dict[str, Any], counts: Mapping[str, int] | None = None, every: str | None = None, own: str | None = None
) -> Registry:
    """A registry with one image that has these findings; ECR counts them, or what `counts` says."""
    severities = [each["severity"] for each in found]
    listed = "enhancedFindings" if any("title" in each for each in found) else "findings"
    answer = scanned(
        "ACTIVE" if listed == "enhancedFindings" else "COMPLETE",
        {listed: list(found)},
        **(counts if counts is not None else {each: severities.count(each) for each in set(severities)}),
    )
    objects = {key: text for key, text in ((EVERY, every), (OWN, own)) if text is not None}
    return Registry(scans={GOOD.digest: [answer]}, objects=objects)


def run(path: str, given: Registry, ceilings: Mapping[str, str] | None = None, **more: Any) -> Outcome:
    """Inspect where nothing severe is allowed, on a platform with lists."""
    strict = {"MaxHighFindings": "0", "Lists": BUCKET, **(ceilings or {})}
    own: dict[str, Any] = {"MAX_CRITICAL_FINDINGS": None, "MAX_HIGH_FINDINGS": None, **more}
    return inspect(path, given, ceilings=strict, **own)


def facts(outcome: Outcome) -> tuple[str, ...]:
    """The counts, and the exceptions."""
    assert outcome.build.succeeded, outcome.build.stderr
    return tuple(outcome.build.exported[name] for name in ("CRITICAL_FINDINGS", "HIGH_FINDINGS", "EXCEPTIONS"))


BOTH = (finding("CVE-2026-1", "CRITICAL"), finding("CVE-2026-2", "HIGH"))


@pytest.mark.parametrize(("make", "is_own"), [(finding, True), (enhanced_finding, False)])
def test_an_accepted_finding_is_not_counted(path: str, make: Any, is_own: bool) -> None:  # noqa: FBT001  a column
    """It is named with its last day in the approval, and with its reason in the log."""
    found = make("CVE-2026-1", "CRITICAL"), make("CVE-2026-2", "HIGH")
    text = f"CVE-2026-1@{LATER} the parser is not called\nCVE-2026-2@{LATER} not reachable\n"
    outcome = run(path, registry(*found, own=text) if is_own else registry(*found, every=text))
    assert ("0", "0", f"2 accepted (CVE-2026-1@{LATER} CVE-2026-2@{LATER})") == facts(outcome)
    assert f'accepted: CVE-2026-1@{LATER} "the parser is not called"' in outcome.build.stdout


def test_other_findings_count(path: str) -> None:
    """One that is not accepted stops the image, and only that one is named."""
    complaint = run(path, registry(*BOTH, every=f"CVE-2026-1@{LATER} why")).complaint
    assert "0 critical (limit 0), 1 high findings (limit 0)" in complaint
    assert 'such as ["CVE-2026-2"]' in complaint


def test_an_entry_holds_to_the_end_of_its_day(path: str) -> None:
    """The last day is included, in UTC."""
    assert run(path, registry(*BOTH[:1], every=f"CVE-2026-1@{TODAY + timedelta(days=1)} why")).build.succeeded
    today = str(datetime.now(timezone.utc).date())
    accepted = run(path, registry(*BOTH[:1], every=f"CVE-2026-1@{today} why"))
    assert accepted.build.succeeded or today != str(datetime.now(timezone.utc).date())


def test_an_expired_entry_accepts_nothing(path: str) -> None:
    """The message says which entry has expired; so does the approval if the limits let the image pass."""
    given = registry(*BOTH[:1], every=f"CVE-2026-1@{PAST} wait for the vendor")
    assert run(path, given).complaint.endswith(f"the limits. No longer accepted: CVE-2026-1@{PAST}. ")
    outcome = run(path, given, {"MaxCriticalFindings": "1"})
    assert ("1", "0", f"1 expired (CVE-2026-1@{PAST})") == facts(outcome)


def test_an_entry_that_is_not_needed_is_named(path: str) -> None:
    """In force, but no finding of the image: those of the repository come first."""
    outcome = run(path, registry(every=f"CVE-2026-8@{LATER} why", own=f"CVE-2026-9@{LATER} why"))
    assert ("0", "0", f"2 unused (CVE-2026-9@{LATER} CVE-2026-8@{LATER})") == facts(outcome)


def test_an_entry_for_a_lesser_finding_is_used(path: str) -> None:
    """Lesser findings are not counted anyway; the entry is neither unused nor an exception."""
    assert "none" == facts(run(path, registry(finding("CVE-2026-1", "MEDIUM"), every=f"CVE-2026-1@{LATER} why")))[2]


def test_the_last_day_of_several_entries_counts(path: str) -> None:
    """The two lists may both have an entry for a finding."""
    given = registry(*BOTH[:1], every=f"CVE-2026-1@{PAST} why", own=f"CVE-2026-1@{LATER} why\nCVE-2026-1@{PAST} why")
    assert f"1 accepted (CVE-2026-1@{LATER})" == facts(run(path, given))[2]


@pytest.mark.parametrize("name", ["CVE-2026-11", "CVE-2026-", "cve-2026-1", "XCVE-2026-1"])
def test_an_id_is_the_whole_id(path: str, name: str) -> None:
    """Not the beginning of another one."""
    assert not run(path, registry(*BOTH[:1], every=f"{name}@{LATER} why")).build.succeeded


@pytest.mark.parametrize(
    ("counts", "listed", "left"),
    [
        ({"CRITICAL": 1}, 1, 0),
        ({"CRITICAL": 4}, 1, 3),  # three that ECR counts are not in the list: they could be anything
        ({}, 1, 0),  # the counts of a first page
        ({"CRITICAL": 1}, 3, 0),  # one finding in three packages, counted once
        ({"CRITICAL": 5}, 3, 2),
    ],
)
def test_only_what_is_listed_is_subtracted(path: str, counts: dict[str, int], listed: int, left: int) -> None:
    """The larger of count and list, minus the accepted findings that are in the list."""
    given = registry(*BOTH[:1] * listed, counts=counts, every=f"CVE-2026-1@{LATER} why")
    assert str(left) == facts(run(path, given, {"MaxCriticalFindings": "9"}))[0]


def test_a_suppressed_finding_is_not_subtracted(path: str) -> None:
    """Inspector's suppressed findings are not in the list that counts, so an entry for one subtracts nothing."""
    suppressed = {**enhanced_finding("CVE-2026-1", "CRITICAL"), "status": "SUPPRESSED"}
    given = registry(suppressed, enhanced_finding("CVE-2026-2", "CRITICAL"), every=f"CVE-2026-1@{LATER} why")
    assert "2 critical (limit 0)" in run(path, given).complaint


def test_each_platform_subtracts_its_own(path: str) -> None:
    """A finding that is accepted in one image of an index is not subtracted from another."""
    both = index(AMD.descriptor(), ARM.descriptor())
    worse = {"findings": [finding("CVE-2026-1", "HIGH"), finding("CVE-2026-2", "HIGH")]}
    scans = {
        AMD.digest: [scanned("COMPLETE", {"findings": [finding("CVE-2026-1", "HIGH")]}, HIGH=1)],
        ARM.digest: [scanned("COMPLETE", worse, HIGH=2)],
    }
    given = Registry(images=(both, AMD, ARM), scans=scans, objects={EVERY: f"CVE-2026-1@{LATER} why"})
    complaint = inspect(
        path,
        given,
        detail(both),
        ceilings={"MaxHighFindings": "0", "Lists": BUCKET},
        MAX_HIGH_FINDINGS="0",
    ).complaint
    assert "1 high findings (limit 0)" in complaint
    assert 'such as ["CVE-2026-2"]' in complaint


def test_an_image_without_a_scan_accepts_nothing(path: str) -> None:
    """Findings of an earlier scan are no result, and a missing scan cannot be accepted."""
    scans = {GOOD.digest: [unfinished("FAILED", {"findings": [finding("CVE-2026-1", "HIGH")]})]}
    given = Registry(scans=scans, objects={EVERY: f"CVE-2026-1@{LATER} why"})
    assert "No scan of linux/amd64 (FAILED)" in run(path, given).complaint
    outcome = run(path, given, {"MissingScan": "allow"})
    assert ("unknown", "unknown", f"1 unused (CVE-2026-1@{LATER})") == facts(outcome)


def test_a_list_holds_many_entries(path: str) -> None:
    """Hundreds of entries with reasons, comments and blank lines; the approval has their number and the first ones."""
    found = [finding(f"CVE-2026-{number:04}", "HIGH") for number in range(300)]
    lines = [f"CVE-2026-{number:04}@{LATER} {'reason ' * 20}" for number in range(300)]
    text = "\ufeff# Accepted by the security team\r\n\r\n  " + "\r\n".join(lines) + "\n\n# the end"
    exceptions = facts(run(path, registry(*found, every=text)))[2]
    assert exceptions.startswith(f"300 accepted (CVE-2026-0000@{LATER} ")
    assert exceptions.endswith(" ...)")


MALFORMED = (
    "CVE-2026-1",
    "CVE-2026-1@",
    "CVE-2026-1@ why",
    f"CVE-2026-1 {LATER} why",
    f"CVE-2026-1@{LATER}",
    f"CVE-2026-1@{LATER}reason",
    "CVE-2026-1@2027-02-29 why",
    "CVE-2026-1@2027-13-01 why",
    "CVE-2026-1@27-01-31 why",
    "CVE-2026-1@2027-1-31 why",
    "CVE-2026-1@never why",
    "CVE-2026-1@٢٠٢٧-01-31 why",
    f"@{LATER} why",
    f"*@{LATER} why",
    f"CVE 2026@{LATER} why",
    f"CVE-2026-1@{LATER}@{LATER} why",
    f"CVE-2026-1, CVE-2026-2@{LATER} why",
)


@pytest.mark.parametrize("line", [*MALFORMED, *(text for text in HOSTILE if text.strip() and "\n" not in text)])
def test_a_malformed_entry_stops_the_run(path: str, line: str) -> None:
    """The message has the list, the line and an example. Nothing in the line is run, and no image is looked at."""
    outcome = run(path, registry(own=f"CVE-2026-7@{LATER} why\n{line}"))
    shown = re.sub("[^ -~]", "?", json.dumps(line, ensure_ascii=False)[:100])
    assert outcome.complaint.startswith(
        f"Inspect: s3://{OWN} line 2 is {shown}. Enter the id of a finding, @, its last "
    )
    assert [] == outcome.called("docker")
    assert () == outcome.strays


def test_all_malformed_entries_are_named(path: str) -> None:
    """Of both lists, up to five."""
    complaint = run(path, registry(every="a\nb\nc", own="d\ne\nf")).complaint
    assert 5 == complaint.count(" line ")
    assert f's3://{OWN} line 2 is "e"' in complaint


def test_without_a_list_nothing_is_accepted(path: str) -> None:
    """The log says which lists are missing or cannot be read, and why."""
    outcome = run(path, registry(*BOTH[:1]))
    assert "1 critical (limit 0)" in outcome.complaint
    for url in (EVERY, OWN):
        assert f"s3://{url} accepts nothing: it is missing or cannot be read (AccessDenied)" in outcome.build.stdout


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "SlowDown", "KMS.DisabledException"])
def test_a_list_that_cannot_be_read_accepts_nothing(path: str, code: str) -> None:
    """For any reason."""
    given = registry(*BOTH[:1], every=f"CVE-2026-1@{LATER} why")
    broken = Registry(scans=given.scans, objects=given.objects, errors={"GetObject": [(code, "no")]})
    assert "1 critical (limit 0)" in run(path, broken).complaint


@pytest.mark.parametrize("variable", [None, "lists-of-somebody-else"])
def test_without_a_bucket_nothing_is_read(path: str, variable: Any) -> None:
    """A platform without accepted findings makes no call to S3, whatever variables a pipeline sets."""
    outcome = run(path, registry(), {"Lists": ""}, ACCEPTED_BUCKET=variable, accepted_bucket=variable)
    assert "none" == facts(outcome)[2]
    assert [] == outcome.called("aws", "s3api")


def test_the_list_of_another_repository_is_not_read(path: str) -> None:
    """Only that of every repository, and that of this one."""
    keys = [call[6] for call in run(path, registry()).called("aws", "s3api", "get-object")]
    assert [EVERY.partition("/")[2], OWN.partition("/")[2]] == keys


# Findings without a fix


def unfixed(name: str, fix: str | None, severity: str = "HIGH") -> dict[str, Any]:
    """A finding of enhanced scanning, with its information about a fix."""
    return {**enhanced_finding(name, severity), **({"fixAvailable": fix} if fix else {})}


@pytest.mark.parametrize(
    ("fix", "counted"), [("NO", 0), ("PARTIAL", 1), ("YES", 1), (None, 1), ("no", 1), ("OTHER", 1)]
)
def test_findings_without_a_fix(path: str, fix: str | None, counted: int) -> None:
    """They are not counted if the platform ignores them, and the approval has their number."""
    given = registry(unfixed("CVE-2026-1", fix))
    ignored = run(path, given, {"UnfixedFindings": "ignore", "MaxHighFindings": "1"})
    assert (str(counted), "none" if counted else "1 without a fix") == facts(ignored)[1:]
    assert "1 high findings (limit 0)" in run(path, given, {"UnfixedFindings": "count"}).complaint


@pytest.mark.parametrize("value", ["Ignore", "ignored", "''"])
def test_nothing_but_ignore_leaves_them_out(path: str, value: str) -> None:
    """Should a template ever write another value into the script, all findings count."""
    assert not run(path, registry(unfixed("CVE-2026-1", "NO")), {"UnfixedFindings": value}).build.succeeded


def test_basic_scanning_knows_no_fixes(path: str) -> None:
    """Its findings count: they do not say whether there is a fix."""
    assert not run(path, registry(*BOTH[1:]), {"UnfixedFindings": "ignore"}).build.succeeded


def test_an_accepted_finding_without_a_fix_is_subtracted_once(path: str) -> None:
    """It is named as accepted."""
    found = unfixed("CVE-2026-1", "NO"), unfixed("CVE-2026-2", "NO"), unfixed("CVE-2026-3", "YES")
    given = registry(*found, every=f"CVE-2026-1@{LATER} why")
    outcome = run(path, given, {"UnfixedFindings": "ignore", "MaxHighFindings": "1"})
    assert ("1", f"1 accepted (CVE-2026-1@{LATER}), 1 without a fix") == facts(outcome)[1:]


# The approval


MESSAGES = {
    action["Configuration"]["CustomData"]
    for template in RENDERED.values()
    for _, _, action in actions(template)
    if "CustomData" in action["Configuration"]
}


@pytest.mark.parametrize("length", [2, 256])
def test_the_message_of_the_approval_fits(path: str, length: int) -> None:
    """With the longest values it has at most 1,000 characters, the limit of CodePipeline.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-action-add.html
    """
    repository = "a" * length
    platforms = [image(f"linux/{'x' * 30}/v{number}", OCI_IMAGE) for number in range(3)]
    top = index(*(each.descriptor() for each in platforms))
    found = [unfixed(f"CVE-2026-{'0' * 40}{number:04}", "NO" if number % 2 else "YES") for number in range(99)]
    scans = {
        platforms[0].digest: [unfinished("SCAN_ELIGIBILITY_EXPIRED")],
        platforms[1].digest: [unfinished("UNSUPPORTED_IMAGE")],
        platforms[2].digest: [scanned("ACTIVE", {"enhancedFindings": found}, HIGH=99)],
    }
    entries = [f"CVE-2026-{'0' * 40}{number:04}@{day} why" for day in (LATER, PAST) for number in range(0, 200, 2)]
    given = Registry(
        images=(top, *platforms),
        scans=scans,
        tags=["t" * 60, *(f"v{number}" for number in range(99))],
        objects={EVERY: "\n".join([*entries[:80], *(entry.replace("2026", "2025") for entry in entries)])},
        more={"repository": repository},
    )
    allowed = {"MaxHighFindings": "9999", "MissingScan": "allow", "UnsupportedScan": "allow"}
    own: dict[str, Any] = {"MAX_HIGH_FINDINGS": None, "REPOSITORY_NAME": repository}
    ceilings = {**allowed, "UnfixedFindings": "ignore", "Lists": BUCKET}
    outcome = inspect(path, given, detail(top, RepositoryName=repository), ceilings=ceilings, **own)
    assert outcome.build.succeeded, outcome.build.stderr
    exceptions = outcome.build.exported["EXCEPTIONS"]
    assert all(word in exceptions for word in ("accepted (", "expired (", "unused (", "without a fix"))
    [longest] = re.findall(r'"\{where\}: \{release\}"\[:(\d+)\]', source("recorder"))
    known = {f"#{{Inspect.{variable}}}": value for variable, value in outcome.build.exported.items()}
    known |= {"#{Released.RELEASE}": "r" * int(longest)}
    known |= {"#{variables.PushedTag}": "t" * 128}
    for message in MESSAGES:
        for reference, value in known.items():
            message = message.replace(reference, value)
        assert "#{" not in message
        assert 700 < len(message) <= 1000


# Targets that take single images only


LAMBDA: dict[str, Any] = {"SINGLE_IMAGE_FOR": "Lambda"}


@pytest.mark.parametrize("listed", [(AMD.descriptor(), attestation(AMD)), (AMD.descriptor(), ARM.descriptor())])
def test_lambda_takes_no_index(path: str, listed: tuple[dict[str, Any], ...]) -> None:
    """Also not one that Docker makes of an image and its provenance: the message has the command that helps."""
    top = index(*listed)
    outcome = inspect(path, Registry(images=(top, AMD, ARM)), detail(top), **LAMBDA)
    command = "docker buildx build --provenance=false --sbom=false --platform linux/amd64 --push"
    command += f" --tag {HOST}/{REPOSITORY}:TAG ."
    says = f"is an index of images, which Lambda does not support. Push a single image: {command}"
    assert f"Inspect: {HOST}/{REPOSITORY}@{top.digest} {says}" == outcome.complaint
    assert [] == outcome.called("docker", "pull")
    assert inspect(path, Registry(images=(top, AMD, ARM)), detail(top)).build.succeeded


def test_lambda_takes_a_single_image(path: str) -> None:
    """Of Docker's or OCI's type."""
    for each in (GOOD, AMD):
        outcome = inspect(path, Registry(images=(each,)), detail(each), **LAMBDA)
        assert outcome.build.succeeded, outcome.build.stderr


def test_the_python_jq_is_the_command(path: str, tmp_path: Path) -> None:
    """On a machine without jq its Python binding replaces it, with the same outcome."""
    executable(tmp_path / "jq", LIBJQ)
    given = registry(
        *BOTH, every=f"\ufeff# a list\r\n CVE-2026-1@{LATER} é\nCVE-2026-2@{PAST} old\nCVE-2026-3@{LATER} x"
    )
    command, python = (run(each, given) for each in (path, f"{tmp_path}{os.pathsep}{path}"))
    assert command.complaint == python.complaint
    assert f"No longer accepted: CVE-2026-2@{PAST}" in command.complaint
    assert command.build.stdout == python.build.stdout
