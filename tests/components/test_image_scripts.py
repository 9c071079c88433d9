"""The script of image builds, as the template holds it."""

from __future__ import annotations

import yaml
from troposphere import GetAtt, encode_to_dict

from generator.buildspec import buildspec
from generator.checks.buildspecs import inline
from generator.components.image_scripts import add_build_script
from generator.model.script import UNKNOWN
from generator.model.template import new_template
from generator.publishing.render import to_dict

SCRIPT = encode_to_dict(add_build_script(TEMPLATE := new_template("Test"), "Build", GetAtt("TestReports", "Arn")))
MAPPINGS = to_dict(TEMPLATE)["Mappings"]
TEXT = inline(SCRIPT, MAPPINGS) or ""


def _commands(text: str) -> list[str]:
    """The lines that are no comments."""
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_the_template_holds_the_whole_script() -> None:
    """Every command is in it, in order; only the report group is replaced."""
    whole = buildspec("components/image_build.yml").replace("$REPORT_GROUP", UNKNOWN)
    assert _commands(whole) == _commands(TEXT)


def test_a_line_of_the_script_is_a_line_of_the_template() -> None:
    """A mapping holds texts only, so that the report group is not in it."""
    lines = MAPPINGS["Buildspecs"]["Build"]["Lines"]
    assert 100 < len(lines)
    assert [] == [line for line in lines if not isinstance(line, str) or "\n" in line]


def test_the_report_group_is_named_by_its_arn() -> None:
    """By its name CodeBuild would create another group."""
    assert [UNKNOWN] == list(yaml.safe_load(TEXT)["reports"])
    (named,) = (part for part in SCRIPT["Fn::Join"][1] if isinstance(part, dict) and "Fn::Sub" in part)
    assert "Fn::GetAtt" in str(named) or "TestReports.Arn" in str(named)


def test_the_script_fits_into_a_project() -> None:
    """CodeBuild takes 25,600 characters, and runs it as one command."""
    assert len(TEXT) < 25_600
    assert 1 == len(yaml.safe_load(TEXT)["phases"]["build"]["commands"])
