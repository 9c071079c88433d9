"""Exports and imports between stacks."""

from __future__ import annotations

import re

import pytest
from troposphere import Ref, encode_to_dict

from generator.model.export_names import add_coupling_name, add_export, coupling_of, export_name, imported, thing_of
from generator.model.template import new_template
from generator.publishing import render


def test_both_sides_use_one_name() -> None:
    """An import refers to the export of the same kind and thing, in the name that the parameter holds."""
    template = new_template("Test")
    add_export(template, "platform", "KeyArn", Ref("Key"), "The key")
    output = render.to_dict(template)["Outputs"]["KeyArn"]
    name = {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"}
    assert {"Description": "The key", "Value": {"Ref": "Key"}, "Export": {"Name": name}} == output
    assert {"Fn::ImportValue": name} == encode_to_dict(imported("platform", "KeyArn"))


def test_a_new_version_has_another_name() -> None:
    """An export that must change is added next to the old one."""
    assert "ecr-pipeline:network:${Network}:v2:VpcId" == encode_to_dict(export_name("network", "VpcId", 2))["Fn::Sub"]


def test_an_export_has_a_name_for_people() -> None:
    """Documents name the export and the kind of its stack."""
    assert "KeyArn of the platform" == thing_of("ecr-pipeline:platform:${Platform}:v1:KeyArn")


def test_an_export_leads_to_its_parameter() -> None:
    """The name in an account has the kind of the stack and its name; other exports have no parameter."""
    assert ("Network", "shared") == coupling_of("ecr-pipeline:network:shared:v1:VpcId")
    assert [None, None, None] == [coupling_of(name) for name in ("", "other:network:shared:v1:VpcId", "ecr-pipeline:a")]


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [
        ("main", True),
        ("team-a-2", True),
        ("", False),
        ("Main", False),
        ("2nd", False),
        ("-main", False),
        ("main-", False),
        ("a--b", False),
        ("a:b", False),
        ("main\n", False),
    ],
)
def test_a_name_has_one_form(value: str, is_allowed: bool) -> None:  # noqa: FBT001  (parametrized)
    """Lower-case letters, digits and single hyphens, a letter first, `main` by default."""
    template = new_template("Test")
    add_coupling_name(template, "platform", group="Platform", description="Test.")
    parameter = render.to_dict(template)["Parameters"]["Platform"]
    assert ("main", 20) == (parameter["Default"], parameter["MaxLength"])
    assert is_allowed == (re.fullmatch(parameter["AllowedPattern"], value) is not None)


def test_a_coupling_can_have_further_values() -> None:
    """A pattern of other values is allowed as well, and only the whole value counts."""
    template = new_template("Test")
    add_coupling_name(template, "network", group="Network", description="Test.", others="NONE|[0-9]")
    pattern = render.to_dict(template)["Parameters"]["Network"]["AllowedPattern"]
    assert ["main", "NONE", "7"] == [
        value for value in ("main", "NONE", "7", "77", "NONEmain") if re.fullmatch(pattern, value)
    ]
