"""The function that finishes a VPC, run on clients that hold botocore's model of EC2."""

from __future__ import annotations

import builtins
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from generator import functions

GROUP, ACCOUNT, S3 = "sg-0a1b2c3d4e5f60718", "111122223333", "com.amazonaws.eu-central-1.s3"
INSIDE = {
    "GroupId": GROUP,
    "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": GROUP, "UserId": ACCOUNT}]}],
}
ANYWHERE = {"GroupId": GROUP, "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
LISTS = {"Filters": [{"Name": "prefix-list-name", "Values": [S3]}]}
FOUND = {"PrefixLists": [{"PrefixListId": "pl-6da54004", "PrefixListName": S3}]}
ANSWER = [("SUCCESS", {"S3PrefixListId": "pl-6da54004"}, GROUP, None)]


class Answers(list[tuple[str, dict[str, str], str, "str | None"]]):
    """A stand-in for CloudFormation's own module: it keeps the answers that it gets."""

    SUCCESS, FAILED = "SUCCESS", "FAILED"

    def send(
        self,
        event: dict[str, Any],
        context: object,
        status: str,
        data: dict[str, str],
        id: str,
        *,
        reason: str | None = None,
    ) -> None:
        """The answer, with the arguments of cfnresponse.send."""
        assert event["ResourceProperties"]
        assert context
        self.append((status, data, id, reason))


@pytest.fixture
def ec2() -> Stubber:
    """EC2, which expects calls in an order and returns prepared answers; both must fit its model."""
    session = botocore.session.Session()
    client = session.create_client("ec2", "eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    stub = Stubber(client)
    stub.activate()
    return stub


def _call(ec2: Stubber, request: str, slept: list[int] | None = None) -> Answers:
    """The function's answer to a request, after every call that EC2 expects. Waits are recorded, not waited."""
    answers = Answers()
    clock = SimpleNamespace(sleep=([] if slept is None else slept).append)
    modules = {"boto3": SimpleNamespace(client=lambda _: ec2.client), "cfnresponse": answers, "time": clock}
    importing = {
        **vars(builtins),
        "__import__": lambda name, *more: modules[name] if name in modules else __import__(name, *more),
    }
    scope: dict[str, Any] = {"__builtins__": importing}
    exec(functions.source("finisher"), scope)  # noqa: S102  as Lambda loads it
    properties = {"GroupId": GROUP, "Account": ACCOUNT, "S3": S3}
    scope["handler"]({"RequestType": request, "ResourceProperties": properties}, object())
    ec2.assert_no_pending_responses()
    return answers


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_the_default_group_loses_both_of_its_rules(ec2: Stubber, request_type: str) -> None:
    """The rules that EC2 gives a default group are revoked, and the prefix list of S3 is returned.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    ec2.add_response("revoke_security_group_ingress", {"Return": True}, INSIDE)
    ec2.add_response("revoke_security_group_egress", {"Return": True}, ANYWHERE)
    ec2.add_response("describe_managed_prefix_lists", FOUND, LISTS)
    assert ANSWER == _call(ec2, request_type)


def test_a_group_without_rules_is_fine(ec2: Stubber) -> None:
    """A rule that does not exist cannot be revoked, and need not be."""
    ec2.add_client_error("revoke_security_group_ingress", "InvalidPermission.NotFound", expected_params=INSIDE)
    ec2.add_client_error("revoke_security_group_egress", "InvalidPermission.NotFound", expected_params=ANYWHERE)
    ec2.add_response("describe_managed_prefix_lists", FOUND, LISTS)
    assert ANSWER == _call(ec2, "Update")


def test_a_role_that_was_just_made_is_waited_for(ec2: Stubber) -> None:
    """IAM takes some seconds to know a new role everywhere: any refused call is repeated."""
    slept: list[int] = []
    ec2.add_client_error("revoke_security_group_ingress", "UnauthorizedOperation", expected_params=INSIDE)
    ec2.add_response("revoke_security_group_ingress", {"Return": True}, INSIDE)
    ec2.add_client_error("revoke_security_group_egress", "UnauthorizedOperation", expected_params=ANYWHERE)
    ec2.add_client_error("revoke_security_group_ingress", "InvalidPermission.NotFound", expected_params=INSIDE)
    ec2.add_response("revoke_security_group_egress", {"Return": True}, ANYWHERE)
    ec2.add_response("describe_managed_prefix_lists", FOUND, LISTS)
    assert ANSWER == _call(ec2, "Create", slept)
    assert [2, 4] == slept


def test_a_refusal_that_stays_fails_the_stack_and_says_why(ec2: Stubber) -> None:
    """After half a minute, well within the function's own minute, it is no new role but one that may not."""
    slept: list[int] = []
    for _ in range(5):
        ec2.add_client_error("revoke_security_group_ingress", "UnauthorizedOperation", "You are not authorized")
    ((status, found, group, reason),) = _call(ec2, "Create", slept)
    assert ("FAILED", {}, GROUP) == (status, found, group)
    assert "You are not authorized" in str(reason)
    assert 30 == sum(slept)


def test_any_other_error_fails_the_stack_at_once(ec2: Stubber) -> None:
    """Every other error of EC2 is reported to CloudFormation: the stack does not wait, and no group keeps its rules."""
    slept: list[int] = []
    ec2.add_client_error("revoke_security_group_ingress", "InvalidGroup.NotFound", "There is no such group")
    ((status, _, _, reason),) = _call(ec2, "Create", slept)
    assert ("FAILED", []) == (status, slept)
    assert "There is no such group" in str(reason)


def test_a_region_without_the_list_is_reported(ec2: Stubber) -> None:
    """Not one list of that name: an output that is wrong would only be found out by a build that cannot reach S3."""
    ec2.add_response("revoke_security_group_ingress", {"Return": True}, INSIDE)
    ec2.add_response("revoke_security_group_egress", {"Return": True}, ANYWHERE)
    ec2.add_response("describe_managed_prefix_lists", {"PrefixLists": []}, LISTS)
    ((status, _, _, reason),) = _call(ec2, "Create")
    assert "FAILED" == status
    assert f"0 prefix lists are called {S3}" in str(reason)


def test_nothing_is_restored_when_the_stack_is_deleted(ec2: Stubber) -> None:
    """The group is deleted with its VPC: a deletion is answered without a call."""
    assert [("SUCCESS", {}, GROUP, None)] == _call(ec2, "Delete")
