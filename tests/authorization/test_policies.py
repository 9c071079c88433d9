"""The policies of a stack, and which of them decide."""

from __future__ import annotations

from typing import Any

import pytest

from generator.authorization.condition_operators import UnsupportedError
from generator.authorization.decisions import Request
from generator.authorization.policies import Endpoint, keys_of, policies_of
from generator.cloudformation.offline_stack import OfflineStack

PLACE = "eu-central-1:111122223333"
ROLE = "arn:aws:iam::111122223333:role/orders"


def statement(action: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Sid": "It", "Effect": "Allow", "Action": [action], "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy of the statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def stack(**resources: tuple[str, dict[str, Any]]) -> OfflineStack:
    """A stack of the resources: type and properties of each."""
    template = {
        "Resources": {name: {"Type": f"AWS::{kind}", "Properties": held} for name, (kind, held) in resources.items()}
    }
    return OfflineStack(template=template, name="orders")


def role(**more: Any) -> tuple[str, dict[str, Any]]:
    """A role `orders`, which builds assume."""
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    return "IAM::Role", {"RoleName": "orders", "AssumeRolePolicyDocument": trust, **more}


def may(policies: Any, action: str, resource: str = "*", principal: str = ROLE, endpoint: str = "") -> tuple[str, ...]:
    """The statements that allow it; empty if it is refused."""
    way = Endpoint("vpc-1", endpoint) if endpoint else None
    decision = policies.decide(Request(principal=principal, action=action, resources=(resource,)), way)
    return tuple(decision.by) if decision.allowed else ()


def test_a_role_has_its_own_policies_and_shared_ones() -> None:
    """Inline policies and managed ones of the stack are the role's, and are called by its name."""
    shared = ("IAM::ManagedPolicy", {"PolicyDocument": document(statement("s3:GetObject"))})
    inline = [{"PolicyName": "Grants", "PolicyDocument": document(statement("ecr:BatchGetImage"))}]
    policies = policies_of(stack(Shared=shared, Role=role(Policies=inline, ManagedPolicyArns=[{"Ref": "Shared"}])))
    assert ("Role/It",) == may(policies, "ecr:BatchGetImage") == may(policies, "s3:GetObject")
    assert () == may(policies, "s3:PutObject")


def test_a_policy_from_elsewhere_is_not_guessed() -> None:
    """The template does not contain the permissions of an AWS managed policy."""
    with pytest.raises(UnsupportedError, match="Role has the policy arn:aws:iam::aws:policy/ReadOnlyAccess"):
        policies_of(stack(Role=role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])))


def test_a_known_boundary_applies() -> None:
    """A permissions boundary applies if its document was given."""
    arn = "arn:aws:iam::111122223333:policy/boundary"
    inline = [{"PolicyName": "Grants", "PolicyDocument": document(statement("s3:GetObject"))}]
    orders = stack(Role=role(Policies=inline, PermissionsBoundary=arn))
    assert ("Role/It",) == may(policies_of(orders), "s3:GetObject")
    assert () == may(policies_of(orders, {arn: document(statement("ecr:*"))}), "s3:GetObject")


def test_a_role_is_assumed_under_its_trust_policy() -> None:
    """The trust policy is found by the ARN of the role."""
    policies = policies_of(stack(Role=role()))
    assert ("Role/1",) == may(policies, "sts:AssumeRole", ROLE, "codebuild.amazonaws.com")
    assert () == may(policies, "sts:AssumeRole", ROLE, "lambda.amazonaws.com")


TO_SERVICE = {"Principal": {"Service": "events.amazonaws.com"}}
TOPIC, QUEUE = f"arn:aws:sns:{PLACE}:topic", f"arn:aws:sqs:{PLACE}:queue"


@pytest.mark.parametrize(
    ("kind", "properties", "action", "resource"),
    [
        ("SNS::TopicPolicy", {"Topics": [TOPIC]}, "sns:Publish", TOPIC),
        (
            "SQS::QueuePolicy",
            {"Queues": ["https://sqs.eu-central-1.amazonaws.com/111122223333/queue"]},
            "sqs:SendMessage",
            QUEUE,
        ),
        ("S3::BucketPolicy", {"Bucket": "artifacts"}, "s3:GetObject", "arn:aws:s3:::artifacts/any/object"),
        ("S3::BucketPolicy", {"Bucket": "artifacts"}, "s3:ListBucket", "arn:aws:s3:::artifacts"),
    ],
)
def test_a_resource_is_used_under_its_own_policy(
    kind: str, properties: dict[str, Any], action: str, resource: str
) -> None:
    """The policy of a topic, queue or bucket applies to this resource alone."""
    given = (kind, {**properties, "PolicyDocument": document(statement(action, **TO_SERVICE))})
    policies = policies_of(stack(Policy=given))
    assert ("Policy/It",) == may(policies, action, resource, "events.amazonaws.com")
    assert () == may(policies, action, resource.replace("artifacts", "other") + "2", "cloudwatch.amazonaws.com")


def test_a_repository_may_have_a_policy() -> None:
    """A repository's policy is one of its properties, or absent."""
    text = document(statement("ecr:BatchGetImage", **TO_SERVICE))
    given = stack(
        Open=("ECR::Repository", {"RepositoryName": "open", "RepositoryPolicyText": text}),
        Closed=("ECR::Repository", {"RepositoryName": "closed"}),
    )
    policies = policies_of(given)
    repository = f"arn:aws:ecr:{PLACE}:repository/"
    assert ("Open/It",) == may(policies, "ecr:BatchGetImage", f"{repository}open", "events.amazonaws.com")
    assert () == may(policies, "ecr:BatchGetImage", f"{repository}closed", "events.amazonaws.com")


def test_a_key_is_used_under_its_policy() -> None:
    """The policy of the stack's key decides.

    An existing key has AWS's default, which leaves the decision to its account.
    """
    inline = [{"PolicyName": "Grants", "PolicyDocument": document(statement("kms:Decrypt"))}]
    own = ("KMS::Key", {"KeyPolicy": document(statement("kms:Encrypt", **TO_SERVICE))})
    orders = stack(Key=own, Role=role(Policies=inline))
    policies = policies_of(orders)
    assert () == may(policies, "kms:Decrypt", orders.arn("Key"))
    assert ("Key/It",) == may(policies, "kms:Encrypt", orders.arn("Key"), "events.amazonaws.com")
    brought = f"arn:aws:kms:{PLACE}:key/1234"
    assert ("Role/It", "key/1") == may(policies, "kms:Decrypt", brought)
    assert () == may(policies, "kms:Encrypt", brought, "events.amazonaws.com")


def test_a_call_through_an_endpoint_must_be_allowed_by_it() -> None:
    """An endpoint's policy limits requests. One without a policy allows all; an endpoint that does not exist, none."""
    inline = [{"PolicyName": "Grants", "PolicyDocument": document(statement("ecr:*"), statement("logs:*"))}]
    name = {"Fn::Sub": "cn.com.amazonaws.${AWS::Region}.ecr.api"}
    limits = document(statement("ecr:BatchGetImage", Principal="*"))
    orders = stack(
        Role=role(Policies=inline),
        Ecr=("EC2::VPCEndpoint", {"ServiceName": name, "VpcId": "vpc-1", "PolicyDocument": limits}),
        Logs=("EC2::VPCEndpoint", {"ServiceName": "com.amazonaws.eu-central-1.logs", "VpcId": "vpc-1"}),
    )
    policies = policies_of(orders)
    assert ("Role/It", "Ecr/It") == may(policies, "ecr:BatchGetImage", endpoint="ecr.api")
    assert () == may(policies, "ecr:PutImage", endpoint="ecr.api")
    assert ("Role/It", "Logs/1") == may(policies, "logs:PutLogEvents", endpoint="logs")


def test_layers_of_images_are_fetched_by_signed_addresses() -> None:
    """ECR's bucket of layers accepts every caller with a signed address: only an endpoint on the way can refuse."""
    layers = "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/sha256"
    other = document(statement("s3:GetObject", "arn:aws:s3:::artifacts/*", Principal="*"))
    properties = {"ServiceName": "com.amazonaws.eu-central-1.s3", "VpcId": "vpc-1", "PolicyDocument": other}
    policies = policies_of(stack(S3=("EC2::VPCEndpoint", properties)))
    assert ("signed addresses/1",) == may(policies, "s3:GetObject", layers, "ecr.amazonaws.com")
    assert () == may(policies, "s3:GetObject", layers, "ecr.amazonaws.com", "s3")


def test_packages_of_codeartifact_are_fetched_by_signed_addresses() -> None:
    """So does CodeArtifact's bucket of packages."""
    policies = policies_of(stack())
    files = "arn:aws:s3:::assets-438097961670-eu-west-1/package"
    assert ("signed addresses/1",) == may(policies, "s3:GetObject", files, "codeartifact.amazonaws.com")
    assert () == may(policies, "s3:GetObject", "arn:aws:s3:::orders-assets/package", "codeartifact.amazonaws.com")


def test_the_policy_of_a_domain_is_evaluated_for_its_repositories() -> None:
    """A package has the policies of its repository and of its domain: each allows, and a refusal of either counts."""
    publish, where = "codeartifact:PublishPackageVersion", f"arn:aws:codeartifact:{PLACE}:package/example"
    refusal = {**statement("codeartifact:PutPackageMetadata", Principal="*"), "Effect": "Deny"}
    read = statement("codeartifact:ReadFromRepository", Principal="*")
    domain = {"DomainName": "example", "PermissionsPolicyDocument": document(refusal, read)}
    allowed = [statement(each, Principal={"AWS": ROLE}) for each in (publish, "codeartifact:PutPackageMetadata")]
    shop = {"DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "shop"}
    policies = policies_of(
        stack(
            Domain=("CodeArtifact::Domain", domain),
            Shop=("CodeArtifact::Repository", {**shop, "PermissionsPolicyDocument": document(*allowed)}),
        )
    )
    assert ("Shop/It",) == may(policies, publish, f"{where}/shop/npm//orders")
    assert () == may(policies, publish, f"{where}/other/npm//orders")
    assert () == may(policies, "codeartifact:PutPackageMetadata", f"{where}/shop/npm//orders")
    repository = f"arn:aws:codeartifact:{PLACE}:repository/example/other"
    assert ("Domain/It",) == may(policies, "codeartifact:ReadFromRepository", repository)
    assert () == may(policies, "codeartifact:ReadFromRepository", repository.replace("example", "another"))


def test_keys_of_encrypted_resources() -> None:
    """Bucket, topic and queue have the key that their properties name, or none."""
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-1"}}
    orders = stack(
        Bucket=("S3::Bucket", {"BucketName": "b", "BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}),
        Topic=("SNS::Topic", {"TopicName": "topic", "KmsMasterKeyId": "key-2"}),
        Queue=("SQS::Queue", {"QueueName": "queue"}),
    )
    assert {"arn:aws:s3:::b": "key-1", TOPIC: "key-2"} == keys_of(orders)
