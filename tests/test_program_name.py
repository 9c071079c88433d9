"""How users type this program."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.program_name import LOCAL, NAME, program

MODULE = "generator/__main__.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a program, in which the command runs under another name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def installed(file: Path) -> Path:
    """A program at this place."""
    file.parent.mkdir(parents=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_it_is_typed_as_it_can_be_found(folder: Path) -> None:
    """On PATH by its name, else in the environment of the clone."""
    assert NAME == program(MODULE)
    installed(folder / LOCAL)
    assert LOCAL == program(MODULE)
    installed(folder / "bin" / NAME)
    assert NAME == program(MODULE)


def test_it_is_typed_as_it_was(folder: Path) -> None:
    """The one on PATH may be another installation."""
    installed(folder / "bin" / NAME)
    typed = installed(folder / "my environment/bin" / NAME)
    assert f"'{typed}'" == program(str(typed))
    assert NAME == program(str(folder / "bin" / NAME))
