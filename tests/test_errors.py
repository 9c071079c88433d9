"""The errors that a user can fix."""

from __future__ import annotations

import pytest

from generator.errors import Gathered, GeneratorError, WrongUsageError


def raised(error: GeneratorError) -> int:
    """Never a number."""
    raise error


def test_gathered_errors_are_reported_together() -> None:
    """Each once, in their order, and as wrong usage if one of them is."""
    gathered = Gathered()
    assert 7 == gathered.of(lambda: 7, None)
    gathered.refuse()
    assert None is gathered.of(lambda: raised(GeneratorError("one")), None)
    gathered.add(GeneratorError("one"), GeneratorError("two"))
    with pytest.raises(GeneratorError, match=r"^one\ntwo$") as caught:
        gathered.refuse()
    assert not isinstance(caught.value, WrongUsageError)
    gathered.add(WrongUsageError("three"))
    with pytest.raises(WrongUsageError, match=r"^one\ntwo\nthree$"):
        gathered.refuse()


def test_what_is_no_error_of_the_user_is_not_gathered() -> None:
    """A bug keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        Gathered().of(lambda: 1 // 0, None)
