"""Moments as the AWS CLI prints them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import GeneratorError
from generator.lifecycle.moments import moment

MOMENT = datetime(2026, 11, 20, 7, 30, 15, 123000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20T08:30:15.123000+01:00",
        "2026-11-20T07:30:15.123Z",
        "2026-11-20 07:30:15.123",
        "2026-11-20T02:00:15.123000-0530",
        " 2026-11-20T07:30:15.1230000999Z",
        1795159815.123,
    ],
)
def test_one_moment_in_all_its_forms(value: object) -> None:
    """ISO 8601 as version 2 of the CLI prints it, seconds since 1970 as version 1 does, and as people type it."""
    assert MOMENT == moment(value)


def test_a_day_is_its_beginning() -> None:
    """In UTC."""
    assert datetime(2026, 11, 20, tzinfo=timezone.utc) == moment("2026-11-20")
    assert datetime(2026, 11, 20, 7, 30, tzinfo=timezone.utc) == moment("2026-11-20T07:30")


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "2026-13-01", "2026-11-20T25:00", "20261120", "1795159815", True, None, [], 1e300, -1e300],
)
def test_text_that_is_no_moment_is_reported(value: object) -> None:
    """With the given and the allowed values."""
    with pytest.raises(GeneratorError, match="allowed: a time such as 2026-11-20T08:30:00"):
        moment(value)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001  (the zone comes next)
def test_times_that_python_writes_are_read(local: datetime, offset: int) -> None:
    """The CLI prints isoformat."""
    there = local.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert there == moment(there.isoformat())
