"""`ecr-pipeline init`: from a few answers to parameter files that can be deployed."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator import catalog
from generator.checks import suite
from generator.cli import cli
from generator.cloudformation import parameter_files
from generator.cloudformation.imports import order
from generator.cloudformation.parameter_file_problems import problems
from generator.program_name import program
from generator.publishing.starter_set import starter_set, suggested
from tests.conftest import RENDERED
from tests.emulator.people import PARAMS

ROOT = Path(__file__).resolve().parent.parent
ECS = {
    "RepositoryName": "team/orders",
    "StagingService": "staging/orders",
    "ProductionService": "production/orders",
    "StagingContainers": "app",
    "ProductionContainers": "app",
    "TaskRoleArns": "none",
}
IN_ORDER = ("StagingService", "StagingContainers", "ProductionService", "ProductionContainers", "TaskRoleArns")
SET = [word for key, value in ECS.items() for word in ("--set", f"{key}={value}")]


def init(folder: Path, *arguments: str, typed: str = "") -> Result:
    """The finished command."""
    return CliRunner().invoke(cli, ["init", "--params-dir", str(folder), *arguments], input=typed)


def written(folder: Path) -> dict[str, dict[str, str]]:
    """The values of every file."""
    return {
        path.name: {each["ParameterKey"]: each["ParameterValue"] for each in json.loads(path.read_text())}
        for path in folder.glob("*")
    }


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null", "</dev/null 2>&1"])
def test_nobody_answers(tmp_path: Path, stdin: str) -> None:
    """Standard input is closed, or empty: what to do, on a line of its own, and no file."""
    command = [sys.executable, "-m", "generator", "init", "--params-dir", str(tmp_path / "new")]
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {stdin}', "sh", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 2 == ended.returncode
    last = (ended.stdout if "2>&1" in stdin else ended.stderr).splitlines()[-1]
    assert last == (
        "Error: standard input has no answer: init asks questions; run it in a terminal, or add --no-input and the name"
        " of a TEMPLATE"
    )
    assert not (tmp_path / "new").exists()


def test_answers_that_end_too_early_are_not_enough(tmp_path: Path) -> None:
    """The number of a template is given, and nothing else."""
    done = init(tmp_path / "new", typed="1\n")
    assert 2 == done.exit_code
    assert "\nError: standard input has no answer: init asks questions; " in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_service_gets_all_files_that_it_needs(tmp_path: Path) -> None:
    """With the fewest answers: its pipeline, a platform for its repositories, a network. They can be deployed."""
    done = init(tmp_path, "pipeline-ecs", "--env", "orders", "--no-input", *SET)
    assert 0 == done.exit_code, done.output
    assert {
        "network.main.json": {},
        "platform.main.json": {"RepositoryPattern": "team/*"},
        "pipeline-ecs.orders.json": {**ECS, "Name": "orders", "NotificationEmail": ""},
    } == written(tmp_path)
    assert [
        "Next:",
        f"  {program()} apply network.main --params-dir {tmp_path}",
        f"  {program()} apply platform.main --params-dir {tmp_path}",
        f"  {program()} apply pipeline-ecs.orders --params-dir {tmp_path}",
    ] == done.stdout.splitlines()
    for path in tmp_path.glob("*"):
        body = RENDERED[path.name.partition(".")[0]]
        assert [] == list(map(str, problems(parameter_files.read(path), body)))


def test_questions_lead_to_the_same_files(tmp_path: Path) -> None:
    """A wrong answer is refused with the allowed values, and the question is repeated; Enter accepts a suggestion."""
    names = ["standalone", *(each for each in catalog.image_pipelines() if each != "standalone")]
    typed = [
        str(names.index("pipeline-ecs") + 1),
        "../x",
        "orders",
        "y",
        "Team/Orders",
        ECS["RepositoryName"],
        "",
        "team@example.com",
        *(ECS[each] for each in IN_ORDER),
        "",
    ]
    done = init(tmp_path, typed="\n".join([*typed, ""]))
    assert 0 == done.exit_code, done.output
    assert "RepositoryName: " in done.stderr
    assert "'../x' is not the name of an environment, allowed: lower-case letters" in done.stderr
    assert 'given "Team/Orders"' in done.stderr
    expected = {**ECS, "Name": "orders", "NotificationEmail": "team@example.com"}
    assert expected == written(tmp_path)["pipeline-ecs.orders.json"]
    assert {"RepositoryPattern": "team/*"} == written(tmp_path)["platform.main.json"]


def typed_for_ecs(*, production: str, then: tuple[str, ...] = ()) -> str:
    """The answers for pipeline-ecs with this service of production, and what is typed after them."""
    answers = {**ECS, "ProductionService": production}
    first = ("y", answers["RepositoryName"], "", "")
    return "\n".join([*first, *(answers[each] for each in IN_ORDER), *then, ""])


def test_what_contradicts_is_asked_again_and_nothing_else(tmp_path: Path) -> None:
    """With the message; Enter keeps an answer. The others are not lost."""
    have = ("--have", "platform", "--have", "network")
    again = typed_for_ecs(production=ECS["StagingService"], then=("", ECS["ProductionService"]))
    done = init(tmp_path, "pipeline-ecs", "--env", "orders", *have, typed=again)
    assert 0 == done.exit_code, done.output
    assert {"pipeline-ecs.orders.json": {**ECS, "Name": "orders", "NotificationEmail": ""}} == written(tmp_path)
    before, _, after = done.stderr.partition("pipeline-ecs does not accept these values:\n")
    assert "  StagingService and ProductionService must differ, or one of them must be none.\n" in after
    assert ["StagingService", "ProductionService"] == [
        line.split()[0] for line in after.splitlines() if line.endswith(": ") or "]: " in line
    ]
    assert f"StagingService [{ECS['StagingService']}]: " in after
    assert "or none to leave out staging." in before.replace("\n  ", " "), "says what can be typed, before it is wrong"


def test_a_given_value_that_is_wrong_is_asked_for(tmp_path: Path) -> None:
    """Like one that was typed; one that needs no value is emptied by Enter."""
    wrong = ("--set", "RepositoryName=A", "--set", "NotificationEmail=x")
    done = init(tmp_path, "standalone", *wrong, typed="main\ny\nteam/orders\nteam@example.com\n")
    assert 0 == done.exit_code, done.output
    expected = {"RepositoryName": "team/orders", "NotificationEmail": "team@example.com"}
    assert {"standalone.main.json": expected} == written(tmp_path)
    connection = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
    given = {
        "RepositoryName": "team/orders",
        "ConnectionArn": connection,
        "SourceRepository": "example/orders",
        "GitTagPattern": "v*",
        "SourcePaths": "src/**",
        "NotificationEmail": "",
    }
    words = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
    have = ("--have", "platform", "--have", "network", "--env", "orders")
    done = init(tmp_path, "image-build", *words, *have, typed="y\n\nlib/**\n")
    assert 0 == done.exit_code, done.output
    expected = {**given, "GitTagPattern": "", "SourcePaths": "lib/**"}
    assert expected == written(tmp_path)["image-build.orders.json"]


def test_a_stage_that_is_left_out_is_not_asked_about_twice(tmp_path: Path) -> None:
    """`none` for its service is suggested for its containers, and taken with --no-input."""
    have = ("--have", "platform", "--have", "network", "--no-input", "--env", "orders")
    values = {key: value for key, value in ECS.items() if not key.startswith("Staging")} | {"StagingService": "none"}
    done = init(tmp_path, "pipeline-ecs", *have, *(w for k, v in values.items() for w in ("--set", f"{k}={v}")))
    assert 0 == done.exit_code, done.output
    assert "none" == written(tmp_path)["pipeline-ecs.orders.json"]["StagingContainers"]


def test_an_interrupt_leaves_the_answers(tmp_path: Path) -> None:
    """The end of the input or Ctrl-C: a command that continues. It does."""
    whole = typed_for_ecs(production=ECS["ProductionService"])
    done = init(tmp_path, "pipeline-ecs", "--env", "orders", typed="\n".join(whole.splitlines()[:-1]))
    assert 2 == done.exit_code
    assert {} == written(tmp_path)
    line = next(line for line in done.stderr.splitlines() if line.startswith(f"  {program()} init "))
    words = line.removeprefix(f"  {program()} init ").split()
    assert 0 == CliRunner().invoke(cli, ["init", *words], input=f"y\n\n{ECS['TaskRoleArns']}\n\n").exit_code
    expected = {**ECS, "Name": "orders", "NotificationEmail": ""}
    assert expected == written(tmp_path)["pipeline-ecs.orders.json"]


def at_a_terminal(folder: Path, answers: dict[str, str], end: signal.Signals | None) -> tuple[int, str]:
    """The exit code and what a terminal shows, after these answers, and a signal or Ctrl-D at the last question."""
    terminal, inside = pty.openpty()
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import generator.__main__ as main"
    command = [sys.executable, "-c", f"{heard}; main.main()", "init", "--params-dir", str(folder)]
    shown = ""

    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, cwd=ROOT) as process:
        os.close(inside)
        for question, answer in answers.items():
            while f"{question}: " not in shown:
                shown += os.read(terminal, 4096).decode()
            time.sleep(0.5)  # a signal just before Python reads would wait for the end of the line
            os.write(terminal, answer.encode())
        if end:
            process.send_signal(end)
        try:
            while data := os.read(terminal, 4096):
                shown += data.decode()
        except OSError:  # on Linux, the end
            pass
        os.close(terminal)
    return process.returncode, shown.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("end", "code", "last"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 143, ""),
        (None, 2, "Error: standard input has no answer: init asks questions; "),
    ],
)
def test_every_end_at_a_terminal_leaves_the_answers(
    tmp_path: Path, end: signal.Signals | None, code: int, last: str
) -> None:
    """Also in the middle of the first questions, of which the last is one with yes or no."""
    answers = {
        "template [1]": "pipeline-lambda\n",
        "service [main]": "fn\n",
        "Deploy to staging [Y/n]": "n\n",
        "Deploy to production [Y/n]": "" if end else "\x04",
    }
    ended, shown = at_a_terminal(tmp_path, answers, end)
    continuing = f"init pipeline-lambda --env fn --params-dir {tmp_path} --set StagingDeployer=none\n"
    said, _, rest = shown.partition(continuing)
    assert "\nNothing was written. To continue with these answers:\n" in said
    assert (code, last) == (ended, rest.strip()[: len(last)] if last else rest.strip())


def test_nothing_is_said_where_nothing_was_answered(tmp_path: Path) -> None:
    """The command that was typed is the command that continues."""
    done = init(tmp_path, "pipeline-ecs", "--env", "orders", typed="")
    assert "Nothing was written" not in done.stderr


def test_wrong_answers_are_answered_with_the_right_ones(tmp_path: Path) -> None:
    """To yes or no, and to the number of a template, which may be its name."""
    done = init(tmp_path, typed="99\npipeline-esc\nstandalone\nmain\nmaybe\ny\n")
    number = f"Error: enter a number from 1 to {len(catalog.image_pipelines())}, or the name of a template"
    assert f"{number}\n" in done.stderr
    assert f"{number} (did you mean pipeline-e" in done.stderr
    assert "Does the ECR repository exist [Y/n]: maybe\nError: answer y or n\n" in done.stderr
    assert "\nstandalone (" in done.stderr


def test_questions_of_two_stages_say_for_which(tmp_path: Path) -> None:
    """Each set of questions has its file, and that of a deployer its stage."""
    done = init(tmp_path, "pipeline-lambda", "--env", "fn", typed="y\ny\ny\nteam/fn\n" + "\n" * 12)
    for stage in ("staging", "production"):
        file = tmp_path / f"deployer-lambda.fn-{stage}.json"
        assert f"\ndeployer-lambda of {stage} ({file}): " in done.stderr
    assert f"\npipeline-lambda ({tmp_path / 'pipeline-lambda.fn.json'}): " in done.stderr
    words = ("--set", "RepositoryName=Team", "--no-input", "--env", "fn")
    assert (
        "deployer-lambda of staging does not accept these values:" in init(tmp_path, "pipeline-lambda", *words).stderr
    )


def test_a_repository_that_the_platform_does_not_inspect_is_reported(tmp_path: Path) -> None:
    """`init` writes the file and says what to correct; `check` finds it, so that `make deploy` does not deploy."""
    assert 0 == init(tmp_path, "pipeline-release", "--env", "one", "--no-input", *SET[:2]).exit_code
    done = init(tmp_path, "pipeline-release", "--env", "two", "--no-input", "--set", "RepositoryName=shop/billing")
    assert 0 == done.exit_code, done.output
    path = tmp_path / "pipeline-release.two.json"
    correct = (
        f"  correct RepositoryName in {path}: given shop/billing, but Inspect of the platform main reads only team/*"
        f" ({tmp_path / 'platform.main.json'}). Widen RepositoryPattern there, or choose another Platform"
    )
    assert [
        "Next:",
        correct,
        f"  {program()} apply pipeline-release.two --params-dir {tmp_path}",
    ] == done.stdout.splitlines()
    checked = suite.published(
        ["pipeline-release"], templates_dir=tmp_path, params_dir=tmp_path, docs_dir=tmp_path, environment="two"
    )
    assert [str(path)] == [each.path for each in checked.findings if each.check == "inspected-repositories"]


def test_a_platform_that_no_file_creates_is_named(tmp_path: Path) -> None:
    """If there are files of others. It may exist: --have says so. Without any, there is nothing to compare with."""
    assert 0 == init(tmp_path, "pipeline-release", "--env", "one", "--no-input", *SET[:2]).exit_code
    pay = ("--no-input", "--set", "RepositoryName=payments/pay", "--set", "Platform=payments")
    done = init(tmp_path, "pipeline-release", "--env", "two", *pay)
    there = f"no parameter file here creates it ({tmp_path / 'platform.main.json'} creates main)"
    assert f"  deploy the platform payments first, unless it exists: {there}" in done.stdout.splitlines()
    assert (
        "first, unless" not in init(tmp_path, "pipeline-release", "--env", "three", "--have", "platform", *pay).stdout
    )
    alone = ("--have", "platform", "--have", "network")
    assert "first, unless" not in init(tmp_path / "new", "pipeline-release", "--env", "x", *alone, *pay).stdout
    done = init(tmp_path, "platform", "--env", "two", "--no-input", "--set", "Network=other", "--set", "Platform=two")
    assert "  deploy the network other first, unless it exists" in done.stdout


def test_all_contradictions_are_reported_at_once(tmp_path: Path) -> None:
    """Without input: of every file, values and combinations, however many values are missing."""
    given = ("RepositoryName=Team", "StagingService=a/b", "ProductionService=a/b", "StagingContainers=none")
    words = [word for each in (*given, "RepositoryPattern=Team/*") for word in ("--set", each)]
    done = init(tmp_path, "pipeline-ecs", "--no-input", *words)
    assert 1 == done.exit_code
    for each in (
        "platform does not accept these values:",
        "RepositoryPattern: given",
        "RepositoryName: given",
        "StagingService and ProductionService must differ",
        "StagingService and StagingContainers: enter none for both",
    ):
        assert 1 == done.stderr.count(each), done.stderr
    assert {} == written(tmp_path)
    (tmp_path / "pipeline-ecs.main.json").write_text("[]")
    done = init(tmp_path, "pipeline-ecs", "--no-input", *words, "--set", "Repository=a")
    assert 2 == done.exit_code
    for each in ("no template has a parameter Repository", "already exists", "RepositoryName: given"):
        assert 1 == done.stderr.count(each), done.stderr


def test_what_cannot_be_written_is_refused_before_the_questions(tmp_path: Path) -> None:
    """A file that exists, or a folder that cannot be made; another name of the environment can be typed."""
    (tmp_path / "standalone.main.json").write_text("[]")
    assert "RepositoryName" not in init(tmp_path, "standalone", "--env", "main", typed="").output
    done = init(tmp_path, "standalone", typed="main\nother\ny\nteam/orders\nteam@example.com\n")
    assert 0 == done.exit_code, done.output
    assert f"{tmp_path / 'standalone.main.json'} already exists: edit it, or choose another name" in done.stderr
    assert "standalone.other.json" in written(tmp_path)
    done = init(tmp_path / "standalone.main.json", "standalone", "--env", "x", typed="")
    assert "is not a folder with write access" in done.stderr
    assert "RepositoryName" not in done.output


def test_a_file_without_values_is_an_empty_list(tmp_path: Path) -> None:
    """On one line."""
    assert 0 == init(tmp_path, "network", "--no-input").exit_code
    assert "[]\n" == (tmp_path / "network.main.json").read_text()


def test_existing_files_are_not_made_again(tmp_path: Path) -> None:
    """A second service needs its pipeline alone: the platform has a file, or --have says that there is one."""
    assert 0 == init(tmp_path, "pipeline-release", "--env", "one", "--no-input").exit_code
    assert 0 == init(tmp_path, "pipeline-release", "--env", "two", "--no-input").exit_code
    assert {"network.main.json", "platform.main.json", "pipeline-release.one.json", "pipeline-release.two.json"} == set(
        written(tmp_path)
    )
    alone = tmp_path / "alone"
    have = ("--have", "platform", "--have", "network")
    assert 0 == init(alone, "pipeline-release", "--env", "one", "--no-input", *have).exit_code
    assert {"pipeline-release.one.json"} == set(written(alone))


def test_examples_do_not_count_as_existing_files(tmp_path: Path) -> None:
    """In a fresh clone, the network and the platform of the examples do not count as existing.

    A changed example does.
    """
    fresh, changed = tmp_path / "fresh", tmp_path / "changed"
    for folder in (fresh, changed):
        shutil.copytree(PARAMS, folder)
    assert 0 == init(fresh, "pipeline-ecs", "--env", "orders", "--no-input", *SET).exit_code
    new = {"network.main.json", "platform.main.json", "pipeline-ecs.orders.json"}
    assert new == {path.name for path in fresh.glob("*.json")} - {path.name for path in PARAMS.glob("*.json")}
    file = changed / "network.prod.json"
    file.write_text(file.read_text().replace("10.64", "10.65").replace("main", "other") + "\n")
    done = init(changed, "pipeline-ecs", "--env", "orders", "--no-input", *SET)
    assert ["platform", "pipeline-ecs"] == [
        line.split(" apply ")[1].partition(".")[0] for line in done.stdout.splitlines()[1:]
    ]


def test_each_stage_gets_its_deployer(tmp_path: Path) -> None:
    """The pipeline needs outputs of the deployers, once they are deployed: a message names them, with the file."""
    done = init(tmp_path, "pipeline-lambda", "--env", "orders", "--no-input", "--set", "RepositoryName=team/orders")
    assert 0 == done.exit_code, done.output
    files = written(tmp_path)
    assert {f"deployer-lambda.orders-{stage}.json" for stage in ("staging", "production")} < set(files)
    deployer = files["deployer-lambda.orders-staging.json"]
    assert ("team/orders", "orders") == (deployer["RepositoryName"], deployer["PipelineName"])
    assert f"fill in StagingDeployer, ProductionDeployer in {tmp_path / 'pipeline-lambda.orders.json'}" in done.stdout
    assert done.stdout.index(" apply deployer-lambda.orders-staging ") < done.stdout.index(
        " apply pipeline-lambda.orders "
    )


def test_a_stage_that_is_left_out_has_no_deployer(tmp_path: Path) -> None:
    """No to production: `none` in the pipeline, and one deployer. No to the repository: a file for it, first."""
    typed = ["orders", "y", "n", "n", "team/orders", "", "", "", "live", "", "", "", "", "", ""]
    done = init(tmp_path, "pipeline-lambda", typed="\n".join(typed))
    assert 0 == done.exit_code, done.output
    files = written(tmp_path)
    assert "none" == files["pipeline-lambda.orders.json"]["ProductionDeployer"]
    assert {"deployer-lambda.orders-staging.json", "registry.orders.json"} <= set(files)
    assert "deployer-lambda.orders-production.json" not in files
    assert " apply registry.orders " in done.stdout.splitlines()[1]


def test_make_deploys_what_is_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks in params/ and in no other folder."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["init", "pipeline-ecs", "--env", "orders", "--no-input", *SET])
    assert [
        "Next:",
        "  make deploy TEMPLATE=network ENV=main",
        "  make deploy TEMPLATE=platform ENV=main",
        "  make deploy TEMPLATE=pipeline-ecs ENV=orders",
    ] == done.stdout.splitlines()


@pytest.mark.parametrize("name", catalog.templates())
def test_every_template_has_its_set_in_the_order_of_imports(name: str) -> None:
    """Nothing is missing below it, and it comes last."""
    found = starter_set(name, RENDERED, ())
    assert name == found[-1]
    assert found == order({each: RENDERED[each] for each in sorted(found, reverse=True)})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pipeline-ec", "--no-input"], ("pipeline-ec", "did you mean pipeline-ec2 or pipeline-ecs?")),
        (["--no-input"], ("requires a TEMPLATE", "allowed:")),
        (["standalone", "--no-input", "--set", "RepositoryName"], ("KEY=VALUE",)),
        (["standalone", "--no-input", "--set", "RepositoryNam=x"], ("RepositoryNam", "did you mean RepositoryName?")),
        (["standalone", "--no-input", "--have", "netwrk"], ("netwrk", "did you mean network?")),
        (
            ["standalone", "--no-input", "--set", "RepositoryName=A", "--set", "NotificationEmail=x"],
            ('given "A"', 'given "x"'),
        ),
        (
            ["pipeline-ecs", "--no-input", *SET, "--set", "ProductionService=staging/orders"],
            ("StagingService and ProductionService must differ",),
        ),
        (
            ["pipeline-ecs", "--no-input", *SET, "--set", "ProductionService=production/web,staging/orders"],
            ("StagingService and ProductionService have staging/orders in common",),
        ),
    ],
)
def test_impossible_answers_are_refused_and_nothing_is_written(
    tmp_path: Path, arguments: list[str], says: tuple[str, ...]
) -> None:
    """All problems at once, with the allowed values."""
    done = init(tmp_path / "new", *arguments)
    assert done.exit_code in (1, 2)
    for each in says:
        assert each in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["pipeline-ecs", "pipeline-lambda", "standalone"])
def test_init_and_params_order_have_one_order(tmp_path: Path, name: str) -> None:
    """A repository comes before the pipeline over it, although the pipeline does not import from its stack."""
    done = init(tmp_path, name, "--env", "main", "--no-input", "--new-repository", *SET[:2])
    assert 0 == done.exit_code, done.output
    written_order = [
        line.split(" apply ")[1].partition(".")[0] for line in done.stdout.splitlines() if " apply " in line
    ]
    ordered = CliRunner().invoke(cli, ["params", "order", "main", "--params-dir", str(tmp_path)]).stdout.splitlines()
    assert "registry" == ordered[0]
    assert [each for each in written_order if not each.startswith("deployer-")] == ordered


def test_no_file_is_replaced(tmp_path: Path) -> None:
    """Then none is written at all."""
    (tmp_path / "standalone.dev.json").write_text("[]")
    done = init(tmp_path, "standalone", "--env", "dev", "--no-input")
    assert 1 == done.exit_code
    assert "already exists" in done.stderr
    assert "[]" == (tmp_path / "standalone.dev.json").read_text()


def test_suggestions_follow_from_the_repository() -> None:
    """A repository without a namespace allows no pattern but all."""
    assert "orders" == suggested("Name", {"RepositoryName": "team/orders"})
    assert ["team/*", "*", ""] == [
        suggested("RepositoryPattern", {"RepositoryName": each}) for each in ("team/orders", "orders", "")
    ]
