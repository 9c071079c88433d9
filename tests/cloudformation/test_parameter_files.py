"""Reading parameter files: every problem of their form, all at once, and never a traceback."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
from pathlib import Path

import jq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.cloudformation import parameter_files
from tests.machine import search_path

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
    """Keys and values have the order of the file."""
    path = tmp_path / "template.dev.json"
    path.write_text('[{"ParameterKey": "B", "ParameterValue": "x=y"}, {"ParameterValue": "", "ParameterKey": "A"}]')
    read = parameter_files.read(path)
    assert (("B", "x=y"), ("A", "")) == read.entries
    assert () == read.problems


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ":1: not JSON: it is empty; allowed: a list of {"),
        ("Name: orders", ": given YAML, an object of keys and values, allowed: a list of {"),
        ('[\n  {"ParameterKey": "A", "ParameterValue": "b"},\n]', ":2: not JSON: remove the comma before ]"),
        ('[\n  {"ParameterKey": }\n]', ":2: not JSON: Expecting value at column 20"),
        (b"\xff[]", ": not UTF-8: invalid start byte at byte 0"),
        ("Name:\n  first: [orders]", ":1: not JSON: it looks like YAML; allowed: a list of {"),
        ("- orders: {", ":1: not JSON: it looks like YAML; allowed: a list of {"),
        ("[]".encode("utf-16"), ": given UTF-16, allowed: UTF-8. To convert it: iconv -f UTF-16 -t UTF-8 /"),
        ("[" * 100_000, ": cannot be read as JSON: its lists and objects are nested too deeply"),
        ("9" * 5_000, ": cannot be read as JSON: Exceeds the limit"),
        ("{}", f": given an object, allowed: a list of {FORM}"),
        ('{"A": "1", "B": ["x"]}', f": given an object, allowed: a list of {FORM}"),
        ('{"A": "1"}', f": given an object of keys and values, allowed: a list of {FORM}. To convert it: jq "),
        ('{"Parameters": {}}', f': given an object with "Parameters", allowed: a list of {FORM}. To convert it: jq '),
        ('"A=1"', f': given "A=1", allowed: a list of {FORM}'),
        ('["A=1"]', f': given a list of "Key=Value", allowed: a list of {FORM}. To convert it: jq '),
        ('["A"]', f':1: entry 1: given "A", allowed: {FORM}'),
        (f"[{ENTRY}, 7]", f":1: entry 2: given 7, allowed: {FORM}"),
        ('[{"ParameterKey": "A"}]', f":1: A: ParameterValue is missing, allowed: {FORM}"),
        ('[{"ParameterValue": "1"}]', f":1: entry 1: ParameterKey is missing, allowed: {FORM}"),
        (
            '[{"ParameterKey": "A", "ParameterValue": 1}]',
            ':1: A: ParameterValue: given 1, allowed: a string, "1"',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": true}]',
            ':1: A: ParameterValue: given true, allowed: a string, "true"',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": ["x"]}]',
            ':1: A: ParameterValue: given ["x"], allowed: a string',
        ),
        (
            '[{"ParameterKey": "", "ParameterValue": "1"}]',
            ':1: entry 1: ParameterKey: given "", allowed: a string',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": "1", "UsePreviousValue": true}]',
            ':1: A: given the key "UsePreviousValue", allowed: ParameterKey and ParameterValue alone',
        ),
        (
            '[{"ParameterKey": "A", "ParameterValue": "1", "ParameterValue": "2"}]',
            ':1: A: given "ParameterValue" 2 times, allowed: once',
        ),
        (f"[{ENTRY}, {ENTRY}]", ":1: A: given 2 times, allowed: once"),
        (
            '[{"ParameterKey": "A\\nB", "ParameterValue": 1}]',
            ':1: "A\\nB": ParameterValue: given 1, allowed: a string, "1"',
        ),
    ],
)
def test_the_form_is_checked(tmp_path: Path, content: str | bytes, expected: str) -> None:
    """Each problem of the form is one line: place, given value, allowed values."""
    (found,) = problems(tmp_path, content)
    assert found.startswith(expected)


def test_a_misspelt_key_is_reported_with_a_suggestion(tmp_path: Path) -> None:
    """Keys of the AWS CLI are easily written in lower case."""
    found = problems(tmp_path, '[{"ParameterKey": "A", "parametervalue": "1"}]')
    assert found[0].endswith("ParameterKey and ParameterValue alone (did you mean ParameterValue?)")


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """The user need not repair one entry to learn about the next."""
    found = problems(tmp_path, f'[1, {{"ParameterKey": "B", "ParameterValue": 2, "C": 3}}, {ENTRY}, {ENTRY}]')
    starts = [
        ":1: entry 1: given 1",
        ':1: B: given the key "C"',
        ":1: B: ParameterValue: given 2",
        ":1: A: given 2 times",
    ]
    assert starts == [line[: len(start)] for line, start in zip(found, starts, strict=True)]


def test_a_problem_names_the_line_of_its_value(tmp_path: Path) -> None:
    """Entries on one line each, or over several; of a key that is given twice, the last one."""
    content = """[
  {"ParameterKey": "A", "ParameterValue": 1},

  {
    "ParameterKey": "B",
    "ParameterValue": 2
  },
  {"ParameterKey": "C"}, {"ParameterKey": "D",
   "ParameterValue": "4"},
  {"ParameterKey": "D", "ParameterValue": "4"}
]"""
    assert [":2: A: ", ":6: B: ", ":8: C: ", ":10: D: "] == [
        line[: line.index(": ") + 5] for line in problems(tmp_path, content)
    ]


def test_a_mark_at_the_beginning_is_ignored(tmp_path: Path) -> None:
    """Windows' editors write one."""
    assert [] == problems(tmp_path, f"[{ENTRY}]".encode("utf-8-sig"))


OTHER_FORMS = {
    "texts": '["A=012", "B=x=y", "C="]',
    "configuration": '{"Parameters": {"A": "012", "B": "x=y", "C": ""}}',
    "git sync in JSON": '{"template-file-path": "t.json", "parameters": {"A": "012", "B": "x=y", "C": ""}}',
    "object": '{"A": "012", "B": "x=y", "C": ""}',
    "tags": '[{"Key": "A", "Value": "012"}, {"Key": "B", "Value": "x=y"}, {"Key": "C", "Value": ""}]',
    "lines": "# of orders\nA=012\r\nB=x=y\n\nC=\n",
    "lines with a mark": "\ufeffA=012\nB=x=y\nC=\n",
    "map with a mark": "\ufeffA: 012\nB: x=y\nC:\n",
    "object with a mark": '\ufeff{"A": "012", "B": "x=y", "C": ""}',
    "git sync": "template-file-path: t.json\nparameters:\n  A: 012\n  B: x=y\n  C: ''\ntags: {}\n",
    "map": "---\nA: 012\nB: x=y  # kept\nC:\n",
    "entries in YAML": "".join(
        f"- ParameterKey: {key}\n  ParameterValue: {value}\n" for key, value in (("A", "012"), ("B", "x=y"), ("C", ""))
    ),
    "tags in YAML": "- {Key: A, Value: 012}\n- {Key: B, Value: x=y}\n- {Key: C, Value: ''}\n",
    "texts in YAML": "- A=012\n- B=x=y\n- C=\n",
    "UTF-16": '[{"ParameterKey": "A", "ParameterValue": "012"}, {"ParameterKey": "B", "ParameterValue": "x=y"},'
    ' {"ParameterKey": "C", "ParameterValue": ""}]',
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_the_command_in_the_message_converts_another_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A shell runs it as it is printed, and the result is read without a problem: 012 stays a text."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "it's mine"
    folder.mkdir()
    (found,) = problems(folder, OTHER_FORMS[form].encode("utf-16" if form == "UTF-16" else "utf-8"))
    command = found.partition("To convert it: ")[2]
    assert command.endswith(" > NEW")
    (tmp_path / "bin").mkdir()
    path = search_path(tmp_path / "bin", "aws.py")
    subprocess.run(["sh", "-c", command], env={**os.environ, "PATH": path}, check=True)
    read = parameter_files.read(tmp_path / "NEW")
    assert () == read.problems
    assert (("A", "012"), ("B", "x=y"), ("C", "")) == read.entries


@pytest.mark.parametrize("content", ['{"A": 1, "B": true}', '{"Parameters": {"A": 1, "B": true}}'])
def test_numbers_become_texts(tmp_path: Path, content: str) -> None:
    """As the AWS CLI reads them."""
    (found,) = problems(tmp_path, content)
    program = shlex.split(found.partition("To convert it: ")[2])[1]
    assert [] == problems(tmp_path, jq.compile(program).input_text(content).text())
    assert (("A", "1"), ("B", "true")) == parameter_files.read(tmp_path / "template.dev.json").entries


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path `-`, as in other commands."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"[{ENTRY}]".encode())))
    assert (("A", "1"),) == parameter_files.read(Path("-")).entries


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
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
def test_any_content_is_read_or_reported(tmp_path: Path, content: str | bytes) -> None:
    """A file with any contents is read, or its problems are reported, one per line."""
    problems(tmp_path, content)
