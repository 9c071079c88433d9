"""JSON that a user hands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import GeneratorError
from generator.lifecycle import json_text


def test_a_mark_at_the_beginning_is_passed_over(tmp_path: Path) -> None:
    """Windows' shells write one before the text."""
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf{}")
    assert "{}" == json_text.read(str(tmp_path / "x.json"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file or directory"), (b"\xff", "not UTF-8: invalid start byte")],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, said: str) -> None:
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
        ('{\n "a": }', "x.json:2: not JSON: Expecting value at column 7"),
        ("[" * 100_000, "x.json: not JSON that can be read: "),
        ("9" * 5_000, "x.json: not JSON that can be read: "),
    ],
)
def test_what_is_no_json_is_told(text: str, said: str) -> None:
    """With the line, as compilers do it."""
    with pytest.raises(GeneratorError) as error:
        json_text.parse(text, "x.json")
    assert said in str(error.value)
