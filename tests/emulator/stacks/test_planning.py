"""The plan of a request before anything is created."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.stacks.planning import kinds
from tests.emulator.small_stacks import Stacks


def topic(**properties: Any) -> dict[str, Any]:
    """A topic."""
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def test_resources_are_made_in_the_order_of_their_dependencies(stacks: Stacks) -> None:
    """A resource that others refer to, by Ref, Fn::GetAtt, Fn::Sub or DependsOn, is created first, and deleted last."""
    stacks.make(
        Resources={
            "A": topic(DisplayName={"Ref": "B"}),
            "B": topic(DisplayName={"Fn::GetAtt": ["C", "TopicName"]}),
            "C": topic(DisplayName={"Fn::Sub": "${D.TopicName}"}),
            "D": {"Type": "AWS::SNS::Topic", "DependsOn": ["E", "F"]},
            "E": {"Type": "AWS::SNS::Topic"},
            "F": {"Type": "AWS::SNS::Topic", "DependsOn": "E"},
        }
    )
    made = [line.split()[0] for line in stacks.history() if line.endswith("CREATE_COMPLETE")]
    assert ["E", "F", "D", "C", "B", "A", "test"] == made
    arn = stacks.stack()["StackId"]
    stacks.delete()
    gone = [line.split()[0] for line in stacks.history(arn) if line.endswith("DELETE_COMPLETE")]
    assert ["A", "B", "C", "D", "F", "E", "test"] == gone


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"Resources": {"A": topic(DisplayName={"Ref": "B"}), "B": topic(DisplayName={"Ref": "A"})}},
         "Circular dependency between resources: [A, B]"),
        ({"Resources": {"A": topic(DisplayName={"Ref": "Typo"})}},
         "Unresolved resource dependencies [Typo] in the Resources block of the template"),
        ({"Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
          "Resources": {"A": topic(DisplayName={"Fn::GetAtt": ["B", "Arn"]}), "B": {**topic(), "Condition": "No"}}},
         "Unresolved resource dependencies [B]"),
        ({"Conditions": {"Odd": {"Fn::Equals": [{"Ref": "A"}, "b"]}},
          "Resources": {"A": {**topic(), "Condition": "Odd"}}},
         "Unresolved dependencies [A]. Cannot reference resources in the Conditions block"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused_before_anything_is_made(
    stacks: Stacks, sections: dict[str, Any], said: str
) -> None:
    """A cycle, a name that does not exist, a resource whose condition is false."""
    with pytest.raises(ClientError) as caught:
        stacks.make(**sections)
    assert said in caught.value.response["Error"]["Message"]
    assert [] == stacks.all()


def test_a_list_whose_length_is_not_known_yet_can_be_selected_from(stacks: Stacks) -> None:
    """The parts of an ARN: their number is unknown before the resource exists."""
    region = {"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "A"}]}]}
    stacks.make(Resources={"A": topic(), "B": topic(DisplayName=region)})
    attributes = stacks.aws.inside("sns").get_topic_attributes(TopicArn=stacks.ids()["B"])["Attributes"]
    assert "eu-central-1" == attributes["DisplayName"]
    assert "UPDATE_ROLLBACK_COMPLETE" == stacks.make(
        Resources={"A": topic(), "B": topic(DisplayName={"Fn::Select": [9, {"Fn::Split": [":", {"Ref": "A"}]}]})}
    )
    assert "Fn::Select cannot select nonexistent value at index 9" in stacks.reasons()


def test_a_change_set_lists_what_is_added_modified_and_removed(stacks: Stacks) -> None:
    """A resource counts as modified when its properties are other ones, also by a parameter or a condition."""
    body: dict[str, Any] = {
        "Parameters": {"Name": {"Type": "String"}},
        "Conditions": {"Short": {"Fn::Equals": [{"Ref": "Name"}, "a"]}},
    }
    always, short, long = topic(DisplayName={"Ref": "Name"}), {**topic(), "Condition": "Short"}, topic()
    stacks.make(given={"Name": "a"}, **body, Resources={"Always": always, "Short": short, "Same": long})
    client = stacks.aws.client("cloudformation")
    order = {"StackName": "test", "ChangeSetName": "next", "UsePreviousTemplate": True}
    client.create_change_set(**order, Parameters=[{"ParameterKey": "Name", "ParameterValue": "b"}])
    found = client.describe_change_set(ChangeSetName="next", StackName="test")
    changes = {
        (one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in found["Changes"]
    }
    assert {("Modify", "Always"), ("Remove", "Short")} == changes
    client.execute_change_set(ChangeSetName=found["ChangeSetId"])
    assert {"Always", "Same"} == stacks.ids().keys()


def test_zones_are_those_of_the_region(stacks: Stacks) -> None:
    """Fn::GetAZs names the zones of this region, and none of another one."""
    value = {"Fn::Join": [",", {"Fn::GetAZs": ""}]}
    other = {"Fn::Join": [",", {"Fn::GetAZs": "us-east-1"}]}
    stacks.make(Resources={"A": topic()}, Outputs={"Here": {"Value": value}, "There": {"Value": other}})
    assert {"Here": "eu-central-1a,eu-central-1b,eu-central-1c", "There": ""} == stacks.outputs()


def test_every_kind_has_one_home() -> None:
    """The types are found by themselves."""
    assert {"AWS::S3::Bucket", "AWS::CodePipeline::Pipeline", "AWS::EKS::AccessEntry"} <= kinds().keys()
