"""The buildspecs of the package: how they are read, and that they are fit to be inlined."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from generator.buildspec import FOR_PLATFORMS, INSPECT, PACKAGE, buildspec, filled, without, without_sections
from generator.model.script import MARKER, script_lines

ROOT = Path(PACKAGE).parent
OTHERS = [str(file.relative_to(PACKAGE)) for file in sorted(Path(PACKAGE).glob("*/*.yml"))]
VALUES = {
    "MaxCriticalFindings": 1,
    "MaxHighFindings": 22,
    "MissingScan": "allow",
    "UnsupportedScan": "fail",
    "SigningProfiles": "",
    "UnfixedFindings": "count",
    "Lists": "lists",
}

OWN = "\n".join(
    script_lines(without_sections(buildspec(INSPECT), FOR_PLATFORMS).replace("@{", "{"), comments=False)
)  # what a stack with one pipeline runs


def script(text: str) -> str:
    """The one command of Inspect."""
    [command] = yaml.safe_load(text)["phases"]["build"]["commands"]
    return str(command)


def test_words_that_are_left_out_are_there_once() -> None:
    """If the message is written differently, it keeps no advice that a stack cannot follow."""
    assert "a c" == without("a b c", "b ")
    for text in ("a c", "b b "):
        with pytest.raises(ValueError, match="times, not once"):
            without(text, "b ")


def test_there_are_buildspecs() -> None:
    """The tests below look at more than one file."""
    assert len(OTHERS) > 2


def test_comments_change_no_command() -> None:
    """The script with and without its comments is the same to YAML, apart from the command, and valid for bash."""
    whole = buildspec(INSPECT)
    short = "\n".join(script_lines(filled(INSPECT, VALUES), comments=False))
    assert yaml.safe_load(whole)["artifacts"] == yaml.safe_load(short)["artifacts"]
    assert "## " in short
    for text in (filled(INSPECT, VALUES), short):
        checked = subprocess.run(["bash", "-n"], input=script(text), capture_output=True, text=True, check=False)
        assert ("", 0) == (checked.stderr, checked.returncode)


def test_the_size_of_inspect() -> None:
    """CodeBuild takes 25,600 characters of an inline buildspec; the templates around it should have room as well."""
    assert len("\n".join(script_lines(filled(INSPECT, VALUES), comments=False))) < 19_000
    assert len(OWN) < 14_000
    assert all(len(line) <= 115 for line in (ROOT / INSPECT).read_text(encoding="utf-8").splitlines())


def test_markers() -> None:
    """Inspect has a marker for each ceiling of the platform, each once, and nothing of bash looks like one."""
    text = buildspec(INSPECT)
    assert sorted(VALUES) == sorted(MARKER.findall(text))
    assert len(VALUES) == text.count("@{")
    assert all(f"@{{{name}}}" in text for name in VALUES)
    assert not any(MARKER.search(expression) for expression in ('"$@"', '"${@:2}"', "${@}", "image@{1,2}", "@{}"))


@pytest.mark.parametrize("name", OTHERS)
def test_other_buildspecs_have_no_markers(name: str) -> None:
    """Nothing fills a marker in another buildspec."""
    assert "@{" not in buildspec(name)
    assert buildspec(name) == filled(name, {})


def test_sections_can_be_left_out() -> None:
    """A section ends before the next heading, however deep it is; the mark ends its heading."""
    text = "a\n ## One\n b\n\n   ## Two, for x\n   c\n   # d for x\n## Three\ne\n ## For x, not\n f"
    assert "a\n ## One\n b\n\n## Three\ne\n ## For x, not\n f" == without_sections(text, "for x")
    assert text == without_sections(text, "for y")


def test_a_stack_with_one_pipeline_runs_the_script_without_the_parts_of_platforms() -> None:
    """Without the sections for platforms the script is valid, and reads no variable that they set."""
    own = script(OWN)
    checked = subprocess.run(["bash", "-n"], input=own, capture_output=True, text=True, check=False)
    assert ("", 0) == (checked.stderr, checked.returncode)
    assert "## " in own
    assert not re.search(r"accepted_bucket|SINGLE_IMAGE_FOR|unfixed=|exceptions\b|accepted\b(?!-)", own)


def test_filled() -> None:
    """Each marker becomes its value, and nothing else changes."""
    lines, before = filled(INSPECT, VALUES).splitlines(), buildspec(INSPECT).splitlines()
    assert {
        "ceiling_critical=1",
        "ceiling_high=22",
        "missing_scan=allow",
        "unsupported_scan=fail",
        "unfixed=count",
        "accepted_bucket=lists",
        "profiles=",
    } == {line.strip() for line, marked in zip(lines, before, strict=True) if line != marked}


def test_values_are_not_patterns() -> None:
    """A value is inserted as it is."""
    assert "missing_scan=\\1@{MissingScan}\n" in filled(INSPECT, {**VALUES, "MissingScan": "\\1@{MissingScan}"})


def test_markers_and_values_match() -> None:
    """A marker without a value and a value without a marker are reported together, with the file."""
    values = {**VALUES, "Max": 1, "missingscan": "fail"}
    del values["MissingScan"], values["MaxHighFindings"]
    message = (
        "buildspec.yml: marker @{MaxHighFindings} has no value, marker @{MissingScan} has no value, "
        "value Max has no marker, value missingscan has no marker"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        filled(INSPECT, values)
