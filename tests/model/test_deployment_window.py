"""Deployment windows: when they are open, and which texts are none."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as some

from generator.errors import GeneratorError
from generator.model.deployment_window import BETWEEN, PATTERN, WEEKDAYS, read

WEEK = "* * 9-16 ? * MON-THU"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-26T15:59", "2026-11-26T15:59"),  # Thursday, 16:59 in Berlin
        ("2026-11-26T16:00", "2026-11-30T08:00"),
        ("2026-11-30T07:59", "2026-11-30T08:00"),
        ("2026-07-05T12:00", "2026-07-06T07:00"),  # an hour earlier in summer
    ],
)
def test_a_window_opens_in_its_time_zone(moment: str, opens: str) -> None:
    """From the first minute of the first hour to the last minute of the last hour."""
    assert at(opens) == read(WEEK, "Europe/Berlin").opens(at(moment))


@pytest.mark.parametrize(
    ("cron", "opens"),
    [
        ("* 0/15 * ? * *", "2026-11-29T11:15"),
        ("* */20 * ? * *", "2026-11-29T11:20"),
        ("* 30,45 1-3/2 1 JAN ? 2028", "2028-01-01T01:30"),
        ("* * * ? 2 1", "2027-02-07T00:00"),
        ("* * * 29 2 ?", "2028-02-29T00:00"),
        ("* * * 30 feb ?", None),
        ("* * * ? * * 1999", None),
    ],
)
def test_fields_are_read_as_aws_describes_them(cron: str, opens: str | None) -> None:
    """Numbers and names, lists, ranges and steps; 1 is Sunday. Some windows never open."""
    assert (at(opens) if opens else None) == read(cron).opens(at("2026-11-29T11:01"))


def test_an_hour_that_the_clocks_skip_is_none() -> None:
    """02:30 does not exist on the last Sunday of March: the window opens a week later."""
    window = read("* 30 2 ? * SUN", "Europe/Berlin")
    assert at("2027-04-04T00:30") == window.opens(at("2027-03-28T00:00"))


@pytest.mark.parametrize(
    ("cron", "zone", "complaint"),
    [
        ("9-17 ? * MON-FRI", "UTC", "allowed are 6 or 7 fields: seconds"),
        ("0 0 9-17 ? * MON-FRI *", "UTC", "seconds .always"),
        ("* * 16-9 ? * MON", "UTC", "hours: 16-9 runs backwards.*enter 16-23,0-9"),
        ("* * 9 ? * FRI-MON", "UTC", "days of the week: FRI-MON runs backwards.*enter FRI-SAT,SUN-MON"),
        ("* * 24 ? * MON", "UTC", "hours: given '24', allowed: 0 to 23"),
        ("* * 9 ? * ?", "UTC", "enter . either"),
        ("* * 9 1 * MON", "UTC", "enter . either"),
        (WEEK, "Europe/Berln", "there is no time zone Europe/Berln .did you mean Europe/Berlin"),
        (WEEK, "CEST", "there is no time zone CEST"),
    ],
)
def test_text_that_is_no_window_is_refused(cron: str, zone: str, complaint: str) -> None:
    """With the allowed values."""
    with pytest.raises(GeneratorError, match=complaint):
        read(cron, zone)


@pytest.mark.parametrize("cron", ["* * 9 L * ?", "* * 9 15W * ?"])
def test_expressions_that_are_not_evaluated_are_not_ignored(cron: str) -> None:
    """The last day of a month, and the nearest weekday."""
    with pytest.raises(NotImplementedError):
        read(cron)


REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
CITIES = sorted(each for each in available_timezones() if each.startswith(tuple(f"{region}/" for region in REGIONS)))


def test_the_form_takes_every_city() -> None:
    """With a part in front of it, an underscore or hyphens: in any window."""
    assert {"America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Europe/Berlin"} <= {*CITIES}
    refused = [
        city for city in CITIES for cron in (WEEK, "* * * ? * *") if not re.fullmatch(PATTERN, f"{cron} in {city}")
    ]
    assert [] == refused


@pytest.mark.parametrize("cron", ["* * 9-10-11 ? * MON", "* * 9 ? * MON-TUE-WED"])
def test_the_form_takes_no_range_of_three(cron: str) -> None:
    """In every time zone."""
    for zone in ("UTC", "America/Port-au-Prince", "America/Argentina/Buenos_Aires"):
        assert not re.fullmatch(PATTERN, f"{cron} in {zone}")


def test_offsets_are_zones() -> None:
    """As AWS writes them."""
    assert at("2026-11-30T03:30") == read("* * 9 ? * MON", "UTC+05:30").opens(at("2026-11-29T11:00"))
    assert at("2026-11-30T12:00") == read("* * 9 ? * MON", "UTC-03:00").opens(at("2026-11-29T11:00"))


@given(
    hours=some.sets(some.integers(0, 23), min_size=1),
    days=some.sets(some.sampled_from(WEEKDAYS), min_size=1),
    minutes=some.integers(0, 4 * 365 * 24 * 60),
)
def test_a_window_that_the_form_accepts_opens_every_week(hours: set[int], days: set[str], minutes: int) -> None:
    """It is open when it opens, and eight days are enough to meet it."""
    window = read(f"* * {','.join(map(str, hours))} ? * {','.join(days)}")
    moment = at("2026-01-01T00:00") + timedelta(minutes=minutes)
    opens = window.opens(moment)
    assert opens
    assert window.is_open(opens)
    assert 0 <= (opens - moment).total_seconds() <= 8 * 24 * 3600


@pytest.mark.parametrize("cron", ["* * 9 30 2 ?", "* * 9 31 4,6 ?", "* * 9 ? 13 MON", "* 60 9 ? * MON", "* * 9 ? * 0"])
def test_a_window_that_never_opens_is_refused_by_the_form(cron: str) -> None:
    """A run would wait without end. The form has no days of a month, no months and no minutes."""
    form = re.compile(PATTERN, re.ASCII)
    assert not form.fullmatch(f"{cron}{BETWEEN}UTC")
    assert form.fullmatch(f"{WEEK}{BETWEEN}UTC")
