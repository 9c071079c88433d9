"""What Inspect does with an image, run under real bash against a pretended registry."""

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

from generator.buildspec import INSPECT, buildspec
from generator.emulator.builds import Build, Shells, run
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
SETTINGS = {
    "REGISTRY": HOST,
    "REPOSITORY_NAME": REPOSITORY,
    "MAX_CRITICAL_FINDINGS": "0",
    "MAX_HIGH_FINDINGS": "2",
    "MISSING_SCAN": "fail",
    "SCAN_TIMEOUT_SECONDS": "30",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
ARTIFACTS = yaml.safe_load(buildspec(INSPECT))["artifacts"]["files"]

# The registry. Every answer of it has to fit AWS's own description of the service.

ECR = botocore.session.get_session().get_service_model("ecr")


def modeled(operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, if the service model knows every member, type and enumerated value in it."""
    shape = ECR.operation_model(operation).output_shape
    report = ParamValidator().validate(answer, shape)
    assert not report.has_errors(), report.generate_report()
    check_enumerated(shape, answer)
    return dict(answer)


def check_enumerated(shape: Any, value: Any) -> None:
    """What botocore's validation leaves out."""
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
    """A manifest as it was pushed, and what `docker image inspect` says of it when it can be pulled."""

    media_type: str
    manifest: Mapping[str, Any]
    platform: str = ""

    @property
    def text(self) -> str:
        """The bytes that the digest is of."""
        return json.dumps(self.manifest, indent=3)

    @property
    def digest(self) -> str:
        """The name of the image everywhere."""
        return sha256(self.text)

    @property
    def answered(self) -> dict[str, Any]:
        """How BatchGetImage gives it."""
        return {
            "registryId": ACCOUNT,
            "repositoryName": REPOSITORY,
            "imageId": {"imageDigest": self.digest},
            "imageManifest": self.text,
            "imageManifestMediaType": self.media_type,
        }

    @property
    def container(self) -> dict[str, Any]:
        """What docker says of it."""
        system, architecture, variant = (*self.platform.split("/"), "")[:3]
        return {"Id": sha256(self.digest), "Os": system, "Architecture": architecture, "Variant": variant}

    def descriptor(self, **more: Any) -> dict[str, Any]:
        """How an index lists it."""
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
    """What BuildKit puts into an index for each image: provenance, no image."""
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
    """What DescribeImageScanFindings answers about a scan that is through, with these counts."""
    found = {"findingSeverityCounts": counts, "imageScanCompletedAt": "2026-11-20T10:00:00+00:00", **(findings or {})}
    return unfinished(status, {"findings": [], **found} if status == "COMPLETE" else found)


def unfinished(status: str, findings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What it answers about a scan without a result."""
    answer: dict[str, Any] = {"registryId": ACCOUNT, "repositoryName": REPOSITORY}
    answer["imageScanStatus"] = {"status": status, "description": f"as pretended: {status}"}
    return modeled("DescribeImageScanFindings", {**answer, **({"imageScanFindings": findings} if findings else {})})


# A scan that enhanced scanning calls finished before it has found anything:
# https://github.com/aws/aws-sdk/issues/289
TOO_EARLY = unfinished("COMPLETE", {"findings": []})
NO_SCAN = None  # ScanNotFoundException

GOOD = image()


@dataclass(frozen=True)
class Registry:
    """What is pushed, how its scans go, call after call, and what goes wrong."""

    images: tuple[Image, ...] = (GOOD,)
    scans: Mapping[str, Sequence[dict[str, Any] | None]] = field(default_factory=dict)
    errors: Mapping[str, Sequence[tuple[str, str] | None]] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] | None = ("v1.4.2", "latest")
    more: Mapping[str, Any] = field(default_factory=dict)

    def described(self, each: Image) -> dict[str, Any]:
        """How DescribeImages tells the image: without a tag, the key is not there."""
        known: dict[str, Any] = {"registryId": ACCOUNT, "repositoryName": REPOSITORY, "imageDigest": each.digest}
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
    """A build, the calls that it made, and the files that it left, in its folder and anywhere else."""

    build: Build
    calls: tuple[tuple[str, ...], ...]
    left: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """The one line of a failed build."""
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
        build = run(buildspec(INSPECT), workdir=source, env=env, path=path, shells=shells)
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
    } == outcome.build.exported


def test_everything_known_of_the_image_is_in_the_artifact(path: str) -> None:
    """The artifact holds the source action's file as it came, what docker says, the manifest, and ECR's own answer."""
    outcome = inspect(path)
    assert set(ARTIFACTS) == set(outcome.build.artifacts)
    assert () == outcome.build.missing
    assert detail() == outcome.written("imageDetail.json")
    assert [GOOD.container] == outcome.written("docker_inspect.json")
    assert {
        "digest": GOOD.digest,
        "mediaType": DOCKER_IMAGE,
        "manifest": GOOD.manifest,
        "images": [{"digest": GOOD.digest, "platform": "linux/amd64", "manifest": GOOD.manifest}],
    } == outcome.written("ecr_manifest.json")
    scan = {"digest": GOOD.digest, "platform": "linux/amd64", "status": "COMPLETE", "response": scanned()}
    assert [scan] == outcome.written("scan_findings.json")


def test_the_facts_are_printed(path: str) -> None:
    """Whoever reads the log sees what was inspected, how it was tagged and pushed, and what was found."""
    printed = inspect(path, Registry(scans={GOOD.digest: [scanned(HIGH=2, LOW=70)]})).build.stdout.splitlines()
    assert f"{HOST}/{REPOSITORY}@{GOOD.digest}" == printed[0]
    assert "Tags: v1.4.2 latest" == printed[1]
    assert "Platforms: linux/amd64" == printed[2]
    assert "Scan: COMPLETE, 0 critical (limit 0), 2 high findings (limit 2) in the worst platform" == printed[3]
    assert 4 == len(printed)


def test_only_the_digest_is_used(path: str) -> None:
    """The image is logged in to, read, pulled and looked up by digest: no tag is in any call."""
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
    """The password goes from one command to the other and is seen nowhere."""
    outcome = inspect(path)
    assert "a password" not in outcome.build.stdout + outcome.build.stderr + str(outcome.calls)


def test_oci_image(path: str) -> None:
    """The other kind of image manifest is read as well."""
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
        ([f"v{number}" for number in range(20)], "v0 v1 v2 v3 v4 v5 v6 v7"),
        (["x" * 100, "y" * 59, "z"], "x" * 100 + " " + "y" * 59),
        (["x" * 100, "y" * 60, "z"], "x" * 100),
        (["x" * 128, "y" * 128], "x" * 128),
        (["ok", "no good", "-q", "$(touch pwned)", "a\nb", "v1\n", "x" * 129], "ok"),
    ],
)
def test_tags_decide_nothing(path: str, tags: Sequence[str] | None, shown: str) -> None:
    """At most eight of ECR's tags are shown, in 160 characters, all whole, none odd; and no tag stops a run.

    The message of an approval has 1,000 characters: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """
    outcome = inspect(path, Registry(tags=tags))
    assert outcome.build.succeeded, outcome.build.stderr
    assert shown == outcome.build.exported["IMAGE_TAGS"]


@pytest.mark.parametrize("tags", [["v9"], [], None, "v9", ["$(touch pwned)"]])
def test_tags_in_the_file_are_not_read(path: str, tags: object) -> None:
    """What ImageTags holds under a digest override is not documented: ECR is asked."""
    assert "v1.4.2 latest" == inspect(path, given=detail(ImageTags=tags)).build.exported["IMAGE_TAGS"]


def definitions(outcome: Outcome) -> tuple[Any, Any]:
    """What Inspect wrote for the ECS actions of staging and of production."""
    staging, production = (outcome.written(f"imagedefinitions.{stage}.json") for stage in ("staging", "production"))
    return staging, production


def test_what_the_ecs_actions_read(path: str) -> None:
    """In each stage the containers that are named for it get the image by digest.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    uri = f"{HOST}/{REPOSITORY}@{GOOD.digest}"
    outcome = inspect(path, STAGING_CONTAINERS="app,worker", PRODUCTION_CONTAINERS="web")
    app, worker, web = ({"name": name, "imageUri": uri} for name in ("app", "worker", "web"))
    assert ([app, worker], [web]) == definitions(outcome)


@pytest.mark.parametrize("unset", [None, ""])
@pytest.mark.parametrize(("named", "staging", "production"), [("STAGING", 1, 0), ("PRODUCTION", 0, 1), ("OTHER", 0, 0)])
def test_a_stage_without_containers(path: str, unset: Any, named: str, staging: int, production: int) -> None:
    """Both files are always there: a stage for which no container is named gets an empty list."""
    containers = {"STAGING_CONTAINERS": unset, "PRODUCTION_CONTAINERS": unset, f"{named}_CONTAINERS": "app"}
    outcome = inspect(path, **containers)
    assert () == outcome.build.missing
    assert [staging, production] == [len(each) for each in definitions(outcome)]


# Findings and limits


@BOTH_SHELLS
@pytest.mark.parametrize(
    ("counts", "critical", "high"),
    [({"CRITICAL": 1}, "1", "0"), ({"HIGH": 3}, "0", "3"), ({"CRITICAL": 2, "HIGH": 9, "MEDIUM": 40}, "2", "9")],
)
def test_too_many_findings(path: str, shells: Shells, counts: dict[str, Any], critical: str, high: str) -> None:
    """More findings than allowed fail the build in one line with counts and limits; the facts are on the screen."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned(**counts)]}), shells=shells)
    found = f"{critical} critical (limit 0), {high} high findings (limit 2) in the worst platform"
    assert outcome.complaint.startswith(f"Inspect: {found}, such as []: push a fixed image")
    assert found in outcome.build.stdout
    assert set(ARTIFACTS) == set(outcome.build.artifacts)


def test_findings_at_the_limit(path: str) -> None:
    """As many findings as allowed pass."""
    registry = Registry(scans={GOOD.digest: [scanned(CRITICAL=1, HIGH=2, MEDIUM=99)]})
    outcome = inspect(path, registry, MAX_CRITICAL_FINDINGS="1")
    assert outcome.build.succeeded
    assert ("1", "2") == (outcome.build.exported["CRITICAL_FINDINGS"], outcome.build.exported["HIGH_FINDINGS"])


def test_limits_are_numbers(path: str) -> None:
    """Ten is more than nine."""
    registry = Registry(scans={GOOD.digest: [scanned(HIGH=10)]})
    assert "10 high findings (limit 9)" in inspect(path, registry, MAX_HIGH_FINDINGS="9").complaint


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
    """Five are named, each once, the critical ones first; the artifact has all of them."""
    answer = scanned(status, findings, CRITICAL=2, HIGH=9)
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}))
    assert '["CVE-1","CVE-2026-0","CVE-2026-1","CVE-2026-2","CVE-2026-3"]' in outcome.complaint
    assert [answer] == [scan["response"] for scan in outcome.written("scan_findings.json")]


def test_lesser_findings_are_not_named(path: str) -> None:
    """A medium finding is not what stopped the image."""
    found = {"findings": [finding("CVE-1", "MEDIUM"), finding("CVE-2", "HIGH")]}
    outcome = inspect(path, Registry(scans={GOOD.digest: [scanned("COMPLETE", found, HIGH=3, MEDIUM=1)]}))
    assert 'such as ["CVE-2"]:' in outcome.complaint


def test_findings_without_a_name(path: str) -> None:
    """AWS's model requires no name of a finding."""
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
    """A scan that has not begun, then waits, then runs, is waited for, under basic and enhanced scanning."""
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
        [scanned("ACTIVE")],
        [scanned("ACTIVE"), scanned("ACTIVE", LOW=3), scanned("ACTIVE", LOW=3, HIGH=1)],
        [scanned("ACTIVE"), unfinished("PENDING"), scanned("ACTIVE")],
    ],
)
def test_finished_before_the_findings_are_there(path: str, early: list[dict[str, Any]]) -> None:
    """A scan that calls itself finished is one when it gives the same counts twice in a row, and says since when."""
    registry = Registry(scans={GOOD.digest: [*early, scanned("ACTIVE", CRITICAL=1)]})
    outcome = inspect(path, registry)
    assert "1 critical (limit 0)" in outcome.complaint
    assert len(early) + 2 == len(outcome.called("aws", "ecr", "describe-image-scan-findings"))


@pytest.mark.parametrize("answer", [TOO_EARLY, unfinished("ACTIVE", {"enhancedFindings": []})])
def test_a_clean_image_without_an_end_of_its_scan(path: str, answer: dict[str, Any]) -> None:
    """Where no end is told, as it may be without findings, nothing has to be found for a minute."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}), SCAN_TIMEOUT_SECONDS="0")
    assert outcome.build.succeeded, outcome.build.stderr
    assert 6 == len(outcome.called("sleep"))


def test_the_result_is_not_lost_at_the_deadline(path: str) -> None:
    """The first counts get their second look when the time is up, too."""
    assert inspect(path, SCAN_TIMEOUT_SECONDS="0").build.succeeded


UNSCANNED: list[tuple[list[dict[str, Any] | None], str]] = [
    ([scanned("IN_PROGRESS", HIGH=1)], "TIMED_OUT_IN_PROGRESS"),  # what an earlier scan has found is no result
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


def test_every_status_is_known() -> None:
    """A status that AWS adds to its model is no surprise to these tests."""
    modeled_statuses = set(ECR.shape_for("ScanStatus").enum)
    tried = {status.removeprefix("TIMED_OUT_") for _, status in UNSCANNED}
    assert modeled_statuses == tried - {"ScanNotFoundException"}


@pytest.mark.parametrize(("calls", "status"), UNSCANNED, ids=[status for _, status in UNSCANNED])
def test_no_scan_fails(path: str, calls: list[dict[str, Any] | None], status: str) -> None:
    """Without a scan result the build fails, and says which platform has none and why."""
    timeout = "0" if status.startswith("TIMED_OUT") else "30"
    outcome = inspect(path, Registry(scans={GOOD.digest: calls}), SCAN_TIMEOUT_SECONDS=timeout)
    assert outcome.complaint.startswith(f"Inspect: No scan of linux/amd64 ({status}): turn scanning on")
    [scan] = outcome.written("scan_findings.json")
    assert (GOOD.digest, status, calls[-1]) == (scan["digest"], scan["status"], scan["response"])


@pytest.mark.parametrize(("calls", "status"), UNSCANNED[2:7], ids=[status for _, status in UNSCANNED[2:7]])
def test_no_scan_allowed(path: str, calls: list[dict[str, Any] | None], status: str) -> None:
    """Where that is allowed the image passes, and nobody is told of zero findings."""
    timeout = "0" if status.startswith("TIMED_OUT") else "30"
    outcome = inspect(path, Registry(scans={GOOD.digest: calls}), MISSING_SCAN="allow", SCAN_TIMEOUT_SECONDS=timeout)
    assert outcome.build.succeeded, outcome.build.stderr
    facts = [outcome.build.exported[name] for name in ("SCAN_STATUS", "CRITICAL_FINDINGS", "HIGH_FINDINGS")]
    assert [status, "unknown", "unknown"] == facts


def test_an_unknown_status_is_no_result(path: str) -> None:
    """A status that AWS may add later does not let an image through."""
    answer = {**scanned(), "imageScanStatus": {"status": "SOMETHING_NEW"}}
    assert "(SOMETHING_NEW)" in inspect(path, Registry(scans={GOOD.digest: [answer]})).complaint


def test_time_is_given_to_the_scan(path: str) -> None:
    """A scan is looked at every ten seconds for as long as SCAN_TIMEOUT_SECONDS says."""
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
    """Every image in an index is pulled, inspected and scanned; the attestations among them and the index are not."""
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
    """Inspect an index of two images whose scans go like this."""
    both = index(AMD.descriptor(), ARM.descriptor())
    registry = Registry(images=(both, AMD, ARM), scans={AMD.digest: amd, ARM.digest: arm})
    return inspect(path, registry, detail(both), **settings)


def test_the_worst_platform_counts(path: str) -> None:
    """Each severity is taken from the platform that has most of it: findings are not added up."""
    outcome = two_platforms([scanned(CRITICAL=1, HIGH=2)], [scanned(HIGH=5)], path, MAX_CRITICAL_FINDINGS="1")
    assert "1 critical (limit 1), 5 high findings (limit 2) in the worst platform" in outcome.complaint
    assert two_platforms([scanned(HIGH=2)], [scanned(HIGH=2)], path).build.succeeded


def test_one_platform_without_a_scan(path: str) -> None:
    """Every platform needs a scan; where it may lack one, the others still count."""
    amd, arm = [unfinished("UNSUPPORTED_IMAGE")], [scanned(HIGH=1)]
    assert "No scan of linux/amd64 (UNSUPPORTED_IMAGE):" in two_platforms(amd, arm, path).complaint
    allowed = two_platforms(amd, arm, path, MISSING_SCAN="allow")
    assert allowed.build.succeeded
    assert ("COMPLETE UNSUPPORTED_IMAGE", "1") == (
        allowed.build.exported["SCAN_STATUS"],
        allowed.build.exported["HIGH_FINDINGS"],
    )


def test_findings_and_a_missing_scan(path: str) -> None:
    """Both are told, in one line."""
    complaint = two_platforms([unfinished("FAILED")], [scanned(CRITICAL=1)], path).complaint
    assert "1 critical (limit 0)" in complaint
    assert "No scan of linux/amd64 (FAILED)" in complaint


def test_an_image_cannot_pose_as_an_attestation(path: str) -> None:
    """What a machine would run is scanned, whatever its annotations say."""
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
    "number for a platform": [AMD.descriptor(platform=7)],
    "text for an image": ["amd64"],  # type: ignore[list-item]  # what somebody may push
    "one good, one bad": [ARM.descriptor(), AMD.descriptor(platform=None)],
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_bad_index(path: str, name: str) -> None:
    """An index in which anything but images with digest and platform (and attestations) stands is refused whole."""
    bad = index(*BAD_LISTS[name])
    outcome = inspect(path, Registry(images=(bad, AMD, ARM)), detail(bad))
    assert outcome.complaint.startswith(f"Inspect: {HOST}/{REPOSITORY}@{bad.digest} is no image, and no index")
    assert [] == outcome.called("docker", "pull")
    assert ("imageDetail.json",) == outcome.left


def test_index_in_an_index(path: str) -> None:
    """An index is never scanned, so one that stands for a platform fails like any image without a scan."""
    inner = replace(index(AMD.descriptor()), platform="linux/amd64")
    outer = index(inner.descriptor())
    registry = Registry(images=(outer, inner, AMD), scans={inner.digest: [NO_SCAN]})
    assert "No scan of linux/amd64" in inspect(path, registry, detail(outer), SCAN_TIMEOUT_SECONDS="0").complaint


def test_missing_child(path: str) -> None:
    """An image that an index lists and nobody pushed stops the run."""
    both = index(AMD.descriptor(), ARM.descriptor())
    outcome = inspect(path, Registry(images=(both, AMD)), detail(both))
    assert ARM.digest in outcome.complaint


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '"text"', "7"])
def test_manifest_that_is_no_manifest(path: str, text: str) -> None:
    """What is no manifest is not inspected."""

    @dataclass(frozen=True)
    class Odd(Image):
        @property
        def text(self) -> str:
            return text or " "

    odd = Odd(OCI_INDEX, {})
    assert "is no image, and no index" in inspect(path, Registry(images=(odd,)), detail(odd)).complaint


def test_hostile_platform_of_a_single_image(path: str) -> None:
    """The platform in an image's own configuration is anybody's text: it cannot break out of its line."""
    container = {**GOOD.container, "Os": "linux\nCOMPLETE\n0\n0\n", "Architecture": "$(touch pwned)", "Variant": None}
    registry = Registry(scans={GOOD.digest: [scanned(CRITICAL=9)]}, more={"containers": {GOOD.digest: container}})
    outcome = inspect(path, registry)
    assert "9 critical (limit 0)" in outcome.complaint
    assert 4 == len(outcome.build.stdout.splitlines())


# What is refused


@BOTH_SHELLS
def test_login_refused_by_docker(path: str, shells: Shells) -> None:
    """A refused login ends the build before anything else is done, with what docker said."""
    registry = Registry(refusals={"login": "Error response from daemon: Get https://x/v2/: 401 Unauthorized"})
    outcome = inspect(path, registry, shells=shells)
    assert outcome.complaint.startswith(f"Inspect: login {HOST} failed: ")
    assert "401 Unauthorized" in outcome.complaint
    assert ["get-login-password", "login"] == [call[-1] if call[0] == "aws" else call[1] for call in outcome.calls]
    assert ("imageDetail.json",) == outcome.left


def test_pull_refused(path: str) -> None:
    """A refused pull names the image and what docker said, on one line."""
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
    """A failure that has no words of its own still says where it is."""
    outcome = inspect(path, Registry(refusals={"inspect": "Error response from daemon: EOF"}))
    assert "Error response from daemon: EOF" in outcome.build.stderr
    assert re.fullmatch(r"Inspect: line \d+ failed, see above", outcome.complaint)


DENIED = "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: ecr:x"
OPERATIONS = {
    "GetAuthorizationToken": "ecr:GetAuthorizationToken",
    "BatchGetImage": "ecr:BatchGetImage",
    "DescribeImages": "ecr:DescribeImages",
    "DescribeImageScanFindings": "ecr:DescribeImageScanFindings",
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_access_denied(path: str, operation: str) -> None:
    """What the role may not do fails at once, with AWS's words and the name of the permission."""
    registry = Registry(errors={operation: [("AccessDeniedException", DENIED)]})
    outcome = inspect(path, registry, SCAN_TIMEOUT_SECONDS="9999")
    assert DENIED in outcome.complaint
    assert [] == outcome.called("sleep")
    assert f"Check {OPERATIONS[operation]}" in outcome.complaint


def test_throttling_is_waited_out(path: str) -> None:
    """Too many calls are no answer, whatever AWS calls them: the scan is asked about again."""
    codes = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")
    throttled = [(code, "Rate exceeded") for code in codes]
    outcome = inspect(path, Registry(errors={"DescribeImageScanFindings": [throttled[0], None, *throttled[1:], None]}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert 6 == len(outcome.called("aws", "ecr", "describe-image-scan-findings"))


def test_throttling_without_end(path: str) -> None:
    """It is not waited for longer than for a scan."""
    registry = Registry(errors={"DescribeImageScanFindings": [("ThrottlingException", "Rate exceeded")]})
    assert "(TIMED_OUT_ThrottlingException)" in inspect(path, registry, SCAN_TIMEOUT_SECONDS="0").complaint


def test_errors_of_an_older_cli(path: str) -> None:
    """An error is understood without the prefix, too, that the AWS CLI puts before it since 2026."""
    outcome = inspect(path, Registry(scans={GOOD.digest: [NO_SCAN, scanned()]}, more={"prefix": ""}))
    assert outcome.build.succeeded, outcome.build.stderr


def test_deleted_image(path: str) -> None:
    """An image that was deleted before the run says so, in ECR's words."""
    complaint = inspect(path, Registry(images=(ARM,))).complaint
    assert "ImageNotFound" in complaint
    assert "Push it again" in complaint


# imageDetail.json and the settings


@BOTH_SHELLS
@pytest.mark.parametrize("text", [None, "", "{", "ImageDigest", "[]", "7", '"text"', "{} {}"])
def test_not_what_the_source_action_writes(path: str, shells: Shells, text: str | None) -> None:
    """Without a JSON object in imageDetail.json nothing is called and nothing is made."""
    outcome = inspect(path, given=text, shells=shells)
    assert outcome.complaint.startswith("Inspect: imageDetail.json is missing or not a JSON object. Correct ")
    assert () == outcome.calls
    assert (() if text is None else ("imageDetail.json",)) == outcome.left


def test_null(path: str) -> None:
    """All that is wrong is told at once."""
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
    """A value of another type or form is shown as JSON and refused, whichever key it stands at."""
    outcome = inspect(path, given=detail(**dict.fromkeys(KEYS, value)))
    shown = json.dumps(value, separators=(",", ":"))
    assert all(f"{key} is {shown}, not " in outcome.complaint for key in KEYS)
    assert () == outcome.calls


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n", ""), (" ", ""), ("-", ""), ("", "\n"), ("", " "), ("", "x"), ("", "\u0000"), ("", "\r"), ("", "\u2028")],
)
def test_nothing_around_a_value(path: str, before: str, after: str) -> None:
    """A good value with anything before or after it is not good: not even with one newline at its end."""
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
    """Nothing but `sha256:` and 64 small hexadecimal digits is one: not the words in which a wrong one is refused."""
    outcome = inspect(path, given=detail(ImageDigest=digest))
    assert outcome.complaint.endswith("sha256 digest. Correct the ECR source action")
    assert () == outcome.calls


@pytest.mark.parametrize("uri", [f"{HOST}/{REPOSITORY}:v1.4.2", "evil.example/x", f"{HOST}.evil.example/x", None, 7])
def test_the_uri_in_the_file_is_not_read(path: str, uri: object) -> None:
    """AWS shows ImageURI with a tag in one place and with a digest in another: it is made from registry and digest."""
    outcome = inspect(path, given=detail(ImageURI=uri))
    assert f"{HOST}/{REPOSITORY}@{GOOD.digest}" == outcome.build.exported["IMAGE_URI"]
    assert [("docker", "login", "--username", "AWS", "--password-stdin", HOST)] == outcome.called("docker", "login")


@pytest.mark.parametrize("name", ["team/app2", "team", "teamxapp", "TEAM/APP", ".*", "team/app|x"])
def test_another_repository(path: str, name: str) -> None:
    """The image of another repository is refused even where everything fits together."""
    outcome = inspect(path, given=detail(RepositoryName=name, ImageURI=f"{HOST}/{name}@{GOOD.digest}"))
    assert f'RepositoryName is "{name}", not team/app' in outcome.complaint
    assert () == outcome.calls


def test_dots_in_a_name_are_dots(path: str) -> None:
    """No character of a name is taken for a pattern."""
    given = detail(RepositoryName="team-app", ImageURI=f"{HOST}/team-app@{GOOD.digest}")
    assert "RepositoryName is " in inspect(path, given=given, REPOSITORY_NAME="team.app").complaint


@pytest.mark.parametrize("name", ["ab", "a/b/c", "a.b_c__d-e--f", "0/1"])
def test_names_that_ecr_allows(path: str, name: str) -> None:
    """Every name of a repository that ECR allows is one here."""
    given = detail(RepositoryName=name, ImageURI=f"{HOST}/{name}@{GOOD.digest}")
    outcome = inspect(path, Registry(more={"repository": name}), given, REPOSITORY_NAME=name)
    assert outcome.build.succeeded, outcome.build.stderr


def test_all_that_is_wrong(path: str) -> None:
    """Keys that are wrong are told in one line together, with what is allowed."""
    complaint = inspect(path, given=detail(RegistryId="x", ImageDigest=7)).complaint
    assert f'RegistryId is "x", not {ACCOUNT}; ImageDigest is 7, not a sha256 digest. Correct ' in complaint


LIMITS = ("MAX_CRITICAL_FINDINGS", "MAX_HIGH_FINDINGS")


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", ["", "ten", "1,5", "$(touch pwned)", "a[$(touch pwned)]", "٣"])
def test_a_limit_that_is_no_number(path: str, name: str, value: Any) -> None:
    """Should the template ever let one through, it stops the image, and nothing in it is computed."""
    outcome = inspect(path, **{name: value})
    assert outcome.complaint
    assert ("imageDetail.json",) == outcome.left
    assert () == outcome.strays


@pytest.mark.parametrize("name", ["REGISTRY", "REPOSITORY_NAME", "MISSING_SCAN", *LIMITS])
def test_a_missing_setting(path: str, name: str) -> None:
    """Without one of its settings Inspect lets no image through."""
    without: dict[str, Any] = {name: None}
    assert not inspect(path, **without).build.succeeded


@pytest.mark.parametrize("value", ["", "Allow", "ALLOW", "allow\n", "fail|allow", "no", "-n"])
def test_bad_missing_scan(path: str, value: str) -> None:
    """Nothing but `allow` opens the gate."""
    registry = Registry(scans={GOOD.digest: [unfinished("FAILED")]})
    assert "No scan of linux/amd64 (FAILED)" in inspect(path, registry, MISSING_SCAN=value).complaint


# What others may have written

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
    """Text in imageDetail.json is shown, never run; the complaint stays one line."""
    outcome = inspect(path, given=detail(**dict.fromkeys(KEYS, text), ImageTags=[text, "v1"]))
    assert outcome.complaint.isprintable()
    assert ("imageDetail.json",) == outcome.left
    assert () == outcome.strays
    assert () == outcome.calls


@BOTH_SHELLS
def test_hostile_tags(path: str, shells: Shells) -> None:
    """A tag that no registry would take does no harm, and does not stop the run."""
    outcome = inspect(path, Registry(tags=["v1", *HOSTILE[:7]]), shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    assert "Tags: v1" == outcome.build.stdout.splitlines()[1]
    assert "v1" == outcome.build.exported["IMAGE_TAGS"]
    assert tuple(sorted(ARTIFACTS)) == outcome.left
    assert () == outcome.strays


@pytest.mark.parametrize("text", [text for text in HOSTILE if "," not in text])
def test_hostile_containers(path: str, text: Any) -> None:
    """Whatever a container is called: its name stands in the file of its stage as it was given, and is never run."""
    outcome = inspect(path, STAGING_CONTAINERS=f"app,{text}", PRODUCTION_CONTAINERS=text)
    assert outcome.build.succeeded, outcome.build.stderr
    staging, production = ([each["name"] for each in stage] for stage in definitions(outcome))
    assert (["app", text], [text]) == (staging, production)
    assert tuple(sorted(ARTIFACTS)) == outcome.left
    assert () == outcome.strays


@pytest.mark.parametrize("text", [*HOSTILE, "ACTIVE a[$(touch pwned)]", "COMPLETE;0;0", "2", None, ["ACTIVE"]])
def test_hostile_status(path: str, text: Any) -> None:
    """A status that AWS does not know is shown, never computed or run, and no result of a scan."""
    answer = {**scanned(), "imageScanStatus": {"status": text}}
    outcome = inspect(path, Registry(scans={GOOD.digest: [answer]}), SCAN_TIMEOUT_SECONDS="0")
    assert outcome.complaint.isprintable()
    assert {"imageDetail.json"} <= set(outcome.left) <= set(ARTIFACTS)
    assert () == outcome.strays


texts = st.text() | st.text(string.printable) | st.sampled_from(HOSTILE)
json_values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts) | st.dictionaries(texts, texts)


@settings(max_examples=60, deadline=None)
@given(
    other=st.dictionaries(st.sampled_from((*KEYS, "ImageTags", "ImageSizeInBytes")), json_values, min_size=1),
)
def test_any_value_does_no_harm(path: str, other: dict[str, Any]) -> None:
    """Whatever stands in imageDetail.json: a good file passes, another fails in one line."""
    good = all(detail()[key] == other.get(key, detail()[key]) for key in KEYS)
    outcome = inspect(path, given=detail(**other), REPOSITORY_NAME=REPOSITORY)
    assert good == outcome.build.succeeded
    assert good or outcome.complaint
    assert () == outcome.strays
    assert (tuple(sorted(ARTIFACTS)) if good else ("imageDetail.json",)) == outcome.left


# The stand-ins and the runner


def test_the_python_jq_is_the_command(path: str, tmp_path: Path) -> None:
    """Where there is no jq its Python binding takes its place, with the same outcome."""
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
        names = command.build.artifacts.keys() - {"imageDetail.json"}
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
    """They refuse what the real commands refuse."""
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
    """Nothing runs or is uploaded after a failed pre_build; post_build runs after a failed build and is told of it."""
    phases = ("install", "pre_build", "build", "post_build")
    commands = {name: ["exit 3" if name == failing else f"echo {name} >file"] for name in phases}
    commands["post_build"].insert(0, "echo $CODEBUILD_BUILD_SUCCEEDING")
    build = run(spec(["file"], **commands), workdir=tmp_path, env={}, path=path, shells=shells)
    assert reached == [name for name, phase in build.phases.items() if phase.exit_code is not None]
    assert (not failing) == build.succeeded
    assert (["file"] if "build" in reached else []) == list(build.artifacts)
    assert ("post_build" in reached) == (build.stdout == ("0\n" if failing == "build" else "1\n"))


@BOTH_SHELLS
def test_what_is_carried_over(path: str, tmp_path: Path, shells: Shells) -> None:
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
    """What comes after it does not run, except for `finally`; what it exported is lost."""
    buildspec = spec(exported=["A"], build=["false", "echo not reached"])
    buildspec["phases"]["build"]["finally"] = ["echo finally"]
    buildspec["phases"]["post_build"] = {"commands": ["set -e; export A=1; false"]}
    build = run(buildspec, workdir=tmp_path, env={}, path=path, shells=shells)
    assert "finally\n" == build.phases["build"].stdout
    assert {} == build.exported


def test_missing_artifacts(path: str, tmp_path: Path) -> None:
    """CodeBuild uploads what it finds, and fails only when it finds nothing at all."""
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
def test_what_is_not_emulated(path: str, tmp_path: Path, buildspec: dict[str, Any]) -> None:
    """A buildspec that the runner would not run as CodeBuild does is refused."""
    with pytest.raises(ValueError, match=r"are run here|not emulated"):
        run(buildspec, workdir=tmp_path, env={}, path=path)
