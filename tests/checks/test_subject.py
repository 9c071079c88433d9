"""The subject of a check."""

from __future__ import annotations

from pathlib import Path

from generator.checks.subject import Subject, entries


def test_the_body_has_the_data_of_the_text() -> None:
    """Checks examine the text that AWS will read, not objects of the generator."""
    assert {"Resources": {}} == Subject("demo", Path("demo.json"), '{"Resources": {}}').body


def test_entries_are_sorted_and_visible(tmp_path: Path) -> None:
    """Hidden files are left to git and the desktop."""
    for name in ("b.json", "a.json", ".DS_Store"):
        (tmp_path / name).write_text("")
    assert ["a.json", "b.json"] == [path.name for path in entries(tmp_path)]


def test_no_folder_has_no_entries(tmp_path: Path) -> None:
    """A folder that does not exist yet is no error."""
    assert [] == entries(tmp_path / "params")
