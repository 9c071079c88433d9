"""Expressions of state machines."""

from __future__ import annotations

from typing import Any

import pytest

from generator.emulator.runs.state_expressions import ExpressionError, at, evaluated, holds

DATA = {"image": "host/orders@sha256:1", "list": [{"name": "a"}], "count": 2, "yes": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$.image", "host/orders@sha256:1"),
        ("$.list[0].name", "a"),
        ("$", DATA),
        ("States.ArrayGetItem(States.StringSplit($.image, '@'), 1)", "sha256:1"),
        ("States.StringSplit('a//b', '/')", ["a", "b"]),
        ("States.Format('{} of {}', $.count, $.list[0].name)", "2 of a"),
        (r"States.Format('\{\'{}\'\}', States.JsonToString($.list))", """{'[{"name":"a"}]'}"""),
        ("States.Format('no place')", "no place"),
        ("States.MathAdd($.count, 1)", 3),
        ("""States.ArrayContains(States.StringSplit('{"8":0.1}', '"'), '8')""", True),
        ("States.ArrayContains($.list, 'a')", False),
        ("$..name", ["a"]),
        ("$..missing", []),
        ("$..missing.*", []),
    ],
)
def test_an_expression_has_a_value(text: str, value: Any) -> None:
    """Paths, literals and functions in functions, as the specification has them."""
    assert value == evaluated(text, DATA)


@pytest.mark.parametrize(
    "text",
    [
        "$.missing",
        "$.list[1]",
        "$.image.name",
        "$.list[*]",
        "States.Format('{}')",
        "States.Format('{}', $.count, $.count)",
        "States.Format('{ {}', $.count)",
        "States.ArrayGetItem($.list, 1)",
        "States.Format('x') $.image",
        "States.Format('x'",
        "image",
    ],
)
def test_expressions_that_step_functions_refuses_fail(text: str) -> None:
    """A path that does not exist, a wrong number of values, an unescaped brace, a text without an expression."""
    with pytest.raises(ExpressionError):
        evaluated(text, DATA)


def test_an_unknown_function_is_no_success() -> None:
    """A function that is not emulated is reported."""
    with pytest.raises(NotImplementedError, match="Hash"):
        evaluated("States.Hash('a', 'SHA-256')", DATA)
    with pytest.raises(NotImplementedError, match="NumericEquals"):
        holds({"Variable": "$.count", "NumericEquals": 2}, DATA)


@pytest.mark.parametrize(
    ("rule", "true"),
    [
        ({"Variable": "$.image", "StringEquals": "host/orders@sha256:1"}, True),
        ({"Variable": "$.image", "StringMatches": "host/*"}, True),
        ({"Variable": "$.image", "StringMatches": "host/?rders@sha256:1"}, False),
        ({"Variable": "$.image", "StringEqualsPath": "$.list[0].name"}, False),
        ({"Variable": "$.count", "NumericLessThan": 3}, True),
        ({"Variable": "$.count", "NumericLessThan": 2}, False),
        ({"Variable": "$.yes", "BooleanEquals": True}, True),
        ({"Variable": "$.count", "BooleanEquals": True}, False),
        ({"Variable": "$.list[0]", "IsPresent": True}, True),
        ({"Variable": "$.list[1]", "IsPresent": False}, True),
        ({"And": [{"Variable": "$.image", "StringMatches": "*"}, {"Variable": "$.image", "StringEquals": "x"}]}, False),
    ],
)
def test_a_rule_holds(rule: dict[str, Any], true: bool) -> None:  # noqa: FBT001  a column of the table
    """Only * is a wildcard, and And needs all of its rules."""
    assert true is holds(rule, DATA)


def test_a_path_leads_into_objects_and_lists() -> None:
    """A key of an object, an index of a list."""
    assert "a" == at({"x": [["a"]]}, "$.x[0][0]")


def test_a_path_can_look_at_any_depth() -> None:
    """It gives a list of all that it finds, with .* of the values in it."""
    alias = {"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}}}
    assert [{"8": 0.1}] == at(alias, "$..AdditionalVersionWeights")
    assert [0.1] == at(alias, "$..AdditionalVersionWeights.*")
    assert [] == at({"RoutingConfig": {"AdditionalVersionWeights": {}}}, "$..AdditionalVersionWeights.*")
    assert [1, 2] == at([{"a": 1}, {"b": {"a": 2}}], "$..a")
