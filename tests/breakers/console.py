"""Breakers of the promises in tests/promises/console.py."""

from __future__ import annotations

from tests.breakers import breaks
from tests.promises import console
from tests.rendered import Rendered


@breaks(console.parameters_have_a_place_and_a_label)
def a_parameter_has_no_group(template: Rendered) -> None:
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].pop()


@breaks(console.parameters_have_a_place_and_a_label)
def a_parameter_has_no_label(template: Rendered) -> None:
    del template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]["Name"]


@breaks(console.parameters_say_what_to_type, of="platform")
def a_parameter_takes_anything(template: Rendered) -> None:
    del template["Parameters"]["KmsKeyArn"]["AllowedPattern"]


@breaks(console.parameters_say_what_to_type, of="platform")
def a_parameter_is_refused_without_a_word(template: Rendered) -> None:
    del template["Parameters"]["KmsKeyArn"]["ConstraintDescription"]


@breaks(console.rules_say_what_to_do, of="platform")
def a_rule_refuses_without_a_word(template: Rendered) -> None:
    del template["Rules"]["NoExistingVpc"]["Assertions"][0]["AssertDescription"]


@breaks(console.outputs_are_described)
def an_output_is_not_described(template: Rendered) -> None:
    del template["Outputs"]["PipelineName"]["Description"]


@breaks(console.parameters_have_a_place_and_a_label)
def a_label_is_of_no_parameter(template: Rendered) -> None:
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]["Gone"] = {"default": "Gone"}


@breaks(console.parameters_say_what_to_type)
def a_parameter_is_not_described(template: Rendered) -> None:
    del template["Parameters"]["Name"]["Description"]
