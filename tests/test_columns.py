"""Tables to be read in a terminal."""

from __future__ import annotations

from generator.columns import columns, wrapped


def test_columns_are_side_by_side() -> None:
    """Each is as wide as its widest cell, and no line ends in spaces."""
    assert ["a    bbb  c", "aaa  b    cc", "a"] == columns([("a", "bbb", "c"), ("aaa", "b", "cc"), ("a", "", "")])
    assert [] == columns([])


def test_the_last_column_continues_in_the_next_line() -> None:
    """Within a width; a word that is longer is not broken, and an empty cell leaves no spaces."""
    rows = [("a", "one two three"), ("bbb", "a-long-word-indeed"), ("c", "")]
    assert ["a    one two", "     three", "bbb  a-long-word-indeed", "c"] == columns(rows, within=13)
    assert [] == columns([], within=13)


def test_a_text_is_wrapped() -> None:
    """After the beginning of its lines."""
    assert ["- one two", "  three"] == wrapped("one two three", first="- ", rest="  ", within=10)
    assert [] == wrapped("")
