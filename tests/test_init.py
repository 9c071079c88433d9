"""`ecr-pipeline init`: from a few answers to parameter files that can be deployed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator import catalog
from generator.cli import cli
from generator.cloudformation import parameter_files
from generator.cloudformation.imports import order
from generator.cloudformation.parameter_file_problems import problems
from generator.program_name import program
from generator.publishing.starter_set import starter_set, suggested
from tests.conftest import RENDERED
from tests.emulator.people import PARAMS

ECS = {
    "RepositoryName": "team/orders",
    "StagingService": "staging/orders",
    "ProductionService": "production/orders",
    "StagingContainers": "app",
    "ProductionContainers": "app",
    "TaskRoleArns": "none",
}
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
        *list(ECS.values())[1:],
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
        (["pipeline-ec", "--no-input"], ("pipeline-ec", "did you mean pipeline-ecs?")),
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
