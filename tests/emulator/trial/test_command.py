"""`ecr-pipeline try`: what a user sees."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import cli
from tests.emulator.people import PARAMS

PROD = str(PARAMS / "pipeline-release.prod.json")
PLATFORM = str(PARAMS / "platform.prod.json")


def attempt(*arguments: str) -> Result:
    """The finished command, on the smallest pipeline."""
    return CliRunner().invoke(cli, ["try", "pipeline-release", *arguments])


@pytest.mark.slow
def test_a_push_is_told_from_its_start_to_what_was_recorded() -> None:
    """Progress on stderr; stages, artifacts, the approver's message, the record, calls and permissions on stdout."""
    platform = ("--platform-params", PLATFORM, "--platform", "linux/amd64", "--platform", "linux/arm64")
    done = attempt("--params", PROD, *platform)
    assert 0 == done.exit_code, done.output
    deployed = re.findall("deploying (.+) with the AWS CLI", done.stderr)
    assert ["network", "platform", "pipeline-release"] == deployed
    for line in ("Inspect/Inspect (CodeBuild,", "the approver reads: "):
        assert line in done.stderr
    title, *_ = done.stdout.splitlines()
    assert title.endswith(": Succeeded")
    for section in ("Artifacts", "The approver reads", "Recorded", "AWS calls by role", "Needed and granted"):
        assert f"\n{section}\n" in done.stdout
    for row in (
        r"Source +Image +ECR",
        r"Inspect +Inspect +CodeBuild",
        r"Inspection +docker_inspect.json",
        r"/ecr-pipeline/orders/release/image +123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com/team/orders@",
        r"platform/InspectRole +ecr:BatchGetImage +5",
        r"platform/InspectRole +ecr:BatchGetImage +PullImage, policy/delivery-boundary/1, .* +repository/team/orders",
        r"\nNeeded and not granted\n  none\n",
        r"Granted and never needed\n(.*\n)* +EventsRole/Publish +sns:Publish",
    ):
        assert re.search(row, done.stdout), row
    assert "STARTED BY THE RUN ITSELF" not in done.stdout


@pytest.mark.slow
def test_a_run_that_fails_says_where_and_ends_with_1() -> None:
    """Findings over the threshold: the command fails as the run does."""
    done = attempt("--params", PROD, "--findings", "CRITICAL=2", "--findings", "LOW=7")
    assert 1 == done.exit_code
    assert "FAILED: phase BUILD: Inspect: 2 critical (limit 0)" in done.stdout


@pytest.mark.slow
def test_nothing_that_starts_says_why_and_ends_with_1() -> None:
    """No run is no success."""
    done = attempt("--params", PROD, "--image", "latest")
    assert 1 == done.exit_code
    assert "Nothing starts:" in done.stdout
    assert 'Trigger: detail.image-tag: given "latest", the pattern takes {"wildcard": "v*"}' in done.stdout
    assert "FailureNotice" not in done.stdout


@pytest.mark.slow
def test_parameters_that_cloudformation_refuses_are_told(tmp_path: Path) -> None:
    """The stack is not made, and the AWS CLI's message says why."""
    entries = json.loads(Path(PROD).read_text(encoding="utf-8"))
    for entry in entries:
        if entry["ParameterKey"] == "RepositoryName":
            entry["ParameterValue"] = "UPPER"
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    done = attempt("--params", str(file))
    assert 1 == done.exit_code
    assert "Error: the stack pipeline-release was not made: " in done.stderr
    assert "Type a repository without " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--params", "no/such/file.json"], "cannot be read"),
        (
            ["--params", str(PARAMS / "pipeline-ecs.prod.json")],
            "pipeline-release has no parameter ProductionContainers, ",
        ),
        (["--params", PROD, "--platform-params", "no/such/file.json"], "cannot be read"),
        (["--params", PROD, "--platform-params", PROD], "platform has no parameter ApprovalTimeoutMinutes, "),
        (["--params", PROD, "--image", "v 1"], "--image: given the tag 'v 1', allowed: letters, digits"),
        (["--params", PROD, "--findings", "SEVERE=2"], "--findings: given 'SEVERE=2', allowed: one of CRITICAL,"),
        (["--params", PROD, "--findings", "HIGH"], "--findings: given 'HIGH', allowed: one of CRITICAL,"),
        (["--params", PROD, "--platform", "arm64"], "--platform: given 'arm64', allowed: os/architecture"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(arguments: list[str], says: str) -> None:
    """A message that says what to type, and no traceback."""
    done = attempt(*arguments)
    assert 1 == done.exit_code
    assert says in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_what_imports_from_no_platform_takes_no_parameters_for_one() -> None:
    """`standalone` has everything in itself."""
    file = str(PARAMS / "standalone.dev.json")
    done = CliRunner().invoke(cli, ["try", "standalone", "--params", file, "--platform-params", PLATFORM])
    assert 1 == done.exit_code
    assert f"--platform-params: given {PLATFORM}, but standalone imports from no platform" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False])
def test_a_scan_that_never_comes_is_not_waited_for(own: bool) -> None:  # noqa: FBT001
    """The time to wait is the platform's, or the template's own, and is the shortest there is."""
    name = "standalone" if own else "pipeline-release"
    file = str(PARAMS / f"{name}.prod.json")
    done = CliRunner().invoke(cli, ["try", name, "--params", file, "--no-scan"])
    assert 1 == done.exit_code
    assert "ScanTimeoutSeconds is 30, for a scan that never comes" in done.stderr
    assert "FAILED: phase BUILD: Inspect: No scan of linux/amd64" in done.stdout


@pytest.mark.parametrize("name", ["deployer-lambda", "image-build"])
def test_only_pipelines_of_images_are_tried(name: str) -> None:
    """Another template has nothing that a push starts."""
    done = CliRunner().invoke(cli, ["try", name, "--params", PROD])
    assert 1 == done.exit_code
    assert f"{name} has no pipeline that an image starts, allowed: pipeline-ecs, " in done.stderr
