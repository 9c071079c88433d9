"""The buildspecs inside a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.checks import buildspecs
from generator.checks.subject import Subject

GOOD = """\
version: 0.2
env:
  shell: bash
  exported-variables: [IMAGE_DIGEST]
phases:
  install:
    runtime-versions:
      python: 3.12
  build:
    on-failure: ABORT
    commands:
      - echo one
      - |
        set -eu
        echo "two: $(date)"
    finally:
      - echo done
artifacts:
  files:
    - '**/*'
"""


def found(buildspec: Any) -> list[str]:
    """The findings for a project with this buildspec, without the file."""
    project = {
        "Type": "AWS::CodeBuild::Project",
        "Properties": {"Source": {"Type": "CODEPIPELINE", "BuildSpec": buildspec}},
    }
    mappings = {
        "Buildspecs": {"Good": {"Text": GOOD, "Lines": GOOD.splitlines()}, "Bad": {"Text": "version: 0.2\nphase: {}\n"}}
    }
    body = {"Mappings": mappings, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Inspect": project}}
    findings = buildspecs.check(Subject("demo", Path("demo.json"), json.dumps(body)))
    return [str(line).removeprefix("demo.json: Inspect/BuildSpec").removesuffix(" [buildspec]") for line in findings]


REPORTED = {"Fn::Join": ["", [GOOD, "reports:\n ", {"Fn::GetAtt": ["Reports", "Arn"]}, ":\n  files: ['**/*']\n"]]}


@pytest.mark.parametrize(
    "buildspec",
    [
        GOOD,
        {"Fn::Sub": GOOD},
        {"Fn::Sub": [GOOD, {"A": "b"}]},
        {"Fn::FindInMap": ["Buildspecs", "Good", "Text"]},
        REPORTED,
        {"Fn::Join": ["\n", GOOD.splitlines()]},
        {"Fn::Join": ["\n", {"Fn::FindInMap": ["Buildspecs", "Good", "Lines"]}]},
    ],
)
def test_a_good_buildspec_has_no_findings(buildspec: Any) -> None:
    """Inlined as text or in lines, by Fn::Sub, from a mapping, or put together."""
    assert [] == found(buildspec)


@pytest.mark.parametrize("around", [lambda text: text, lambda text: {"Fn::Join": ["", [text, "# end"]]}])
def test_a_buildspec_in_a_mapping_is_checked(around: Any) -> None:
    """A text that several projects share is checked in each."""
    complaints = found(around({"Fn::FindInMap": ["Buildspecs", "Bad", "Text"]}))
    assert any("phase: unknown to CodeBuild" in complaint for complaint in complaints)


@pytest.mark.parametrize(
    "buildspec",
    [
        "ci/buildspec.yml",
        "arn:aws:s3:::bucket/buildspec.yml",
        {"Ref": "BuildSpec"},
        None,
        {"Fn::FindInMap": ["Buildspecs", "Gone", "Text"]},
    ],
)
def test_a_buildspec_elsewhere_is_not_checked(buildspec: Any) -> None:
    """Only buildspecs in the template can be checked."""
    assert [] == found(buildspec)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("version: 0.2", "version: 0.1", "/version: given 0.1, allowed: 0.2"),
        ("version: 0.2\n", "", "/version: given null, allowed: 0.2"),
        ("artifacts:", "artefacts:", "/artefacts: unknown to CodeBuild, allowed: version, run-as, env, proxy, batch,"),
        ("artifacts:", "artefacts:", " (did you mean artifacts?)"),
        ("  build:", "  prebuild:", "/phases/prebuild: unknown to CodeBuild, allowed: install, pre_build, build, post"),
        ("  build:", "  prebuild:", " (did you mean pre_build?)"),
        ("    commands:", "    command:", "/phases/build/command: unknown to CodeBuild, allowed: run-as, on-failure, "),
        ("    commands:", "    command:", " (did you mean commands?)"),
        ("- echo one", "- echo one: two", '/phases/build/commands/1: given {"echo one": "two"}, allowed: a string; '),
        ("- echo one", "- echo one: two", 'put it in quotes: YAML reads ": " as a mapping'),
        ("- echo one", "- true", "/phases/build/commands/1: given true, allowed: a string"),
        ("- echo one", "-", "/phases/build/commands/1: given null, allowed: a string"),
        ("- echo one", '- ""', '/phases/build/commands/1: given "", allowed: a string'),
        ("[IMAGE_DIGEST]", "IMAGE_DIGEST", '/env/exported-variables: given "IMAGE_DIGEST", allowed: a list of strings'),
        ("\n    - '**/*'", " []", "/artifacts/files: given [], allowed: a list of strings"),
        ("env:", "env: bash\nproxy:", '/env: given "bash", allowed: a mapping of shell, variables, parameter-store, '),
        ("    finally:", "    commands:", " line 11: not YAML: Duplicate found 'commands' (line 11)"),
        ("      - echo one", "   - echo one", " line 12: not YAML: did not find expected key"),
    ],
)
def test_errors_that_codebuild_would_report_are_found(before: str, after: str, expected: str) -> None:
    """Each mistake is reported with its place inside the buildspec."""
    assert GOOD.count(before) == 1
    assert expected in "\n".join(found(GOOD.replace(before, after)))


def test_a_buildspec_may_have_25_600_characters() -> None:
    """Of a buildspec in lines, every newline counts."""
    comment = "# " + "x" * (buildspecs.MOST - len(GOOD) - 2)
    assert [] == found(GOOD + comment)
    longer = {"Fn::Join": ["\n", [*GOOD.splitlines(), comment + "x"]]}
    assert [": given 25,601 characters, allowed: 25,600"] == found(longer)


def test_a_buildspec_needs_phases() -> None:
    """Without commands there is nothing to run."""
    assert ["/phases: is missing, allowed: install, pre_build, build, post_build"] == found("version: 0.2\nenv: {}\n")


def test_a_buildspec_is_a_mapping() -> None:
    """A list or a text is not a buildspec."""
    assert ['given ["a"], allowed: a mapping with version and phases'] == [
        line.removeprefix(": ") for line in found("- a\n")
    ]
