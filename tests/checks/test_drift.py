"""The committed templates, compared with the generator's output."""

from __future__ import annotations

import os
from pathlib import Path

from generator.checks import drift
from generator.checks.subject import Subject
from generator.program_name import program

TEXT = '{\n "a": 1,\n "b": 2\n}\n'


def found(path: Path) -> list[str]:
    """The findings for the file, without its folder."""
    return [str(line).replace(f"{path.parent}/", "") for line in drift.check(Subject("demo", path, TEXT))]


def test_a_file_that_holds_the_template_is_no_drift(tmp_path: Path) -> None:
    """Byte for byte."""
    (tmp_path / "demo.json").write_text(TEXT)
    assert [] == found(tmp_path / "demo.json")


def test_a_stale_file_is_reported_with_its_first_line_that_differs(tmp_path: Path) -> None:
    """An edit by hand and a forgotten `write` look the same."""
    (tmp_path / "demo.json").write_text(TEXT.replace("2", "3"))
    assert [
        f"demo.json:3: differs from the generator's output: `{program()} write demo` writes it again [drift]"
    ] == found(tmp_path / "demo.json")


def test_other_line_ends_are_drift(tmp_path: Path) -> None:
    """Line endings that git or an editor has changed are found."""
    (tmp_path / "demo.json").write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert found(tmp_path / "demo.json")[0].startswith("demo.json:1: differs from the generator's output")


def test_a_file_that_is_cut_off_is_drift(tmp_path: Path) -> None:
    """The line that is missing is the one that differs."""
    (tmp_path / "demo.json").write_text(TEXT.removesuffix("}\n"))
    assert found(tmp_path / "demo.json")[0].startswith("demo.json:4: ")


def test_a_missing_file_is_drift(tmp_path: Path) -> None:
    """It says how to write it."""
    assert [f"demo.json: does not exist: `{program()} write demo` writes it [drift]"] == found(tmp_path / "demo.json")


def test_a_folder_in_the_place_of_the_file_is_drift(tmp_path: Path) -> None:
    """A path that cannot be read is reported with the reason."""
    (tmp_path / "demo.json").mkdir()
    assert ["demo.json: cannot be read: Is a directory [drift]"] == found(tmp_path / "demo.json")


def test_a_pipe_in_the_place_of_the_file_is_drift(tmp_path: Path) -> None:
    """It is not waited for."""
    os.mkfifo(tmp_path / "demo.json")
    assert ["demo.json: a pipe, a socket or a device, allowed: a file [drift]"] == found(tmp_path / "demo.json")


def test_a_file_that_nothing_generates_is_named(tmp_path: Path) -> None:
    """A template that was removed from the generator must not remain. Hidden files are ignored."""
    for name in ("demo.json", "old.json", "demo.yaml", ".gitkeep"):
        (tmp_path / name).write_text(TEXT)
    strays = [str(stray).replace(f"{tmp_path}/", "") for stray in drift.strays(tmp_path, frozenset({"demo"}))]
    assert [
        f"{name}: not a template of the generator: remove it, or move it to another folder [drift]"
        for name in ("demo.yaml", "old.json")
    ] == strays
