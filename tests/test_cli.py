"""The command line: data on stdout, all else on stderr; exit 0 clean, 1 findings or an error, 2 wrong usage."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from generator import catalog
from generator.checks import suite
from generator.cli import cli
from generator.emulator.trial.outcome import Outcome
from generator.findings import Finding
from generator.program_name import program
from generator.publishing import render
from generator.publishing.explanation import ExplainedParameter, ExplainedResource, ExplainedStage, ExplainedTemplate
from generator.publishing.granted_statements import GrantedStatement
from generator.publishing.parameter_effects import Replacement
from generator.publishing.trust_statements import TrustStatement
from tests.rendered import with_texts

NAMES = list(catalog.templates())
NAME = NAMES[0]
EXPLAINED = (ExplainedParameter, ExplainedResource, ExplainedStage, ExplainedTemplate)
OWN = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Role: {Type: String, AllowedPattern: "arn:.*"}
  Bucket: {Type: String}
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Artifacts: {Type: CODEPIPELINE}
      Environment: {ComputeType: BUILD_GENERAL1_SMALL, Image: aws/codebuild/standard:7.0, Type: LINUX_CONTAINER}
      ServiceRole: !Ref Role
      Source:
        Type: CODEPIPELINE
        BuildSpec: !Sub |
          version: 0.2
          phase: {build: {commands: ["echo ${AWS::Region}"]}}
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      RoleArn: !Ref Role
      ArtifactStore: {Type: S3, Location: !Ref Bucket}
      Stages:
      - Name: Source
        Actions:
        - Name: Image
          ActionTypeId: {Category: Source, Owner: AWS, Provider: ECR, Version: "1"}
          Configuration:
            RepositoryNmae: orders
          OutputArtifacts: [{Name: Image}]
      - Name: Build
        Actions:
        - Name: Build
          ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
          Configuration: {ProjectName: !Ref Build}
          InputArtifacts: [{Name: Image}]
"""


def run(*arguments: str | Path) -> Result:
    """The result of the command line with these arguments."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def folders(place: Path) -> tuple[str, ...]:
    """The options for the folders of templates, parameter files and documents in a place."""
    return tuple(word for what in ("templates", "params", "docs") for word in (f"--{what}-dir", str(place / what)))


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


def test_the_page_of_the_command_line_is_complete() -> None:
    """docs/commands.md names every command, and every key of JSON."""
    page = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [] == [path for path in commands() if path[1:] and " ".join(path) not in page]
    assert [] == [path for path in commands() if path and not path[1:] and f"ecr-pipeline {path[0]}" not in page]
    checked = suite.Checked(findings=(Finding(path="", message="", check=""),), templates=1)
    keys = {
        *suite.data(checked),
        *suite.data(checked)["findings"][0],
        *({field.name for field in fields(Outcome)} - {"details"}),
        "next",
        *(field.name for kind in EXPLAINED for field in fields(kind)),
        *(
            {field.name for kind in (GrantedStatement, Replacement, TrustStatement) for field in fields(kind)}
            - {"body"}
        ),
    }
    assert [] == [key for key in sorted(keys) if f"`{key}`" not in page]


def test_completion_is_documented() -> None:
    """For the three shells that click knows."""
    help_text = run("-h").output
    assert all(f"_ECR_PIPELINE_COMPLETE={shell}_source" in help_text for shell in ("bash", "zsh", "fish"))


def test_list_as_json() -> None:
    """Including which templates can be tried."""
    found = json.loads(run("list", "--json").stdout)
    assert (1, NAMES) == (found["version"], [template["name"] for template in found["templates"]])
    assert catalog.image_pipelines() == [template["name"] for template in found["templates"] if template["try"]]


def test_help_fits_80_columns() -> None:
    """Of every command."""
    for path in commands():
        shown = CliRunner().invoke(cli, [*path, "--help"], prog_name="ecr-pipeline").output
        assert [] == [line for line in shown.splitlines() if len(line) > 80], path


def test_help_names_every_value() -> None:
    """As REGION or FILE, and not only by a type such as TEXT."""
    for path in commands():
        shown = CliRunner().invoke(cli, [*path, "--help"], prog_name="ecr-pipeline").output
        assert [] == re.findall(r"(?m)^  -.*(?: TEXT| INTEGER| PATH| FILENAME| DIRECTORY)\b.*", shown), path


def test_list_fits_a_terminal() -> None:
    """80 columns where the terminal does not say how wide it is: a description continues below its beginning."""
    ours, its = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "generator", "list"]
    shown = b""
    with (
        subprocess.Popen(command, cwd=Path(__file__).parents[1], env=environment, stdout=its),
        os.fdopen(ours, "rb", 0) as end,
    ):
        os.close(its)
        with contextlib.suppress(OSError):  # Linux ends the output of a closed terminal with an error
            while part := end.read(4096):
                shown += part
    lines = shown.decode().splitlines()
    assert [] == [line for line in lines if len(line) > 80]
    assert NAMES == [line.split()[0] for line in lines if not line.startswith(" ")]


def test_list_names_every_template() -> None:
    """A line each, the name first: other programs read it in a file or a pipe."""
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
    """Without a name, all of them; written files and the next command are messages, not data."""
    result = run("write", "--templates-dir", tmp_path / "new")
    assert 0 == result.exit_code
    assert "" == result.stdout
    assert sorted(f"{name}.json" for name in NAMES) == sorted(path.name for path in (tmp_path / "new").iterdir())
    wrote = [f"wrote {tmp_path}/new/{name}.json" for name in NAMES]
    assert [f"{wrote[0]} (new folder)", *wrote[1:], f"Next: {program()} check"] == (result.stderr.splitlines())
    assert render.to_json(catalog.build(NAME)) == (tmp_path / "new" / f"{NAME}.json").read_text(encoding="utf-8")


def test_write_says_what_is_unchanged(tmp_path: Path) -> None:
    """A second call changes nothing."""
    run("write", NAME, "--templates-dir", tmp_path)
    assert f"unchanged {tmp_path}/{NAME}.json" == run("write", NAME, "--templates-dir", tmp_path).stderr.splitlines()[0]


def test_write_says_what_it_replaced(tmp_path: Path) -> None:
    """A file that was edited by hand, with the first line that differed."""
    path = tmp_path / f"{NAME}.json"
    path.write_text(render.to_json(catalog.build(NAME)).replace("AWSTemplateFormatVersion", "Edited"))
    (told, *_) = run("write", NAME, "--templates-dir", tmp_path).stderr.splitlines()
    assert f"replaced {path}, which differed from line 2 on" == told


def test_write_with_a_wrong_name_writes_nothing(tmp_path: Path) -> None:
    """Not even the template that was named before it; the message lists the names."""
    result = run("write", NAME, "nothing-of-the-kind", "--templates-dir", tmp_path / "new")
    assert 2 == result.exit_code
    assert "nothing-of-the-kind" in result.stderr
    assert NAME in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", [("show",), ("check",), ("params", "new")])
def test_an_unknown_template_is_reported_with_those_that_exist(command: tuple[str, ...]) -> None:
    """Everywhere a name is taken."""
    result = run(*command, "nothing-of-the-kind")
    assert 2 == result.exit_code
    assert "" == result.stdout
    assert NAME in result.stderr


def test_write_into_a_file_is_an_error(tmp_path: Path) -> None:
    """A file in the place of the folder is reported."""
    (tmp_path / "templates").write_text("")
    result = run("write", "--templates-dir", tmp_path / "templates")
    assert 1 == result.exit_code
    assert f"templates/{NAME}.json: {tmp_path}/templates is a file, not a folder" in result.stderr


@pytest.mark.slow
def test_check_accepts_what_write_writes(tmp_path: Path) -> None:
    """Nothing on stdout, exit 0."""
    (tmp_path / "params").mkdir()
    run("write", "--templates-dir", tmp_path / "templates")
    run("docs", "--docs-dir", tmp_path / "docs")
    result = run("check", *folders(tmp_path))
    told = f"No findings in {len(NAMES)} templates and {len(NAMES)} documents.\n"
    assert (0, "", told) == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.slow
def test_check_prints_findings_and_exits_with_one(tmp_path: Path) -> None:
    """The findings are the data."""
    (tmp_path / "params").mkdir()
    run("write", "--templates-dir", tmp_path / "templates")
    run("docs", "--docs-dir", tmp_path / "docs")
    stray = tmp_path / "templates" / "old.json"
    stray.write_text("{}")
    message = "not a template of the generator: remove it, or move it to another folder"
    result = run("check", *folders(tmp_path))
    assert (1, f"{stray}: {message} [drift]\n") == (result.exit_code, result.stdout)
    assert result.stderr.startswith("1 finding in ")

    found = json.loads(run("check", *folders(tmp_path), "--json").stdout)
    assert (1, len(NAMES), 0, len(NAMES), []) == tuple(
        found[key] for key in ("version", "templates", "parameter_files", "documents", "absent")
    )
    assert [{"path": str(stray), "line": 0, "place": "", "message": message, "check": "drift"}] == found["findings"]


@pytest.mark.slow
def test_check_names_a_folder_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default folder may be missing, but is not reported as clean."""
    monkeypatch.chdir(tmp_path)
    run("write", NAME)
    result = run("check", NAME)
    assert (0, "params does not exist: nothing in it was checked\nNo findings in 1 template.\n") == (
        result.exit_code,
        result.stderr,
    )


@pytest.mark.parametrize("option", ["--templates-dir", "--params-dir", "--docs-dir"])
@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_check_of_a_folder_that_does_not_exist_is_wrong_usage(tmp_path: Path, option: str, place: str) -> None:
    """A typed folder must exist."""
    (tmp_path / "file").write_text("")
    result = run("check", option, tmp_path / place)
    assert (2, "") == (result.exit_code, result.stdout)
    assert f"{place}' is not a folder" in result.stderr


def test_check_of_documents_without_pages_is_wrong_usage(tmp_path: Path) -> None:
    """A folder that has none is not one of documents."""
    result = run("check", "--docs-dir", tmp_path)
    assert (2, "") == (result.exit_code, result.stdout)
    assert f"`{program()} docs --docs-dir" in result.stderr


@pytest.mark.slow
def test_check_of_a_template_of_your_own(tmp_path: Path) -> None:
    """Any file with a template: cfn-lint, our rules with AWS's page, size and buildspecs; it exits as for others."""
    path = tmp_path / "template.yaml"
    path.write_text(OWN)
    result = run("check", path)
    assert 1 == result.exit_code
    line = OWN.splitlines().index("            RepositoryNmae: orders") + 1
    place = "Resources/Pipeline/Properties/Stages/0/Actions/0/Configuration/RepositoryNmae"
    assert f"{path}:{line}: {place}: " in result.stdout
    assert "did you mean 'RepositoryName'?" in result.stdout
    assert "action-reference-ECR.html" in result.stdout
    assert "Build/BuildSpec/phase: unknown to CodeBuild" in result.stdout

    path.write_text(OWN.replace("RepositoryNmae", "RepositoryName").replace("phase:", "phases:"))
    result = run("check", path)
    assert (0, "", "No findings in 1 template.\n") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        ("[]", "not a template, which is an object with Resources"),
        ("{}", "not a template, which is an object with Resources"),
        ("a: b", "not a template, which is an object with Resources"),
        ("", "not a template, which is an object with Resources"),
    ],
)
def test_check_of_a_file_without_a_template(tmp_path: Path, content: str | None, said: str) -> None:
    """Exit 1, and why."""
    path = tmp_path / "own.json"
    if content is not None:
        path.write_text(content)
    result = run("check", path)
    assert (1, "") == (result.exit_code, result.stdout)
    assert f"{path}: {said}" in result.stderr


def test_check_of_a_parameter_file_checks_it_with_its_template(tmp_path: Path) -> None:
    """As with the name of the template and --env; other files of the folder do not count."""
    path = tmp_path / "pipeline-release.billing.json"
    values = {"Name": "billing", "RepositoryName": "Team/billing"}
    path.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
    (tmp_path / "pipeline-release.other.json").write_text("[")
    result = run("check", path)
    by_name = run("check", "pipeline-release", "--env", "billing", "--params-dir", tmp_path)
    assert (1, by_name.stdout, by_name.stderr) == (result.exit_code, result.stdout, result.stderr)
    assert f'{path}:1: RepositoryName: given "Team/billing"' in result.stdout
    path.write_text("[")
    assert f"{path}:1: not JSON" in run("check", path).stdout
    path.write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    assert run("check", path).stderr == "No findings in 1 template.\n", "a template in spite of its name"


def test_check_of_a_parameter_file_with_another_name(tmp_path: Path) -> None:
    """The message says which name it needs."""
    path = tmp_path / "values.json"
    path.write_text('[{"ParameterKey": "Name", "ParameterValue": "billing"}]')
    assert "A parameter file is checked if it is called TEMPLATE.ENVIRONMENT.json" in run("check", path).stderr


@pytest.mark.parametrize("folder", ["params", "templates/", "./docs"])
def test_check_of_a_folder(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command that checks it."""
    monkeypatch.chdir(Path(__file__).parent.parent)
    result = run("check", folder)
    assert (2, "") == (result.exit_code, result.stdout)
    assert re.match(rf"Error: {folder} is a folder: `\S*ecr-pipeline check` without a name checks all", result.stderr)


def test_check_takes_names_or_files() -> None:
    """Not both at once, and an environment only with names."""
    assert 2 == run("check", NAME, "x.json").exit_code
    assert 2 == run("check", "x.json", "--env", "dev").exit_code


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
    assert "is not the name of an environment" in result.stderr


def test_a_new_parameter_file_goes_to_stdout() -> None:
    """A list that the AWS CLI accepts on stdout, the descriptions on stderr."""
    result = run("params", "new", NAME)
    assert 0 == result.exit_code
    declared = catalog.build(NAME).parameters
    entries = json.loads(result.stdout)
    assert all({"ParameterKey", "ParameterValue"} == entry.keys() for entry in entries)
    needed = [entry["ParameterKey"] for entry in entries]
    assert needed == re.findall(r"^    (\w+) \(", result.stderr, re.MULTILINE)
    assert f"{len(declared) - len(needed)} more have a default: --all shows them" == result.stderr.splitlines()[-1]
    assert all(f"  {name} (" in run("params", "new", NAME, "--all").stderr for name in declared)


def test_a_new_parameter_file_goes_into_its_folder(tmp_path: Path) -> None:
    """With an environment it has the right name, and a message says how to continue."""
    result = run("params", "new", NAME, "--env", "dev", "--params-dir", tmp_path / "params")
    assert 0 == result.exit_code
    assert "" == result.stdout
    assert run("params", "new", NAME).stdout == (tmp_path / "params" / f"{NAME}.dev.json").read_text()
    place = tmp_path / "params"
    assert f"Next: fill it in, then {program()} check {NAME} --env dev --params-dir {place}\n" in result.stderr


def test_the_next_command_is_the_shortest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual folder is not named."""
    monkeypatch.chdir(tmp_path)
    result = run("params", "new", NAME, "--env", "dev")
    assert result.stderr.endswith(f" check {NAME} --env dev\n")


def test_a_new_parameter_file_replaces_none(tmp_path: Path) -> None:
    """An existing file with values stays unchanged."""
    path = tmp_path / f"{NAME}.dev.json"
    path.write_text("mine")
    result = run("params", "new", NAME, "--env", "dev", "--params-dir", tmp_path)
    assert 1 == result.exit_code
    assert f"{path} already exists" in result.stderr
    assert "mine" == path.read_text()


def test_a_full_parameter_file_names_every_parameter() -> None:
    """With --all also parameters with a default."""
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
    assert "pipeline-release has no parameter named Other: no output can be filled in" in result.stderr


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
    assert f"{path}:1: entry 1: given 1" in result.stderr
    assert f"{path}:1: A: ParameterValue: given 2" in result.stderr


def test_the_version_is_printed() -> None:
    """The version of the installation, or a message that there is none."""
    result = run("--version")
    assert (0, 1) == (result.exit_code, len(result.stdout.splitlines()))


def test_a_mistyped_command_is_wrong_usage() -> None:
    """Exit 2."""
    assert 2 == run("writ").exit_code
