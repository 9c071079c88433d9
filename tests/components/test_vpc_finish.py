"""The function for settings that CloudFormation has no resource for."""

from __future__ import annotations

from troposphere import Ref

from generator.components.encryption import Key
from generator.components.vpc import add_vpc
from generator.components.vpc_finish import add_vpc_finish
from generator.functions import source
from generator.model.template import new_template
from generator.publishing import render
from tests.ground import OWNER
from tests.rendered import Rendered, listed


def _rendered() -> Rendered:
    template = new_template("Test")
    add_vpc_finish(template, OWNER, add_vpc(template, OWNER), Key("arn:key"), Ref("Days"))
    return render.to_dict(template)


def test_the_template_contains_the_function() -> None:
    """The template has the code as it is in the repository, and CloudFormation provides the module for its answer.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
    """
    code = _rendered()["Resources"]["Finisher"]["Properties"]["Code"]["ZipFile"]
    assert source("finisher").splitlines() == code["Fn::Join"][1]
    assert "import cfnresponse" in code["Fn::Join"][1]


def test_the_function_gets_the_default_group_and_the_name_of_the_list() -> None:
    """A VPC that is replaced has another default group: the function is called again."""
    finish = _rendered()["Resources"]["Finish"]["Properties"]
    assert {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]} == finish["GroupId"]
    assert {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"} == finish["S3"]
    assert 60 < finish["ServiceTimeout"] < 3600


def test_the_function_may_change_the_default_group_alone() -> None:
    """It removes rules of one security group, and can add none."""
    role = _rendered()["Resources"]["FinisherRole"]["Properties"]
    revoke, *_ = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"] == revoke["Action"]
    assert "security-group/${Vpc.DefaultSecurityGroup}" in listed(revoke["Resource"])[0]["Fn::Sub"]
    assert "Authorize" not in str(role)


def test_the_prefix_list_is_an_answer_of_the_function() -> None:
    """The export is the attribute that the function sends back."""
    output = _rendered()["Outputs"]["S3PrefixListId"]
    assert {"Fn::GetAtt": ["Finish", "S3PrefixListId"]} == output["Value"]
    assert {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:S3PrefixListId"} == output["Export"]["Name"]
