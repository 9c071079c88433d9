"""Inputs of a stack: template, parameters, rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.small_stacks import Stacks

pytestmark = pytest.mark.slow

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}


def refused(stacks: Stacks, **order: Any) -> str:
    """The error of a refused request."""
    body = {"TemplateBody": order.pop("text")} if "text" in order else {}
    with pytest.raises(ClientError) as caught:
        stacks.aws.client("cloudformation").create_stack(StackName="test", **body, **order)
    assert [] == stacks.all()
    return str(caught.value.response["Error"]["Message"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Resources: {}", "Template format error: JSON not well-formed."),
        ("[]", "Template format error: At least one Resources member must be defined."),
        ('{"Resources": {}}', "Template format error: At least one Resources member must be defined."),
        (json.dumps({"Resources": TOPIC, "Transform": "AWS::Serverless-2016-10-31"}), "transforms are not emulated"),
        (json.dumps({"Resources": TOPIC, "Metadata": "x" * 51_200}), "must have length less than or equal to 51200"),
        (json.dumps({"Resources": {"X": {"Type": "AWS::X::Y"}}}), "Unrecognized resource types: [AWS::X::Y]"),
        (json.dumps({"Resources": {"X": {"Type": "AWS::XRay::Group"}}}), "a type of resource that is not emulated"),
    ],
)  # fmt: skip
def test_an_invalid_template_is_refused(stacks: Stacks, text: str, said: str) -> None:
    """An invalid template, one that is too long, or one with features that are not emulated: an error, and no stack."""
    assert said in refused(stacks, text=text)


def test_a_template_comes_in_the_request(stacks: Stacks) -> None:
    """A template in a bucket is not emulated."""
    assert "a template is emulated as TemplateBody alone" == refused(stacks, TemplateURL="https://b.s3.amazonaws.com/t")


def test_a_named_role_needs_more_than_capability_iam(stacks: Stacks) -> None:
    """A role with a name of its own needs CAPABILITY_NAMED_IAM."""
    role = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "mine"}}  # type: ignore[dict-item]  # JSON
    text = json.dumps({"Resources": {"Role": role}})
    assert "Requires capabilities : [CAPABILITY_NAMED_IAM]" == refused(stacks, text=text)
    assert "Requires capabilities" in refused(stacks, text=text, Capabilities=["CAPABILITY_AUTO_EXPAND"])


def test_omitted_values_stay_or_become_the_default(stacks: Stacks) -> None:
    """An update keeps a value with UsePreviousValue, and uses the default for a parameter that is not named."""
    body: dict[str, Any] = {
        "Parameters": {"A": {"Type": "String", "Default": "a"}, "B": {"Type": "Number", "Default": 1}},
        "Resources": TOPIC,
        "Outputs": {"Both": {"Value": {"Fn::Sub": "${A} ${B}"}}},
    }
    stacks.make(given={"A": "x", "B": "2"}, **body)
    assert {"Both": "x 2"} == stacks.outputs()
    client = stacks.aws.client("cloudformation")
    kept = [{"ParameterKey": "A", "UsePreviousValue": True}]
    client.update_stack(StackName="test", UsePreviousTemplate=True, Parameters=kept)
    assert {"Both": "x 1"} == stacks.outputs()


def test_a_list_and_a_parameter_of_parameter_store(stacks: Stacks) -> None:
    """A list is split at its commas; a value of Parameter Store is looked up, not shown."""
    stacks.aws.inside("ssm").put_parameter(Name="/a/b", Value="stored", Type="String")
    body: dict[str, Any] = {
        "Parameters": {
            "Many": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
        },
        "Resources": TOPIC,
        "Outputs": {"All": {"Value": {"Fn::Join": ["+", {"Ref": "Many"}]}}, "One": {"Value": {"Ref": "Stored"}}},
    }
    stacks.make(**body)
    assert {"All": "a+b", "One": "stored"} == stacks.outputs()
    assert {"Many": "a, b", "Stored": "/a/b"} == {
        one["ParameterKey"]: one["ParameterValue"] for one in stacks.stack()["Parameters"]
    }


@pytest.mark.parametrize(
    ("vpc", "groups", "said"),
    [
        ("A", "A", ""),
        ("A", "A,B", "The groups are of the VPC."),
        ("C", "C", "Nobody works for C."),
        ("C", "A", "Nobody works for C."),
    ],
)
def test_rules_read_the_account(stacks: Stacks, vpc: str, groups: str, said: str) -> None:
    """Fn::ValueOf, Fn::ValueOfAll and Fn::RefAll read the resources that parameters name, including tags."""
    ec2, ids = stacks.aws.inside("ec2"), {}
    for name in ("A", "B", "C"):
        made = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        tag = {"Key": "Name", "Value": name}
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=made)["GroupId"]
        ec2.create_tags(Resources=[made, group], Tags=[tag])
        ids[name] = (made, group)
    body: dict[str, Any] = {
        "Parameters": {
            "Vpc": {"Type": "AWS::EC2::VPC::Id"},
            "Groups": {"Type": "List<AWS::EC2::SecurityGroup::Id>"},
        },
        "Rules": {
            "Tagged": {"Assertions": [{
                "Assert": {"Fn::Not": [{"Fn::Equals": [{"Fn::ValueOf": ["Vpc", "Tags.Name"]}, "C"]}]},
                "AssertDescription": "Nobody works for C.",
            }]},
            "Together": {"Assertions": [{
                "Assert": {"Fn::EachMemberIn": [
                    {"Fn::ValueOf": ["Groups", "Tags.Name"]}, {"Fn::ValueOfAll": ["AWS::EC2::VPC::Id", "Tags.Name"]},
                ]},
                "AssertDescription": "The groups are of the VPC.",
            }]},
            "All": {"Assertions": [{
                "Assert": {"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, {"Ref": "Vpc"}]},
                "AssertDescription": "Never.",
            }]},
        },
        "Resources": TOPIC,
    }  # fmt: skip
    given = {"Vpc": ids[vpc][0], "Groups": ",".join(ids[name][1] for name in groups.split(","))}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    if said:
        assert said in refused(stacks, text=json.dumps(body), Parameters=parameters)
    else:
        assert "CREATE_COMPLETE" == stacks.make(given=given, **body)
