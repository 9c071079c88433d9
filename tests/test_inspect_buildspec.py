"""The script that Inspect runs, under real bash, with stand-ins for the AWS CLI, Docker and the registry."""

from __future__ import annotations

import hashlib
import json
import os
import re
import string
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.buildspec import INSPECT, buildspec, filled
from generator.emulator.runs.buildspec_run import BuildRun, Shells, run
from tests.machine import LIBJQ, executable, search_path

pytestmark = pytest.mark.slow

BOTH_SHELLS = pytest.mark.parametrize("shells", ["one", "script per command"])

ACCOUNT = "123456789012"
REGION = "eu-west-1"
REPOSITORY = "team/app"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
# The variables of the build: the project's, and those that a pipeline's action may set.
SETTINGS = {
    "REGISTRY": HOST,
    "REPOSITORY_NAME": REPOSITORY,
    "MAX_CRITICAL_FINDINGS": "0",
    "MAX_HIGH_FINDINGS": "2",
    "SCAN_TIMEOUT_SECONDS": "30",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
# The parameters of the platform, which the template writes into the script.
CEILINGS = {
    "MaxCriticalFindings": "0",
    "MaxHighFindings": "2",
    "MissingScan": "fail",
    "UnsupportedScan": "fail",
    "UnfixedFindings": "count",
    "SigningProfiles": "",
    "Lists": "",
}
ARTIFACTS = yaml.safe_load(buildspec(INSPECT))["artifacts"]["files"]

# The registry. Each of its answers must match botocore's model of the service.

ECR = botocore.session.get_session().get_service_model("ecr")


def modeled(operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer. AssertionError if the service model lacks one of its members, types or enumerated values."""
    shape = ECR.operation_model(operation).output_shape
    report = ParamValidator().validate(answer, shape)
    assert not report.has_errors(), report.generate_report()
    check_enumerated(shape, answer)
    return dict(answer)


def check_enumerated(shape: Any, value: Any) -> None:
    """AssertionError for a value outside of an enumeration: botocore's validation does not check these."""
    if shape.type_name == "structure":
        for name, member in value.items():
            check_enumerated(shape.members[name], member)
    elif shape.type_name == "list":
        for member in value:
            check_enumerated(shape.member, member)
    elif enumerated := getattr(shape, "enum", None):
        assert value in enumerated


def sha256(text: str) -> str:
    """The digest of a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True)
class Image:
    """A manifest as it was pushed, and the platform that `docker image inspect` reports; none: it cannot be pulled."""

    media_type: str
    manifest: Mapping[str, Any]
    platform: str = ""

    @property
    def text(self) -> str:
        """The manifest as text: the digest is computed from it."""
        return json.dumps(self.manifest, indent=3)

    @property
    def digest(self) -> str:
        """The digest by which everything refers to the image."""
        return sha256(self.text)

    @property
    def answered(self) -> dict[str, Any]:
        """A member of `images` in the answer of BatchGetImage."""
        return {
            "registryId": ACCOUNT,
            "repositoryName": REPOSITORY,
            "imageId": {"imageDigest": self.digest},
            "imageManifest": self.text,
            "imageManifestMediaType": self.media_type,
        }

    @property
    def container(self) -> dict[str, Any]:
        """The output of `docker image inspect` for it."""
        system, architecture, variant = (*self.platform.split("/"), "")[:3]
        return {"Id": sha256(self.digest), "Os": system, "Architecture": architecture, "Variant": variant}

    def descriptor(self, **more: Any) -> dict[str, Any]:
        """The entry for it in an index."""
        system, architecture, *variant = self.platform.split("/")
        platform = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        listed = {"mediaType": self.media_type, "digest": self.digest, "size": len(self.text), "platform": platform}
        return {**listed, **more}


def image(platform: str = "linux/amd64", media_type: str = DOCKER_IMAGE) -> Image:
    """An image of one platform."""
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": sha256(platform), "size": 7023}
    layers = [{"digest": sha256(f"layer of {platform}"), "size": 32654}]
    return Image(
        media_type, {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers}, platform
    )


def attestation(of: Image) -> dict[str, Any]:
    """The entry that BuildKit adds to an index for each image: its provenance, not an image."""
    statement = Image(OCI_IMAGE, {"schemaVersion": 2, "layers": [{"digest": sha256(of.digest)}]}, "unknown/unknown")
    about = {"vnd.docker.reference.digest": of.digest, "vnd.docker.reference.type": "attestation-manifest"}
    return statement.descriptor(annotations=about)


def index(*listed: Mapping[str, Any], media_type: str = OCI_INDEX) -> Image:
    """An index of these."""
    return Image(media_type, {"schemaVersion": 2, "mediaType": media_type, "manifests": list(listed)})


def finding(name: str, severity: str) -> dict[str, Any]:
    """A finding of basic scanning."""
    return {"name": name, "severity": severity, "uri": f"https://security.example/{name}", "attributes": []}


def enhanced_finding(name: str, severity: str) -> dict[str, Any]:
    """A finding of enhanced scanning."""
    vulnerability = {"vulnerabilityId": name, "source": "NVD", "vulnerablePackages": [{"name": "openssl"}]}
    title = f"{name} - openssl"
    return {"severity": severity, "status": "ACTIVE", "title": title, "packageVulnerabilityDetails": vulnerability}


def scanned(status: str = "COMPLETE", findings: Mapping[str, Any] | None = None, **counts: int) -> dict[str, Any]:
    """The answer of DescribeImageScanFindings about a finished scan with these counts."""
    found = {"findingSeverityCounts": counts, "imageScanCompletedAt": "2026-11-20T10:00:00+00:00", **(findings or {})}
    return unfinished(status, {"findings": [], **found} if status == "COMPLETE" else found)


def unfinished(status: str, findings: Mapping[str, Any] | None = None, description: str = "") -> dict[str, Any]:
    """The answer of DescribeImageScanFindings about a scan without a result."""
    answer: dict[str, Any] = {"registryId": ACCOUNT, "repositoryName": REPOSITORY}
    answer["imageScanStatus"] = {"status": status, "description": description or f"as pretended: {status}"}
    return modeled("DescribeImageScanFindings", {**answer, **({"imageScanFindings": findings} if findings else {})})


# Enhanced scanning can call a scan finished before its findings are there:
# https://github.com/aws/aws-sdk/issues/289
TOO_EARLY = unfinished("COMPLETE", {"findings": []})
NO_SCAN = None  # ScanNotFoundException

GOOD = image()


@dataclass(frozen=True)
class Registry:
    """The contents of the registry, the results of scans, call after call, and the faults."""

    images: tuple[Image, ...] = (GOOD,)
    scans: Mapping[str, Sequence[dict[str, Any] | None]] = field(default_factory=dict)
    errors: Mapping[str, Sequence[tuple[str, str] | None]] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] | None = ("v1.4.2", "latest")
    status: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def described(self, each: Image) -> dict[str, Any]:
        """A member of `imageDetails` in the answer of DescribeImages. An image without tags has no `imageTags`."""
        known: dict[str, Any] = {"registryId": ACCOUNT, "repositoryName": REPOSITORY, "imageDigest": each.digest}
        known |= {"imageStatus": self.status} if self.status else {}
        return known if self.tags is None else {**known, "imageTags": list(self.tags)}

    def state(self) -> dict[str, Any]:
        """The file that the stand-ins read."""
        modeled("BatchGetImage", {"images": [each.answered for each in self.images], "failures": []})
        modeled("DescribeImages", {"imageDetails": [self.described(each) for each in self.images]})
        pulled = [each for each in self.images if each.platform]
        errors = {
            operation: [error and {"code": error[0], "message": error[1]} for error in calls]
            for operation, calls in self.errors.items()
        }
        return {
            "registry": ACCOUNT,
            "repository": REPOSITORY,
            "host": HOST,
            "password": "a password",
            "images": {each.digest: each.answered for each in self.images},
            "tags": {each.digest: self.described(each) for each in self.images},
            "scans": {each.digest: [scanned()] for each in self.images} | dict(self.scans),
            "errors": errors,
            "containers": {each.digest: each.container for each in pulled},
            "refusals": self.refusals,
            "objects": dict(self.objects),
            "signings": {},
            **self.more,
        }


def detail(of: Image = GOOD, **other: Any) -> dict[str, Any]:
    """The imageDetail.json of the source action for this image.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    return {
        "ImageSizeInBytes": "39679",
        "ImageDigest": of.digest,
        "Version": "1.0",
        "ImagePushedAt": "Fri Nov 20 10:00:00 UTC 2026",
        "RegistryId": ACCOUNT,
        "RepositoryName": REPOSITORY,
        "ImageURI": f"{HOST}/{REPOSITORY}@{of.digest}",
        "ImageTags": ["v1.4.2", "latest"],
        **other,
    }


@dataclass(frozen=True)
class Outcome:
    """A build, the calls that it made, the files that it left in its folder, and those that it left elsewhere."""

    build: BuildRun
    calls: tuple[tuple[str, ...], ...]
    left: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """The message of a failed build, which must be one line."""
        lines = [line for line in self.build.stderr.split("\n") if line.startswith("Inspect: ")]
        assert not self.build.succeeded
        assert len(lines) == 1, self.build.stderr
        return lines[0]

    def written(self, name: str) -> Any:
        """The JSON in a file of the artifact."""
        return json.loads(self.build.artifacts[name])

    def called(self, *words: str) -> list[tuple[str, ...]]:
        """The calls that begin with these words."""
        return [call for call in self.calls if call[: len(words)] == words]


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the stand-ins first."""
    return search_path(tmp_path_factory.mktemp("bin"), "registry.py")


def inspect(
    path: str,
    registry: Registry | None = None,
    given: Any = ...,
    *,
    shells: Shells = "script per command",
    ceilings: Mapping[str, str] | None = None,
    **settings: str | None,
) -> Outcome:
    """Run Inspect on a registry and an imageDetail.json (data, text, or None for no file)."""
    with tempfile.TemporaryDirectory() as name:
        box = Path(name)
        source, temporary = box / "source", box / "temporary"
        source.mkdir()
        temporary.mkdir()
        given = detail() if given is ... else given
        if given is not None:
            text = given if isinstance(given, str) else json.dumps(given)
            (source / "imageDetail.json").write_text(text, encoding="utf-8", errors="surrogatepass")
        state, log = box / "state.json", box / "log"
        state.write_text(json.dumps((registry or Registry()).state()), encoding="utf-8")
        standins = {"STANDIN_STATE": str(state), "STANDIN_LOG": str(log), "TMPDIR": str(temporary), "HOME": str(box)}
        env = {key: value for key, value in {**SETTINGS, **settings, **standins}.items() if value is not None}
        build = run(
            filled(INSPECT, {**CEILINGS, **(ceilings or {})}),
            workdir=source,
            env=env,
            path=path,
            shells=shells,
            timeout=600,  # a busy machine must not fail them
        )
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        calls = tuple(tuple(json.loads(line)) for line in lines)
        left = tuple(sorted(file.name for file in source.rglob("*")))
        strays = tuple(sorted({file.name for file in box.iterdir()} - {"source", "temporary", "state.json", "log"}))
        return Outcome(build, calls, left, strays)


# An image that may pass


@BOTH_SHELLS
def test_a_good_image_passes(path: str, shells: Shells) -> None:
    """An image without findings passes, and its facts are exported."""
    outcome = inspect(path, shells=shells)
    assert "" == outcome.build.stderr
    assert outcome.build.succeeded
    assert {
        "REPOSITORY": REPOSITORY,
        "IMAGE_DIGEST": GOOD.digest,
        "IMAGE_URI": f"{HOST}/{REPOSITORY}@{GOOD.digest}",
        "IMAGE_TAGS": "v1.4.2 latest",
        "PLATFORMS": "linux/amd64",
        "SCAN_STATUS": "COMPLETE",
        "CRITICAL_FINDINGS": "0",
        "HIGH_FINDINGS": "0",
        "EXCEPTIONS": "none",
    } == outcome.build.exported


def test_everything_known_of_the_image_is_in_the_artifact(path: str) -> None:
    """The artifact holds the checked facts, Docker's description, the manifest, and ECR's own answer."""
    outcome = inspect(path)
    assert set(ARTIFACTS) == set(outcome.build.artifacts)
    assert () == outcome.build.missing
    assert [GOOD.container] == outcome.written("docker_inspect.json")
    assert {
        "digest": GOOD.digest,
        "mediaType": DOCKER_IMAGE,
        "manifest": GOOD.manifest,
        "images": [{"digest": GOOD.digest, "platform": "linux/amd64", "manifest": GOOD.manifest}],
    } == outcome.written("ecr_manifest.json")
    scan = {"digest": GOOD.digest, "platform": "linux/amd64", "status": "COMPLETE", "response": scanned()}
    assert [scan] == outcome.written("scan_findings.json")


def test_image_detail_is_written_again(path: str) -> None:
    """Nothing of the source action's imageDetail.json is passed on unchecked: only five fields leave the stage."""
    given = detail(ImageURI="evil.example/x:latest", ImageTags=["$(touch pwned)"], Extra="x", Version="9")
    assert {
        "ImageDigest": GOOD.digest,
        "RegistryId": ACCOUNT,
        "RepositoryName": REPOSITORY,
        "ImageURI": f"{HOST}/{REPOSITORY}@{GOOD.digest}",
        "ImageTags": ["v1.4.2", "latest"],
    } == inspect(path, given=given).written("imageDetail.json")


@pytest.mark.parametrize(
    ("tags", "kept"),
    [(None, []), (["v1", "no good", "-q", "v1\n", "x" * 129], ["v1"]), ([f"v{n}" for n in range(20)], 20)],
)
def test_tags_in_the_artifact(path: str, tags: Sequence[str] | None, kept: Any) -> None:
    """imageDetail.json has every well-formed tag of ECR, however many there are."""
    written = inspect(path, Registry(tags=tags)).written("imageDetail.json")["ImageTags"]
    assert kept in (written, len(written))


def test_the_facts_are_printed(path: str) -> None:
    """The log shows which image was inspected, its tags, its platforms, and the findings with the limits."""
    printed = inspect(path, Registry(scans={GOOD.digest: [scanned(HIGH=2, LOW=70)]})).build.stdout.splitlines()
    assert f"{HOST}/{REPOSITORY}@{GOOD.digest}" == printed[0]
    assert "Tags: v1.4.2 latest" == printed[1]
    assert "Platforms: linux/amd64" == printed[2]
    assert "Exceptions: none" == printed[3]
    assert "Scan: COMPLETE, 0 critical (limit 0), 2 high findings (limit 2) in the worst platform" == printed[4]
    assert 5 == len(printed)


def test_only_the_digest_is_used(path: str) -> None:
    """The image is read, pulled and looked up by its digest: no call contains a tag."""
    calls = inspect(path).calls
    image_id = f"imageDigest={GOOD.digest}"
    reference = f"{HOST}/{REPOSITORY}@{GOOD.digest}"
    where = ("--registry-id", ACCOUNT, "--repository-name", REPOSITORY)
    types = (OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, DOCKER_INDEX)
    look = ("aws", "ecr", "describe-image-scan-findings", *where, "--image-id", image_id)
    assert {
        ("aws", "ecr", "get-login-password"),
        ("docker", "login", "--username", "AWS", "--password-stdin", HOST),
        ("aws", "ecr", "batch-get-image", *where, "--image-ids", image_id, "--accepted-media-types", *types),
        ("aws", "ecr", "describe-images", *where, "--image-ids", image_id),
        ("docker", "pull", reference),
        ("docker", "image", "inspect", reference),
        look,
        ("sleep", "10"),
    } == set(calls)
    assert 2 == calls.count(look)


def test_nothing_else_is_left_behind(path: str) -> None:
    """The source folder holds the artifact and nothing more."""
    outcome = inspect(path)
    assert tuple(sorted(ARTIFACTS)) == outcome.left
    assert () == outcome.strays


def test_the_password_is_not_printed(path: str) -> None:
    """The password is in no output and in no command line."""
    outcome = inspect(path)
    assert "a password" not in outcome.build.stdout + outcome.build.stderr + str(outcome.calls)


def test_oci_image(path: str) -> None:
    """OCI manifests are read as well as Docker's."""
    one = image(media_type=OCI_IMAGE)
    outcome = inspect(path, Registry(images=(one,)), detail(one))
    assert outcome.build.succeeded
    assert OCI_IMAGE == outcome.written("ecr_manifest.json")["mediaType"]


def test_every_partition(path: str) -> None:
    """The registry may be in any partition that AWS's own SDK knows."""
    data = botocore.loaders.create_loader().load_data("partitions")
    domains = {partition["outputs"]["dnsSuffix"] for partition in data["partitions"]}
    assert len(domains) > 4
    for domain in domains:
        host = f"{ACCOUNT}.dkr.ecr.{REGION}.{domain}"
        registry = Registry(more={"host": host}, errors={"BatchGetImage": [("ServerException", "far enough")]})
        outcome = inspect(path, registry, detail(ImageURI=f"{host}/{REPOSITORY}@{GOOD.digest}"), REGISTRY=host)
        assert "far enough" in outcome.complaint


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        (["v1"], "v1"),
        (["v2", "v1"], "v2 v1"),
        (None, "none"),
        ([f"v{number}" for number in range(8)], "v0 v1 v2 v3 v4 v5 v6 v7"),
        ([f"v{number}" for number in range(20)], "v0 v1 v2 v3 v4 v5 v6 v7 ..."),
        (["x" * 100, "y" * 36, "z"], "x" * 100 + " " + "y" * 36 + " ..."),
        (["x" * 100, "y" * 36], "x" * 100 + " " + "y" * 36),
        (["x" * 100, "y" * 37, "z"], "x" * 100 + " ..."),
        (["x" * 128, "y" * 128], "x" * 128 + " ..."),
        (["ok", "no good", "-q", "$(touch pwned)", "a\nb", "v1\n", "x" * 129], "ok"),
    ],
)
def test_tags_decide_nothing(path: str, tags: Sequence[str] | None, shown: str) -> None:
    """At most eight well-formed tags are shown whole, in at most 141 characters; and no tag stops a run.

    The message of an approval has 1,000 characters: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """
    outcome = inspect(path, Registry(tags=tags))
    assert outcome.build.succeeded, outcome.build.stderr
    assert shown == outcome.build.exported["IMAGE_TAGS"]
    assert len(shown) <= 141  # a third of what a repository with a name of eight characters leaves


@pytest.mark.parametrize("tags", [["v9"], [], None, "v9", ["$(touch pwned)"]])
def test_tags_in_the_file_are_not_read(path: str, tags: object) -> None:
    """The tags are ECR's: AWS does not document what ImageTags contains under a digest override."""
    assert "v1.4.2 latest" == inspect(path, given=detail(ImageTags=tags)).build.exported["IMAGE_TAGS"]


# Findings and limits


@BOTH_SHELLS
@pytest.mark.parametrize(
    ("counts", "critical", "high"),
    [({"CRITICAL": 1}, "1", "0"), ({"HIGH": 3}, "0", "3"), ({"CRITICAL": 2, "HIGH": 9, "MEDIUM": 40}, "2", "9")],
)
def test_too_many_findings(path: str, shells: Shells, counts: dict[str, Any], critical: str, high: str) -> None:
    """More findings than allowed fail the build, with counts and limits in one line; the facts are printed."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned(**counts)]}), shells=shells)
    found = f"{critical} critical (limit 0), {high} high findings (limit 2) in the worst platform"
    advice = "push a fixed image, accept them on the platform, or raise the limits. "
    assert f"Inspect: {found}: {advice}" == outcome.complaint
    assert found in outcome.build.stdout
    assert set(ARTIFACTS) == set(outcome.build.artifacts)


def test_findings_at_the_limit(path: str) -> None:
    """As many findings as allowed pass."""
    registry = Registry(scans={GOOD.digest: [scanned(CRITICAL=1, HIGH=2, MEDIUM=99)]})
    outcome = inspect(path, registry, ceilings={"MaxCriticalFindings": "1"}, MAX_CRITICAL_FINDINGS="1")
    assert outcome.build.succeeded
    assert ("1", "2") == (outcome.build.exported["CRITICAL_FINDINGS"], outcome.build.exported["HIGH_FINDINGS"])


def limited(path: str, pipeline: str | None, platform: str) -> Outcome:
    """Inspect a clean image with this limit in pipeline and platform, for both severities."""
    ceilings = {"MaxCriticalFindings": platform, "MaxHighFindings": platform}
    return inspect(path, ceilings=ceilings, MAX_CRITICAL_FINDINGS=pipeline, MAX_HIGH_FINDINGS=pipeline)


@pytest.mark.parametrize(
    ("pipeline", "platform", "limit"),
    [("0", "5", 0), ("5", "5", 5), ("9", "10", 9), ("10", "9", 9), ("9999", "0", 0), ("", "5", 5), (None, "5", 5)],
)
def test_the_stricter_limit_counts(path: str, pipeline: str | None, platform: str, limit: int) -> None:
    """The limit is the smaller of both values; without a value of the pipeline it is the platform's ceiling."""
    outcome = limited(path, pipeline, platform)
    found = f"0 critical (limit {limit}), 0 high findings (limit {limit}) in the worst platform"
    assert found in outcome.build.stdout
    assert outcome.build.succeeded


@pytest.mark.parametrize("counts", [{"CRITICAL": 3}, {"HIGH": 3}])
def test_a_looser_limit_has_no_effect(path: str, counts: dict[str, Any]) -> None:
    """A pipeline cannot raise a limit: the log shows it, and the platform's limit stops the image."""
    pipeline: dict[str, Any] = {"MAX_CRITICAL_FINDINGS": "50", "MAX_HIGH_FINDINGS": "50"}
    registry = Registry(scans={GOOD.digest: [scanned(**counts)]})
    outcome = inspect(path, registry, ceilings={"MaxHighFindings": "1"}, **pipeline)
    assert [
        "MaxCriticalFindings=50 is looser than the platform's 0, which applies",
        "MaxHighFindings=50 is looser than the platform's 1, which applies",
    ] == outcome.build.stdout.splitlines()[:2]
    assert "critical (limit 0)" in outcome.complaint
    assert "high findings (limit 1)" in outcome.complaint


NO_NUMBERS = (
    ("ten", "1,5"),
    ("-1", "1e3"),
    ("007", "10000"),
    (" 1", "1\n"),
    ("0x1", "$(touch pwned)"),
    ("٣", "a[$(touch pwned)]"),
)


@pytest.mark.parametrize("values", NO_NUMBERS)
def test_a_limit_that_is_no_number(path: str, values: tuple[str, str]) -> None:
    """The platform's ceiling applies, the log shows the value as JSON, and no part of it is computed."""
    ceilings = {"MaxCriticalFindings": "7", "MaxHighFindings": "8"}
    outcome = inspect(path, ceilings=ceilings, MAX_CRITICAL_FINDINGS=values[0], MAX_HIGH_FINDINGS=values[1])
    assert outcome.build.succeeded, outcome.build.stderr
    critical, high = (re.sub("[^ -~]", "?", json.dumps(value, ensure_ascii=False)) for value in values)
    assert [
        f"MaxCriticalFindings={critical} is not a number from 0 to 9999: the platform's 7 counts",
        f"MaxHighFindings={high} is not a number from 0 to 9999: the platform's 8 counts",
    ] == outcome.build.stdout.splitlines()[:2]
    assert "0 critical (limit 7), 0 high findings (limit 8)" in outcome.build.stdout
    assert tuple(sorted(ARTIFACTS)) == outcome.left
    assert () == outcome.strays


LISTS = {"findings": (finding, "COMPLETE"), "enhancedFindings": (enhanced_finding, "ACTIVE")}


@pytest.mark.parametrize("severity", ["CRITICAL", "HIGH"])
@pytest.mark.parametrize("listed", LISTS)
def test_the_list_counts_where_it_is_longer(path: str, listed: str, severity: str) -> None:
    """Of several pages the CLI keeps the counts of the first: findings that are only listed stop the image as well."""
    make, status = LISTS[listed]
    found = [make(f"CVE-{number}", "LOW") for number in range(100)]
    found += [make(f"CVE-{severity}-{number}", severity) for number in range(3)]
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned(status, {listed: found}, LOW=100)]}))
    critical, high = (3, 0) if severity == "CRITICAL" else (0, 3)
    assert f"{critical} critical (limit 0), {high} high findings (limit 2)" in outcome.complaint


@pytest.mark.parametrize(("count", "listed", "counted"), [(5, 2, 5), (2, 5, 5), (3, 3, 3), (0, 1, 1)])
def test_the_larger_of_count_and_list(path: str, count: int, listed: int, counted: int) -> None:
    """Count and list are not added up."""
    found = {"findings": [finding(f"CVE-{number}", "HIGH") for number in range(listed)]}
    outcome = inspect(
        path, Registry(scans={GOOD.digest: [scanned("COMPLETE", found, HIGH=count)]}), MAX_HIGH_FINDINGS="0"
    )
    assert f"{counted} high findings (limit 0)" in outcome.complaint


@pytest.mark.parametrize("status", ["SUPPRESSED", "CLOSED"])
def test_suppressed_findings_are_not_counted_from_the_list(path: str, status: str) -> None:
    """A finding that Inspector suppresses or has closed does not stop an image, unless ECR counts it."""
    found = {"enhancedFindings": [{**enhanced_finding("CVE-1", "CRITICAL"), "status": status}]}
    assert inspect(path, Registry(scans={GOOD.digest: [scanned("ACTIVE", found, LOW=1)]})).build.succeeded
    counted = inspect(path, Registry(scans={GOOD.digest: [scanned("ACTIVE", found, CRITICAL=1)]}))
    assert "Inspect: 1 critical (limit 0), 0 high findings (limit 2) in the worst platform: push" in counted.complaint


@pytest.mark.parametrize("status", ["ACTIVE", "SOMETHING_NEW", None])
def test_any_other_status_of_a_finding_counts(path: str, status: str | None) -> None:
    """Only the two statuses that AWS documents as done are left out."""
    found = {"enhancedFindings": [{"severity": "CRITICAL", **({"status": status} if status else {})}]}
    assert "1 critical" in inspect(path, Registry(scans={GOOD.digest: [scanned("ACTIVE", found)]})).complaint


@pytest.mark.parametrize(
    ("status", "findings"),
    [
        (
            "COMPLETE",
            {"findings": [finding(f"CVE-2026-{n}", "HIGH") for n in range(9)] + [finding("CVE-1", "CRITICAL")]},
        ),
        (
            "ACTIVE",
            {
                "enhancedFindings": [enhanced_finding(f"CVE-2026-{n}", "HIGH") for n in range(9)]
                + [enhanced_finding("CVE-1", "CRITICAL"), enhanced_finding("CVE-1", "CRITICAL")]
            },
        ),
    ],
    ids=["basic", "enhanced"],
)
def test_the_worst_findings_are_named(path: str, status: str, findings: dict[str, Any]) -> None:
    """Five are named, each once, critical ones first; the artifact has all of them."""
    answer = scanned(status, findings, CRITICAL=2, HIGH=9)
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}))
    assert '["CVE-1","CVE-2026-0","CVE-2026-1","CVE-2026-2","CVE-2026-3"]' in outcome.complaint
    assert [answer] == [scan["response"] for scan in outcome.written("scan_findings.json")]


def test_lesser_findings_are_not_named(path: str) -> None:
    """A medium finding did not stop the image."""
    found = {"findings": [finding("CVE-1", "MEDIUM"), finding("CVE-2", "HIGH")]}
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned("COMPLETE", found, HIGH=3, MEDIUM=1)]}))
    assert 'such as ["CVE-2"]:' in outcome.complaint


def test_findings_without_a_name(path: str) -> None:
    """AWS's model does not require that a finding has a name."""
    outcome = inspect(
        path,
        Registry(
            scans={GOOD.digest: [scanned("ACTIVE", {"enhancedFindings": [{"severity": "CRITICAL"}]}, CRITICAL=1)]}
        ),
    )
    assert 'such as ["?"]:' in outcome.complaint


def test_many_findings(path: str) -> None:
    """Megabytes of findings fit: they go through files, never through arguments or the environment."""
    findings = {
        "enhancedFindings": [{**enhanced_finding(f"CVE-{n}", "LOW"), "description": "x" * 1000} for n in range(4000)]
    }
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned("ACTIVE", findings, LOW=4000)]}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert len(outcome.build.artifacts["scan_findings.json"]) > 4_000_000


# Waiting for the scan


@BOTH_SHELLS
@pytest.mark.parametrize("status", ["COMPLETE", "ACTIVE"])
def test_pending_then_finished(path: str, shells: Shells, status: str) -> None:
    """Inspect waits for a scan that does not exist yet, is pending or runs, under basic and enhanced scanning."""
    calls = [NO_SCAN, unfinished("PENDING"), unfinished("IN_PROGRESS"), scanned(status, HIGH=1)]
    outcome = inspect(path, Registry(scans={GOOD.digest: calls}), shells=shells)
    assert outcome.build.succeeded
    assert (status, "1") == (outcome.build.exported["SCAN_STATUS"], outcome.build.exported["HIGH_FINDINGS"])
    assert 5 == len(outcome.called("aws", "ecr", "describe-image-scan-findings"))


@pytest.mark.parametrize(
    "early",
    [
        [TOO_EARLY],
        [TOO_EARLY, TOO_EARLY, TOO_EARLY],
        [unfinished("ACTIVE"), unfinished("ACTIVE", {"findingSeverityCounts": {}})],
        [unfinished("ACTIVE", {"findingSeverityCounts": {"LOW": 3}})] * 2,
        [unfinished("ACTIVE", {"enhancedFindings": [enhanced_finding("CVE-1", "HIGH")]})] * 3,
        [scanned("ACTIVE")],
        [scanned("ACTIVE"), scanned("ACTIVE", LOW=3), scanned("ACTIVE", LOW=3, HIGH=1)],
        [scanned("ACTIVE"), unfinished("PENDING"), scanned("ACTIVE")],
    ],
)
def test_finished_before_the_findings_are_there(path: str, early: list[dict[str, Any]]) -> None:
    """A scan is finished when it states its end and gives the same counts twice in a row."""
    registry = Registry(scans={GOOD.digest: [*early, scanned("ACTIVE", CRITICAL=1)]})
    outcome = inspect(path, registry)
    assert "1 critical (limit 0)" in outcome.complaint
    assert len(early) + 2 == len(outcome.called("aws", "ecr", "describe-image-scan-findings"))


@pytest.mark.parametrize("answer", [TOO_EARLY, unfinished("ACTIVE", {"enhancedFindings": []})])
def test_a_clean_image_without_an_end_of_its_scan(path: str, answer: dict[str, Any]) -> None:
    """If ECR states no end of a scan, as may be without findings, seven readings in a minute must agree."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}), SCAN_TIMEOUT_SECONDS="0")
    assert outcome.build.succeeded, outcome.build.stderr
    assert 6 == len(outcome.called("sleep"))


def test_the_result_is_not_lost_at_the_deadline(path: str) -> None:
    """The first counts are read a second time even if the time is up."""
    assert inspect(path, SCAN_TIMEOUT_SECONDS="0").build.succeeded


UNSCANNED: list[tuple[list[dict[str, Any] | None], str]] = [
    ([scanned("IN_PROGRESS", HIGH=1)], "TIMED_OUT_IN_PROGRESS"),  # the findings of an earlier scan are no result
    ([unfinished("ACTIVE")], "TIMED_OUT_ACTIVE"),
    ([unfinished("COMPLETE")], "TIMED_OUT_COMPLETE"),
    ([unfinished("PENDING")], "TIMED_OUT_PENDING"),
    ([NO_SCAN], "TIMED_OUT_ScanNotFoundException"),
    ([unfinished("PENDING"), unfinished("FAILED")], "FAILED"),
    ([unfinished("UNSUPPORTED_IMAGE")], "UNSUPPORTED_IMAGE"),
    ([unfinished("SCAN_ELIGIBILITY_EXPIRED")], "SCAN_ELIGIBILITY_EXPIRED"),
    ([unfinished("FINDINGS_UNAVAILABLE")], "FINDINGS_UNAVAILABLE"),
    ([unfinished("LIMIT_EXCEEDED")], "LIMIT_EXCEEDED"),
    ([unfinished("IMAGE_ARCHIVED")], "IMAGE_ARCHIVED"),
    ([unfinished("IMAGE_SIZE_EXCEEDED")], "IMAGE_SIZE_EXCEEDED"),
]


# A possible solution for each status. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-troubleshooting.html
WAIT = "retry the stage, or raise the ScanTimeoutSeconds of the platform"
SCAN = "start a basic scan (ecr:StartImageScan, once in 24 hours) and retry the stage"
ADVICE = {
    "TIMED_OUT_IN_PROGRESS": f"{WAIT} (0)",
    "TIMED_OUT_PENDING": f"{WAIT} (0)",
    "TIMED_OUT_ACTIVE": "retry the stage",
    "TIMED_OUT_COMPLETE": "retry the stage",
    "TIMED_OUT_ScanNotFoundException": (
        f"turn on scanning for the repository in the registry, then push a rebuilt image, or {SCAN}"
    ),
    "FAILED": f"push a rebuilt image, or {SCAN}",
    "UNSUPPORTED_IMAGE": (
        "use a base image that the scanner supports (basic scanning: not scratch; enhanced scanning: more)"
    ),
    "SCAN_ELIGIBILITY_EXPIRED": (
        "its re-scan duration in Inspector is over: push a rebuilt image, "
        "or go back to it by codepipeline:RollbackStage"
    ),
    "FINDINGS_UNAVAILABLE": "retry the stage; if basic and enhanced scanning were switched, push a rebuilt image",
    "LIMIT_EXCEEDED": f"a quota is used up (100,000 basic scans in 24 hours): later {SCAN}",
    "IMAGE_ARCHIVED": "restore it (ecr:UpdateImageStorageClass to STANDARD), then retry the stage",
    "IMAGE_SIZE_EXCEEDED": "it is too large for the scanner: push a smaller image",
}
UNSCANNED_BY_STATUS = {status: calls for calls, status in UNSCANNED}


def test_every_status_is_known() -> None:
    """These tests cover every status in AWS's model, also one that AWS adds to it later."""
    modeled_statuses = set(ECR.shape_for("ScanStatus").enum)
    tried = {status.removeprefix("TIMED_OUT_") for _, status in UNSCANNED}
    assert modeled_statuses == tried - {"ScanNotFoundException"}
    assert ADVICE.keys() == UNSCANNED_BY_STATUS.keys()


@pytest.mark.parametrize(("calls", "status"), UNSCANNED, ids=[status for _, status in UNSCANNED])
def test_no_scan_fails(path: str, calls: list[dict[str, Any] | None], status: str) -> None:
    """Without a scan result the build fails, with platform, status, possible solution, and the deciding setting."""
    timeout = "0" if status.startswith("TIMED_OUT") else "30"
    outcome = inspect(path, Registry(scans={GOOD.digest: calls}), SCAN_TIMEOUT_SECONDS=timeout)
    assert outcome.complaint.startswith(f"Inspect: No scan of linux/amd64 ({status}): {ADVICE[status]}.")
    setting = "UnsupportedScan" if status == "UNSUPPORTED_IMAGE" else "MissingScan"
    assert outcome.complaint.endswith(f". The platform has {setting}=fail.")
    assert "Inspect: No scan of" not in outcome.complaint[10:]
    [scan] = outcome.written("scan_findings.json")
    assert (GOOD.digest, status, calls[-1]) == (scan["digest"], scan["status"], scan["response"])


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        ("InternalError: try later", '"InternalError: try later"'),
        ('a "b"\nInspect: all is well', r'"a \"b\"\nInspect: all is well"'),
        ("\x1b[31m\u2028é" + "x" * 999, r'"\u001b[31m??' + "x" * 187),
    ],
)
def test_the_reason_that_ecr_gives(path: str, description: str, shown: str) -> None:
    """The description of a status is shown as JSON, in one printable line, and shortened."""
    calls = [unfinished("FAILED", description=description)]
    complaint = inspect(path, Registry(scans={GOOD.digest: calls})).complaint
    assert f" ECR says {shown}. The platform has MissingScan=fail." in complaint
    assert complaint.isprintable()


STATUSES = ("UNSUPPORTED_IMAGE", "FAILED", "TIMED_OUT_PENDING", "TIMED_OUT_ScanNotFoundException")


def unscanned(path: str, status: str, missing: str, unsupported: str, **settings: Any) -> Outcome:
    """Inspect an image with this status where the platform has these settings."""
    registry = Registry(scans={GOOD.digest: UNSCANNED_BY_STATUS[status]})
    timeout = "0" if status.startswith("TIMED_OUT") else "30"
    ceilings = {"MissingScan": missing, "UnsupportedScan": unsupported}
    return inspect(path, registry, ceilings=ceilings, SCAN_TIMEOUT_SECONDS=timeout, **settings)


@pytest.mark.parametrize("status", STATUSES)
def test_no_scan_allowed(path: str, status: str) -> None:
    """If the platform allows it the image passes, and its findings are unknown, not zero."""
    missing, unsupported = ("fail", "allow") if status == "UNSUPPORTED_IMAGE" else ("allow", "fail")
    outcome = unscanned(path, status, missing, unsupported)
    assert outcome.build.succeeded, outcome.build.stderr
    facts = [outcome.build.exported[name] for name in ("SCAN_STATUS", "CRITICAL_FINDINGS", "HIGH_FINDINGS")]
    assert [status, "unknown", "unknown"] == facts


@pytest.mark.parametrize("status", STATUSES)
def test_the_other_setting_allows_nothing(path: str, status: str) -> None:
    """An image that cannot be scanned passes only by UnsupportedScan, one whose scan is missing only by MissingScan."""
    missing, unsupported = ("allow", "fail") if status == "UNSUPPORTED_IMAGE" else ("fail", "allow")
    assert f"({status})" in unscanned(path, status, missing, unsupported).complaint


@pytest.mark.parametrize("status", STATUSES[:2])
def test_a_stricter_pipeline(path: str, status: str) -> None:
    """With UNSCANNED_IMAGE=fail a pipeline stops an image that the platform allows, which the message shows."""
    complaint = unscanned(path, status, "allow", "allow", UNSCANNED_IMAGE="fail").complaint
    assert complaint.endswith(" This pipeline has UnscannedImage=fail.")
    assert unscanned(path, status, "allow", "allow", UNSCANNED_IMAGE="").build.succeeded
    both = unscanned(path, status, "fail", "fail", UNSCANNED_IMAGE="fail").complaint
    assert both.endswith("=fail.")
    assert " The platform has " in both


@pytest.mark.parametrize("value", ["allow", "Fail", "fail\n", "fail|allow", " "])
def test_a_pipeline_allows_nothing(path: str, value: str) -> None:
    """Any other value of UNSCANNED_IMAGE is an error, even where the platform allows everything."""
    outcome = unscanned(path, "FAILED", "allow", "allow", UNSCANNED_IMAGE=value)
    assert outcome.complaint.endswith(", allowed: fail, or empty")
    assert outcome.complaint.startswith("Inspect: UNSCANNED_IMAGE is ")
    assert () == outcome.calls


@pytest.mark.parametrize("allowed", ["Allow", "allowed", "''"])
def test_nothing_but_allow_opens_the_gate(path: str, allowed: str) -> None:
    """Should a template ever write another value into the script, it allows nothing."""
    ceilings = {"MissingScan": allowed, "UnsupportedScan": allowed}
    complaint = several_platforms(path, PLATFORMS, STATUSES[:2], ceilings=ceilings).complaint
    assert all(f"({status})" in complaint for status in STATUSES[:2])


@pytest.mark.parametrize(
    ("description", "status"),
    [
        ("UnsupportedImageError: The operating system and/or package manager are not supported.", "UNSUPPORTED_IMAGE"),
        ("InternalError: not an UnsupportedImageError", "FAILED"),
    ],
)
def test_a_failed_scan_of_an_unsupported_image(path: str, description: str, status: str) -> None:
    """Basic scanning reports FAILED for an unsupported image, and the reason in the description.

    https://github.com/aws-observability/aws-otel-collector/issues/2193
    """
    registry = Registry(scans={GOOD.digest: [unfinished("FAILED", description=description)]})
    stopped = inspect(path, registry, ceilings={"MissingScan": "allow" if status == "UNSUPPORTED_IMAGE" else "fail"})
    assert f"No scan of linux/amd64 ({status}): {ADVICE[status]}" in stopped.complaint
    passed = inspect(path, registry, ceilings={"UnsupportedScan": "allow"})
    assert (status == "UNSUPPORTED_IMAGE") == passed.build.succeeded


def test_an_unknown_status_is_no_result(path: str) -> None:
    """A status that AWS may add later does not let an image through."""
    answer = {**scanned(), "imageScanStatus": {"status": "SOMETHING_NEW"}}
    complaint = inspect(path, Registry(scans={GOOD.digest: [answer]})).complaint
    assert (
        "Inspect: No scan of linux/amd64 (SOMETHING_NEW): retry the stage. The platform has MissingScan=fail."
        == complaint
    )


def test_time_is_given_to_the_scan(path: str) -> None:
    """Inspect looks at a scan every ten seconds, until SCAN_TIMEOUT_SECONDS have passed."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [unfinished("PENDING")]}), SCAN_TIMEOUT_SECONDS="2")
    assert "TIMED_OUT_PENDING" in outcome.complaint
    looks = outcome.called("aws", "ecr", "describe-image-scan-findings")
    assert len(looks) > 2
    assert [("sleep", "10")] * (len(looks) - 1) == outcome.called("sleep")


def test_the_interval_can_be_set(path: str) -> None:
    """SCAN_POLL_SECONDS is the time between two looks."""
    assert [("sleep", "3")] == inspect(path, SCAN_POLL_SECONDS="3").called("sleep")


# Images of several platforms

AMD = image("linux/amd64", OCI_IMAGE)
ARM = image("linux/arm64/v8", OCI_IMAGE)


@pytest.mark.parametrize(("media_type", "shells"), [(DOCKER_INDEX, "one"), (OCI_INDEX, "script per command")])
def test_index(path: str, media_type: str, shells: Shells) -> None:
    """Every image in an index is pulled, inspected and scanned; its attestations and the index itself are not."""
    listed = [AMD.descriptor(), ARM.descriptor(), attestation(AMD), attestation(ARM)]
    both = index(*listed, media_type=media_type)
    registry = Registry(images=(both, AMD, ARM), scans={both.digest: [unfinished("UNSUPPORTED_IMAGE")]})
    outcome = inspect(path, registry, detail(both), shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    assert (both.digest, "linux/amd64 linux/arm64/v8") == (
        outcome.build.exported["IMAGE_DIGEST"],
        outcome.build.exported["PLATFORMS"],
    )
    base = f"{HOST}/{REPOSITORY}@"
    assert {
        ("docker", "pull", "--platform", "linux/amd64", base + AMD.digest),
        ("docker", "pull", "--platform", "linux/arm64/v8", base + ARM.digest),
    } == set(outcome.called("docker", "pull"))
    manifest = outcome.written("ecr_manifest.json")
    assert (both.digest, media_type, both.manifest) == (manifest["digest"], manifest["mediaType"], manifest["manifest"])
    children = (AMD, ARM)
    assert [
        {"digest": each.digest, "platform": each.platform, "manifest": each.manifest} for each in children
    ] == manifest["images"]
    assert [each.container for each in children] == outcome.written("docker_inspect.json")
    scans = outcome.written("scan_findings.json")
    assert [(each.digest, each.platform) for each in children] == [(scan["digest"], scan["platform"]) for scan in scans]


def two_platforms(amd: Sequence[Any], arm: Sequence[Any], path: str, **settings: Any) -> Outcome:
    """Inspect an index of two images with these answers about their scans."""
    both = index(AMD.descriptor(), ARM.descriptor())
    registry = Registry(images=(both, AMD, ARM), scans={AMD.digest: amd, ARM.digest: arm})
    return inspect(path, registry, detail(both), **settings)


def test_the_worst_platform_counts(path: str) -> None:
    """Each severity is counted in the platform that has most of it: findings are not added up."""
    ceilings = {"MaxCriticalFindings": "1"}
    amd, arm = [scanned(CRITICAL=1, HIGH=2)], [scanned(HIGH=5)]
    outcome = two_platforms(amd, arm, path, ceilings=ceilings, MAX_CRITICAL_FINDINGS="1")
    assert "1 critical (limit 1), 5 high findings (limit 2) in the worst platform" in outcome.complaint
    assert two_platforms([scanned(HIGH=2)], [scanned(HIGH=2)], path).build.succeeded


def test_one_platform_without_a_scan(path: str) -> None:
    """Every platform needs a scan; if it may lack one, the others still count."""
    amd, arm = [unfinished("UNSUPPORTED_IMAGE")], [scanned(HIGH=1)]
    assert "No scan of linux/amd64 (UNSUPPORTED_IMAGE):" in two_platforms(amd, arm, path).complaint
    allowed = two_platforms(amd, arm, path, ceilings={"UnsupportedScan": "allow"})
    assert allowed.build.succeeded
    assert ("UNSUPPORTED_IMAGE COMPLETE", "1") == (
        allowed.build.exported["SCAN_STATUS"],
        allowed.build.exported["HIGH_FINDINGS"],
    )
    stopped = two_platforms(amd, [scanned(HIGH=3)], path, ceilings={"UnsupportedScan": "allow"})
    assert "3 high findings (limit 2)" in stopped.complaint
    assert "No scan" not in stopped.complaint


def test_findings_and_a_missing_scan(path: str) -> None:
    """Both problems are reported, in one line."""
    complaint = two_platforms([unfinished("FAILED")], [scanned(CRITICAL=1)], path).complaint
    assert "1 critical (limit 0)" in complaint
    assert "No scan of linux/amd64 (FAILED)" in complaint


def test_two_reasons_for_a_missing_scan(path: str) -> None:
    """Each status is reported with its own advice; platforms with the same status share one."""
    different = two_platforms([unfinished("FAILED")], [unfinished("UNSUPPORTED_IMAGE")], path).complaint
    assert f"No scan of linux/amd64 (FAILED): {ADVICE['FAILED']}" in different
    assert f"No scan of linux/arm64/v8 (UNSUPPORTED_IMAGE): {ADVICE['UNSUPPORTED_IMAGE']}" in different
    same = two_platforms([unfinished("FAILED")], [unfinished("FAILED")], path).complaint
    assert 1 == same.count("No scan of")
    assert "No scan of linux/amd64, linux/arm64/v8 (FAILED)" in same
    partly = two_platforms(
        [unfinished("FAILED")], [unfinished("UNSUPPORTED_IMAGE")], path, ceilings={"MissingScan": "allow"}
    ).complaint
    assert "FAILED" not in partly
    assert "(UNSUPPORTED_IMAGE)" in partly


PLATFORMS = ("linux/amd64", "linux/arm64/v8")


def several_platforms(path: str, platforms: Sequence[str], statuses: Sequence[str], **settings: Any) -> Outcome:
    """Inspect an index of images for these platforms, whose scans end with these statuses."""
    images = [image(platform, OCI_IMAGE) for platform in platforms]
    all_of_them = index(*(each.descriptor() for each in images))
    ended = [scanned(status) if status in ("COMPLETE", "ACTIVE") else unfinished(status) for status in statuses]
    scans = {each.digest: [answer] for each, answer in zip(images, ended, strict=True)}
    return inspect(path, Registry(images=(all_of_them, *images), scans=scans), detail(all_of_them), **settings)


def test_the_facts_for_the_approver_are_short(path: str) -> None:
    """PLATFORMS has at most 44 characters and SCAN_STATUS at most 40; statuses without a result come first."""
    platforms = [f"linux/{'x' * 19}{number}/v{number}" for number in range(6)]
    statuses = ["COMPLETE", "ACTIVE", "UNSUPPORTED_IMAGE", "SCAN_ELIGIBILITY_EXPIRED", "FAILED", "IMAGE_ARCHIVED"]
    allow = {"MissingScan": "allow", "UnsupportedScan": "allow"}
    outcome = several_platforms(path, platforms, statuses, ceilings=allow)
    assert outcome.build.succeeded, outcome.build.stderr
    assert " ".join([platforms[0], "..."]) == outcome.build.exported["PLATFORMS"]
    assert "FAILED IMAGE_ARCHIVED ..." == outcome.build.exported["SCAN_STATUS"]
    assert platforms == [each["platform"] for each in outcome.written("scan_findings.json")]


def test_a_long_platform_of_a_single_image(path: str) -> None:
    """The configuration of an image may hold any text: it stays short in the approval, and whole in the artifact."""
    container = {**GOOD.container, "Architecture": "x" * 200_000}
    outcome = inspect(path, Registry(more={"containers": {GOOD.digest: container}}))
    assert "linux/" + "x" * 34 == outcome.build.exported["PLATFORMS"]
    assert [container] == outcome.written("docker_inspect.json")


def test_the_last_of_many_platforms_counts(path: str) -> None:
    """The approval does not name all platforms; the gate looks at all of them."""
    platforms = [f"linux/arm/v{number}" for number in range(10)]
    outcome = several_platforms(path, platforms, ["COMPLETE"] * 9 + ["FAILED"])
    assert "No scan of linux/arm/v9 (FAILED)" in outcome.complaint
    assert "Platforms: " + " ".join(platforms[:3]) + " ..." in outcome.build.stdout


WINDOWS = image("windows/amd64", OCI_IMAGE)


@pytest.mark.parametrize("others", [["windows/amd64"], ["windows/amd64", "freebsd/arm64"], ["wasip1/wasm"]])
def test_an_index_with_images_for_another_system(path: str, others: Sequence[str]) -> None:
    """Docker on Linux cannot pull an image for Windows: the message explains it, and names all such platforms."""
    listed = [AMD.descriptor(), *(image(other, OCI_IMAGE).descriptor() for other in others)]
    mixed = index(*listed)
    outcome = inspect(path, Registry(images=(mixed, AMD)), detail(mixed))
    says = f"has images for {' '.join(others)}. Inspect pulls Linux images only: push it without these"
    assert outcome.complaint == f"Inspect: {HOST}/{REPOSITORY}@{mixed.digest} {says}"
    assert [] == outcome.called("docker", "pull")


def test_an_image_for_windows(path: str) -> None:
    """A single image does not state its system in its manifest: Docker refuses it, and the advice is the same."""
    said = 'Error response from daemon: image operating system "windows" cannot be used on this platform'
    complaint = inspect(
        path, Registry(images=(WINDOWS,), refusals={f"pull {WINDOWS.digest}": said}), detail(WINDOWS)
    ).complaint
    assert complaint.endswith('cannot be used on this platform\\n". Inspect pulls Linux images only')
    assert "endpoints" not in complaint


def test_an_image_cannot_pose_as_an_attestation(path: str) -> None:
    """An entry with a platform is scanned, whatever its annotations say."""
    posing = ARM.descriptor(annotations={"vnd.docker.reference.type": "attestation-manifest"})
    both = index(AMD.descriptor(), posing)
    registry = Registry(images=(both, AMD, ARM), scans={ARM.digest: [scanned(CRITICAL=1)]})
    assert "1 critical (limit 0)" in inspect(path, registry, detail(both)).complaint


BAD_LISTS: dict[str, list[dict[str, Any]]] = {
    "empty": [],
    "only attestations": [attestation(AMD)],
    "no platform": [{key: value for key, value in AMD.descriptor().items() if key != "platform"}],
    "no digest": [{"platform": {"os": "linux", "architecture": "amd64"}}],
    "hostile digest": [AMD.descriptor(digest="sha256:$(touch pwned)")],
    "tag for a digest": [AMD.descriptor(digest="latest")],
    "newline in a digest": [AMD.descriptor(digest=f"{AMD.digest}\n")],
    "hostile platform": [AMD.descriptor(platform={"os": "linux", "architecture": "$(touch pwned)"})],
    "space in a platform": [AMD.descriptor(platform={"os": "linux --all", "architecture": "amd64"})],
    "dash before a platform": [AMD.descriptor(platform={"os": "--all", "architecture": "amd64 x"})],
    "newline in a platform": [AMD.descriptor(platform={"os": "linux", "architecture": "amd64\n"})],
    "long system": [AMD.descriptor(platform={"os": "x" * 31, "architecture": "amd64"})],
    "long platform": [AMD.descriptor(platform={"os": "linux", "architecture": "x" * 31})],
    "number for a platform": [AMD.descriptor(platform=7)],
    "text for an image": ["amd64"],  # type: ignore[list-item]  # what somebody may push
    "one good, one bad": [ARM.descriptor(), AMD.descriptor(platform=None)],
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_bad_index(path: str, name: str) -> None:
    """An index is refused if one of its entries is neither an image with digest and platform nor an attestation."""
    bad = index(*BAD_LISTS[name])
    outcome = inspect(path, Registry(images=(bad, AMD, ARM)), detail(bad))
    assert outcome.complaint.startswith(f"Inspect: {HOST}/{REPOSITORY}@{bad.digest} is neither an image nor an index")
    assert [] == outcome.called("docker", "pull")
    assert ("imageDetail.json",) == outcome.left


def test_index_in_an_index(path: str) -> None:
    """An index is never scanned, so an entry that is an index fails like any image without a scan."""
    inner = replace(index(AMD.descriptor()), platform="linux/amd64")
    outer = index(inner.descriptor())
    registry = Registry(images=(outer, inner, AMD), scans={inner.digest: [NO_SCAN]})
    assert "No scan of linux/amd64" in inspect(path, registry, detail(outer), SCAN_TIMEOUT_SECONDS="0").complaint


def test_missing_child(path: str) -> None:
    """An image that an index lists and that was not pushed stops the run."""
    both = index(AMD.descriptor(), ARM.descriptor())
    outcome = inspect(path, Registry(images=(both, AMD)), detail(both))
    assert ARM.digest in outcome.complaint


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '"text"', "7"])
def test_manifest_that_is_no_manifest(path: str, text: str) -> None:
    """A text that is not a manifest is refused."""

    @dataclass(frozen=True)
    class Odd(Image):
        @property
        def text(self) -> str:
            return text or " "

    odd = Odd(OCI_INDEX, {})
    assert "is neither an image nor an index" in inspect(path, Registry(images=(odd,)), detail(odd)).complaint


def test_hostile_platform_of_a_single_image(path: str) -> None:
    """The platform in the configuration of an image may be any text: it cannot break out of its line."""
    container = {**GOOD.container, "Os": "linux\nCOMPLETE\n0\n0\n", "Architecture": "$(touch pwned)", "Variant": None}
    registry = Registry(scans={GOOD.digest: [scanned(CRITICAL=9)]}, more={"containers": {GOOD.digest: container}})
    outcome = inspect(path, registry)
    assert "9 critical (limit 0)" in outcome.complaint
    assert 5 == len(outcome.build.stdout.splitlines())


# Refusals


@BOTH_SHELLS
def test_login_refused_by_docker(path: str, shells: Shells) -> None:
    """A refused login stops the build before it does anything else, and shows Docker's message."""
    registry = Registry(refusals={"login": "Error response from daemon: Get https://x/v2/: 401 Unauthorized"})
    outcome = inspect(path, registry, shells=shells)
    assert outcome.complaint.startswith(f"Inspect: login {HOST} failed: ")
    assert "401 Unauthorized" in outcome.complaint
    assert ["get-login-password", "login"] == [call[-1] if call[0] == "aws" else call[1] for call in outcome.calls]
    assert ("imageDetail.json",) == outcome.left


def test_pull_refused(path: str) -> None:
    """A refused pull names the image and shows Docker's message, in one line."""
    said = f'Error response from daemon: pull access denied\nfor "{REPOSITORY}"'
    outcome = inspect(path, Registry(refusals={f"pull {GOOD.digest}": said}))
    assert outcome.complaint.startswith(f"Inspect: docker pull {HOST}/{REPOSITORY}@{GOOD.digest} failed: ")
    assert r"pull access denied\nfor \"team/app\"" in outcome.complaint


def test_pull_of_one_platform_refused(path: str) -> None:
    """The platform whose pull failed is named."""
    both = index(AMD.descriptor(), ARM.descriptor())
    registry = Registry(images=(both, AMD, ARM), refusals={f"pull {ARM.digest}": "Error response from daemon: EOF"})
    pull = f"docker pull --platform linux/arm64/v8 {HOST}/{REPOSITORY}@{ARM.digest}"
    assert inspect(path, registry, detail(both)).complaint.startswith(f"Inspect: {pull} failed: ")


def test_inspection_refused(path: str) -> None:
    """A refused `docker image inspect` shows Docker's message."""
    outcome = inspect(path, Registry(refusals={"inspect": "Error response from daemon: EOF"}))
    assert outcome.complaint.startswith(f"Inspect: docker image inspect {HOST}/{REPOSITORY}@{GOOD.digest} failed: ")
    assert 'Error response from daemon: EOF\\n". Check the Docker daemon' in outcome.complaint


@BOTH_SHELLS
@pytest.mark.parametrize(
    "registry",
    [
        Registry(scans={GOOD.digest: [{"imageScanFindings": "text"}]}),
        Registry(more={"tags": {GOOD.digest: {"imageTags": {"a": 1}}}}),
        Registry(more={"containers": {GOOD.digest: {"Os": {"a": 1}, "Architecture": "amd64", "Variant": ""}}}),
    ],
    ids=["in a function", "at the top", "in a loop"],
)
def test_a_failure_without_a_message(path: str, registry: Registry, shells: Shells) -> None:
    """A command that fails without a message of its own stops the build wherever it is: its line is reported once."""
    complaint = inspect(path, registry, shells=shells).complaint
    assert re.fullmatch(r"Inspect: line \d+ failed, see the messages above", complaint)


OPERATIONS = ("GetAuthorizationToken", "BatchGetImage", "DescribeImages", "DescribeImageScanFindings")
USER = "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform"
DENIED = f"{USER}: ecr:Something on resource: arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{REPOSITORY}"
PATTERN = "The platform's RepositoryPattern may not include this repository"


@pytest.mark.parametrize("operation", OPERATIONS[1:])
def test_access_to_the_repository_denied(path: str, operation: str) -> None:
    """A denied call fails at once, with AWS's words, the permission, and a hint at the platform's RepositoryPattern."""
    registry = Registry(errors={operation: [("AccessDeniedException", DENIED)]})
    outcome = inspect(path, registry, SCAN_TIMEOUT_SECONDS="9999")
    assert DENIED in outcome.complaint
    assert [] == outcome.called("sleep")
    assert f"Check ecr:{operation}" in outcome.complaint
    assert outcome.complaint.endswith(PATTERN)


@pytest.mark.parametrize(
    ("operation", "denied"),
    [
        ("GetAuthorizationToken", f"{USER}: ecr:GetAuthorizationToken on resource: *"),
        ("DescribeImageScanFindings", f"{USER}: inspector2:ListFindings on resource: arn:aws:inspector2:{REGION}::x"),
    ],
)
def test_access_to_something_else_denied(path: str, operation: str, denied: str) -> None:
    """A permission that has nothing to do with the repository is not explained by RepositoryPattern."""
    complaint = inspect(path, Registry(errors={operation: [("AccessDeniedException", denied)]})).complaint
    assert denied in complaint
    assert denied.split()[7] in complaint.split(denied)[1]
    assert PATTERN not in complaint


def test_pull_denied(path: str) -> None:
    """Docker passes on ECR's message: the hint at RepositoryPattern is the same."""
    said = f"Error response from daemon: pull access denied for x, repository does not exist: denied: {DENIED}"
    assert inspect(path, Registry(refusals={f"pull {GOOD.digest}": said})).complaint.endswith(PATTERN)


def test_throttling_is_waited_out(path: str) -> None:
    """After a throttled call, whatever its error code, Inspect looks at the scan again."""
    codes = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")
    throttled = [(code, "Rate exceeded") for code in codes]
    outcome = inspect(path, Registry(errors={"DescribeImageScanFindings": [throttled[0], None, *throttled[1:], None]}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert 6 == len(outcome.called("aws", "ecr", "describe-image-scan-findings"))


def test_throttling_without_end(path: str) -> None:
    """Inspect does not wait longer for an end of throttling than for a scan."""
    registry = Registry(errors={"DescribeImageScanFindings": [("ThrottlingException", "Rate exceeded")]})
    complaint = inspect(path, registry, SCAN_TIMEOUT_SECONDS="0").complaint
    assert "No scan of linux/amd64 (TIMED_OUT_ThrottlingException): retry the stage. The" in complaint


def test_errors_of_an_older_cli(path: str) -> None:
    """An error is also understood without the prefix that the AWS CLI prints since 2026."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [NO_SCAN, scanned()]}, more={"prefix": ""}))
    assert outcome.build.succeeded, outcome.build.stderr


def test_deleted_image(path: str) -> None:
    """The message about a deleted image has ECR's words and what to do."""
    complaint = inspect(path, Registry(images=(ARM,))).complaint
    assert "ImageNotFound" in complaint
    assert "Push it again" in complaint


@pytest.mark.parametrize("status", ECR.shape_for("ImageStatus").enum)
def test_archived_image(path: str, status: str) -> None:
    """An image in the archive cannot be pulled: the message says how to restore it.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
    """
    outcome = inspect(path, Registry(status=status))
    if status == "ACTIVE":
        assert outcome.build.succeeded
    else:
        advice = "restore it (ecr:UpdateImageStorageClass to STANDARD), then retry the stage"
        assert f"Inspect: {HOST}/{REPOSITORY}@{GOOD.digest} is archived: {advice}" == outcome.complaint
        assert [] == outcome.called("docker", "pull")


# imageDetail.json and the settings


@BOTH_SHELLS
@pytest.mark.parametrize("text", [None, "", "{", "ImageDigest", "[]", "7", '"text"', "{} {}"])
def test_a_file_that_the_source_action_does_not_write(path: str, shells: Shells, text: str | None) -> None:
    """Without a JSON object in imageDetail.json nothing is called and nothing is written."""
    outcome = inspect(path, given=text, shells=shells)
    assert outcome.complaint.startswith("Inspect: imageDetail.json is missing or not a JSON object. Correct ")
    assert () == outcome.calls
    assert (() if text is None else ("imageDetail.json",)) == outcome.left


def test_null(path: str) -> None:
    """All problems are reported at once."""
    complaint = inspect(path, given="null").complaint
    assert all(f"{key} is null, not " in complaint for key in KEYS)


KEYS = ("RegistryId", "RepositoryName", "ImageDigest")
WRONG: tuple[Any, ...] = (None, 7, True, "", [], ["x"], {}, "x", " ", "\n")


@pytest.mark.parametrize("key", KEYS)
def test_missing_key(path: str, key: str) -> None:
    """Each of these keys is needed."""
    given = detail()
    del given[key]
    outcome = inspect(path, given=given)
    assert f"{key} is null, not " in outcome.complaint
    assert () == outcome.calls


@pytest.mark.parametrize("value", WRONG, ids=json.dumps)
def test_wrong_value(path: str, value: Any) -> None:
    """A value of another type or form is refused and shown as JSON, for every key."""
    outcome = inspect(path, given=detail(**dict.fromkeys(KEYS, value)))
    shown = json.dumps(value, separators=(",", ":"))
    assert all(f"{key} is {shown}, not " in outcome.complaint for key in KEYS)
    assert () == outcome.calls


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n", ""), (" ", ""), ("-", ""), ("", "\n"), ("", " "), ("", "x"), ("", "\u0000"), ("", "\r"), ("", "\u2028")],
)
def test_nothing_around_a_value(path: str, before: str, after: str) -> None:
    """A good value with anything before or after it is refused, even if it is only a newline at the end."""
    outcome = inspect(path, given=detail(**{key: before + detail()[key] + after for key in KEYS}))
    assert all(f"{key} is " in outcome.complaint for key in KEYS)
    assert () == outcome.calls


@pytest.mark.parametrize(
    "digest",
    [
        "a sha256 digest",
        "sha256:[0-9a-f]{64}",
        "sha256:...",
        GOOD.digest[:-1],
        GOOD.digest.upper(),
        "sha512:" + "0" * 64,
    ],
)
def test_no_digest(path: str, digest: str) -> None:
    """A digest is `sha256:` and 64 lower-case hexadecimal digits; not the words of the message about a wrong one."""
    outcome = inspect(path, given=detail(ImageDigest=digest))
    assert outcome.complaint.endswith("sha256 digest. Correct the ECR source action")
    assert () == outcome.calls


@pytest.mark.parametrize("uri", [f"{HOST}/{REPOSITORY}:v1.4.2", "evil.example/x", f"{HOST}.evil.example/x", None, 7])
def test_the_uri_in_the_file_is_not_read(path: str, uri: object) -> None:
    """AWS documents ImageURI with a tag and with a digest: it is not used, but built from registry and digest."""
    outcome = inspect(path, given=detail(ImageURI=uri))
    assert f"{HOST}/{REPOSITORY}@{GOOD.digest}" == outcome.build.exported["IMAGE_URI"]
    assert [("docker", "login", "--username", "AWS", "--password-stdin", HOST)] == outcome.called("docker", "login")


@pytest.mark.parametrize("name", ["team/app2", "team", "teamxapp", "TEAM/APP", ".*", "team/app|x"])
def test_another_repository(path: str, name: str) -> None:
    """An image of another repository is refused, even if its fields are consistent."""
    outcome = inspect(path, given=detail(RepositoryName=name, ImageURI=f"{HOST}/{name}@{GOOD.digest}"))
    assert f'RepositoryName is "{name}", not team/app' in outcome.complaint
    assert () == outcome.calls


def test_dots_in_a_name_are_dots(path: str) -> None:
    """No character of a name is read as a pattern."""
    given = detail(RepositoryName="team-app", ImageURI=f"{HOST}/team-app@{GOOD.digest}")
    assert "RepositoryName is " in inspect(path, given=given, REPOSITORY_NAME="team.app").complaint


@pytest.mark.parametrize("name", ["ab", "a/b/c", "a.b_c__d-e--f", "0/1", "a" * 256])
def test_names_that_ecr_allows(path: str, name: str) -> None:
    """Names that ECR allows are accepted."""
    given = detail(RepositoryName=name, ImageURI=f"{HOST}/{name}@{GOOD.digest}")
    outcome = inspect(path, Registry(more={"repository": name}), given, REPOSITORY_NAME=name)
    assert outcome.build.succeeded, outcome.build.stderr


def test_all_problems_are_named(path: str) -> None:
    """All wrong keys are reported in one line, with the allowed values."""
    complaint = inspect(path, given=detail(RegistryId="x", ImageDigest=7)).complaint
    assert f'RegistryId is "x", not {ACCOUNT}; ImageDigest is 7, not a sha256 digest. Correct ' in complaint


# For each variable: what the message says is allowed, and what is not.
SECONDS = "0 to 99999"
REFUSED = {
    "REPOSITORY_NAME": "a name of a repository, such as team/app",
    "REGISTRY": "ACCOUNT.dkr.ecr.REGION.DOMAIN",
    "SCAN_TIMEOUT_SECONDS": SECONDS,
    "SCAN_POLL_SECONDS": SECONDS,
    "UNSCANNED_IMAGE": "fail, or empty",
    "SINGLE_IMAGE_FOR": "Lambda, or empty",
}
WRONG_REPOSITORIES = ("", "a", "A/b", "a//b", "a.", "-a", "a/", "a" * 257, "a/b\n", "a b", "a/b:latest", "ä/app", "a,b")
WRONG_REGISTRIES = (
    *("", "x", f"{HOST}/", f"{HOST}\n", f"https://{HOST}", f"1{HOST}", "a b", HOST[:12], HOST[:28]),
    *(
        f"{ACCOUNT}.dkr.ecr.{end}"
        for end in (f"{REGION}.com", f"{REGION}..com", f"{REGION}.x.y@evil.example", f"{REGION}.x_y")
    ),
)
WRONG_SECONDS = ("x", "", "-1", "08", "1.5", "100000", "9\n", "SECONDS", "٣", "infinity", "1d", "1 1d", "--help")
WRONG_TARGETS = (
    "lambda",
    "Lambda ",
    "ECS",
    "Lambda\n",
    "Lambda,",
    " ",
    "*",
    "Λambda",
    "a" * 256,
    "a;b",
    "a/b",
    "none",
    "٣",
)
WRONG_SETTINGS = list(zip(WRONG_REPOSITORIES, WRONG_REGISTRIES, WRONG_SECONDS, WRONG_TARGETS, strict=True))


@pytest.mark.parametrize(("repository", "registry", "seconds", "target"), WRONG_SETTINGS)
def test_wrong_settings(path: str, repository: str, registry: str, seconds: str, target: str) -> None:
    """Wrong values are reported all at once, before any call, with the variable, the value, and the allowed values."""
    wrong: dict[str, Any] = {
        "REPOSITORY_NAME": repository,
        "REGISTRY": registry,
        "SCAN_TIMEOUT_SECONDS": seconds,
        "SCAN_POLL_SECONDS": seconds or "x",
        "SINGLE_IMAGE_FOR": target,
    }
    outcome = inspect(path, **wrong)
    shown = {name: re.sub("[^ -~]", "?", json.dumps(value, ensure_ascii=False)[:100]) for name, value in wrong.items()}
    problems = [f"{name} is {shown[name]}, allowed: {REFUSED[name]}" for name in wrong]
    assert f"Inspect: {'; '.join(problems)}" == outcome.complaint
    assert () == outcome.calls
    assert ("imageDetail.json",) == outcome.left


def test_long_settings(path: str) -> None:
    """The values in the message are shortened."""
    long: dict[str, Any] = dict.fromkeys(REFUSED, "x " * 300)
    complaint = inspect(path, **long).complaint
    assert all(f"{name} is " in complaint for name in REFUSED)
    assert len(complaint) < 1500


@pytest.mark.parametrize("name", ["REGISTRY", "REPOSITORY_NAME", "SCAN_TIMEOUT_SECONDS"])
def test_a_missing_setting(path: str, name: str) -> None:
    """Without a setting that it needs Inspect stops, and names it."""
    without: dict[str, Any] = {name: None}
    assert f'{name} is "", allowed: ' in inspect(path, **without).complaint


ASSIGNED = set(re.findall(r"\b([A-Za-z_]+)\+?=", buildspec(INSPECT)))
READ = {"critical", "digest", "high", "needed", "platform", "status"}


@pytest.mark.parametrize(
    ("value", "shells"), [("allow", "one"), ("9999", "script per command"), ("a[$(touch pwned)]", "one")]
)
def test_variables_of_the_script_cannot_be_set_from_outside(path: str, shells: Shells, value: str) -> None:
    """An action may set any variable: one that has the name of a variable of the script changes nothing."""
    names = (ASSIGNED | READ) - SETTINGS.keys() - REFUSED.keys()
    assert {"limit", "limit_high", "missing_scan", "problems", "images", "same", "SECONDS"} <= names
    images = [image(platform, OCI_IMAGE) for platform in ("linux/amd64", "linux/arm64", "linux/386")]
    top = index(*(each.descriptor() for each in images))
    answers = [scanned(CRITICAL=1, HIGH=3)], [unfinished("FAILED")], [unfinished("UNSUPPORTED_IMAGE")]
    scans = {each.digest: answer for each, answer in zip(images, answers, strict=True)}
    registry = Registry(images=(top, *images), scans=scans)
    # Bash computes what is assigned to SECONDS: the agent of these tests would run it, before the script begins.
    outside: dict[str, Any] = {**dict.fromkeys(names, value), "SECONDS": "99999"}
    plain = inspect(path, registry, detail(top), shells=shells)
    outcome = inspect(path, registry, detail(top), shells=shells, **outside)
    assert plain.complaint == outcome.complaint
    assert 2 == plain.complaint.count("No scan of")
    assert plain.build.stdout == outcome.build.stdout
    assert () == outcome.strays


# Content written by others

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned;",
    "&& touch pwned",
    "| touch pwned",
    "' touch pwned '",
    '" ; touch pwned ; "',
    "\ntouch pwned\n",
    "ok\nevil/repository\nsha256:x\n",
    "-rf",
    "--all",
    "${IFS}touch${IFS}pwned",
    "a[$(touch pwned)]",
    "%s%n",
    "\\",
    "\\E(touch pwned",
    "\x1b[31mred",
    "*",
    "~",
    "Inspect: all is well\nInspect: really",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names(path: str, text: Any) -> None:
    """Text in imageDetail.json is shown and never run; the message stays one line."""
    outcome = inspect(path, given=detail(**dict.fromkeys(KEYS, text), ImageTags=[text, "v1"]))
    assert outcome.complaint.isprintable()
    assert ("imageDetail.json",) == outcome.left
    assert () == outcome.strays
    assert () == outcome.calls


@BOTH_SHELLS
def test_hostile_tags(path: str, shells: Shells) -> None:
    """A tag that no registry would accept does no harm, and does not stop the run."""
    outcome = inspect(path, Registry(tags=["v1", *HOSTILE[:7]]), shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    assert "Tags: v1" == outcome.build.stdout.splitlines()[1]
    assert "v1" == outcome.build.exported["IMAGE_TAGS"]
    assert tuple(sorted(ARTIFACTS)) == outcome.left
    assert () == outcome.strays


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_settings(path: str, text: str) -> None:
    """No variable that a pipeline sets is run, computed, or able to break out of its line of the log."""
    hostile: dict[str, Any] = dict.fromkeys([*REFUSED, "MAX_CRITICAL_FINDINGS", "MAX_HIGH_FINDINGS"], text)
    outcome = inspect(path, **hostile)
    assert outcome.complaint.isprintable()
    assert all(f"{name} is " in outcome.complaint for name in REFUSED)
    assert () == outcome.calls
    assert ("imageDetail.json",) == outcome.left
    assert () == outcome.strays


@pytest.mark.parametrize("text", [*HOSTILE, "ACTIVE a[$(touch pwned)]", "COMPLETE;0;0", "2", None, ["ACTIVE"]])
def test_hostile_status(path: str, text: Any) -> None:
    """A status that is not in AWS's model is shown, never computed or run, and is no result of a scan."""
    answer = {**scanned(), "imageScanStatus": {"status": text}}
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}), SCAN_TIMEOUT_SECONDS="0")
    assert outcome.complaint.isprintable()
    assert {"imageDetail.json"} <= set(outcome.left) <= set(ARTIFACTS)
    assert () == outcome.strays


texts = st.text() | st.text(string.printable) | st.sampled_from(HOSTILE)
json_values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts) | st.dictionaries(texts, texts)


@settings(max_examples=60)
@given(
    other=st.dictionaries(st.sampled_from((*KEYS, "ImageTags", "ImageSizeInBytes")), json_values, min_size=1),
)
def test_any_value_does_no_harm(path: str, other: dict[str, Any]) -> None:
    """For any content of imageDetail.json: a good file passes, any other fails with one line."""
    good = all(detail()[key] == other.get(key, detail()[key]) for key in KEYS)
    outcome = inspect(path, given=detail(**other), REPOSITORY_NAME=REPOSITORY)
    assert good == outcome.build.succeeded
    assert good or outcome.complaint
    assert () == outcome.strays
    assert (tuple(sorted(ARTIFACTS)) if good else ("imageDetail.json",)) == outcome.left


# The stand-ins and the runner


def test_the_python_jq_is_the_command(path: str, tmp_path: Path) -> None:
    """On a machine without jq its Python binding replaces it, with the same outcome."""
    executable(tmp_path / "jq", LIBJQ)
    binding = f"{tmp_path}{os.pathsep}{path}"
    both = index(AMD.descriptor(), ARM.descriptor())
    stopped = Registry(images=(both, AMD, ARM), scans={ARM.digest: [scanned(CRITICAL=1)], AMD.digest: [NO_SCAN]})
    for registry, source in (
        (stopped, detail(both)),
        (Registry(), detail(ImageDigest=7, RegistryId=[])),
        (Registry(), "{"),
    ):
        command, python = (inspect(each, registry, source, SCAN_TIMEOUT_SECONDS="0") for each in (path, binding))
        assert command.complaint == python.complaint
        assert command.build.stdout == python.build.stdout
        names = command.build.artifacts.keys() - ({"imageDetail.json"} if len(command.build.artifacts) == 1 else set())
        assert [json.loads(command.build.artifacts[name]) for name in names] == [python.written(name) for name in names]


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("aws ecr batch-get-image --repository-name team/app", 252, "arguments are required: --image-ids"),
        ("aws ecr batch-get-image --repository-name team/app --image-ids imageDigest=a --all", 252, "Unknown options"),
        ("aws ecr batch-get-image --repository-name team/app --image-ids digest=a", 252, "Unknown parameter"),
        (
            "aws ecr describe-image-scan-findings --repository-name other --image-id imageDigest=a",
            254,
            "RepositoryNotFound",
        ),
        (
            "aws ecr describe-image-scan-findings --repository-name team/app --image-id imageDigest=a",
            254,
            "ImageNotFound",
        ),
        ("aws ecr list-images", 252, "Found invalid choice"),
        ("docker pull --all team/app", 125, "unknown flag"),
        ("docker pull team/app", 1, "invalid reference format"),
        (f"docker pull {HOST}/{REPOSITORY}@{GOOD.digest}", 1, "no basic auth credentials"),
        (f"docker image inspect {HOST}/{REPOSITORY}@{GOOD.digest}", 1, "No such image"),
    ],
)
def test_the_stand_ins_are_strict(path: str, tmp_path: Path, call: str, code: int, says: str) -> None:
    """They refuse everything that the real commands refuse."""
    (tmp_path / "state").write_text(json.dumps(Registry().state()), encoding="utf-8")
    env = {"STANDIN_STATE": str(tmp_path / "state"), "STANDIN_LOG": str(tmp_path / "log"), "AWS_REGION": REGION}
    build = run(spec(build=[call]), workdir=tmp_path, env=env, path=path)
    assert code == build.phases["build"].exit_code
    assert says in build.stderr


def spec(files: Sequence[str] = (), exported: Sequence[str] = (), **phases: list[str]) -> dict[str, Any]:
    """A small buildspec."""
    env = {"shell": "bash", "exported-variables": exported}
    commands = {name: {"commands": commands} for name, commands in phases.items()}
    return {"version": 0.2, "env": env, "phases": commands, "artifacts": {"files": files}}


@BOTH_SHELLS
@pytest.mark.parametrize(
    ("failing", "reached"),
    [
        ("", ["install", "pre_build", "build", "post_build"]),
        ("install", ["install"]),
        ("pre_build", ["install", "pre_build"]),
        ("build", ["install", "pre_build", "build", "post_build"]),
        ("post_build", ["install", "pre_build", "build", "post_build"]),
    ],
)
def test_phases(path: str, tmp_path: Path, shells: Shells, failing: str, reached: list[str]) -> None:
    """Nothing runs or is uploaded after a failed pre_build; post_build runs after a failed build and knows of it."""
    phases = ("install", "pre_build", "build", "post_build")
    commands = {name: ["exit 3" if name == failing else f"echo {name} >file"] for name in phases}
    commands["post_build"].insert(0, "echo $CODEBUILD_BUILD_SUCCEEDING")
    build = run(spec(["file"], **commands), workdir=tmp_path, env={}, path=path, shells=shells)
    assert reached == [name for name, phase in build.phases.items() if phase.exit_code is not None]
    assert (not failing) == build.succeeded
    assert (["file"] if "build" in reached else []) == list(build.artifacts)
    assert ("post_build" in reached) == (build.stdout == ("0\n" if failing == "build" else "1\n"))


@BOTH_SHELLS
def test_state_is_carried_over_to_the_next_command(path: str, tmp_path: Path, shells: Shells) -> None:
    """Exported variables and the folder reach the next phase; a function does not leave its shell."""
    first = ["f() { :; }; plain=1; export A=$'a \"b\"\\n$(x)'; mkdir sub; cd sub", "declare -F f; echo ${plain-none}"]
    build = run(
        spec(exported=["A", "B"], build=first, post_build=["pwd; declare -F f; echo ${plain-none}"]),
        workdir=tmp_path,
        env={},
        path=path,
        shells=shells,
    )
    assert {"A": 'a "b"\n$(x)'} == build.exported
    same, other = (build.phases[name].stdout.splitlines() for name in ("build", "post_build"))
    assert (["f", "1"] if shells == "one" else ["1"]) == same
    assert [str(tmp_path / "sub"), "none" if shells == "one" else "1"] == other


@BOTH_SHELLS
def test_a_failing_command_ends_its_phase(path: str, tmp_path: Path, shells: Shells) -> None:
    """Later commands do not run, except those in `finally`; exported variables are lost."""
    buildspec = spec(exported=["A"], build=["false", "echo not reached"])
    buildspec["phases"]["build"]["finally"] = ["echo finally"]
    buildspec["phases"]["post_build"] = {"commands": ["set -e; export A=1; false"]}
    build = run(buildspec, workdir=tmp_path, env={}, path=path, shells=shells)
    assert "finally\n" == build.phases["build"].stdout
    assert {} == build.exported


def test_missing_artifacts(path: str, tmp_path: Path) -> None:
    """CodeBuild uploads the files that exist, and fails only if there are none at all."""
    some = run(spec(["a", "b"], build=["touch a"]), workdir=tmp_path, env={}, path=path)
    assert (True, ("b",)) == (some.succeeded, some.missing)
    assert not run(spec(["c"], build=["true"]), workdir=tmp_path, env={}, path=path).succeeded


@pytest.mark.parametrize(
    "buildspec",
    [
        {**spec(build=["true"]), "version": 0.1},
        {**spec(build=["true"]), "env": {}},
        {**spec(build=["true"]), "batch": {}},
        {**spec(build=["true"]), "phases": {"build": {"commands": [], "on-failure": "CONTINUE"}}},
        {**spec(build=["true"]), "phases": {"test": {"commands": []}}},
    ],
)
def test_parts_that_are_not_emulated_are_an_error(path: str, tmp_path: Path, buildspec: dict[str, Any]) -> None:
    """A buildspec that the runner would not run as CodeBuild does is refused."""
    with pytest.raises(ValueError, match=r"are run here|not emulated"):
        run(buildspec, workdir=tmp_path, env={}, path=path)


# Signatures. https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html


def signing(profile: str, status: str, *, account: str = ACCOUNT, **more: str) -> dict[str, str]:
    """ECR's status of one profile."""
    arn = f"arn:aws:signer:{REGION}:{account}:/signing-profiles/{profile}"
    answer = {"signingProfileArn": arn, "status": status, **more}
    modeled("DescribeImageSigningStatus", {"signingStatuses": [answer]})
    return answer


FAILED_SIGNING = {"failureCode": "AccessDenied", "failureReason": "not authorized to perform signer:SignPayload"}


def signed(path: str, *answers: list[dict[str, str]], required: str = "releases", seconds: str = "1") -> Outcome:
    """Inspect an image of which ECR says this, call after call, where the platform requires one of these profiles."""
    registry = Registry(more={"signings": {GOOD.digest: list(answers)}})
    ceilings = {"SigningProfiles": required}
    return inspect(path, registry, ceilings=ceilings, SCAN_TIMEOUT_SECONDS=seconds, SCAN_POLL_SECONDS="0")


@BOTH_SHELLS
def test_without_required_signatures_no_status_is_read(path: str, shells: Shells) -> None:
    """The call would fail where a region has no managed signing."""
    assert [] == inspect(path, shells=shells).called("aws", "ecr", "describe-image-signing-status")


@pytest.mark.parametrize(
    "answers",
    [
        [[signing("releases", "COMPLETE")]],
        [[], [signing("releases", "IN_PROGRESS")], [signing("releases", "COMPLETE")]],
        [[signing("others", "FAILED", **FAILED_SIGNING), signing("releases", "COMPLETE")]],
        [[signing("hotfixes", "COMPLETE"), signing("releases", "FAILED", **FAILED_SIGNING)]],
        [
            [signing("releases", "FAILED", **FAILED_SIGNING), signing("hotfixes", "IN_PROGRESS")],
            [signing("releases", "FAILED", **FAILED_SIGNING), signing("hotfixes", "COMPLETE")],
        ],
    ],
)
def test_one_of_the_profiles_must_have_signed(path: str, answers: list[list[dict[str, str]]]) -> None:
    """Inspect waits for it, as long as one of them may still sign, and asks about the digest."""
    outcome = signed(path, *answers, required="releases,hotfixes", seconds="30")
    assert outcome.build.succeeded, outcome.build.stderr
    asked = outcome.called("aws", "ecr", "describe-image-signing-status")
    assert len(answers) == len(asked)
    assert all(f"imageDigest={GOOD.digest}" in call for call in asked)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "No signature by releases : push it again"),
        ([signing("releases", "IN_PROGRESS")], "No signature by releases : push it again"),
        ([signing("others", "COMPLETE")], "No signature by releases : push it again"),
        ([signing("releases", "COMPLETE", account="210987654321")], "No signature by releases : push it again"),
        ([signing("releases2", "COMPLETE"), signing("old_releases", "COMPLETE")], "No signature by releases : push"),
        (
            [signing("releases", "FAILED", **FAILED_SIGNING)],
            'releases ["not authorized to perform signer:SignPayload"]',
        ),
    ],
)
def test_an_image_that_is_not_signed_is_stopped(path: str, answer: list[dict[str, str]], said: str) -> None:
    """Not yet, never, by another profile, by one of that name in another account; a failure has its reason."""
    outcome = signed(path, answer)
    assert not outcome.build.succeeded
    assert said in outcome.complaint
    assert set(ARTIFACTS) == set(outcome.build.artifacts)


def test_a_signature_that_failed_is_not_waited_for(path: str) -> None:
    """Nothing comes after it."""
    outcome = signed(path, [signing("releases", "FAILED", **FAILED_SIGNING)], seconds="600")
    assert 1 == len(outcome.called("aws", "ecr", "describe-image-signing-status"))


def test_all_problems_are_reported_at_once(path: str) -> None:
    """Findings and signature are in one message."""
    registry = Registry(scans={GOOD.digest: [scanned(CRITICAL=1)]}, more={"signings": {}})
    outcome = inspect(path, registry, ceilings={"SigningProfiles": "releases"}, SCAN_TIMEOUT_SECONDS="0")
    assert "1 critical" in outcome.complaint
    assert "No signature by releases" in outcome.complaint


def test_a_reason_cannot_break_out_of_its_line(path: str) -> None:
    """It is text from outside."""
    reason = {"failureCode": "x", "failureReason": "a\nb\u001b[31m" + "c" * 900}
    complaint = signed(path, [signing("releases", "FAILED", **reason)]).complaint
    assert complaint.isprintable()
    assert len(complaint) < 800


def test_a_platform_without_the_permission_is_reported(path: str) -> None:
    """The message names it."""
    registry = Registry(errors={"DescribeImageSigningStatus": [("AccessDeniedException", "not authorized")]})
    outcome = inspect(path, registry, ceilings={"SigningProfiles": "releases"})
    assert "Check ecr:DescribeImageSigningStatus" in outcome.complaint
