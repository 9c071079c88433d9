"""Stacks that are created, changed and deleted: retained resources, and failures."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.front.calls import Call
from tests.emulator.small_stacks import Stacks, stacks_of

pytestmark = pytest.mark.slow


def bucket(policy: str = "Delete", replaced: str = "Delete", **properties: Any) -> dict[str, Any]:
    """A bucket with its policies."""
    policies = {"DeletionPolicy": policy, "UpdateReplacePolicy": replaced}
    return {"Type": "AWS::S3::Bucket", **policies, "Properties": properties}


def buckets(stacks: Stacks) -> set[str]:
    """Every bucket of the account."""
    return {one["Name"] for one in stacks.aws.inside("s3").list_buckets()["Buckets"]}


@pytest.mark.parametrize(
    ("policy", "kept"), [("Delete", False), ("Retain", True), ("RetainExceptOnCreate", True), ("Snapshot", True)]
)
def test_a_deletion_policy_decides_what_outlives_a_stack(stacks: Stacks, policy: str, kept: bool) -> None:  # noqa: FBT001
    """Delete deletes; everything else keeps, when the stack is deleted and when the template has it no more."""
    topic = {"Type": "AWS::SNS::Topic"}
    stacks.make(Resources={"A": bucket(policy), "B": bucket(policy), "Topic": topic})
    ids = stacks.ids()
    assert "UPDATE_COMPLETE" == stacks.make(Resources={"B": bucket(policy), "Topic": topic})
    assert ({ids["A"], ids["B"]} if kept else {ids["B"]}) == buckets(stacks)
    assert "DELETE_COMPLETE" == stacks.delete()
    assert ({ids["A"], ids["B"]} if kept else set()) == buckets(stacks)


@pytest.mark.parametrize(("policy", "kept"), [("Delete", False), ("Retain", True), ("RetainExceptOnCreate", False)])
def test_a_failed_creation_deletes_resources_that_outlive_a_stack(policy: str, kept: bool) -> None:  # noqa: FBT001
    """RetainExceptOnCreate does not keep resources of a creation that fails later."""
    with stacks_of(lambda call: "no" if call.operation == "CreateTopic" else "") as stacks:
        assert "ROLLBACK_COMPLETE" == stacks.make(
            Resources={"A": bucket(policy), "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "A"}}
        )
        assert kept == bool(buckets(stacks))
        assert "Topic CREATE_FAILED" in stacks.history()
        with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
            stacks.make(Resources={"A": bucket()})


@pytest.mark.parametrize(("replaced", "kept"), [("Delete", False), ("Retain", True)])
def test_a_replacement_makes_the_new_one_first(stacks: Stacks, replaced: str, kept: bool) -> None:  # noqa: FBT001
    """When AWS replaces a resource for a change, the old one is deleted after that, or kept by its policy."""
    stacks.make(Resources={"A": bucket("Delete", replaced, BucketName="one")})
    assert "UPDATE_COMPLETE" == stacks.make(Resources={"A": bucket("Delete", replaced, BucketName="two")})
    assert {"A": "two"} == stacks.ids()
    assert ({"one", "two"} if kept else {"two"}) == buckets(stacks)
    history = stacks.history()
    assert history.index("A CREATE_COMPLETE", 3) < history.index("A DELETE_SKIPPED" if kept else "A DELETE_COMPLETE")


def test_a_resource_with_its_own_name_is_not_replaced(stacks: Stacks) -> None:
    """AWS cannot have the old and the new one under the same name, and the message says what to do."""
    repository: dict[str, Any] = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "team/orders"}}
    stacks.make(Resources={"R": repository})
    encrypted = {**repository["Properties"], "EncryptionConfiguration": {"EncryptionType": "KMS"}}
    assert "UPDATE_ROLLBACK_COMPLETE" == stacks.make(Resources={"R": {**repository, "Properties": encrypted}})
    assert "Rename team/orders and update the stack again." in stacks.reasons()


def test_another_type_under_the_same_name_is_another_resource(stacks: Stacks) -> None:
    """A logical id that changes its type: the new one is made, the old one deleted."""
    stacks.make(Resources={"A": bucket()})
    stacks.make(Resources={"A": {"Type": "AWS::SNS::Topic"}})
    assert set() == buckets(stacks)
    assert stacks.ids()["A"].startswith("arn:aws:sns:")


def test_resources_that_refer_to_a_replaced_one_are_changed(stacks: Stacks) -> None:
    """A resource that refers to a replaced one is changed with it, although its own template is the same."""
    user = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "A"}}}
    stacks.make(Resources={"A": bucket(BucketName="one"), "User": user})
    stacks.make(Resources={"A": bucket(BucketName="two"), "User": user})
    attributes = stacks.aws.inside("sns").get_topic_attributes(TopicArn=stacks.ids()["User"])["Attributes"]
    assert "two" == attributes["DisplayName"]


def test_a_policy_alone_can_change(stacks: Stacks) -> None:
    """A new deletion policy is a change, and counts from then on."""
    stacks.make(Resources={"A": bucket()})
    assert "UPDATE_COMPLETE" == stacks.make(Resources={"A": bucket("Retain")})
    stacks.delete()
    assert 1 == len(buckets(stacks))


def test_without_a_change_there_is_no_update(stacks: Stacks) -> None:
    """UpdateStack without any change is an error, as in AWS."""
    stacks.make(Resources={"A": bucket()})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stacks.make(Resources={"A": bucket()})


def test_a_resource_that_cannot_be_deleted_can_be_deleted_later(stacks: Stacks) -> None:
    """A bucket with an object stops the deletion; once it is empty, the stack can be deleted."""
    stacks.make(Resources={"A": bucket(BucketName="full")})
    s3 = stacks.aws.inside("s3")
    s3.put_object(Bucket="full", Key="a", Body=b"")
    assert "DELETE_FAILED" == stacks.delete()
    with pytest.raises(ClientError, match="is in DELETE_FAILED state"):
        stacks.make(Resources={"A": bucket(BucketName="other")})
    s3.delete_object(Bucket="full", Key="a")
    assert "DELETE_COMPLETE" == stacks.delete()


def test_a_resource_deleted_by_hand_does_not_stop_the_deletion(stacks: Stacks) -> None:
    """A resource was deleted by hand: the stack is deleted nevertheless."""
    stacks.make(Resources={"A": bucket(BucketName="one"), "Topic": {"Type": "AWS::SNS::Topic"}})
    stacks.aws.inside("s3").delete_bucket(Bucket="one")
    stacks.aws.inside("sns").delete_topic(TopicArn=stacks.ids()["Topic"])
    assert "DELETE_COMPLETE" == stacks.delete()


def test_an_update_whose_cleanup_fails_is_complete(stacks: Stacks) -> None:
    """The old bucket cannot be deleted after its replacement: the update is complete, and the bucket is left."""
    stacks.make(Resources={"A": bucket(BucketName="one")})
    stacks.aws.inside("s3").put_object(Bucket="one", Key="a", Body=b"")
    assert "UPDATE_COMPLETE" == stacks.make(Resources={"A": bucket(BucketName="two")})
    assert {"one", "two"} == buckets(stacks)
    assert "A DELETE_FAILED" in stacks.history()


def test_a_rollback_that_fails_says_so() -> None:
    """When not even the way back works, the stack is in UPDATE_ROLLBACK_FAILED, and cannot be updated."""
    with stacks_of(lambda call: "no" if call.operation == "SetTopicAttributes" else "") as stacks:
        topic: dict[str, Any] = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "a"}}
        stacks.make(Resources={"A": topic})
        assert "UPDATE_ROLLBACK_FAILED" == stacks.make(Resources={"A": {**topic, "Properties": {"DisplayName": "b"}}})


def test_a_half_made_resource_is_deleted() -> None:
    """A role that was made, but whose policy was refused, is not left behind."""
    with stacks_of(lambda call: "no" if call.operation == "PutRolePolicy" else "") as stacks:
        policy = {"PolicyName": "p", "PolicyDocument": {}}
        properties = {"AssumeRolePolicyDocument": {"Version": "2012-10-17"}, "Policies": [policy]}
        role = {"Type": "AWS::IAM::Role", "Properties": properties}
        assert "ROLLBACK_COMPLETE" == stacks.make(Resources={"Role": role})
        assert [] == stacks.aws.inside("iam").list_roles()["Roles"]


def test_cloudformation_acts_with_the_permissions_of_its_caller() -> None:
    """A user who may not create buckets cannot create a stack with one; the recorded calls name CloudFormation."""
    seen: list[Call] = []

    def guard(call: Call) -> str:
        seen.append(call)
        return "no buckets for you" if call.operation == "CreateBucket" else ""

    with stacks_of(guard) as stacks:
        assert "ROLLBACK_COMPLETE" == stacks.make(Resources={"A": bucket()})
        assert "no buckets for you" in stacks.reasons()
    assert ("CreateBucket", "cloudformation") in [(call.operation, call.via) for call in seen]
    assert {""} == {call.role for call in seen}


def test_outputs_follow_their_conditions(stacks: Stacks) -> None:
    """An output whose condition is false does not exist."""
    stacks.make(
        Conditions={"No": {"Fn::Equals": ["a", "b"]}},
        Resources={"A": bucket(BucketName="one"), "B": {**bucket(), "Condition": "No"}},
        Outputs={"Here": {"Value": {"Fn::GetAtt": ["A", "Arn"]}}, "Not": {"Condition": "No", "Value": {"Ref": "B"}}},
    )
    assert {"Here": "arn:aws:s3:::one"} == stacks.outputs()


def test_an_attribute_that_is_not_emulated_is_reported(stacks: Stacks) -> None:
    """AWS gives it, the emulator does not: the message names those that it gives."""
    user = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["A", "DualStackDomainName"]}}}
    assert "ROLLBACK_COMPLETE" == stacks.make(Resources={"A": bucket(), "Topic": user})
    assert "Fn::GetAtt gives Arn, DomainName, RegionalDomainName, not DualStackDomainName" in stacks.reasons()
