"""Which parameter files came with the project and are as they came."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.cloudformation.example_files import EXAMPLES, unchanged_examples
from generator.cloudformation.parameter_files import templates_of
from generator.errors import GeneratorError
from generator.program_name import program
from tests.emulator.people import PARAMS


def test_a_changed_example_is_no_example(tmp_path: Path) -> None:
    """It then is the stack of the person who changed it, as is a file whose name no example has."""
    folder = tmp_path / "params"
    shutil.copytree(PARAMS, folder)
    assert set(folder.glob("*.json")) == unchanged_examples(folder)
    (folder / "network.dev.json").write_text("[]")
    (folder / "network.main.json").write_text("[]")
    assert set(folder.glob("*.json")) - unchanged_examples(folder) == {
        folder / "network.dev.json",
        folder / "network.main.json",
    }
    assert frozenset() == unchanged_examples(tmp_path)


def test_an_environment_has_no_example(tmp_path: Path) -> None:
    """`make deploy ENV=dev` deploys the one file that the user wrote, not the examples next to it."""
    folder = tmp_path / "params"
    shutil.copytree(PARAMS, folder)
    with pytest.raises(GeneratorError, match=rf"only unchanged examples; `{program()} init` .* parameter files: none"):
        templates_of(folder, "dev")
    (folder / "network.dev.json").write_text("[]")
    assert ["network"] == templates_of(folder, "dev")
    with pytest.raises(GeneratorError, match=r"there are only unchanged examples.* parameter files: dev\."):
        templates_of(folder, "prod")


def test_a_list_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """With the expected form."""
    (tmp_path / EXAMPLES).write_text("one-word\n")
    with pytest.raises(GeneratorError, match="what `sha256sum` prints"):
        unchanged_examples(tmp_path)
