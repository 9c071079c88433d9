"""Moments as the AWS CLI prints them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from generator.errors import GeneratorError
from generator.findings import quoted

ALLOWED = "a time such as 2026-11-20T08:30:00+01:00 (UTC without a zone), or a number of seconds since 1970"
# datetime.fromisoformat takes more in newer versions of Python, and no Z in the oldest.
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d))?(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def moment(value: object) -> datetime:
    """The time of an ISO 8601 text or of seconds since 1970: both versions of the CLI can print both.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
    (cli_timestamp_format)
    """
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, timezone.utc)
        if isinstance(value, str) and (match := _ISO.fullmatch(value.strip())):
            return datetime.fromisoformat(_in_full(match)).astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):  # a month 13; a number beyond the year 9999
        pass
    raise GeneratorError(f"given {quoted(value)}, allowed: {ALLOWED}")


def _in_full(match: re.Match[str]) -> str:
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    zone = match["zone"] or "Z"
    offset = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    return f"{match['day']}T{match['minute'] or '00:00'}:{match['second'] or '00'}.{fraction}{offset}"
