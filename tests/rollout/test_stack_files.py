"""Which parameter files are stacks: those that were named, or all but the unchanged examples of the project."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from pathlib import Path

import pytest

from generator.cloudformation.example_files import EXAMPLES
from generator.errors import GeneratorError, WrongUsageError
from generator.program_name import program
from generator.rollout.stack_files import stack_files
from tests.emulator.people import PARAMS

TEMPLATES = PARAMS.parent / "templates"


def stacks(folder: Path, *words: str) -> list[str]:
    """The names of the selected stacks."""
    return [each.stack for each in stack_files(words, params_dir=folder, templates_dir=TEMPLATES).stacks]


def test_the_list_of_examples_has_each_file() -> None:
    """After a change: `cd params && sha256sum *.json > .examples`."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(PARAMS.glob("*.json"))]
    assert lines == (PARAMS / EXAMPLES).read_text().splitlines()


def test_all_leaves_out_unchanged_examples(tmp_path: Path) -> None:
    """A user who has just cloned the project deploys none of them; a changed example is their own."""
    folder = tmp_path / "params"
    shutil.copytree(PARAMS, folder)
    with pytest.raises(WrongUsageError, match=f"there are only examples; `{program()} init` writes yours"):
        stacks(folder)
    (folder / "network.main.json").write_text("[]")
    file = folder / "network.dev.json"
    file.write_text(file.read_text().replace("10.64", "10.65"))
    assert ["network-dev", "network-main"] == stacks(folder)
    assert ["network-prod"] == stacks(folder, "network-prod")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the examples, and a folder of an account in it."""
    shutil.copytree(PARAMS, tmp_path / "params")
    inside = tmp_path / "params" / "123456789012.eu-west-1"
    inside.mkdir()
    shutil.copy(PARAMS / "network.dev.json", inside / "network.own.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "word",
    [
        "network.dev",
        "network-dev",
        "network.dev.json",
        "params/network.dev.json",
        "./params/../params/network.dev.json",
        "{place}/params/network.dev.json",
    ],
)
def test_a_file_is_a_name(place: Path, word: str) -> None:
    """With or without its folder and ending, as a shell completes it."""
    assert ["network-dev"] == stacks(Path("params"), word.format(place=place))


@pytest.mark.parametrize(
    "word",
    [
        "123456789012.eu-west-1",
        "123456789012.eu-west-1/",
        "123456789012.eu-west-1/network.own.json",
        "params/123456789012.eu-west-1",
        "params/123456789012.eu-west-1/",
        "params/123456789012.eu-west-1/network.own.json",
    ],
)
def test_a_folder_of_an_account_is_a_name(place: Path, word: str) -> None:
    """And the file in it."""
    assert place.exists()
    assert ["network-own"] == stacks(Path("params"), word)


@pytest.mark.parametrize("word", ["params/network.dev.jso", "other/network.dev.json", "params", "/"])
def test_another_path_is_no_name(place: Path, word: str) -> None:
    """A file or folder that does not exist, or that is outside the folder of the parameter files."""
    (place / "other").mkdir()
    shutil.copy(PARAMS / "network.dev.json", place / "other")
    with pytest.raises(WrongUsageError, match="no parameter file in params has that name"):
        stacks(Path("params"), word)


def test_missing_templates_are_reported(place: Path) -> None:
    """The parameter file exists: its template is missing, or all templates are."""
    meant = partial(stack_files, ["network.dev"], params_dir=Path("params"), templates_dir=Path("templates"))
    with pytest.raises(GeneratorError, match=r"the folder templates does not exist; `.*ecr-pipeline write` creates it"):
        meant()
    (place / "templates").mkdir()
    (place / "templates" / "netwrk.json").touch()
    with pytest.raises(GeneratorError, match=r"no template templates/network.json \(did you mean netwrk\?\)"):
        meant()


def test_a_parameter_of_another_template_is_named_with_it(place: Path) -> None:
    """Where templates of the folder have it."""
    (place / "params" / "network.dev.json").write_text('[{"ParameterKey": "Boundary", "ParameterValue": "x"}]')
    (place / "templates").mkdir()
    for name, body in {
        "network": "{}",
        "platform": '{"Parameters": {"Boundary": {"Type": "String"}}}',
        "broken": "{",
        "list": "[]",
        "number": '{"Parameters": 7}',
    }.items():
        (place / "templates" / f"{name}.json").write_text(body)
    with pytest.raises(GeneratorError, match=r"Boundary: the template has no such parameter \(it is one of platform\)"):
        stack_files(["network.dev"], params_dir=Path("params"), templates_dir=Path("templates"))


def test_a_list_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """With the expected form."""
    (tmp_path / "network.main.json").write_text("[]")
    (tmp_path / EXAMPLES).write_text("one-word\n")
    with pytest.raises(GeneratorError, match="what `sha256sum` prints"):
        stacks(tmp_path)
