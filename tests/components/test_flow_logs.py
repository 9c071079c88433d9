"""Flow logs."""

from __future__ import annotations

from generator.components.encryption import Key
from generator.components.flow_logs import add_flow_logs
from generator.components.vpc import add_vpc
from generator.model.template import new_template
from generator.publishing import render
from tests.ground import OWNER
from tests.rendered import Rendered, listed


def _resources() -> Rendered:
    template = new_template("Test")
    add_flow_logs(template, OWNER, add_vpc(template, OWNER), Key("arn:key"))
    return dict(render.to_dict(template)["Resources"])


def test_the_role_writes_to_its_group_alone() -> None:
    """The service may create streams in the group of the stack and write to them with its key; it creates no group."""
    write, encrypt = _resources()["FlowLogRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"] == write["Action"]
    assert [{"Fn::GetAtt": ["FlowLogs", "Arn"]}] == listed(write["Resource"])
    assert ("UseLogKey", "arn:key") == (encrypt["Sid"], encrypt["Resource"])


def test_only_flow_logs_of_this_account_have_the_role() -> None:
    """The service assumes the role for flow logs of this account and region."""
    (trust,) = _resources()["FlowLogRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    source = trust["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    assert "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*" == source


def test_the_log_group_is_deleted_with_the_stack() -> None:
    """A log group that stays would block the next stack of the same name."""
    group = _resources()["FlowLogs"]
    assert ("Delete", "Delete") == (group["DeletionPolicy"], group["UpdateReplacePolicy"])
    assert {"Ref": "LogRetentionDays"} == group["Properties"]["RetentionInDays"]
