"""A deployment window: the minutes that a cron expression names, in a time zone.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from generator.errors import GeneratorError
from generator.suggestion import did_you_mean

PARAMETER = "ProductionWindow"
"""The field of a form that has a window; it may be empty."""
BETWEEN = " in "
"""Separates the cron expression from the time zone where a form has one field for both."""
# A form accepts any minute of some hours of some days of the week. Such a window opens every week. Seconds come first,
# and must be a star. AWS also accepts offsets and abbreviations of time zones; CST is the name of three zones.
_HOUR = "(1?[0-9]|2[0-3])"
_DAY = "(SUN|MON|TUE|WED|THU|FRI|SAT)"
# City may have a part in front of it and hyphens: America/Argentina/Buenos_Aires, America/Port-au-Prince.
_ZONE = r"(UTC|[A-Z]\w+(/[A-Z][\w-]+)+)"
# No range of three, such as 9-10-11: a space follows it, as it does not follow a time zone.
PATTERN = rf"(?!.*-\w+-.* )\* \* (\*|({_HOUR}[,-])*{_HOUR}) \? \* (\*|({_DAY}[,-])*{_DAY}){BETWEEN}{_ZONE}"

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("days of the month", 1, 31, ()),
    ("months", 1, 12, MONTHS),
    ("days of the week", 1, 7, WEEKDAYS),
    ("years", 1970, 2199, ()),
)
# A 29 February that is a certain day of the week comes every 28 years, or after 40 if a century in between has none.
_LONGEST_WAIT = timedelta(days=40 * 366)
_OFFSET = re.compile(r"UTC(?:([+-])([0-9]{2}):([0-5][0-9]))?")


@dataclass(frozen=True)
class DeploymentWindow:
    """The minutes, hours, days, months, weekdays and years in which a window is open, in its time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    zone: tzinfo

    def is_open(self, moment: datetime) -> bool:
        """Whether the window is open at that moment."""
        there = moment.astimezone(self.zone)
        return self._has(there.date()) and there.hour in self.hours and there.minute in self.minutes

    def opens(self, after: datetime) -> datetime | None:
        """The first moment, at or after `after`, at which the window is open; None if there is none."""
        if self.is_open(after):
            return after
        start = after.astimezone(self.zone)
        for number in range(_LONGEST_WAIT.days):
            day = start.date() + timedelta(days=number)
            if not self._has(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    # An hour that the clocks skip in spring does not exist.
                    if moment.astimezone(timezone.utc) >= after and self.is_open(moment.astimezone(timezone.utc)):
                        return moment
        return None

    def _has(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 + 1 in self.weekdays
        )


def read(cron: str, zone: str = "UTC") -> DeploymentWindow:
    """The window of a rule's configuration. GeneratorError says what is wrong with it.

    NotImplementedError for L, W and #, which this project does not evaluate.
    """
    seconds, *fields = cron.split(" ")
    if len(fields) not in (5, 6) or seconds != "*":
        raise GeneratorError(
            f"{cron!r}: allowed are 6 or 7 fields: seconds (always *), minutes, hours, day of the month, month, day of "
            "the week, and a year if there is one"
        )
    fields = [*fields, "*"][:6]
    if (fields[2] == "?") == (fields[4] == "?"):
        raise GeneratorError(f"{cron!r}: enter ? either for the day of the month or for the day of the week")
    minutes, hours, days, months, weekdays, years = (
        frozenset(_values(text, *field)) for text, field in zip(fields, FIELDS, strict=True)
    )
    return DeploymentWindow(minutes, hours, days, months, weekdays, years, read_zone(zone))


def problem(text: str) -> str:
    """The error that the pattern of a form cannot detect: an unknown time zone, or a range that runs backwards.

    CodePipeline's documentation does not say what becomes of such a window; CloudFormation takes it. "" for no problem.
    """
    cron, _, zone = text.partition(BETWEEN)
    try:
        # A machine without a time zone database knows no zone.
        read(cron, zone if available_timezones() else "UTC")
    except GeneratorError as error:
        return str(error)
    return ""


def read_zone(text: str) -> tzinfo:
    """A time zone, as Region/City or as an offset from UTC. GeneratorError if it does not exist."""
    if offset := _OFFSET.fullmatch(text):
        sign, hours, minutes = offset.groups()
        return timezone(int(f"{sign}1") * timedelta(hours=int(hours), minutes=int(minutes))) if sign else timezone.utc
    if text not in available_timezones():
        known = sorted(available_timezones())
        raise GeneratorError(f"there is no time zone {text}{did_you_mean(text, known)}")
    return ZoneInfo(text)


def _values(text: str, name: str, least: int, most: int, names: Sequence[str]) -> Iterator[int]:
    """The values that a field allows: all for * or ?, otherwise numbers or names, ranges and steps."""
    if set(text.upper().translate(str.maketrans("", "", "".join(names)))) & set("LW#") and not names:
        raise NotImplementedError(f"{name}: {text} is not evaluated here")

    def number(part: str) -> int:
        if part.upper() in names:
            return names.index(part.upper()) + least
        if not part.isdecimal() or not least <= int(part) <= most:
            raise GeneratorError(f"{name}: given {part!r}, allowed: {least} to {most}")
        return int(part)

    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            low, high = least, most
        else:
            low = number(first)
            high = number(last) if last else most if step else low
        if low > high:
            raise GeneratorError(
                f"{name}: {span} runs backwards, and AWS documents no such range: enter {first}-{_shown(most, names)},"
                f"{_shown(least, names)}-{last}"
            )
        yield from range(low, high + 1, number(step) or 1 if step else 1)


def _shown(value: int, names: Sequence[str]) -> str:
    return names[value - 1] if names else str(value)
