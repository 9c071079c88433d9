"""The permissions that `prove --policy` prints."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from click.testing import CliRunner

from generator import catalog
from generator.authorization.policy_patterns import is_action
from generator.cli import cli
from generator.cloudformation.offline_stack import OfflineStack
from generator.emulator.front.calls import Call
from generator.listed import listed
from generator.proving.prove_policy import policy_template
from generator.proving.prove_scope import PREFIX, TYPES
from generator.proving.throwaway_stacks import throwaway_stacks
from generator.publishing import render
from tests.proving.prover_guard import PLACE, ROLE, caller_policies, decision

# Each managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST = 6144
# Calls of handlers for properties that the four templates do not set, or in updates.
UNUSED = (
    "autoscaling:*", "codestar-connections:*", "elasticfilesystem:*", "firehose:*", "s3files:*", "s3tables:*",
    "vpc-lattice:*", "vpce:*", "inspector2:*", "iam:Attach*", "iam:Detach*", "iam:CreateServiceLinkedRole",
    "iam:UntagRole", "codepipeline:DisableStageTransition", "codepipeline:GetPipelineState", "kms:DisableKey",
    "kms:RetireGrant", "lambda:AssociateRuntimeAlias", "lambda:GetCodeSigningConfig", "lambda:GetLayerVersion",
    "lambda:Pass*", "lambda:PutFunction*", "lambda:PutRuntimeManagementConfig", "logs:*DataProtectionPolicy",
    "logs:Put*", "ec2:CreateVpcEncryptionControl", "ec2:ReplaceRouteTableAssociation", "ecr:*Registry*",
    "ecr:PutReplicationConfiguration", "ecr:DescribeRegistry", "s3:Get*", "s3:Put*", "s3:List*", "s3:REST*",
    "s3:CreateBucketMetadataTableConfiguration", "s3:DeleteObject", "s3:TagResource", "sns:Subscribe",
    "sns:Unsubscribe", "sns:GetSubscriptionAttributes", "sns:PutDataProtectionPolicy",
)  # fmt: skip


def stack() -> OfflineStack:
    """The template, deployed."""
    return OfflineStack(template=policy_template(), name="permissions", place=PLACE)


def documents() -> dict[str, Any]:
    """The policy documents, by logical id."""
    return {title: each["PolicyDocument"] for title, each in stack().resources("AWS::IAM::ManagedPolicy")}


def test_it_is_printed_without_an_account() -> None:
    """As a template, which the same command prints again."""
    done = CliRunner().invoke(cli, ["prove", "--policy"], env={"PATH": "/nowhere"})
    assert (0, policy_template()) == (done.exit_code, json.loads(done.stdout))


def test_each_policy_fits() -> None:
    """A managed policy has at most 6,144 characters, without white space."""
    sizes = {title: len(json.dumps(each, separators=(",", ":"))) for title, each in documents().items()}
    assert {} == {title: size for title, size in sizes.items() if size > LARGEST}


def test_cloudformation_may_do_everything_that_the_stacks_need() -> None:
    """The calls in AWS's schemas for the types of the four stacks, except those for properties that are not used."""
    types = {
        each["Type"]
        for made in throwaway_stacks("")
        for each in json.loads(made.text)["Resources"].values()
        if not each["Type"].startswith("Custom::")
    }
    granted = [
        str(action)
        for policy in caller_policies()
        for statement in policy.document["Statement"]
        for action in listed(statement["Action"])
    ]
    missing = {
        action
        for kind in types
        for step in ("create", "read", "delete")
        for action in PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", kind)
        .schema.get("handlers", {})
        .get(step, {})
        .get("permissions", ())
        if not any(is_action(each, action) for each in (*granted, *UNUSED))
    }
    assert set() == missing


def call(service: str, operation: str, via: str = "", **parameters: Any) -> Call:
    """A call of the prover."""
    return Call(
        access_key="", service=service, operation=operation, parameters=parameters, endpoint="", role=ROLE,
        account=PLACE.account, region=PLACE.region, via=via, client=service, protocol="json",
    )  # fmt: skip


INGRESS = "AWS::EC2::SecurityGroupIngress"
NETWORK = f"{PREFIX}-network"
IMPORT: Any = {"ResourcesToImport": [{"ResourceType": "AWS::KMS::Key", "LogicalResourceId": "Key"}]}
SNS = f"arn:aws:sns:{PLACE.region}:{PLACE.account}"
BOUNDARY = f"arn:aws:iam::{PLACE.account}:policy/{PREFIX}-boundary"


@pytest.mark.parametrize(
    ("made", "allowed"),
    [
        (call("cloudformation", "DeleteStack", StackName=f"{PREFIX}-network"), True),
        (call("cloudformation", "DeleteStack", StackName="network-main"), False),
        (call("cloudformation", "CreateChangeSet", StackName="platform-main"), False),
        (call("cloudformation", "CreateChangeSet", StackName=f"{PREFIX}-check-network"), True),
        (call("cloudformation", "ExecuteChangeSet", StackName=f"{PREFIX}-check-network"), False),
        (call("cloudformation", "CreateChangeSet", StackName=f"{PREFIX}-other", ResourceTypes=TYPES), False),
        (call("cloudformation", "CreateChangeSet", StackName=f"{PREFIX}-network", ResourceTypes=TYPES), True),
        (call("cloudformation", "ExecuteChangeSet", StackName=f"{PREFIX}-network"), True),
        (call("cloudformation", "CreateChangeSet", StackName=f"{PREFIX}-network"), False),
        (call("cloudformation", "CreateChangeSet", StackName=f"{PREFIX}-network", ResourceTypes=(INGRESS,)), False),
        (call("cloudformation", "CreateChangeSet", StackName=NETWORK, ResourceTypes=TYPES, **IMPORT), False),
        (call("s3", "PutBucketPolicy", via="cloudformation", Bucket="payroll"), False),
        (call("s3", "PutBucketPolicy", via="cloudformation", Bucket=f"{PREFIX}-platform-artifactbucket-1"), True),
        (call("sns", "SetTopicAttributes", via="cloudformation", TopicArn=f"{SNS}:alarms"), False),
        (call("sns", "SetTopicAttributes", via="cloudformation", TopicArn=f"{SNS}:{PREFIX}-registry-X"), True),
        (call("ecr", "SetRepositoryPolicy", via="cloudformation", repositoryName="team/orders"), False),
        (call("events", "PutTargets", via="cloudformation", Rule="orders"), False),
        (call("lambda", "DeleteFunction", via="cloudformation", FunctionName="orders"), False),
        (call("sqs", "SetQueueAttributes", via="cloudformation", QueueUrl="https://sqs/1/orders"), False),
        (call("ecr", "DeleteRepository", repositoryName="team/orders"), False),
        (call("ecr", "PutImage", repositoryName=f"{PREFIX}/app"), True),
        (call("s3", "DeleteBucket", Bucket="platform-artifacts"), False),
        (call("ssm", "DeleteParameter", Name="/ecr-pipeline/orders/release/image"), False),
        (call("codepipeline", "PutApprovalResult", pipelineName="orders", stageName="A", actionName="A"), False),
        (call("ec2", "CreateVpc"), False),
        (call("ec2", "CreateVpc", via="cloudformation"), True),
        (call("kms", "CreateKey"), False),
        (call("iam", "CreateRole", via="cloudformation", RoleName=f"{PREFIX}-x"), False),
        (call("iam", "CreateRole", RoleName=f"{PREFIX}-x", PermissionsBoundary=BOUNDARY), False),
        (call("iam", "CreateRole", via="cloudformation", RoleName=f"{PREFIX}-x", PermissionsBoundary=BOUNDARY), True),
        (call("iam", "CreateRole", via="cloudformation", RoleName="admin", PermissionsBoundary=BOUNDARY), False),
        (call("iam", "CreatePolicy", via="cloudformation", PolicyName=f"{PREFIX}-boundary"), False),
        (call("iam", "DeletePolicy", via="cloudformation", PolicyArn=BOUNDARY), False),
        (call("iam", "DeleteRolePermissionsBoundary", via="cloudformation", RoleName=f"{PREFIX}-x"), False),
        (call("iam", "CreatePolicyVersion", via="cloudformation", PolicyArn=BOUNDARY), False),
    ],
    ids=lambda each: f"{each.operation}-{each.via}" if isinstance(each, Call) else str(each),
)  # fmt: skip
def test_only_resources_with_the_prefix_can_be_changed(made: Call, allowed: bool) -> None:  # noqa: FBT001  of the table
    """Stacks, images, records and roles of others are out of reach; resources without a name only through stacks."""
    assert allowed == decision(made, {}).allowed


def test_only_keys_of_its_stacks_are_deleted() -> None:
    """By the tag of the stack, which CloudFormation puts on the key."""
    made = call("kms", "ScheduleKeyDeletion", KeyId="1")
    assert decision(made, {PREFIX: "throw-away"}).allowed
    assert not decision(made, {"team": "orders"}).allowed


def test_the_boundary_has_no_wildcard_in_an_action() -> None:
    """And nothing of IAM, so that no role can leave it."""
    actions = [each for statement in documents()["Boundary"]["Statement"] for each in listed(statement["Action"])]
    assert [] == [each for each in actions if "*" in each or each.startswith(("iam:", "sts:"))]


def test_roles_admit_no_one_else_to_the_network() -> None:
    """The permission that CodeBuild needs for network interfaces is for CodeBuild alone."""
    [found] = [
        each
        for each in documents()["Boundary"]["Statement"]
        if "ec2:CreateNetworkInterfacePermission" in listed(each["Action"])
    ]
    assert {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}} == found["Condition"]


def test_the_types_are_those_of_the_stacks() -> None:
    """A type that no stack has would be a way to other resources; one that is missing would end the deployment."""
    assert sorted(TYPES) == sorted({kind for made in throwaway_stacks("") for kind in made.types})


def test_changes_on_every_resource_are_about_unnamed_resources() -> None:
    """Of IAM's actions on "*", those that change something are about networks, keys and the delivery of logs."""
    changed = {
        str(action).partition(":")[0]
        for policy in caller_policies()
        for statement in policy.document["Statement"]
        for action in listed(statement["Action"])
        if "*" in listed(statement["Resource"])
        and not re.search(":(BatchGet|Check|Describe|Get|List|Lookup|Test|Val)", action)
    }
    assert {"ec2", "kms", "logs"} == changed


def test_the_stacks_are_published_templates() -> None:
    """Word by word: the proved templates are the deployed ones."""
    assert [render.to_json(catalog.build(each.template)) for each in throwaway_stacks("")] == [
        each.text for each in throwaway_stacks("")
    ]
