"""`ecr-pipeline try`: its output for a user."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import cli
from generator.emulator.trial.try_command import TrialFiles, two_tags
from generator.emulator.trial.try_command import attempt as attempt_trial
from generator.emulator.trial.wishes import Wish
from generator.program_name import program
from tests.emulator.people import PARAMS
from tests.json_shapes import undocumented
from tests.report_pages import Reader

PROD = str(PARAMS / "pipeline-release.prod.json")
PLATFORM = str(PARAMS / "platform.prod.json")


def attempt(*arguments: str) -> Result:
    """The finished command, on the smallest pipeline."""
    return CliRunner().invoke(cli, ["try", "pipeline-release", *arguments])


@pytest.mark.slow
def test_a_push_is_reported_from_its_start_to_its_record() -> None:
    """Progress on stderr; stages, the approver's message, the record, calls and permissions on stdout."""
    platform = ("--platform-params", PLATFORM, "--platform", "linux/amd64", "--platform", "linux/arm64")
    done = attempt("--params", PROD, *platform, "--permissions")
    assert 0 == done.exit_code, done.output
    deployed = re.findall("deploying (.+) with the AWS CLI", done.stderr)
    assert ["network", "platform", "pipeline-release"] == deployed
    assert "Inspect/Inspect (CodeBuild," in done.stderr
    assert "orders: Succeeded" == done.stdout.splitlines()[0]
    assert f"Succeeded. Next: {program()} init pipeline-release" == done.stdout.splitlines()[-1]
    assert [] == [line for line in done.stdout.splitlines() if len(line) > 80]
    for section in ("Artifacts", "The approver reads", "AWS calls by role", "Used permissions"):
        assert f"\n{section}\n" in done.stdout
    for row in (
        r"\nSource +Image +[0-9.]+  team/orders@sha256:",
        r"\nInspect +Inspect +[0-9.]+  Scan: COMPLETE, 0 critical",
        r"  Inspection: docker_inspect.json",
        r"\n  /ecr-pipeline/orders/release/image\n    team/orders@sha256:",
        r"\n  platform/InspectRole\n(    .*\n)*    ecr:BatchGetImage  5\n",
        r"\n    ecr:BatchGetImage  by PullImage, policy/delivery-boundary/1,.*\n(      .*\n)*      repository/team/",
        r"\nGranted, but not used in this run\n(.*\n)*  EventsRole/Publish: sns:Publish\n",
    ):
        assert re.search(row, done.stdout), row
    assert "STARTED BY THE RUN ITSELF" not in done.stdout
    assert "Refused calls" not in done.stdout


@pytest.mark.slow
def test_a_task_before_the_deployment_is_deployed_where_it_is_asked_for(tmp_path: Path) -> None:
    """The stack of task-ecs of each stage is made, and its task runs before the services of the stage are updated."""
    given = json.loads((PARAMS / "pipeline-ecs.dev.json").read_text(encoding="utf-8"))
    file = tmp_path / "pipeline-ecs.task.json"
    file.write_text(json.dumps([*given, {"ParameterKey": "TaskBeforeDeployment", "ParameterValue": "yes"}]))
    done = CliRunner().invoke(cli, ["try", "pipeline-ecs", "--params", str(file)])
    assert 0 == done.exit_code, done.output
    assert "deploying orders-staging-task with the AWS CLI" in done.stderr
    assert "orders-production-task" not in done.stderr  # the parameters leave out production
    assert re.search(r"\nStaging +RunTask +[0-9.]+  ecr-pipeline-task-orders_staging succeeded", done.stdout)
    for service in ("sandbox/orders", "sandbox/worker"):
        assert f"\n  service {service}, " in done.stdout


@pytest.mark.slow
def test_programs_get_the_outcome_and_reviewers_a_page(tmp_path: Path) -> None:
    """All of stdout is one document. On the page, every statement of a role has the reason that its grant has."""
    file = tmp_path / "new" / "run.html"
    done = attempt("--params", PROD, "--json", "--report", str(file))
    assert 0 == done.exit_code, done.output
    found = json.loads(done.stdout)
    assert set() == undocumented("try", found)
    assert (1, "Succeeded", "v1", "team/orders") == tuple(
        found[key] for key in ("version", "status", "tag", "repository")
    )
    image = found["recorded"]["/ecr-pipeline/orders/release/image"]
    assert image.endswith(f"/team/orders@{found['digest']}")
    assert f"wrote {file}" in done.stderr
    text = file.read_text(encoding="utf-8")
    said = Reader(text)
    assert [] == said.wrong
    mail = ("SubjectAPPROVAL NEEDED: AWS CodePipeline orders for action Approve", "/Approval/Approve/approve/TOKEN")
    for each in (*mail, "matched, and reached Pipeline", '"image-tag": "v1"', "scan_findings.json", found["run"]):
        assert each in said.text
    assert '<code class="statement">PullImage</code> <span class="why">' in text
    assert [] == re.findall(r'<code class="statement">([A-Z][A-Za-z]+)</code>\s*(?:<br>|</td>)', text)


@pytest.mark.slow
def test_a_run_that_fails_names_the_place_and_exits_with_1() -> None:
    """Findings over the threshold: the command fails as the run does."""
    done = attempt("--params", PROD, "--findings", "CRITICAL=2", "--findings", "LOW=7")
    assert 1 == done.exit_code
    assert "FAILED: phase BUILD: Inspect: 2 critical (limit 0)" in " ".join(done.stdout.split())
    *_, failed, accepting = done.stdout.splitlines()
    assert failed.startswith(f"Failed at Inspect/Inspect. Next: {program()} try ")
    assert "--accepted=" in accepting


@pytest.mark.slow
def test_a_push_that_starts_nothing_is_explained_and_exits_with_1() -> None:
    """No run is no success."""
    done = attempt("--params", PROD, "--image", "latest")
    assert 1 == done.exit_code
    assert "orders: nothing started" == done.stdout.splitlines()[0]
    told = " ".join(done.stdout.split())
    assert "The tag latest does not match ImageTagPattern (v*). Trigger: " in told
    assert 'Trigger: detail.image-tag: given "latest", the pattern takes {"wildcard": "v*"}' in told
    assert "FailureNotice" not in done.stdout


@pytest.mark.slow
def test_a_replica_from_an_account_that_is_named_is_run() -> None:
    """It is pushed in the account that the parameters name, and copied to that of the pipeline."""
    done = attempt("--params", PROD, "--event", "replicate", "--platform", "linux/amd64", "--platform", "linux/arm64")
    assert 0 == done.exit_code, done.output
    assert "pushing team/orders:v1 in 111122223333, us-east-1, which replicates it" in done.stderr
    assert "orders: Succeeded" == done.stdout.splitlines()[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wished", "why"),
    [
        (("replicate", "--source-account", "444455556666"), 'detail.source-account: given "444455556666"'),
        (("failed-replication",), 'detail.result: given "FAILED", the pattern takes "SUCCESS"'),
        (("replicate", "--image", "team/orders-api:v1"), 'detail.repository-name: given "team/orders-api"'),
    ],
)
def test_a_replica_that_starts_nothing_says_why(wished: tuple[str, ...], why: str) -> None:
    """A foreign account, a replication that failed, a foreign repository."""
    done = attempt("--params", PROD, "--event", *wished)
    assert (1, "orders: nothing started") == (done.exit_code, done.stdout.splitlines()[0])
    assert why in " ".join(done.stdout.split())


def test_a_parameter_file_is_checked_before_anything_starts(tmp_path: Path) -> None:
    """Every value that CloudFormation would refuse is reported at once, with its line."""
    entries = json.loads(Path(PROD).read_text(encoding="utf-8"))
    wrong = {"RepositoryName": "UPPER", "ApprovalTimeoutMinutes": "4"}
    for entry in entries:
        entry["ParameterValue"] = wrong.get(entry["ParameterKey"], entry["ParameterValue"])
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(entries, indent=1), encoding="utf-8")
    done = attempt("--params", str(file))
    assert (1, "") == (done.exit_code, done.stdout)
    lines = file.read_text(encoding="utf-8").splitlines()
    for value, said in (("UPPER", 'RepositoryName: given "UPPER". Enter a repository name '), ("4", "5 to 86400")):
        line = next(number for number, text in enumerate(lines, 1) if f'"ParameterValue": "{value}"' in text)
        assert re.search(rf"parameters.json:{line}: .*{re.escape(said)}", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--params", "no/such/file.json"], "cannot be read"),
        (
            ["--params", str(PARAMS / "pipeline-ecs.prod.json")],
            "ProductionContainers: the template has no such parameter (it is one of pipeline-ecs)",
        ),
        (["--params", PROD, "--platform-params", "no/such/file.json"], "cannot be read"),
        (["--params", PROD, "--platform-params", PROD], "ApprovalTimeoutMinutes: the template has no such parameter"),
    ],
)
def test_a_file_that_does_not_suit_is_refused_before_anything_starts(arguments: list[str], says: str) -> None:
    """Exit 1, and no traceback."""
    done = attempt(*arguments)
    assert (1, "") == (done.exit_code, done.stdout)
    assert says in done.stderr
    assert "deploying" not in done.stderr


def test_a_window_that_never_opens_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """As by `check`: the trial would wait, or fail in the last stage."""
    file = tmp_path / "parameters.json"
    entries = json.loads((PARAMS / "pipeline-lambda.prod.json").read_text(encoding="utf-8"))
    window = {"ParameterKey": "ProductionWindow", "ParameterValue": "* * 16-9 ? * SUN in UTC"}
    entries = [each for each in entries if each["ParameterKey"] != "ProductionWindow"]
    file.write_text(json.dumps([*entries, window]), encoding="utf-8")
    done = CliRunner().invoke(cli, ["try", "pipeline-lambda", "--params", str(file)])
    assert (1, "") == (done.exit_code, done.stdout)
    assert "ProductionWindow: hours: 16-9 runs backwards" in done.stderr
    assert "deploying" not in done.stderr


def test_all_problems_are_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of options, of both parameter files, of this machine and of the page: one line each, then nothing starts."""
    monkeypatch.setenv("PATH", "/nowhere")
    os.mkfifo(tmp_path / "pipe")
    files = ("--params", "no/such/file.json", "--platform-params", "none/either.json")
    done = attempt(*files, "--image", "Bad Repo:v1", "--findings", "X=1", "--report", str(tmp_path / "pipe"))
    assert (2, "") == (done.exit_code, done.stdout)
    starts = (
        "Error: --image:",
        "--findings:",
        "no/such/file.json:",
        "none/either.json:",
        "bash is not on",
        "cannot write",
    )
    lines = done.stderr[done.stderr.index("Error: ") :].splitlines()
    assert list(starts) == [next(start for start in starts if line.startswith(start)) for line in lines]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "wished", "tags"), [("v*", (), ("v1", "v2")), ("v*", ("--image", "v2"), ("v2", "v1"))]
)
def test_going_back_releases_two_tags(
    tmp_path: Path, pattern: str, wished: tuple[str, ...], tags: tuple[str, str]
) -> None:
    """A repository with immutable tags takes each once; the tags show which image runs."""
    file = parameters(tmp_path, ImageTagPattern=pattern)
    done = attempt("--params", file, "--event", "roll-back", *wished)
    assert 0 == done.exit_code, done.output
    first, second = tags
    assert [first, second] == re.findall(r"(?m)^released (\S+) \(sha256:", done.stderr)
    assert re.search(rf"rolling Release back from {second} \(sha256:\w+\) to {first} \(sha256:", done.stderr)


def test_a_pattern_without_a_star_has_one_tag() -> None:
    """It moves: both images have it."""
    assert ("latest", "latest") == two_tags("", ["latest"] * 2)
    assert [("v1", "v2"), ("v2", "v1"), ("v3", "v1")] == [two_tags(each, ["v1", "v2"]) for each in ("", "v2", "v3")]


@pytest.mark.parametrize("option", ["--image", "--params", "--platform-params"])
def test_an_option_that_is_given_twice_is_refused(option: str) -> None:
    """With both values. The last one would replace the others silently."""
    done = attempt("--params", PROD, option, "one", option, "two")
    assert (2, "") == (done.exit_code, done.stdout)
    assert "one and two, allowed: one of them" in done.stderr


def parameters(folder: Path, **values: str) -> str:
    """A parameter file of the smallest pipeline."""
    entries = {"Name": "orders", "RepositoryName": "team/orders", **values}
    file = folder / "parameters.json"
    file.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": entries[key]} for key in entries]))
    return str(file)


def test_a_policy_of_aws_cannot_be_emulated(tmp_path: Path) -> None:
    """It is reported before anything starts, with the allowed values."""
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    done = attempt("--params", parameters(tmp_path, PermissionsBoundaryArn=arn))
    assert 1 == done.exit_code
    assert f"Error: {arn}: AWS managed policies are not emulated, allowed: a customer managed policy\n" == done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/path/to/x", "RepositoryName": "a__b/c-d.e/f--g"},
        {"PermissionsBoundaryArn": "arn:aws-us-gov:iam::123456789012:policy/x"},
    ],
    ids=["paths", "partition"],
)
def test_every_allowed_value_of_a_parameter_can_be_tried(tmp_path: Path, values: dict[str, str]) -> None:
    """A policy with a path, a repository with every kind of separator, an ARN of another partition."""
    done = attempt("--params", parameters(tmp_path, **values), "--json")
    assert 0 == done.exit_code, done.output
    assert "Succeeded" == json.loads(done.stdout)["status"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pipeline-ecs-codedeploy", "pipeline-lambda"])
def test_a_pipeline_runs_in_china(tmp_path: Path, name: str) -> None:
    """Hosts end in amazonaws.com.cn there: of the registry, in the template, in what is deployed."""
    text = (PARAMS / f"{name}.prod.json").read_text(encoding="utf-8")
    file = tmp_path / "parameters.json"
    file.write_text(text.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"), encoding="utf-8")
    assert "arn:aws-cn:lambda:cn-north-1:" in file.read_text(encoding="utf-8")
    done = CliRunner().invoke(cli, ["try", name, "--params", str(file), "--json"])
    assert 0 == done.exit_code, done.output
    assert "Succeeded" == json.loads(done.stdout)["status"]


def test_an_arn_of_a_region_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """It is reported before anything starts, because no deployment is possible there."""
    file = tmp_path / "parameters.json"
    arn = "arn:aws:lambda:eu-west-11:123456789012:function:check"
    text = (PARAMS / "pipeline-ecs.prod.json").read_text(encoding="utf-8")
    file.write_text(re.sub(r"arn:aws:lambda:[^\"]+", arn, text), encoding="utf-8")
    done = CliRunner().invoke(cli, ["try", "pipeline-ecs", "--params", str(file)])
    assert 1 == done.exit_code
    assert "is in eu-west-11, where CodePipeline is not available (did you mean eu-west-1?)" in done.stderr
    assert "deploying" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_trial_with_all_that_it_started(tmp_path: Path, number: signal.Signals) -> None:
    """In the middle of a build: no temporary folder stays, and no process that works in one."""
    command = [sys.executable, "-m", "generator", "try", "pipeline-release", "--params", PROD]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("Source/Image"):  # Inspect is next
                break
        time.sleep(1)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert said in ("", "Interrupted.\n")
    assert 128 + number == process.returncode
    assert [] == list(tmp_path.iterdir())
    left = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [words for words in left if os.fsencode(tmp_path) in words]


@pytest.mark.parametrize("platform", ["", PLATFORM])
def test_a_limit_without_effect_is_shown_first(tmp_path: Path, platform: str) -> None:
    """Before anything starts: the run is judged by the platform's."""
    given = json.loads(Path(PROD).read_text(encoding="utf-8"))
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps([*given, {"ParameterKey": "MaxCriticalFindings", "ParameterValue": "5"}]))

    class FirstLineError(Exception):
        pass

    def stop(line: str) -> None:
        raise FirstLineError(line)

    with pytest.raises(FirstLineError) as shown:
        attempt_trial("pipeline-release", TrialFiles(str(file), platform), Wish(), stop)
    where = platform or "its defaults; --platform-params FILE uses your platform"
    assert f"MaxCriticalFindings: given 5, but the platform has 0, which applies ({where})" == str(shown.value)


def test_builds_need_bash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its absence is reported before anything starts."""
    monkeypatch.setenv("PATH", "/nowhere")
    done = attempt("--params", PROD)
    assert (1, "Error: bash is not on PATH: install it. Builds run under bash, as in CodeBuild\n") == (
        done.exit_code,
        done.stderr,
    )


def test_a_deployer_that_commits_needs_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, that is said before anything starts."""
    (tmp_path / "bash").symlink_to(str(shutil.which("bash")))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(cli, ["try", "pipeline-gitops", "--params", str(PARAMS / "pipeline-gitops.prod.json")])
    assert (1, "") == (done.exit_code, done.stdout)
    said = "Error: git is not on PATH: install it. The deployer clones the repository, commits and pushes\n"
    assert said == done.stderr


def test_a_template_without_a_platform_takes_no_parameters_for_one() -> None:
    """`standalone` has everything in itself."""
    file = str(PARAMS / "standalone.dev.json")
    done = CliRunner().invoke(cli, ["try", "standalone", "--params", file, "--platform-params", PLATFORM])
    assert 2 == done.exit_code
    assert f"--platform-params: given {PLATFORM}, but standalone imports from no platform" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False])
def test_a_scan_that_never_comes_is_not_waited_for(own: bool) -> None:  # noqa: FBT001
    """The time to wait is the platform's, or the template's own, and is the shortest there is."""
    name = "standalone" if own else "pipeline-release"
    file = str(PARAMS / f"{name}.prod.json")
    done = CliRunner().invoke(cli, ["try", name, "--params", file, "--no-scan"])
    assert 1 == done.exit_code
    assert "ScanTimeoutSeconds is set to 30, because the image is not scanned" in done.stderr
    assert "FAILED: phase BUILD: Inspect: No scan of linux/amd64" in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", ["deployer-lambda", "image-build"])
def test_only_pipelines_of_images_are_tried(name: str) -> None:
    """Another template has nothing that a push starts."""
    done = CliRunner().invoke(cli, ["try", name, "--params", PROD])
    assert 2 == done.exit_code
    assert f"{name} has no pipeline that an image push starts, allowed: pipeline-ec2, " in done.stderr
