"""The form of a template."""

from __future__ import annotations

from typing import Any

import pytest

from generator.cloudformation import template_format
from generator.cloudformation.refusals import RefusedError
from tests.conftest import WITH_CONDITIONS

TOPIC = {"Type": "AWS::SNS::Topic"}
BODY: dict[str, Any] = {"Resources": {"A": TOPIC}}


def parameter(**properties: Any) -> dict[str, Any]:
    """A template with a parameter."""
    return {"Parameters": {"P": {"Type": "String", **properties}}}


def resource(**attributes: Any) -> dict[str, Any]:
    """A template with a resource."""
    return {"Resources": {"A": {**TOPIC, **attributes}}}


def output(**properties: Any) -> dict[str, Any]:
    """A template with an output."""
    return {"Outputs": {"O": properties}}


WRONG: list[tuple[Any, str]] = [
    ({"Resources": {}}, "Template format error: At least one Resources member must be defined."),
    ({"Resources": None}, "Template format error: At least one Resources member must be defined."),
    ({"Resources": [1]}, "Template format error: [/Resources] must be a JSON object."),
    ({"Parameters": []}, "Template format error: [/Parameters] must be a JSON object."),
    ({"Mappings": "x"}, "Template format error: [/Mappings] must be a JSON object."),
    ({"Ressources": {}}, "Invalid template property or properties [Ressources]"),
    ({"Description": 5}, "Template format error: Every Description member must be a string."),
    ({"Description": "x" * 1025}, "Template format error: 'Description' length is greater than 1024."),
    ({"AWSTemplateFormatVersion": "2010-09-10"}, "2010-09-10 is not a supported value for AWSTemplateFormatVersion."),
    (resource(Properties={"DisplayName": None}),
     "[/Resources/A/Properties/DisplayName] 'null' values are not allowed in templates"),
    (resource(DependsOn=["B", None]), "[/Resources/A/DependsOn/1] 'null' values are not allowed in templates"),
    ({"Parameters": {"P-1": {"Type": "String"}}}, "Parameter name P-1 is non alphanumeric."),
    ({"Parameters": {"P": "String"}}, "[/Parameters/P] Any Parameters member must be a JSON object."),
    ({"Parameters": {"P": {}}}, "[/Parameters/P] Every Parameters object must contain a Type member."),
    (parameter(Type=["String"]), "[/Parameters/P] Every Type member must be a string."),
    (parameter(Type="Text"), "Template format error: Unrecognized parameter type: Text"),
    (parameter(Default=["a"]), "[/Parameters/P] Every Default member must be a string."),
    (parameter(AllowedValues="a"), "[/Parameters/P] Every AllowedValues member must be a list."),
    (parameter(AllowedValues=[["a"]]), "[/Parameters/P] Every AllowedValues value must be a string."),
    (parameter(MinLength="x"), "[/Parameters/P] Every MinLength member must be a number."),
    (parameter(MaxLength=1.5), "[/Parameters/P] Every MaxLength member must be a string."),
    (parameter(AllowedPattern="["), "Parameter 'P' AllowedPattern must be a valid regular expression."),
    (parameter(Pattern="a"), "Invalid template parameter property 'Pattern'"),
    ({"Rules": {"R": {}}}, "[/Rules/R] Every Rules object must contain an Assertions list."),
    ({"Rules": {"R": {"Assertions": [{}]}}}, "[/Rules/R] Every Assertions member must contain an Assert object."),
    ({"Rules": {"R": {"Assertions": [{"Assert": {}, "Says": "x"}]}}}, "Invalid template assertion property 'Says'"),
    ({"Rules": {"R": {"Assertions": [{"Assert": {"Fn::Contains": ["a"]}}]}}}, "every Fn::Contains object requires two"),
    ({"Mappings": {"M": {"a": "b"}}}, "[/Mappings/M] Every Mappings member must be a map of maps."),
    ({"Mappings": {"M": {"a": {"b": {}}}}}, "[/Mappings/M] Every Mappings attribute must be a String or a List."),
    ({"Mappings": {"M": {"a": {"b": [[1]]}}}}, "[/Mappings/M] Every Mappings attribute must be a String or a List."),
    ({"Conditions": {"C": {"Fn::Equals": ["a"]}}}, "every Fn::Equals object requires a list of 2 string parameters."),
    ({"Resources": {"A.B": TOPIC}}, "Template format error: Resource name A.B is non alphanumeric."),
    ({"Resources": {"A": "x"}}, "[/Resources/A] Any Resources member must be a JSON object."),
    ({"Resources": {"A": {}}}, "[/Resources/A] Every Resources object must contain a Type member."),
    (resource(Type={"Ref": "P"}), "[/Resources/A] Every Type member must be a string."),
    (resource(DisplayName="x"), "Invalid template resource property 'DisplayName'"),
    (resource(Properties=["x"]), "[/Resources/A] Any Properties member must be a JSON object."),
    (resource(Properties={"Ref": "P"}), "[/Resources/A] Any Properties member must be a JSON object."),
    (resource(Metadata="x"), "[/Resources/A] Any Metadata member must be a JSON object."),
    (resource(DependsOn={"Ref": "B"}), "[/Resources/A] DependsOn must be a string or list of strings."),
    (resource(DependsOn=[["B"]]), "[/Resources/A] Every DependsOn value must be a string."),
    (resource(Condition=["C"]), "[/Resources/A] Every Condition member must be a string."),
    (resource(DeletionPolicy="Keep"), "Unrecognized DeletionPolicy Keep for resource A"),
    (resource(UpdateReplacePolicy="RetainExceptOnCreate"), "Unrecognized UpdateReplacePolicy RetainExceptOnCreate"),
    (resource(Properties={"DisplayName": {"Fn::Joyn": []}}), "Encountered unsupported function: Fn::Joyn"),
    ({"Outputs": {"O": "x"}}, "[/Outputs/O] Any Outputs member must be a JSON object."),
    (output(Description="x"), "Template format error: Every Outputs member must contain a Value object"),
    (output(Value=["x"]), "The Value field of every Outputs member must evaluate to a String and not a List."),
    (output(Value={"a": "b"}), "[/Outputs/O] Every Value member must be a string."),
    (output(Value="x", Export="y"), "[/Outputs/O] Any Export member must be a JSON object."),
    (output(Value="x", Name="y"), "Invalid template output property 'Name'"),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "said"), WRONG)
def test_a_template_of_another_form_is_refused(sections: dict[str, Any], said: str) -> None:
    """The message has the problem and its place, like CloudFormation's."""
    with pytest.raises(RefusedError) as caught:
        template_format.check({**BODY, **sections})
    assert said in str(caught.value)


@pytest.mark.parametrize("body", [[], "Resources", 5, None, {}])
def test_text_that_is_no_template_is_refused(body: Any) -> None:
    """Any JSON is accepted as a template or refused."""
    with pytest.raises(RefusedError, match="At least one Resources member must be defined"):
        template_format.check(body)


@pytest.mark.parametrize("name", sorted(WITH_CONDITIONS))
def test_published_templates_have_the_form(name: str) -> None:
    """No false alarm."""
    template_format.check(WITH_CONDITIONS[name])


def test_a_policy_may_have_a_condition() -> None:
    """Its key is no function, and neither is one of several keys."""
    statement = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    node = [statement, {"Condition": "Yes"}, {"Ref": "A", "Other": 1}, {"Fn::Sub": ["${B}", {"B": {"Ref": "C"}}]}]
    assert ["Condition", "Fn::Sub", "Ref"] == [name for name, _ in template_format.functions_in(node)]
