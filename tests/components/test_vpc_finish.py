"""What CloudFormation has no resource for."""

from __future__ import annotations

from troposphere import Ref

from generator import render
from generator.components.encryption import add_key
from generator.components.vpc import add_vpc
from generator.components.vpc_finish import add_vpc_finish
from generator.functions import source
from generator.template import new_template
from tests.rendered import Rendered, listed


def _rendered() -> Rendered:
    template = new_template("Test")
    add_vpc_finish(template, add_vpc(template), add_key(template, services=()), Ref("Days"))
    return render.to_dict(template)


def test_the_template_brings_the_function_along() -> None:
    """The code stands in the template as it is in the repository, and CloudFormation brings its answer module along.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
    """
    code = _rendered()["Resources"]["Finisher"]["Properties"]["Code"]["ZipFile"]
    assert source("finisher") == code
    assert "import cfnresponse" in code.splitlines()
    compile(code, "index.py", "exec")


def test_the_function_is_told_the_default_group_and_the_name_of_the_list() -> None:
    """A VPC that is replaced has another default group: the function is called again."""
    finish = _rendered()["Resources"]["Finish"]["Properties"]
    assert {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]} == finish["GroupId"]
    assert {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"} == finish["S3"]
    assert 60 < finish["ServiceTimeout"] < 3600


def test_the_function_may_change_the_default_group_alone() -> None:
    """It takes rules away from one security group, and can give none."""
    role = _rendered()["Resources"]["FinisherRole"]["Properties"]
    revoke, *_ = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"] == revoke["Action"]
    assert "security-group/${Vpc.DefaultSecurityGroup}" in listed(revoke["Resource"])[0]["Fn::Sub"]
    assert "Authorize" not in str(role)


def test_the_prefix_list_is_what_the_function_answers() -> None:
    """The output is the attribute that the function sends back."""
    assert {"Fn::GetAtt": ["Finish", "S3PrefixListId"]} == _rendered()["Outputs"]["S3PrefixListId"]["Value"]
