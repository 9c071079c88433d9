"""The parameter file to start from."""

from __future__ import annotations

import json
from typing import Any

from generator import skeleton

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


def test_the_skeleton_asks_for_what_has_no_default() -> None:
    """Required parameters come in the order of the console, with an empty value; a secret never lands in a file."""
    expected = [{"ParameterKey": key, "ParameterValue": ""} for key in ("VpcId", "Repository")]
    assert expected == json.loads(skeleton.skeleton(BODY, everything=False))


def test_the_full_skeleton_has_the_defaults() -> None:
    """With everything, each default stands there as the text that CloudFormation takes."""
    assert {"VpcId": "", "Repository": "", "Depth": "3", "Deep": "true"} == {
        entry["ParameterKey"]: entry["ParameterValue"] for entry in json.loads(skeleton.skeleton(BODY, everything=True))
    }


def test_a_template_without_parameters() -> None:
    """There is nothing to fill in, and that is a list as well."""
    assert [] == json.loads(skeleton.skeleton({}, everything=True))
    assert "" == skeleton.descriptions({})


def test_the_descriptions_say_what_to_type() -> None:
    """Groups, types, defaults, descriptions and constraints, for all parameters."""
    assert [
        "Network",
        "  VpcId (AWS::EC2::VPC::Id, required)",
        "      The network.",
        "Image",
        "  Repository (String, required)",
        "      Where images are. Lower case.",
        '  Depth (Number, default "3")',
        "      How deep. One of: 3, 4.",
        '  Deep (String, default "true")',
        "      Deep?",
        "Other parameters",
        "  Token (String, required)",
        "      A secret.",
    ] == skeleton.descriptions(BODY).splitlines()


def test_the_skeleton_asks_for_what_a_rule_demands() -> None:
    """A default that a rule refuses is no value: what the rule wants is asked for."""
    body = {
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
    asked = json.loads(skeleton.skeleton(body, everything=False))
    assert [{"ParameterKey": "Where", "ParameterValue": ""}] == asked
    asked = json.loads(skeleton.skeleton(body, everything=False, known={"Mode": "old"}))
    assert {"Mode": "old", "Other": ""} == {entry["ParameterKey"]: entry["ParameterValue"] for entry in asked}


def test_what_is_known_is_filled_in() -> None:
    """A value that is known stands in the file, in its place, also where there is a default."""
    known = {"Depth": "4", "Repository": "team/orders"}
    assert [("VpcId", ""), ("Repository", "team/orders"), ("Depth", "4")] == [
        (entry["ParameterKey"], entry["ParameterValue"])
        for entry in json.loads(skeleton.skeleton(BODY, everything=False, known=known))
    ]
