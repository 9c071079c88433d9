"""The builds of image-build with a source, run under real bash on a simulated machine and registry."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import catalog
from generator.buildspec import buildspec
from generator.components.events import TAG_PATTERN
from generator.emulator.runs.buildspec_run import BuildRun, Shells, run
from generator.eventbridge.patterns import why_not
from generator.eventbridge.transformer import transformed
from generator.eventbridge.wildcards import expression
from generator.publishing import render
from tests.machine import executable, search_path
from tests.stacked import deployed
from tests.variants import needed

pytestmark = pytest.mark.slow

BOTH_SHELLS = pytest.mark.parametrize("shells", ["one", "script per command"])

ACCOUNT = "123456789012"
REPOSITORY = "team/app"
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
COMMIT = "3f2a91bc00112233445566778899aabbccddeeff"
STEM = re.compile(r"3f2a91bc-20[0-9]{6}T[0-9]{6}Z")
OCI = "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
BASE = f"{HOST}/base/python:3.14"
HADOLINT, TRIVY, BUILDKIT = (f"{HOST}/tools/{name}:1" for name in ("hadolint", "trivy", "buildkit"))
TESTED = f'FROM {BASE} AS app\nCOPY . /app\nFROM app AS test\nCMD ["pytest"]\nFROM app\n'
SETTINGS = {
    "AWS_REGION": "eu-west-1",
    "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT,
    "ARCHITECTURE": "amd64",
    "REGISTRY": HOST,
    "REPOSITORY_NAME": REPOSITORY,
    "DOCKERFILE": "Dockerfile",
    "CONTEXT": ".",
    "LINT_IMAGE": HADOLINT,
    "LINT_THRESHOLD": "warning",
    "SCAN_IMAGE": TRIVY,
    "MAX_CRITICAL_FINDINGS": "0",
    "MAX_HIGH_FINDINGS": "2",
    "BUILDKIT_IMAGE": "",
    "CACHE_REPOSITORY": "",
    "CODEARTIFACT": "",
}
MACHINE: dict[str, Any] = {
    "registry": ACCOUNT,
    "repository": REPOSITORY,
    "host": HOST,
    "password": "a password",
    "errors": {},
    "refusals": {},
    "bases": [BASE],
    "tools": {HADOLINT: "hadolint", TRIVY: "trivy", BUILDKIT: "buildkit"},
    "platform": "linux/amd64",
    "wrong": {},
    "lint": {"exit": 0, "prints": "linted"},
    "tests": {"writes": {"junit.xml": "<testsuite/>"}},
    "findings": {"SchemaVersion": 2, "Results": []},
    "immutable": True,
    "media_type": DOCKER,
    "local": {},
    "images": {},
    "tags": {},
    "builder": "",
}


def sha256(text: str) -> str:
    """The digest of a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the stand-ins first."""
    return search_path(tmp_path_factory.mktemp("bin"), "builder.py")


@dataclass(frozen=True)
class Outcome:
    """A build, its calls, the state of the machine and the registry, and files left elsewhere."""

    build: BuildRun
    calls: tuple[tuple[str, ...], ...]
    machine: Mapping[str, Any]
    strays: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """The one line of a failed build with what to do."""
        lines = [line for line in self.build.stderr.split("\n") if re.match("(Build|Publish): ", line)]
        assert not self.build.succeeded
        assert len(lines) == 1, self.build.stderr
        return lines[0]

    @property
    def tags(self) -> dict[str, str]:
        """The contents of the registry: tag and digest."""
        return dict(self.machine["tags"])

    def called(self, *words: str) -> list[tuple[str, ...]]:
        """The calls that begin with these words."""
        return [call for call in self.calls if call[: len(words)] == words]

    def written(self, name: str) -> Any:
        """The JSON in a file of the artifact."""
        return json.loads(self.build.artifacts[name])


@contextmanager
def box(machine: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with a folder `source` in it, and the settings that lead the stand-ins to a machine in that state."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for below in ("source", "temporary"):
            (folder / below).mkdir()
        (folder / "state.json").write_text(json.dumps({**MACHINE, **machine}), encoding="utf-8")
        leads = {"STANDIN_STATE": "state.json", "STANDIN_LOG": "log", "TMPDIR": "temporary", "HOME": "."}
        yield folder, {key: str(folder / value) for key, value in leads.items()}


def finish(folder: Path, build: BuildRun) -> Outcome:
    """The results of a build."""
    log = folder / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    strays = {file.name for file in folder.iterdir()} - {"source", "temporary", "state.json", "log"}
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return Outcome(build, tuple(tuple(json.loads(line)) for line in lines), state, tuple(sorted(strays)))


@dataclass(frozen=True)
class Source:
    """A commit: files with their texts, and links."""

    files: Mapping[str, str] = field(default_factory=lambda: {"Dockerfile": TESTED, "app/main.py": "print()"})
    links: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Unpack the source."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        for name, where in self.links.items():
            (folder / name).symlink_to(where)


def build(
    path: str,
    source: Source | None = None,
    machine: Mapping[str, Any] | None = None,
    *,
    shells: Shells = "script per command",
    **changed: str | None,
) -> Outcome:
    """Run Build on a source."""
    with box(machine or {}) as (folder, leads):
        (source or Source()).write(folder / "source")
        env = {key: value for key, value in {**SETTINGS, **changed, **leads}.items() if value is not None}
        text = buildspec("components/image_build.yml")
        return finish(folder, run(text, workdir=folder / "source", env=env, path=path, shells=shells))


def publish(
    path: str,
    images: str,
    machine: Mapping[str, Any],
    *,
    version: str = "none",
    shells: Shells = "script per command",
) -> Outcome:
    """Run Publish on the outputs of builds, with the registry in its present state."""
    with box(machine) as (folder, leads):
        env = {key: SETTINGS[key] for key in ("AWS_REGION", "REGISTRY", "REPOSITORY_NAME")}
        env |= {"IMAGES": images, "VERSION": version, **leads}
        text = buildspec("components/image_publish.yml")
        return finish(folder, run(text, workdir=folder / "source", env=env, path=path, shells=shells))


def both(path: str, media_type: str = DOCKER) -> tuple[str, Mapping[str, Any]]:
    """Two native builds of one commit into one registry: their outputs, and the registry."""
    amd = build(path, machine={"media_type": media_type})
    known = {"platform": "linux/arm64", "images": amd.machine["images"], "tags": amd.tags, "media_type": media_type}
    arm = build(path, machine=known, ARCHITECTURE="arm64")
    return f"{amd.build.exported['IMAGE']} {arm.build.exported['IMAGE']}", arm.machine


# A source that may pass


@BOTH_SHELLS
def test_a_good_source_is_built_and_pushed(path: str, shells: Shells) -> None:
    """One image is in the registry, with a tag of commit, time and architecture; it is passed on by digest."""
    outcome = build(path, shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    [(tag, digest)] = outcome.tags.items()
    stem = tag.removesuffix("-amd64")
    assert STEM.fullmatch(stem)
    assert {"IMAGE": f"amd64/{stem}/{digest}", "VERSION": "none"} == outcome.build.exported
    assert [("docker", "push", f"{HOST}/{REPOSITORY}:{tag}")] == outcome.called("docker", "push")
    assert () == outcome.strays


def test_the_time_in_a_tag_is_utc(path: str) -> None:
    """A machine in another zone makes the same tags."""
    [tag] = build(path, TZ="UTC-14").tags
    told = datetime.strptime(tag.split("-")[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    assert abs(datetime.now(timezone.utc) - told) < timedelta(minutes=5)


def test_facts_findings_and_sbom_are_handed_on(path: str) -> None:
    """The artifact has the image and its commit, the findings of the scanner, and the SBOM."""
    outcome = build(path)
    [(tag, digest)] = outcome.tags.items()
    assert {"image.json", "findings.json", "sbom.json"} == set(outcome.build.artifacts)
    assert {"commit": COMMIT, "tag": tag, "digest": digest} == outcome.written("image.json")
    assert "CycloneDX" == outcome.written("sbom.json")["bomFormat"]
    assert MACHINE["findings"] == outcome.written("findings.json")


def test_the_image_names_its_commit(path: str) -> None:
    """The published image has the commit as a label; none of its tags is that of the tests' image."""
    outcome = build(path)
    labels = {name: local["Labels"] for name, local in outcome.machine["local"].items()}
    assert labels.pop("image-build:test") == []
    assert [[f"org.opencontainers.image.revision={COMMIT}"]] == list(labels.values())


def test_the_context_has_no_files_of_the_build(path: str) -> None:
    """Folders for reports and findings are made when every image is built: none of them can be copied into one."""
    outcome = build(path, Source({"Dockerfile": TESTED, ".image-build/old.json": "{}"}))
    assert "old.json" not in outcome.build.artifacts
    last = max(number for number, call in enumerate(outcome.calls) if call[:3] == ("docker", "buildx", "build"))
    assert last < min(number for number, call in enumerate(outcome.calls) if "--volume" in call)


@pytest.mark.parametrize("dockerfile", ["images/app/Containerfile", "Dockerfile.prod"])
def test_dockerfile_and_context_can_be_elsewhere(path: str, dockerfile: str) -> None:
    """A source of many images names the file and the folder of this one."""
    source = Source({dockerfile: TESTED, "services/app/main.py": ""})
    outcome = build(path, source, DOCKERFILE=dockerfile, CONTEXT="services/app")
    assert outcome.build.succeeded, outcome.build.stderr
    assert {dockerfile} == {call[call.index("--file") + 1] for call in outcome.called("docker", "buildx", "build")}
    assert {("--", "./services/app")} == {call[-2:] for call in outcome.called("docker", "buildx", "build")}


def test_containers_have_no_network(path: str) -> None:
    """Every container, of tests and of tools, runs without a network."""
    runs = build(path).called("docker", "run")
    assert 4 == len(runs)
    assert {"none"} == {call[call.index("--network") + 1] for call in runs}


def test_checks_that_are_left_out_are_named(path: str) -> None:
    """Without tool images nothing is linted and scanned, which the log shows."""
    outcome = build(path, LINT_IMAGE="", SCAN_IMAGE="")
    assert outcome.build.succeeded
    assert "No lint: LintImage is empty\n" in outcome.build.stdout
    assert "No scan, no SBOM: ScanImage is empty\n" in outcome.build.stdout
    assert ["image.json"] == list(outcome.build.artifacts)


# Lint


def test_lint_findings_stop_the_build(path: str) -> None:
    """Findings of the threshold or worse stop the build before anything is built, and are in the log."""
    outcome = build(path, machine={"lint": {"exit": 1, "prints": "-:3 DL3020 error: Use COPY"}})
    assert outcome.complaint.startswith("Build: hadolint found problems in Dockerfile")
    assert "DL3020" in outcome.build.stdout
    assert [] == outcome.called("docker", "buildx")
    [lint] = outcome.called("docker", "run")
    assert ("hadolint", "--no-color", "--failure-threshold", "warning", "-") == lint[-5:]


# Tests


def test_failing_tests_stop_the_build_and_are_reported(path: str) -> None:
    """The container's exit code decides: nothing is pushed, and the tests' files become the report."""
    outcome = build(path, machine={"tests": {"exit": 3, "writes": {"unit/junit.xml": "<testsuite><failure/>"}}})
    assert "the tests failed (exit code 3;" in outcome.complaint
    assert {} == outcome.tags
    assert [{"unit/junit.xml": b"<testsuite><failure/>"}] == list(outcome.build.reports.values())


@pytest.mark.parametrize(
    ("dockerfile", "tests", "expected"),
    [
        (TESTED, {}, b"<testcase classname='image' name='target test'></testcase>"),
        (TESTED, {"exit": 1}, b"<testcase classname='image' name='target test'><failure/></testcase>"),
        (f"FROM {BASE}", {}, b"<testcase classname='image' name='target test'><skipped/></testcase>"),
    ],
)
def test_there_is_always_a_report(path: str, dockerfile: str, tests: Any, expected: bytes) -> None:
    """If tests write none, or do not exist, the report contains only that."""
    outcome = build(path, Source({"Dockerfile": dockerfile}), {"tests": tests})
    [report] = outcome.build.reports.values()
    assert {"image.xml": b"<testsuite name='image'>%s</testsuite>\n" % expected} == report


def test_a_test_stage_that_cannot_be_built_stops_the_build(path: str) -> None:
    """Tests that run while the stage is built (RUN) count as well."""
    outcome = build(path, machine={"wrong": {"test": 'process "/bin/sh -c pytest" did not complete: exit code: 1'}})
    assert "the target test of Dockerfile cannot be built" in outcome.complaint
    assert {} == outcome.tags


def test_tests_have_a_time_limit(path: str, tmp_path: Path) -> None:
    """Tests that never end are stopped, with a complaint."""
    executable(tmp_path / "timeout", '[ "$1 $2 $3" = "-k 10 30m" ] && exit 124')
    assert "(exit code 124; 124 or 137: over 30 minutes)" in build(f"{tmp_path}{os.pathsep}{path}").complaint


@pytest.mark.parametrize(
    "line", ["from app as test", "FROM --platform=$TARGETPLATFORM app AS Test", " FROM app AS test\r"]
)
def test_a_test_stage_is_found_however_it_is_written(path: str, line: str) -> None:
    """The builder takes keywords and names of stages in any case, and lines that end as on Windows."""
    outcome = build(path, Source({"Dockerfile": f"FROM {BASE} AS app\n{line}\nFROM app\n"}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert 2 == len(outcome.called("docker", "buildx", "build"))


@pytest.mark.parametrize("line", ["# FROM app AS test", "RUN echo FROM app AS test ok", "FROM app AS test2"])
def test_other_lines_are_no_test_stage(path: str, line: str) -> None:
    """A comment, a command and a longer name are no target `test`."""
    outcome = build(path, Source({"Dockerfile": f"FROM {BASE} AS app\n{line}\nFROM app\n"}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert 1 == len(outcome.called("docker", "buildx", "build"))


# Findings


def finding(name: str, severity: str) -> dict[str, str]:
    """A finding as Trivy writes it."""
    return {"VulnerabilityID": name, "Severity": severity, "PkgName": "openssl"}


def findings(*results: list[dict[str, str]]) -> dict[str, Any]:
    """A report of Trivy."""
    return {"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": each} for each in results] + [{}]}


@BOTH_SHELLS
def test_findings_over_the_limit_stop_the_build(path: str, shells: Shells) -> None:
    """More findings than allowed: nothing is pushed, the complaint counts and names them, the artifact has all."""
    found = findings([finding("CVE-1", "HIGH"), finding("CVE-3", "CRITICAL")], [finding("CVE-2", "LOW")])
    outcome = build(path, machine={"findings": found}, shells=shells)
    assert outcome.complaint.startswith(
        'Build: 1 critical (limit 0), 1 high findings (limit 2), such as ["CVE-3","CVE-1"]: '
    )
    assert {} == outcome.tags
    assert found == outcome.written("findings.json")


def test_findings_at_the_limit_pass(path: str) -> None:
    """As many as allowed pass; a vulnerability that several packages have is one."""
    found = findings([finding("CVE-1", "HIGH"), finding("CVE-1", "HIGH")], [finding("CVE-2", "HIGH")])
    outcome = build(path, machine={"findings": found})
    assert outcome.build.succeeded
    assert "Scan: 0 critical (limit 0), 2 high findings (limit 2)\n" in outcome.build.stdout


@pytest.mark.parametrize(("limit", "count", "passes"), [("9", 10, False), ("10", 9, True), ("0", 0, True)])
def test_limits_are_numbers(path: str, limit: str, count: int, passes: bool) -> None:  # noqa: FBT001  (parametrized)
    """Ten is more than nine."""
    found = findings([finding(f"CVE-{number}", "HIGH") for number in range(count)])
    assert passes == build(path, machine={"findings": found}, MAX_HIGH_FINDINGS=limit).build.succeeded


@pytest.mark.parametrize("found", [None, {}, [], "no report"])
def test_a_scan_without_a_result_stops_the_build(path: str, found: Any) -> None:
    """A scanner that fails, or writes something else, lets nothing through."""
    outcome = build(path, machine={"findings": found})
    assert "the scanner" in outcome.complaint
    assert {} == outcome.tags


def test_names_of_findings_are_text(path: str) -> None:
    """A name from a database is printed as JSON: it cannot end the line."""
    found = findings([finding("CVE-1\nBuild: all is well $(touch pwned)", "CRITICAL")])
    outcome = build(path, machine={"findings": found})
    assert r'["CVE-1\nBuild: all is well $(touch pwned)"]' in outcome.complaint


# Failures


@pytest.mark.parametrize("said", ["denied: not authorized", "tag invalid: the tag is immutable"])
def test_a_refused_push_fails_the_build(path: str, said: str) -> None:
    """A push that the registry refuses is no success, and nothing is passed on."""
    outcome = build(path, machine={"refusals": {"push": said}})
    assert "cannot be pushed, see above" in outcome.complaint
    assert said in outcome.build.stderr
    assert "IMAGE" not in outcome.build.exported


def test_a_missing_dockerfile_is_named(path: str) -> None:
    """A file that is not in the source is reported with the parameter to correct, before any login."""
    outcome = build(path, Source({"README.md": ""}))
    assert "the source has no file Dockerfile: commit it, or correct the parameter Dockerfile" in outcome.complaint
    assert () == outcome.calls


def test_a_missing_context_is_named(path: str) -> None:
    """A folder that does not exist, or is a file, is reported."""
    for context in ("nowhere", "Dockerfile"):
        outcome = build(path, CONTEXT=context)
        assert f"the source has no folder {context}: correct the parameter BuildContext" in outcome.complaint


def test_a_base_image_from_the_internet(path: str) -> None:
    """In a network without a way out, the complaint says where base images must come from."""
    outcome = build(path, Source({"Dockerfile": "FROM python:3.14"}))
    assert "Without internet, FROM and # syntax= must name images in ECR" in outcome.complaint
    assert "python:3.14: failed to resolve source metadata" in outcome.build.stderr


@pytest.mark.parametrize("target", ["test", ""])
def test_a_registry_that_allows_no_more_anonymous_pulls(path: str, target: str) -> None:
    """Builds with internet share their addresses with other accounts: the complaint names the way around Docker Hub."""
    limit = "429 Too Many Requests - toomanyrequests: You have reached your unauthenticated pull rate limit."
    outcome = build(path, machine={"wrong": {target: limit}})
    complaint = "a registry limits pulls. Use public.ecr.aws, a copy in ECR, or RegistryCredentialsArn"
    assert complaint in outcome.complaint
    assert limit in outcome.build.stderr
    assert {} == outcome.tags


def test_messages_of_the_builder_are_in_the_log_and_not_in_the_source(path: str) -> None:
    """The output is kept to look for such refusals. It is outside of the context of the next build."""
    outcome = build(path, machine={"wrong": {"": "a message of the builder"}})
    assert "a message of the builder" in outcome.build.stderr
    assert () == outcome.strays


def test_a_command_that_fails_unexpectedly_is_named(path: str) -> None:
    """One line says which one it was, and nothing is built."""
    outcome = build(path, BUILDKIT_IMAGE=f"{HOST}/tools/nothing:1")
    assert re.fullmatch("Build: line [0-9]+ failed, see above", outcome.complaint)
    assert [] == outcome.called("docker", "buildx", "build")


def test_an_image_of_another_platform(path: str) -> None:
    """A FROM that names a platform makes an image that the machine of its name cannot run: it is not pushed."""
    outcome = build(path, ARCHITECTURE="arm64")
    assert "the image is for linux/amd64, not for linux/arm64: no FROM may name a platform" in outcome.complaint
    assert {} == outcome.tags


def test_no_login(path: str) -> None:
    """A refused token is reported with ECR's message."""
    errors = {"GetAuthorizationToken": [{"code": "AccessDeniedException", "message": "not authorized"}]}
    outcome = build(path, machine={"errors": errors})
    assert f"no login to {HOST}, see above" in outcome.complaint
    assert "AccessDeniedException" in outcome.build.stderr


def test_a_login_to_docker_hub(path: str) -> None:
    """With credentials, Docker logs in to Docker Hub before it pulls. The password is in no argument."""
    credentials = {"username": "example", "password": "open sesame"}
    outcome = build(path, machine={"docker_hub": list(credentials.values())}, DOCKER_HUB=json.dumps(credentials))
    assert {} != outcome.tags
    logins = [call[2:] for call in outcome.called("docker", "login")]
    assert [("--username", "AWS", "--password-stdin", HOST), ("--username", "example", "--password-stdin")] == logins
    assert "open sesame" not in outcome.build.stdout + outcome.build.stderr


@pytest.mark.parametrize(
    "secret", ["open sesame", "{}", '{"username": "example"}', '{"username": "a", "password": "b"}']
)
def test_credentials_that_docker_hub_refuses(path: str, secret: str) -> None:
    """A secret of another form, and a wrong password, stop the build with where to look."""
    outcome = build(path, machine={"docker_hub": ["example", "open sesame"]}, DOCKER_HUB=secret)
    assert "no login to Docker Hub: check username and password in the secret" in outcome.complaint
    assert [] == outcome.called("docker", "buildx", "build")


# Hostile values


@pytest.mark.parametrize("commit", [None, "", "main", "3f2a91b", f"{COMMIT}\n", f"{COMMIT[:-1]}G", "$(touch pwned)"])
def test_only_a_commit_id_names_an_image(path: str, commit: str | None) -> None:
    """The source revision must be a whole commit id; otherwise nothing is built."""
    outcome = build(path, CODEBUILD_RESOLVED_SOURCE_VERSION=commit)
    assert "is not a commit id" in outcome.complaint
    assert () == outcome.calls


@pytest.mark.parametrize("tag", ["v1.4.2", "1.4.2", "v1.4.2-rc.1", "0.0.0"])
def test_a_git_tag_that_is_a_version_is_handed_on(path: str, tag: str) -> None:
    """A semantic version passes as it was pushed."""
    assert tag == build(path, GIT_TAG=tag).build.exported["VERSION"]


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "latest",
        "v1",
        "v1.4",
        "v1.4.2+build",
        "v1.4.2 ",
        "v1.4.2\n",
        "v1.4.2-",
        "_production",
        "-v1.4.2",
        "v1.4.2;x",
        "v1.4.2-$(touch${IFS}pwned)",
        "v1.4.2`touch pwned`",
        f"v1.4.2-{'x' * 128}",
        "v1.4.2/../x",
        "v*",
    ],
)
def test_a_git_tag_that_is_no_version_stops_the_build(path: str, tag: str) -> None:
    """A Git tag that is no version, or no tag that ECR accepts, stops the build before anything is built."""
    outcome = build(path, GIT_TAG=tag)
    assert "is not a version: push one such as v1.4.2" in outcome.complaint
    assert () == outcome.calls


@settings(max_examples=15)
@given(tag=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40))
def test_no_text_in_a_git_tag_is_run(path: str, tag: str) -> None:
    """A Git tag with any text is accepted as a version, or is shown and refused."""
    outcome = build(path, GIT_TAG=tag)
    assert outcome.build.succeeded or "is not a version" in outcome.complaint


HOSTILE = ["$(touch pwned)", "`touch pwned`", "a b.txt", "-rf", "--help", "x;touch pwned", "*", "'", '"', "\n", "\\"]


def test_names_of_files_are_only_names(path: str) -> None:
    """No part of any file name is run or interpreted as an option."""
    outcome = build(path, Source({"Dockerfile": TESTED, **{f"files/{name}/{name}": "" for name in HOSTILE}}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert () == outcome.strays


def test_a_dockerfile_is_only_built(path: str) -> None:
    """The contents of a Dockerfile are only for the builder: the shell runs none of them."""
    text = (
        f"FROM {BASE} AS app\nRUN $(touch pwned) `touch pwned`\nLABEL x='; touch pwned'\nFROM app AS test\nFROM app\n"
    )
    outcome = build(path, Source({"Dockerfile": text}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert () == outcome.strays


def test_links_do_not_lead_out_of_the_source(path: str) -> None:
    """A Dockerfile or context that links to a file of the machine counts as missing."""
    outside = {"Dockerfile": "/etc/hosts"}
    assert "the source has no file Dockerfile" in build(path, Source({"README.md": ""}, outside)).complaint
    outcome = build(path, Source({"Dockerfile": TESTED}, {"context": "/etc"}), CONTEXT="context")
    assert "the source has no folder context" in outcome.complaint
    inside = build(path, Source({"docker/file": TESTED}, {"Dockerfile": "docker/file"}))
    assert inside.build.succeeded, inside.build.stderr


def test_links_in_a_report_are_not_followed(path: str) -> None:
    """The target of a link in the tests' container is not included in the report."""
    tests = {"writes": {"junit.xml": "<testsuite/>"}, "links": {"hosts.xml": "/etc/hosts", "etc": "/etc"}}
    [report] = build(path, machine={"tests": tests}).build.reports.values()
    assert ["junit.xml"] == list(report)


def test_a_link_in_the_place_of_the_results_is_replaced(path: str) -> None:
    """A source cannot redirect where results are written."""
    outcome = build(path, Source({"Dockerfile": TESTED}, {".image-build": "../temporary"}))
    assert outcome.build.succeeded, outcome.build.stderr
    assert {"image.json", "findings.json", "sbom.json"} == set(outcome.build.artifacts)


# Secrets, packages, cache


def test_secrets_are_mounted_and_never_arguments(path: str) -> None:
    """Secrets reach the build as secret mounts: no argument of a command holds one, and no line of the log."""
    outcome = build(path, BUILD_SECRET="hunter2", BUILD_PARAMETER="correct horse", CODEARTIFACT="packages/python")
    assert outcome.build.succeeded, outcome.build.stderr
    for call in outcome.called("docker", "buildx", "build"):
        given = [call[number + 1] for number, word in enumerate(call) if word == "--secret"]
        assert [
            "id=secret,env=BUILD_SECRET",
            "id=parameter,env=BUILD_PARAMETER",
            "id=codeartifact,env=CODEARTIFACT_TOKEN",
        ] == given
    seen = json.dumps(outcome.calls) + outcome.build.stdout + outcome.build.stderr + json.dumps(outcome.build.exported)
    assert [] == [secret for secret in ("hunter2", "correct horse", "token of") if secret in seen]


def test_without_secrets_there_are_no_mounts(path: str) -> None:
    """An empty setting is not mentioned."""
    assert [] == [call for call in build(path).called("docker", "buildx", "build") if "--secret" in call]


def test_a_refused_token_of_codeartifact(path: str) -> None:
    """Without a token nothing is built."""
    errors = {"CodeArtifactToken": [{"code": "AccessDeniedException", "message": "not authorized"}]}
    outcome = build(path, machine={"errors": errors}, CODEARTIFACT="packages/python")
    assert "no token for CodeArtifact" in outcome.complaint
    assert [] == outcome.called("docker", "buildx")


@BOTH_SHELLS
def test_the_cache_is_in_a_repository_of_its_own(path: str, shells: Shells) -> None:
    """With BuildKit the layers of every stage are kept by architecture, in the form that ECR takes."""
    outcome = build(path, shells=shells, BUILDKIT_IMAGE=BUILDKIT, CACHE_REPOSITORY="team/app-cache")
    assert outcome.build.succeeded, outcome.build.stderr
    assert BUILDKIT == outcome.machine["builder"]
    reference = f"type=registry,ref={HOST}/team/app-cache:amd64"
    test, final = outcome.called("docker", "buildx", "build")
    assert all(call[call.index("--cache-from") + 1] == reference for call in (test, final))
    assert "--cache-to" not in test
    stored = final[final.index("--cache-to") + 1]
    assert f"{reference},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true" == stored


# Publishing


@BOTH_SHELLS
def test_one_image_gets_its_tag(path: str, shells: Shells) -> None:
    """A build for one architecture: the same image, by digest, gets the tag without the architecture."""
    built = build(path)
    outcome = publish(path, built.build.exported["IMAGE"], built.machine, shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    [(piece, digest)] = built.tags.items()
    stem = piece.removesuffix("-amd64")
    assert {piece: digest, stem: digest} == outcome.tags
    assert {
        "IMAGE_URI": f"{HOST}/{REPOSITORY}@{digest}",
        "IMAGE_DIGEST": digest,
        "IMAGE_TAGS": stem,
    } == outcome.build.exported
    assert [] == outcome.called("docker")


@pytest.mark.parametrize(
    ("media_type", "index"),
    [
        (DOCKER, "application/vnd.docker.distribution.manifest.list.v2+json"),
        (OCI, "application/vnd.oci.image.index.v1+json"),
    ],
)
def test_two_architectures_become_an_index(path: str, media_type: str, index: str) -> None:
    """Two native builds are listed in an index, each with platform, size and digest, and the index gets the tag."""
    images, machine = both(path, media_type)
    outcome = publish(path, images, machine)
    assert outcome.build.succeeded, outcome.build.stderr
    digest = outcome.tags[outcome.build.exported["IMAGE_TAGS"]]
    assert outcome.build.exported["IMAGE_DIGEST"] == digest
    kept = outcome.machine["images"][digest]
    assert (index, digest) == (kept["type"], sha256(kept["text"]))
    assert {
        "schemaVersion": 2,
        "mediaType": index,
        "manifests": [
            {
                "mediaType": media_type,
                "digest": child,
                "size": len(machine["images"][child]["text"]),
                "platform": {"os": "linux", "architecture": architecture},
            }
            for architecture, _, child in (each.split("/") for each in images.split())
        ],
    } == json.loads(kept["text"])


def test_a_version_is_a_second_tag(path: str) -> None:
    """The version of the Git tag and the tag of the commit name the same digest."""
    images, machine = both(path)
    outcome = publish(path, images, machine, version="v1.4.2")
    stem, version = outcome.build.exported["IMAGE_TAGS"].split()
    assert "v1.4.2" == version
    assert outcome.tags[stem] == outcome.tags[version] == outcome.build.exported["IMAGE_DIGEST"]


@pytest.mark.parametrize("immutable", [True, False])
def test_a_version_is_never_moved(path: str, immutable: bool) -> None:  # noqa: FBT001  (parametrized)
    """A version that another image has stops it before any tag is given, also where ECR would move it."""
    built = build(path)
    other = "sha256:" + "0" * 64
    machine = {**built.machine, "immutable": immutable, "tags": {**built.tags, "v1.4.2": other}}
    machine["images"] = {**machine["images"], other: {"text": "{}", "type": DOCKER}}
    outcome = publish(path, built.build.exported["IMAGE"], machine, version="v1.4.2")
    assert f"v1.4.2 is {other} already: a tag is never moved" in outcome.complaint
    assert machine["tags"] == outcome.tags


@BOTH_SHELLS
def test_a_retry_gives_the_same_tags(path: str, shells: Shells) -> None:
    """A stage that is retried after it has given its tags ends well, and changes nothing."""
    images, machine = both(path)
    first = publish(path, images, machine, version="v1.4.2")
    again = publish(path, images, first.machine, version="v1.4.2", shells=shells)
    assert again.build.succeeded, again.build.stderr
    assert (first.tags, first.build.exported) == (again.tags, again.build.exported)


@pytest.mark.parametrize(
    ("operation", "said"), [("PutImage", "cannot be pushed: "), ("BatchGetImage", "cannot be looked up: ")]
)
def test_a_refusal_of_ecr_is_reported(path: str, operation: str, said: str) -> None:
    """An error of ECR ends the build with ECR's message."""
    built = build(path)
    error = [{"code": "AccessDeniedException", "message": "not authorized"}]
    outcome = publish(path, built.build.exported["IMAGE"], {**built.machine, "errors": {operation: error}})
    assert said in outcome.build.stderr
    assert "AccessDeniedException" in outcome.build.stderr
    assert built.tags == outcome.tags


GOOD = f"amd64/3f2a91bc-20261120T103015Z/sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ("", "no image, or not a version"),
        (GOOD, "is not in team/app"),
        (f"{GOOD} arm64/aaaaaaaa-20261120T103015Z/sha256:{'0' * 64}", "is not in team/app"),
        (GOOD.replace("amd64", "mips"), "is not a valid result of a build"),
        (GOOD.replace("3f2a91bc-", "$(touch pwned)-"), "is not a valid result of a build"),
        (GOOD.replace("sha256:", "latest@"), "is not a valid result of a build"),
        (f"{GOOD};touch pwned", "is not a valid result of a build"),
        ("*", "is not a valid result of a build"),
    ],
)
def test_publish_accepts_only_images_of_its_builds(path: str, images: str, said: str) -> None:
    """The build ran a foreign Dockerfile: its outputs are checked again."""
    outcome = publish(path, images, {})
    assert said in outcome.complaint
    assert {} == outcome.tags
    assert () == outcome.strays


def test_two_commits_are_no_image(path: str) -> None:
    """Images of two commits never become one index."""
    images, machine = both(path)
    amd, arm = images.split()
    outcome = publish(path, f"{amd} {arm.replace('/3f2a91bc-', '/00000000-')}", machine)
    assert "the images are of two commits" in outcome.complaint
    assert machine["tags"] == outcome.tags


@pytest.mark.parametrize("version", ["", "latest", "_production", "v1.4.2 x", "$(touch pwned)", "v1.4.2\n"])
def test_publish_takes_only_versions(path: str, version: str) -> None:
    """A version that no build has checked gives no tag."""
    built = build(path)
    outcome = publish(path, built.build.exported["IMAGE"], built.machine, version=version)
    assert "no image, or not a version" in outcome.complaint
    assert built.tags == outcome.tags


# From here into the trigger of a pipeline

DOCUMENT = (Path(__file__).parent.parent / "docs/image-build.md").read_text(encoding="utf-8")
RELEASE = render.to_dict(catalog.build("pipeline-release"))
EVERY_IMAGE, RELEASES = "*-2*Z", "v*"


def started_by(tags: Mapping[str, str], pattern: str) -> dict[str, Any]:
    """The request of a deployed pipeline-release's rule to CodePipeline, by the tag that was pushed.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    """
    parameters = {**needed(RELEASE), "RepositoryName": REPOSITORY, "ImageTagPattern": pattern}
    trigger = dict(deployed(RELEASE, "a-stack", parameters).resources("AWS::Events::Rule"))["Trigger"]
    (target,) = trigger["Targets"]
    sent = {}
    for tag, digest in tags.items():
        pushed = {"repository-name": REPOSITORY, "image-digest": digest, "action-type": "PUSH", "image-tag": tag}
        event = {"source": "aws.ecr", "detail-type": "ECR Image Action", "detail": {**pushed, "result": "SUCCESS"}}
        if not why_not(trigger["EventPattern"], event):
            sent[tag] = json.loads(transformed(target["InputTransformer"], event, "arn:rule"))
    return sent


@pytest.mark.parametrize(
    ("pattern", "version", "starts_at"),
    [(EVERY_IMAGE, "none", STEM), (EVERY_IMAGE, "v1.4.2", STEM), (RELEASES, "v1.4.2", re.compile("v1.4.2"))],
)
def test_a_commit_starts_the_pipeline_behind_it_once(
    path: str, pattern: str, version: str, starts_at: re.Pattern[str]
) -> None:
    """Of all that is pushed for a commit, one tag starts a pipeline that follows the document, by the final digest."""
    images, machine = both(path)
    outcome = publish(path, images, machine, version=version)
    assert 3 + (version != "none") == len(outcome.tags)
    [(tag, request)] = started_by(outcome.tags, pattern).items()
    assert starts_at.fullmatch(tag)
    [revision] = request["sourceRevisions"]
    assert ("IMAGE_DIGEST", outcome.build.exported["IMAGE_DIGEST"]) == (
        revision["revisionType"],
        revision["revisionValue"],
    )
    assert [tag] == [variable["value"] for variable in request["variables"]]


def test_a_commit_is_no_release(path: str) -> None:
    """Without a version, nothing that is pushed for a commit starts a pipeline for releases."""
    images, machine = both(path)
    assert {} == started_by(publish(path, images, machine).tags, RELEASES)


@pytest.mark.parametrize("pattern", [EVERY_IMAGE, RELEASES])
def test_the_document_recommends_these_patterns(pattern: str) -> None:
    """The patterns that are followed here are those of the document, and a pipeline takes them."""
    assert f"| `{pattern}` |" in DOCUMENT
    assert re.fullmatch(TAG_PATTERN, pattern)


@settings(max_examples=200)
@given(
    commit=st.from_regex(r"\A[0-9a-f]{8}\Z"),
    time=st.datetimes(datetime(2026, 1, 1), datetime(2999, 1, 1)),  # noqa: DTZ001  (hypothesis adds the zone)
    version=st.from_regex(r"\Av[0-9]{1,3}(\.[0-9]{1,3}){2}(-[0-9A-Za-z.-]{1,20})?\Z"),
)
def test_no_other_tag_fits_these_patterns(commit: str, time: datetime, version: str) -> None:
    """For any commit, time and version: partial images start nothing, and each tag matches its own pattern."""
    stem = f"{commit}-{time:%Y%m%dT%H%M%SZ}"
    tags = {tag: sha256(tag) for tag in (stem, f"{stem}-amd64", f"{stem}-arm64", version)}
    assert [version] == list(started_by(tags, RELEASES))
    others = {tag for tag in started_by(tags, EVERY_IMAGE) if tag != stem}
    assert stem in started_by(tags, EVERY_IMAGE)
    assert others <= {version if version.endswith("Z") else ""}
    pieces = expression("*-2*Z-*")  # the images that the document lets the registry expire first
    assert [f"{stem}-amd64", f"{stem}-arm64"] == [tag for tag in tags if pieces.fullmatch(tag) and tag != version]
