"""Which parameter files are stacks: those that were named, or all but the unchanged examples of the project."""

from __future__ import annotations

import hashlib
import shutil
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


def test_a_list_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """With the expected form."""
    (tmp_path / "network.main.json").write_text("[]")
    (tmp_path / EXAMPLES).write_text("one-word\n")
    with pytest.raises(GeneratorError, match="what `sha256sum` prints"):
        stacks(tmp_path)
