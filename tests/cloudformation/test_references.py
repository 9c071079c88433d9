"""References in the parts of a template."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from generator.cloudformation import references, template_format, template_rules
from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.cloudformation.resolver import resolve, verdict
from generator.cloudformation.scope import Scope
from tests.conftest import WITH_CONDITIONS
from tests.damaged import damaged

TOPIC = {"Type": "AWS::SNS::Topic"}
YES = {"Fn::Equals": ["a", "a"]}


def topic(value: Any) -> dict[str, Any]:
    """A template with a property."""
    return {"Resources": {"A": {**TOPIC, "Properties": {"DisplayName": value}}}}


def condition(value: Any) -> dict[str, Any]:
    """A template with a condition, a parameter of each kind and a resource."""
    parameters = {"One": {"Type": "String"}, "Many": {"Type": "CommaDelimitedList"}}
    return {"Parameters": parameters, "Conditions": {"C": value}, "Resources": {"A": TOPIC}}


def rule(value: Any) -> dict[str, Any]:
    """A template with a rule."""
    return {"Rules": {"R": {"Assertions": [{"Assert": value}]}}, "Resources": {"A": TOPIC}}


WRONG: list[tuple[dict[str, Any], str]] = [
    (topic({"Ref": "B"}), "Unresolved resource dependencies [B] in the Resources block of the template"),
    (topic({"Fn::Sub": "${B}-${C.Arn}-${!D}"}), "Unresolved resource dependencies [B, C] in the Resources block"),
    (topic({"Ref": "AWS::Resion"}), "Unresolved resource dependencies [AWS::Resion] in the Resources block"),
    (topic({"Fn::GetAtt": ["B", "Arn"]}), "instance of Fn::GetAtt references undefined resource B"),
    (topic({"Fn::GetAtt": "B.Arn"}), "instance of Fn::GetAtt references undefined resource B"),
    ({**topic({"Fn::If": ["C", "x", {"Ref": "B"}]}), "Conditions": {"C": YES}}, "Unresolved resource dependencies [B]"),
    (topic({"Fn::If": ["C", "x", "y"]}), "Template error: unresolved condition dependency C in Fn::If"),
    (topic({"Fn::FindInMap": ["M", "a", "b"]}), "Mapping named 'M' is not present in the 'Mappings' section"),
    ({"Resources": {"A": {**TOPIC, "DependsOn": "B"}}}, "Unresolved resource dependencies [B] in the Resources block"),
    ({"Resources": {"A": {**TOPIC, "DependsOn": ["A"]}}}, "Circular dependency between resources: [A]"),
    ({"Resources": {"A": {**TOPIC, "DependsOn": "B"}, "B": {**TOPIC, "DependsOn": ["A"]}}},
     "Circular dependency between resources: [A, B]"),
    ({"Resources": {"A": {**TOPIC, "Condition": "C"}}}, "Template format error: Condition C is not defined."),
    ({"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": "x", "Condition": "C"}}}, "Condition C is not defined."),
    ({"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": {"Ref": "B"}}}},
     "Unresolved resource dependencies [B] in the Outputs block of the template"),
    ({"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["B", "Arn"]}}}},
     "instance of Fn::GetAtt references undefined resource B"),
    ({"Parameters": {"A": {"Type": "String"}}, "Resources": {"A": TOPIC}}, "unique names. Common name(s):[A]"),
    (condition({"Fn::Equals": [{"Ref": "A"}, "x"]}),
     "Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template"),
    (condition({"Fn::Equals": [{"Fn::GetAtt": ["A", "TopicArn"]}, "x"]}), "Unresolved dependencies [A]."),
    (condition({"Fn::Equals": [{"Fn::ImportValue": "x"}, "x"]}), "Cannot use Fn::ImportValue in Conditions."),
    (condition({"Fn::Equals": [{"Ref": "Many"}, ""]}), "every Fn::Equals object requires a list of 2 string"),
    (condition({"Fn::Equals": [{"Fn::Split": [",", "a"]}, ""]}), "every Fn::Equals object requires a list of 2 string"),
    (condition({"Fn::Not": [{"Condition": "D"}]}),
     "Unresolved condition dependencies [D] in the Conditions block of the template"),
    (condition({"Fn::Not": [{"Condition": "C"}]}), "Found circular condition dependency: C"),
    (condition("yes"), "Conditions can only be boolean operations on parameters and other conditions"),
    (rule({"Fn::Equals": [{"Ref": "A"}, "x"]}), "Unresolved dependencies [A]"),
    (rule({"Fn::Equals": [{"Fn::ValueOf": ["P", "VpcId"]}, "x"]}), "Unresolved dependencies [P]"),
    (rule({"Fn::Equals": [{"Fn::Join": ["", ["x"]]}, "x"]}), "[/Rules/R] Cannot use Fn::Join in Rules."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), WRONG)
def test_a_reference_to_a_missing_part_is_refused(body: dict[str, Any], said: str) -> None:
    """The message names it and the block, as CloudFormation's does."""
    with pytest.raises(RefusedError) as caught:
        references.check(body)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", sorted(WITH_CONDITIONS))
def test_published_templates_refer_to_existing_parts(name: str) -> None:
    """No false alarm."""
    references.check(WITH_CONDITIONS[name])


def test_references_are_found_in_every_function() -> None:
    """Own variables of Fn::Sub and literals are no references."""
    node = [{"Ref": "A"}, {"Fn::Sub": ["${Own} ${B} ${C.Arn} ${!D}", {"Own": {"Ref": "E"}}]}, {"Fn::GetAtt": "F.Arn"}]
    assert ["A", "B", "C", "E", "F"] == list(references.references(node))


@pytest.mark.parametrize("name", sorted(WITH_CONDITIONS))
def test_a_damaged_template_is_refused_or_resolved(name: str) -> None:
    """Every part of a template that passes both checks is resolved or refused, without a crash."""

    @settings(max_examples=40, derandomize=True, database=None)
    @given(damaged(name))
    def answers(body: dict[str, Any]) -> None:
        try:
            template_format.check(body)
            references.check(body)
            conditions = body.get("Conditions", {})
            scope = Scope(values={}, conditions=conditions, mappings=body.get("Mappings", {}))
            for condition in conditions:
                verdict({"Condition": condition}, scope)
            list(template_rules.broken(body.get("Rules", {}), {}))
            resolve([body["Resources"], body.get("Outputs", {})], scope)
        except (RefusedError, NotEmulatedError):
            return

    answers()
