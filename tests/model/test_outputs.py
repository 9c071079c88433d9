"""Outputs of a stack."""

from __future__ import annotations

from troposphere import Ref

from generator.model.outputs import add_output
from generator.model.template import new_template
from generator.publishing import render


def test_an_output_is_not_exported() -> None:
    """An output has its value and description; it exists always, or under its condition."""
    template = new_template("Test")
    add_output(template, "Always", Ref("It"), "A thing")
    add_output(template, "Sometimes", Ref("It"), "A thing", only_if="Wanted")
    always = {"Description": "A thing", "Value": {"Ref": "It"}}
    assert {"Always": always, "Sometimes": {**always, "Condition": "Wanted"}} == render.to_dict(template)["Outputs"]
