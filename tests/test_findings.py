"""How a finding is printed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.findings import Finding, quoted


def test_a_finding_reads_like_a_compilers() -> None:
    """File, line, place, message and check are on one line, in the form that editors jump to."""
    finding = Finding(path="templates/a.json", line=7, place="Resources/Key", message="is odd", check="E1")
    assert "templates/a.json:7: Resources/Key: is odd [E1]" == str(finding)


def test_unknown_facts_are_left_out() -> None:
    """Without a line and a place there is no empty field."""
    assert "params/a.dev.json: does not exist [parameters]" == str(
        Finding(path="params/a.dev.json", message="does not exist", check="parameters")
    )


def test_findings_sort_by_file_then_by_line() -> None:
    """Line 9 comes before line 10: they sort as numbers."""
    ten, nine = (Finding(path="a", line=line, message="m", check="c") for line in (10, 9))
    other = Finding(path="b", line=1, message="m", check="c")
    assert [nine, ten, other] == sorted([other, ten, nine])


@given(st.text() | st.integers() | st.lists(st.text()))
def test_a_quoted_value_is_one_short_line(value: object) -> None:
    """A message about any content of a user's file is printable, on one line and short."""
    assert quoted(value).isascii()
    assert quoted(value).isprintable()
    assert len(quoted(value)) <= 83
