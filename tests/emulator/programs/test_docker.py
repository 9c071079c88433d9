"""The stand-in for `docker` does what Docker would, or refuses: it accepts nothing that a real engine would not."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs import docker
from generator.emulator.programs.images import Image, sample, store
from generator.oci import digest_of

HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
ROLE = "arn:aws:iam::111122223333:role/builder"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    """An emulated AWS with a repository."""
    with emulator() as cloud:
        cloud.inside("ecr").create_repository(repositoryName="team/orders")
        yield cloud


@pytest.fixture
def run(aws: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of docker, as the role of a build; gives exit code, output and complaint."""
    settings = tmp_path / "settings.json"
    told = docker.Settings(HOST, "a password", str(tmp_path / "blobs"), [], "")
    settings.write_text(json.dumps(told._asdict()), encoding="utf-8")
    for name, value in {**aws.environment(ROLE), "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    def call(*words: str, stdin: str = "") -> tuple[int, str, str]:
        code = 0
        try:
            docker.main([str(settings), *words], io.StringIO(stdin))
        except SystemExit as ended:
            code = int(str(ended.code))
        return (code, *capsys.readouterr())

    return call


def push(aws: Emulator, image: Image, folder: Path) -> str:
    """The reference of an image that was pushed."""
    store(image, folder / "blobs")
    aws.inside("ecr").put_image(
        repositoryName="team/orders", imageManifest=image.manifest.decode(), imageDigest=image.digest, imageTag="v1"
    )
    return f"{HOST}/team/orders@{image.digest}"


def login(run: Run) -> tuple[int, str, str]:
    """A login as a build does it."""
    return run("login", "--username", "AWS", "--password-stdin", HOST, stdin="a password\n")


def test_a_pulled_image_can_be_inspected(run: Run, aws: Emulator, tmp_path: Path) -> None:
    """A pulled image is described as Docker describes it; any other does not exist."""
    image = sample(["linux/arm64/v8"], "pulled")
    reference = push(aws, image, tmp_path)
    assert 0 == login(run)[0]
    assert (0, f"{reference}\n", "") == run("pull", "--platform", "linux/arm64/v8", reference)
    code, printed, _ = run("image", "inspect", reference)
    [described] = json.loads(printed)
    assert (0, "linux", "arm64", "v8") == (code, *(described[key] for key in ("Os", "Architecture", "Variant")))
    assert [reference] == described["RepoDigests"]
    code, printed, complaint = run("image", "inspect", f"{HOST}/team/orders@{digest_of(b'another')}")
    assert (1, []) == (code, json.loads(printed))
    assert "No such image" in complaint


def test_a_pull_needs_the_permissions_that_ecr_requires(run: Run, aws: Emulator, tmp_path: Path) -> None:
    """The manifest and each layer are requested with the permissions of the build."""
    reference = push(aws, sample(["linux/amd64"], "asked for"), tmp_path)
    login(run)
    before = len(aws.calls)
    run("pull", reference)
    assert [(ROLE, "BatchGetImage"), (ROLE, "GetDownloadUrlForLayer")] == [
        (call.role, call.operation) for call in aws.calls[before:]
    ]


def test_nothing_is_pulled_without_a_login(run: Run, aws: Emulator, tmp_path: Path) -> None:
    """Each build logs in for itself."""
    code, _, complaint = run("pull", push(aws, sample(["linux/amd64"], "no login"), tmp_path))
    assert 1 == code
    assert "no basic auth credentials" in complaint


@pytest.mark.parametrize("password", ["", "another"])
def test_a_login_needs_the_password(run: Run, password: str) -> None:
    """A password that ECR did not issue is refused."""
    code, _, complaint = run("login", "--username", "AWS", "--password-stdin", HOST, stdin=password)
    assert (1, True) == (code, "400 Bad Request" in complaint)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("pull", f"{HOST}/team/orders:latest"), 1, "only digests"),
        (("pull", f"docker.io/library/alpine@sha256:{'0' * 64}"), 1, "no such host"),
        (("pull", f"{HOST}/team/orders@sha256:{'0' * 64}"), 1, "manifest unknown"),
        (("pull", f"{HOST}/team/other@sha256:{'0' * 64}"), 1, "pull access denied"),
        (("pull", "--all-tags", f"{HOST}/team/orders"), 125, "not pretended"),
        (("login", "--password", "a", HOST), 125, "not a login"),
        (("build", "."), 125, "no container engine here"),
        ((), 125, "no container engine here"),
    ],
)
def test_commands_that_are_not_emulated_are_refused(run: Run, words: tuple[str, ...], code: int, says: str) -> None:
    """A command that this file does not know fails, in a build as well."""
    login(run)
    ended, _, complaint = run(*words)
    assert (code, True) == (ended, says in complaint), complaint


def test_another_platform_is_not_pulled(run: Run, aws: Emulator, tmp_path: Path) -> None:
    """An image is of one platform."""
    reference = push(aws, sample(["linux/amd64"], "of one platform"), tmp_path)
    login(run)
    code, _, complaint = run("pull", "--platform", "linux/arm64", reference)
    assert (1, True) == (code, "does not provide the platform" in complaint)


def test_bytes_with_another_digest_are_not_pulled(run: Run, aws: Emulator, tmp_path: Path) -> None:
    """Every blob must have its digest."""
    image = sample(["linux/amd64"], "to be spoilt")
    reference = push(aws, image, tmp_path)
    layer = json.loads(image.manifest)["layers"][0]["digest"]
    (tmp_path / "blobs" / layer.removeprefix("sha256:")).write_bytes(b"spoilt")
    login(run)
    code, _, complaint = run("pull", reference)
    assert 1 == code
    assert re.search(f"blob {layer} is not what was pushed", complaint)
