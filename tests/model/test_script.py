"""Scripts inside a template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from troposphere import encode_to_dict

from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.model.script import Lines, script, script_lines, script_text, substituted

# Parts of a script's lines; a marker within ${...} is refused.
PIECES = st.sampled_from(["a", " ", "\n", "#", '"', "$", "@", "{", "}", "@{Limit}", "${HOME}", "${x:-y}", "${!x}", "é"])
TEXTS = st.lists(PIECES, max_size=30).map("".join)
REFUSED = re.compile(r"\$\{(\}|[^}\n]*[@$]\{)")


def _rendered(text: str, *, comments: bool = True) -> Any:
    return encode_to_dict(script(text, comments=comments))


def _resolved(value: Any) -> Any:
    """CloudFormation's value of it, with 7 as the value of every parameter."""
    return resolve(value, Scope(values={"Limit": "7", "Other": "7"}))


def test_a_script_is_joined_by_newlines() -> None:
    """Every line is an item, blank ones and comments too; the last newline is left out."""
    assert {"Fn::Join": ["\n", ["# Why.", "a", "", "  b"]]} == _rendered("# Why.\na\n\n  b\n")
    assert {"Fn::Join": ["\n", ["a", ""]]} == _rendered("a\n\n")


def test_comments_can_be_left_out() -> None:
    """With them blank lines are left out; a comment after a command stays."""
    text = "# Why.\na  # as well\n\n  # And why.\n  b\n   \n"
    assert {"Fn::Join": ["\n", ["a  # as well", "  b"]]} == _rendered(text, comments=False)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("limit=@{Limit}", {"Fn::Sub": "limit=${Limit}"}),
        ("@{Limit}", {"Ref": "Limit"}),
        ("@{Limit}@{Other}", {"Fn::Sub": "${Limit}${Other}"}),
        ("((${#found} > @{Limit}))", {"Fn::Sub": "((${!#found} > ${Limit}))"}),
        ('"${@}" "${!name}" @{Limit}', {"Fn::Sub": '"${!@}" "${!!name}" ${Limit}'}),
        ("echo $@{Limit}", {"Fn::Sub": "echo $${Limit}"}),
        ('f"{repository}@{digest}"', 'f"{repository}@{digest}"'),
        ("${HOME} stays", "${HOME} stays"),
        ("ref@{1}, @{, @{}", "ref@{1}, @{, @{}"),
        ('"${names[@]}" "${uri%@*}"', '"${names[@]}" "${uri%@*}"'),
    ],
)
def test_a_marker_is_the_value_of_a_parameter(line: str, item: Any) -> None:
    """Fn::Sub gets only lines with a marker, and leaves the variables of the shell in them alone."""
    assert {"Fn::Join": ["\n", ["a", item]]} == _rendered(f"a\n{line}\n")


@example("@{Limit}${")
@given(TEXTS.filter(lambda text: not REFUSED.search(text)))
def test_cloudformation_gives_the_text_back(text: str) -> None:
    """Nothing but the markers changes, whatever else in the text looks like a variable."""
    assert text.removesuffix("\n").replace("@{Limit}", "7") == _resolved(_rendered(text))


@pytest.mark.parametrize("line", ["echo ${limit:-@{Limit}}", "echo ${a:-${b}} @{Limit}", "@{Limit}${}"])
def test_a_marker_next_to_braces_within_braces_is_refused(line: str) -> None:
    """`${!limit:-${Limit}}` would end at the first closing brace. The message shows the line."""
    with pytest.raises(ValueError, match=re.escape(line)):
        script(f"a\n{line}\n")


@given(TEXTS.filter(lambda text: "@{Limit}" not in text))
def test_the_text_of_a_script_is_the_given_one(text: str) -> None:
    """Reading a rendered script gives its text."""
    assert text.removesuffix("\n") == script_text(_rendered(text))


MAPPINGS = {"Scripts": {"Build": {"Lines": ["a", "b"], "Text": "a\nb\n"}}}
BUILD = ["Scripts", "Build", "Lines"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", "a\nb"),
        ({"Fn::Sub": "a ${Limit} ${!HOME}"}, "a reference ${HOME}"),
        ({"Fn::Sub": ["a ${Limit}", {"Limit": "7"}]}, "a reference"),
        ({"Fn::Join": ["\n", ["a", {"Ref": "Limit"}, {"Fn::GetAtt": ["Reports", "Arn"]}]]}, "a\nreference\nreference"),
        ({"Fn::Join": ["\n", ["a", "", {"Fn::Join": [":", ["b", "c"]]}]]}, "a\n\nb:c"),
        ({"Fn::FindInMap": ["Scripts", "Build", "Text"]}, "a\nb\n"),
        ({"Fn::Join": ["\n", {"Fn::FindInMap": BUILD}]}, "a\nb"),
        ({"Fn::Join": ["\n", [{"Fn::Join": ["\n", {"Fn::FindInMap": BUILD}]}, "c"]]}, "a\nb\nc"),
        ({"Ref": "BuildSpec"}, None),
        (None, None),
        ({"Fn::FindInMap": BUILD}, None),
        ({"Fn::FindInMap": ["Scripts", {"Ref": "Name"}, "Text"]}, None),
        ({"Fn::Join": ["\n", {"Fn::FindInMap": ["Scripts", "Test", "Lines"]}]}, None),
        ({"Fn::Join": [",", {"Ref": "SubnetIds"}]}, None),
    ],
)
def test_the_text_is_read_as_far_as_the_template_holds_it(value: Any, text: str | None) -> None:
    """A word replaces values that only a stack has; a script outside the template has no text."""
    assert text == script_text(value, MAPPINGS)


def test_lines_can_be_put_together() -> None:
    """Lines that several scripts share are a part of each."""
    assert ["a", "b"] == [*script_lines("a\n"), *script_lines("b\n")]
    assert isinstance(script_lines("a\n"), Lines)


def test_an_escaped_variable_stays() -> None:
    """${!Name} is text for Fn::Sub; a line without variables of the template needs no Fn::Sub."""
    lines = encode_to_dict(substituted("${Own}\n${!Other}\n${Own} ${!Other}\nplain"))["Fn::Join"][1]
    assert [{"Fn::Sub": "${Own}"}, "${Other}", {"Fn::Sub": "${Own} ${!Other}"}, "plain"] == lines
