"""Tables to be read in a terminal."""

from __future__ import annotations

from generator.columns import columns


def test_columns_stand_side_by_side() -> None:
    """Each is as wide as its widest cell; nothing stands after the last one."""
    assert ["a    bbb  c", "aaa  b    cc", "a"] == columns([("a", "bbb", "c"), ("aaa", "b", "cc"), ("a", "", "")])
    assert [] == columns([])
