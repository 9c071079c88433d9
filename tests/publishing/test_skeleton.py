"""The parameter file to start from."""

from __future__ import annotations

import json
from typing import Any

from generator.publishing import skeleton

BODY: dict[str, Any] = {
    "Metadata": {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": "Network"}, "Parameters": ["VpcId"]},
                {"Label": {"default": "Image"}, "Parameters": ["Repository", "Depth", "Deep"]},
            ]
        }
    },
    "Parameters": {
        "Repository": {"Type": "String", "Description": "Where images are.", "ConstraintDescription": "lower case"},
        "Depth": {"Type": "Number", "Description": "How deep.", "Default": 3, "AllowedValues": [3, 4]},
        "Deep": {"Type": "String", "Description": "Deep?", "Default": True},
        "VpcId": {"Type": "AWS::EC2::VPC::Id", "Description": "The network"},
        "Token": {"Type": "String", "Description": "A secret.", "NoEcho": True},
    },
}


def test_the_skeleton_has_parameters_without_a_default() -> None:
    """Required parameters come in the order of the console, with an empty value; a secret is never in a file."""
    expected = [{"ParameterKey": key, "ParameterValue": ""} for key in ("VpcId", "Repository")]
    assert expected == json.loads(skeleton.skeleton(BODY, everything=False))


def test_the_full_skeleton_has_the_defaults() -> None:
    """With everything, each default is included as the text that CloudFormation accepts."""
    assert {"VpcId": "", "Repository": "", "Depth": "3", "Deep": "true"} == {
        entry["ParameterKey"]: entry["ParameterValue"] for entry in json.loads(skeleton.skeleton(BODY, everything=True))
    }


def test_a_template_without_parameters() -> None:
    """There is nothing to fill in, and the file is an empty list."""
    assert [] == json.loads(skeleton.skeleton({}, everything=True))
    assert "" == skeleton.descriptions({})


def test_the_descriptions_begin_with_required_parameters() -> None:
    """Groups, types, defaults, descriptions and constraints: first of parameters that need a value, then of others."""
    assert [
        "Required",
        "  Network",
        "    VpcId (AWS::EC2::VPC::Id)",
        "        The network.",
        "  Image",
        "    Repository (String)",
        "        Where images are. Lower case.",
        "  Other parameters",
        "    Token (String)",
        "        A secret.",
        "Optional",
        "  Image",
        '    Depth (Number, default "3")',
        "        How deep. One of: 3, 4.",
        '    Deep (String, default "true")',
        "        Deep?",
    ] == skeleton.descriptions(BODY, everything=True).splitlines()


def test_an_empty_value_among_those_allowed_is_shown() -> None:
    """Otherwise the list would begin with a comma."""
    body = {"Parameters": {"Way": {"Type": "String", "Default": "", "AllowedValues": ["", "fail"]}}}
    assert '        One of: "", fail.' == skeleton.descriptions(body, everything=True).splitlines()[-1]


RULES: dict[str, Any] = {
    "Parameters": {
        "Mode": {"Type": "String", "Default": "new"},
        "Where": {"Type": "String", "Default": ""},
        "Other": {"Type": "String", "Default": ""},
    },
    "Rules": {
        "Needed": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Mode"}, "new"]},
            "Assertions": [{"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Where"}, ""]}]}}],
        },
        "NotNow": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Mode"}, "old"]},
            "Assertions": [{"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Other"}, ""]}]}}],
        },
    },
}


def test_the_skeleton_has_parameters_that_a_rule_demands() -> None:
    """A default that a rule refuses is no value: the parameter must be filled in."""
    entries = json.loads(skeleton.skeleton(RULES, everything=False))
    assert [{"ParameterKey": "Where", "ParameterValue": ""}] == entries
    entries = json.loads(skeleton.skeleton(RULES, everything=False, known={"Mode": "old"}))
    assert {"Mode": "old", "Other": ""} == {entry["ParameterKey"]: entry["ParameterValue"] for entry in entries}


def test_a_parameter_that_a_rule_demands_is_required() -> None:
    """Its description is among the required ones, although it has a default."""
    required, _, optional = skeleton.descriptions(RULES, everything=True).partition("Optional")
    assert ("Where (" in required, "Mode (" in optional) == (True, True)
    required, _, _ = skeleton.descriptions(RULES, {"Mode": "old"}, everything=True).partition("Optional")
    assert ("Where (" in required, "Other (" in required) == (False, True)


def test_known_values_are_filled_in() -> None:
    """A known value is in the file in its place, also if there is a default."""
    known = {"Depth": "4", "Repository": "team/orders"}
    assert [("VpcId", ""), ("Repository", "team/orders"), ("Depth", "4")] == [
        (entry["ParameterKey"], entry["ParameterValue"])
        for entry in json.loads(skeleton.skeleton(BODY, everything=False, known=known))
    ]


def test_parameters_with_a_default_are_counted() -> None:
    """Required parameters are described; the others are counted, with the option that shows them."""
    required, _, _ = skeleton.descriptions(BODY, everything=True).partition("\nOptional")
    optional = len(BODY["Parameters"]) - len(skeleton.needed(BODY))
    assert f"{required}\n{optional} more have a default: --all shows them" == skeleton.descriptions(BODY)
