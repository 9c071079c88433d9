"""A single value, or several in a list."""

from __future__ import annotations

from generator.listed import listed


def test_one_thing_is_a_list_of_one() -> None:
    """A list stays as it is, an empty one too."""
    assert (["a"], ["a", "b"], [], [{"Ref": "A"}]) == (
        listed("a"),
        listed(["a", "b"]),
        listed([]),
        listed({"Ref": "A"}),
    )
