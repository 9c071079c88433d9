"""JSON that a user hands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import json_text
from generator.errors import GeneratorError


def test_a_mark_at_the_beginning_is_ignored(tmp_path: Path) -> None:
    """Windows' shells write one before the text."""
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf{}")
    assert "{}" == json_text.read(str(tmp_path / "x.json"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file or directory"), (b"\xff", "not UTF-8: invalid start byte")],
)
def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path, content: bytes | None, said: str) -> None:
    """With its name and the reason."""
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GeneratorError) as error:
        json_text.read(str(path))
    assert f"{path}: {said}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.json:1: not JSON: it is empty"),
        ("- a\n", "x.json:1: not JSON: it looks like YAML"),
        ('{"a": 1,\n}', "x.json:1: not JSON: remove the comma before }"),
        ('{\n "a": }', "x.json:2: not JSON: Expecting value at column 7"),
        ('{"a": {"b": 1, "b": 1}}', 'x.json: given the key "b" 2 times in one object, allowed: once'),
        ("[" * 100_000, "x.json: cannot be read as JSON: its lists and objects are nested too deeply"),
        ("9" * 5_000, "x.json: cannot be read as JSON: "),
    ],
)
def test_text_that_is_no_json_is_reported(text: str, said: str) -> None:
    """With the line, as compilers do it; a key that would be lost is no JSON either."""
    with pytest.raises(GeneratorError) as error:
        json_text.parse(text, "x.json")
    assert said in str(error.value)


def test_closed_standard_input_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ecr-pipeline ... --images - <&-`: Python has no standard input then."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(GeneratorError, match="standard input is closed: give a file, or a pipe"):
        json_text.read("-")


def test_a_name_that_no_file_can_have_is_reported() -> None:
    """A NUL, which no system takes."""
    with pytest.raises(GeneratorError, match="is not the name of a file"):
        json_text.read("a\0b")


def test_a_device_without_end_is_not_read_without_end() -> None:
    """The limit is far above the size of such a document; here it is small."""
    with pytest.raises(GeneratorError, match="/dev/zero: given more than 1,000 bytes, allowed: at most 1,000"):
        json_text.read("/dev/zero", most=1000)
