"""The command line: data on stdout, all else on stderr; exit 0 clean, 1 findings or an error, 2 wrong usage."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from generator import catalog
from generator.cli import cli
from generator.publishing import render
from tests.rendered import with_texts

NAMES = list(catalog.templates())
NAME = NAMES[0]


def run(*arguments: str | Path) -> Result:
    """What the command line does with these arguments."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def commands(group: click.Group = cli, *, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, groups included."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, path=(*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help_with_examples(path: tuple[str, ...], option: str) -> None:
    """The help shows how the command is typed, and each example is of that command and names options that exist."""
    result = run(*path, option)
    assert 0 == result.exit_code
    start = " ".join(("ecr-pipeline", *path))
    examples = [line.strip() for line in result.output.splitlines() if line.startswith(f"    {start}")]
    assert examples
    for example in examples:
        words = shlex.split(re.split(r"\s{2,}|[|>]|\d>", example)[0])[1:]
        command: click.Command = cli
        while isinstance(command, click.Group) and words:
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert known >= {word for word in words if word.startswith("--")}


def test_completion_is_documented() -> None:
    """For the three shells that click knows."""
    help_text = run("-h").output
    assert all(f"_ECR_PIPELINE_COMPLETE={shell}_source" in help_text for shell in ("bash", "zsh", "fish"))


def test_list_names_every_template() -> None:
    """A line each, the name first."""
    result = run("list")
    assert 0 == result.exit_code
    assert NAMES == [line.split()[0] for line in result.stdout.splitlines()]
    assert "" == result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_show_prints_the_template(name: str) -> None:
    """The same bytes that `write` writes; as YAML, the same template, with the lines of a script in one text."""
    text = render.to_json(catalog.build(name))
    assert text == run("show", name).stdout
    assert with_texts(json.loads(text)) == with_texts(yaml.safe_load(run("show", name, "--format", "yaml").stdout))


def test_write_writes_every_template(tmp_path: Path) -> None:
    """Without a name, all; it says what it wrote and what to do next, and that is no data."""
    result = run("write", "--templates-dir", tmp_path / "new")
    assert 0 == result.exit_code
    assert "" == result.stdout
    assert sorted(f"{name}.json" for name in NAMES) == sorted(path.name for path in (tmp_path / "new").iterdir())
    assert [*(f"wrote {tmp_path}/new/{name}.json" for name in NAMES), "Next: ecr-pipeline check"] == (
        result.stderr.splitlines()
    )
    assert render.to_json(catalog.build(NAME)) == (tmp_path / "new" / f"{NAME}.json").read_text(encoding="utf-8")


def test_write_says_what_is_unchanged(tmp_path: Path) -> None:
    """A second call changes nothing."""
    run("write", NAME, "--templates-dir", tmp_path)
    assert f"unchanged {tmp_path}/{NAME}.json" == run("write", NAME, "--templates-dir", tmp_path).stderr.splitlines()[0]


def test_write_with_a_wrong_name_writes_nothing(tmp_path: Path) -> None:
    """Not even what was named before it; it says which names there are."""
    result = run("write", NAME, "nothing-of-the-kind", "--templates-dir", tmp_path / "new")
    assert 1 == result.exit_code
    assert "nothing-of-the-kind" in result.stderr
    assert NAME in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [("show",), ("check",), ("params", "new")])
def test_an_unknown_template_is_told_with_those_that_exist(command: tuple[str, ...]) -> None:
    """Everywhere a name is taken."""
    result = run(*command, "nothing-of-the-kind")
    assert 1 == result.exit_code
    assert "" == result.stdout
    assert NAME in result.stderr


def test_write_into_a_place_that_is_taken(tmp_path: Path) -> None:
    """A file in the place of the folder is said plainly."""
    (tmp_path / "templates").write_text("")
    result = run("write", "--templates-dir", tmp_path / "templates")
    assert 1 == result.exit_code
    assert f"templates/{NAME}.json: {tmp_path}/templates is a file, not a folder" in result.stderr


@pytest.mark.slow
def test_check_accepts_what_write_writes(tmp_path: Path) -> None:
    """Nothing on stdout, exit 0."""
    run("write", "--templates-dir", tmp_path)
    result = run("check", "--templates-dir", tmp_path, "--params-dir", tmp_path / "none")
    assert (0, "", "No findings.\n") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.slow
def test_check_prints_findings_and_exits_with_one(tmp_path: Path) -> None:
    """The findings are the data."""
    run("write", "--templates-dir", tmp_path)
    (tmp_path / "old.json").write_text("{}")
    result = run("check", "--templates-dir", tmp_path, "--params-dir", tmp_path / "none")
    assert 1 == result.exit_code
    assert (
        f"{tmp_path}/old.json: no template of the generator: remove it, or keep it elsewhere [drift]\n" == result.stdout
    )
    assert "1 finding\n" == result.stderr


def test_check_of_an_environment_requires_templates() -> None:
    """An environment means nothing without its templates: wrong usage."""
    result = run("check", "--env", "dev")
    assert 2 == result.exit_code
    assert "--env requires the names of templates" in result.stderr


@pytest.mark.parametrize("environment", ["../dev", "Dev", "", "-x"])
def test_an_environment_is_a_part_of_a_file_name(environment: str) -> None:
    """Nothing that leads out of the folder, or that `make deploy` would not take."""
    result = run("check", NAME, f"--env={environment}")
    assert 2 == result.exit_code
    assert "is no name of an environment" in result.stderr


def test_a_new_parameter_file_goes_to_stdout() -> None:
    """A list that the AWS CLI takes on stdout, what to type on stderr."""
    result = run("params", "new", NAME)
    assert 0 == result.exit_code
    declared = catalog.build(NAME).parameters
    assert all({"ParameterKey", "ParameterValue"} == entry.keys() for entry in json.loads(result.stdout))
    assert all(f"  {name} (" in result.stderr for name in declared)


def test_a_new_parameter_file_goes_into_its_folder(tmp_path: Path) -> None:
    """With an environment it has the right name, and says how to go on."""
    result = run("params", "new", NAME, "--env", "dev", "--params-dir", tmp_path / "params")
    assert 0 == result.exit_code
    assert "" == result.stdout
    assert run("params", "new", NAME).stdout == (tmp_path / "params" / f"{NAME}.dev.json").read_text()
    assert f"Next: fill it in, then ecr-pipeline check {NAME} --env dev" in result.stderr


def test_a_new_parameter_file_replaces_none(tmp_path: Path) -> None:
    """What somebody filled in stays."""
    path = tmp_path / f"{NAME}.dev.json"
    path.write_text("mine")
    result = run("params", "new", NAME, "--env", "dev", "--params-dir", tmp_path)
    assert 1 == result.exit_code
    assert f"{path} is there already" in result.stderr
    assert "mine" == path.read_text()


def test_a_full_parameter_file_names_every_parameter() -> None:
    """With --all also what has a default."""
    entries = json.loads(run("params", "new", NAME, "--all").stdout)
    assert catalog.build(NAME).parameters.keys() == {entry["ParameterKey"] for entry in entries}


def test_outputs_of_other_stacks_are_filled_in(tmp_path: Path) -> None:
    """The repository of a registry is a parameter of a pipeline, as is the name of its platform."""
    registry = [("RepositoryName", "team/orders", None), ("RepositoryArn", "arn:repository", None)]
    platform = [("KeyArn", "arn:key", "ecr-pipeline:platform:shared:v1:KeyArn")]
    files = []
    for stack, outputs in (("registry", registry), ("platform", platform)):
        files.append(tmp_path / f"{stack}.json")
        listed = [
            {"OutputKey": key, "OutputValue": value} | ({"ExportName": export} if export else {})
            for key, value, export in outputs
        ]
        files[-1].write_text(json.dumps({"Stacks": [{"StackName": stack, "Outputs": listed}]}))
    result = run("params", "new", "pipeline-release", "--outputs", files[0], "--outputs", files[1])
    assert 0 == result.exit_code
    entries = {entry["ParameterKey"]: entry["ParameterValue"] for entry in json.loads(result.stdout)}
    assert {"Name": "", "Platform": "shared", "RepositoryName": "team/orders"} == entries


def test_outputs_that_are_no_parameters_are_an_error(tmp_path: Path) -> None:
    """A file of the wrong stack is an error, because nothing can be filled in."""
    file = tmp_path / "other.json"
    outputs = [{"OutputKey": "Other", "OutputValue": "x"}]
    file.write_text(json.dumps({"Stacks": [{"StackName": "other", "Outputs": outputs}]}))
    result = run("params", "new", "pipeline-release", "--outputs", file)
    assert (1, "") == (result.exit_code, result.stdout)
    assert "pipeline-release has no parameter called Other: no output can be filled in" in result.stderr


def test_overrides_are_a_list_of_key_and_value(tmp_path: Path) -> None:
    """Both versions of the AWS CLI take a JSON list of "Key=Value"; no value can break out of it."""
    values = {"A": "plain", "B": "x=y", "C": "two words", "D": 'it\'s "$(quoted)"', "E": "", "F": "é\n"}
    path = tmp_path / "any.dev.json"
    path.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
    result = run("params", "overrides", path)
    assert 0 == result.exit_code
    assert [f"{key}={value}" for key, value in values.items()] == json.loads(result.stdout)


def test_overrides_of_a_bad_file_are_none(tmp_path: Path) -> None:
    """All problems on stderr, nothing on stdout, so that nothing can be deployed."""
    path = tmp_path / "any.dev.json"
    path.write_text('[1, {"ParameterKey": "A", "ParameterValue": 2}]')
    result = run("params", "overrides", path)
    assert (1, "") == (result.exit_code, result.stdout)
    assert f"{path}: entry 1: given 1" in result.stderr
    assert f"{path}: A: ParameterValue: given 2" in result.stderr


def test_the_version_is_told() -> None:
    """The one of the installation, or that there is none."""
    result = run("--version")
    assert (0, 1) == (result.exit_code, len(result.stdout.splitlines()))


def test_a_mistyped_command_is_wrong_usage() -> None:
    """Exit 2."""
    assert 2 == run("writ").exit_code
