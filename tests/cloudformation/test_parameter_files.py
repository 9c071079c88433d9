"""Reading parameter files: every problem of their form, all at once, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.cloudformation import parameter_files

ENTRY = '{"ParameterKey": "A", "ParameterValue": "1"}'
FORM = '{"ParameterKey": "...", "ParameterValue": "..."}'
KEYS = st.sampled_from(["ParameterKey", "ParameterValue"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


def problems(folder: Path, content: str | bytes) -> list[str]:
    """The problems of a file of this content, without the file's name and the check's."""
    path = folder / "template.dev.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = [str(problem) for problem in parameter_files.read(path).problems]
    assert all(line.endswith(" [parameters]") and "\n" not in line for line in found)
    return [line.removeprefix(str(path)).removesuffix(" [parameters]") for line in found]


def test_a_good_file_is_read_in_its_order(tmp_path: Path) -> None:
    """Keys and values come as they stand in the file."""
    path = tmp_path / "template.dev.json"
    path.write_text('[{"ParameterKey": "B", "ParameterValue": "x=y"}, {"ParameterValue": "", "ParameterKey": "A"}]')
    read = parameter_files.read(path)
    assert (("B", "x=y"), ("A", "")) == read.entries
    assert () == read.problems


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ":1: not JSON: Expecting value at column 1"),
        ('[\n  {"ParameterKey": }\n]', ":2: not JSON: Expecting value at column 20"),
        (b"\xff\xfe", ": not UTF-8: invalid start byte at byte 0"),
        ("[" * 100_000, ": not JSON that can be read: maximum recursion depth exceeded"),
        ("9" * 5_000, ": not JSON that can be read: Exceeds the limit"),
        ('{"A": "1"}', f": given an object, allowed: a list of {FORM}"),
        ('"A=1"', f': given "A=1", allowed: a list of {FORM}'),
        ('["A=1"]', f': entry 1: given "A=1", allowed: {FORM}'),
        (f"[{ENTRY}, 7]", f": entry 2: given 7, allowed: {FORM}"),
        ('[{"ParameterKey": "A"}]', f": A: ParameterValue is missing, allowed: {FORM}"),
        ('[{"ParameterValue": "1"}]', f": entry 1: ParameterKey is missing, allowed: {FORM}"),
        (
            '[{"ParameterKey": "A", "ParameterValue": 1}]',
            ': A: ParameterValue: given 1, allowed: a string, "1"',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": true}]',
            ': A: ParameterValue: given true, allowed: a string, "true"',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": ["x"]}]',
            ': A: ParameterValue: given ["x"], allowed: a string',
        ),
        (
            '[{"ParameterKey": "", "ParameterValue": "1"}]',
            ': entry 1: ParameterKey: given "", allowed: a string',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": "1", "UsePreviousValue": true}]',
            ': A: given the key "UsePreviousValue", allowed: ParameterKey and ParameterValue alone',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": "1", "ParameterValue": "2"}]',
            ': A: given "ParameterValue" 2 times, allowed: once',
        ),
        (f"[{ENTRY}, {ENTRY}]", ": A: given 2 times, allowed: once"),
        (
            '[{"ParameterKey": "A\\nB", "ParameterValue": 1}]',
            ': "A\\nB": ParameterValue: given 1, allowed: a string, "1"',
        ),
    ],
)
def test_the_form_is_checked(tmp_path: Path, content: str | bytes, expected: str) -> None:
    """Each way in which a file can be wrong is one line: place, what was given, what is allowed."""
    (found,) = problems(tmp_path, content)
    assert found.startswith(expected)


def test_a_slip_in_a_key_is_told_with_what_was_meant(tmp_path: Path) -> None:
    """Keys of the AWS CLI are easily written in lower case."""
    found = problems(tmp_path, '[{"ParameterKey": "A", "parametervalue": "1"}]')
    assert found[0].endswith("ParameterKey and ParameterValue alone (did you mean ParameterValue?)")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Nobody repairs one entry to hear of the next."""
    found = problems(tmp_path, f'[1, {{"ParameterKey": "B", "ParameterValue": 2, "C": 3}}, {ENTRY}, {ENTRY}]')
    starts = [": entry 1: given 1", ': B: given the key "C"', ": B: ParameterValue: given 2", ": A: given 2 times"]
    assert starts == [line[: len(start)] for line, start in zip(found, starts, strict=True)]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is one problem, with the reason of the system."""
    (problem,) = parameter_files.read(tmp_path / "a.dev.json").problems
    assert f"{tmp_path}/a.dev.json: cannot be read: No such file or directory [parameters]" == str(problem)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """It is one problem, with the reason of the system."""
    (problem,) = parameter_files.read(tmp_path).problems
    assert f"{tmp_path}: cannot be read: Is a directory [parameters]" == str(problem)


@pytest.mark.parametrize("name", ["a.dev.json", "pipeline-release.eu-west-1.json"])
def test_a_name_says_template_and_environment(name: str) -> None:
    """<template>.<environment>.json."""
    path = Path("params") / name
    assert name == f"{parameter_files.template_of(path)}.{parameter_files.environment_of(path)}.json"


@pytest.mark.parametrize(
    "name", ["a.json", "a.dev.yaml", "a.dev.json.bak", "a..json", "a.b.c.json", "a.-x.json", "a.Dev.json"]
)
def test_a_name_that_does_not_fit(name: str) -> None:
    """Another form of name belongs to no template."""
    assert None is parameter_files.template_of(Path(name))
    assert None is parameter_files.environment_of(Path(name))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary() | JSON.map(json.dumps) | st.lists(JSON).map(json.dumps))
def test_no_content_is_a_bug(tmp_path: Path, content: str | bytes) -> None:
    """Whatever a file holds, it is read, or its problems are told on a line each."""
    problems(tmp_path, content)
