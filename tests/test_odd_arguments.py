"""No arguments cause a traceback: exit 0 clean, 1 findings or an error of the user, 2 wrong usage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from generator import catalog
from generator.cli import cli

NAMES = list(catalog.templates())
# The content of each of these files is wrong for every option, or right for one.
FILES = {
    "empty.json": "",
    "list.json": "[]",
    "object.json": "{}",
    "number.json": "7",
    "text.json": '"x"',
    "deep.json": "[" * 5_000,
    "twice.json": '{"Resources": {}, "Resources": {}}',
    "texts.json": '["A=1"]',
    "parameters.json": '[{"ParameterKey": "Name", "ParameterValue": "x"}]',
    "images.json": '{"imageDetails": []}',
    "manifests.json": '{"images": []}',
    "stacks.json": '{"Stacks": [{"StackName": "s", "Outputs": []}]}',
    "policy.json": '{"rules": [{"rulePriority": 1}]}',
    "template.json": '{"Resources": {"A": {"Type": "AWS::ECR::Repository", "Properties": {"LifecyclePolicy": 1}}}}',
    "broken.yaml": "Resources: {A: !Sub [",
    "odd.yaml": "Resources:\n  A: 1\n  B: {Type: [x], Properties: 7}\nMappings: 3\n",
}
# The system passes no NUL.
ODD = [
    "", "-", "--", "-x", "=", ".", "..", "~", "*", "v**", "a b", "\t", "\n", "é", "\udcff", "\x1b[31m", "%s", "{}",
    "0", "-1", "9" * 400, "x" * 5_000, "nope", "nope.json", "nope/nope.json", "list.json/x", "sub", "HIGH=1", "HIGH=",
    "linux/amd64", "linux/", ":", "team/orders:v1", "1.dkr.ecr.x.amazonaws.com/a:b", f"sha256:{'0' * 64}", "a@sha256:1",
    "2026-11-20", "2026-13-40T99:99", "1e999", "NaN", "dev", "Dev", "../dev", "push", "json", "unused",
]  # fmt: skip


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, and how it is called."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())
# The user who runs the tests may have credentials: no account of theirs is called.
NOWHERE: dict[str, str | None] = {
    **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")),
    **dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")),
    **dict.fromkeys(("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")),
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def options(command: click.Command) -> list[str]:
    """Its options, except those for the place of its output: these get a suitable value."""
    found = [option for each in command.params for option in (*each.opts, *each.secondary_opts)]
    return [option for option in found if option.startswith("-")]


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command with words that may or may not fit it."""
    path = draw(st.sampled_from(sorted(COMMANDS)))
    known = st.sampled_from([*options(COMMANDS[path]), "--no-such-option"])
    value = st.sampled_from([*ODD, *FILES, *NAMES]) | st.text(st.characters(exclude_characters="\0"), max_size=6)
    words = draw(st.lists(known | value | st.builds("{}={}".format, known, value), max_size=7))
    # A check of everything, or of a published template, takes seconds: it never gets so far here.
    return [*path, *words, *(["nope"] if path == ("check",) else [])]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which the commands run, with the files."""
    folder = tmp_path_factory.mktemp("odd") / "deep" / "deeper"
    (folder / "sub").mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def outcome(words: Sequence[str]) -> tuple[int, str]:
    """The exit code, and the output. Any other exception than the command's own end is raised."""
    done = CliRunner(env=NOWHERE).invoke(cli, list(words), prog_name="ecr-pipeline", input="[]")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise AssertionError(f"{words}: {done.exception!r}") from done.exception
    return done.exit_code, done.output


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(["params", "new", "standalone", "--env", "dev", "--params-dir", "list.json"])
@example(["params", "new", "standalone", "--outputs", "-", "--outputs", "-"])
@example(["params", "overrides", "-"])
@example(["params", "order", "dev", "--params-dir", "nope"])
@example(["lifecycle", "simulate", "registry", "--images", "images.json", "--params", "-"])
@example(["lifecycle", "simulate", "template.json", "--images", "images.json", "--repository", "A"])
@example(["lifecycle", "simulate", "odd.yaml", "--images", "images.json"])
@example(["docs", "--docs-dir", "list.json"])
@given(words=lines())
def test_no_arguments_make_a_traceback(place: Path, words: list[str]) -> None:
    """Every command, with options, names, files and values that fit or do not."""
    assert place == Path.cwd()
    code, output = outcome(words)
    assert code in (0, 1, 2)
    assert "Traceback" not in output


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
def test_an_option_that_does_not_exist_is_wrong_usage(path: tuple[str, ...]) -> None:
    """Of every command."""
    assert 2 == outcome([*path, "--no-such-option"])[0]


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
@pytest.mark.parametrize("file", sorted(FILES))
def test_no_file_makes_a_traceback(place: Path, path: tuple[str, ...], file: str) -> None:
    """As the argument and for each option that takes a file or a folder, with the other required options."""
    assert (place / file).exists()
    name = "standalone" if path in (("try",), ("params", "new"), ("show",)) else f"./{file}"
    required = {"try": ["--params", file], "simulate": ["--images", "images.json"]}.get(path[-1], [])
    for parameter in COMMANDS[path].params:
        if isinstance(parameter.type, click.Path) and path != ("check",):
            code, output = outcome([*path, name, *required, parameter.opts[0], file])
            assert code in (0, 1, 2)
            assert "Traceback" not in output


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(FILES))
def test_no_template_of_your_own_makes_a_traceback(place: Path, file: str) -> None:
    """`check FILE`: findings, or why the file is no template."""
    assert (place / file).exists()
    assert outcome(["check", f"./{file}"])[0] == 1
