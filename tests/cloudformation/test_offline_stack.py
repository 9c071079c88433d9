"""A template as it is after deployment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.cloudformation.refusals import NotEmulatedError
from tests.conftest import WITH_CONDITIONS
from tests.samples import sample

CHINA = Location(partition="aws-cn", region="cn-north-1", account="999999999999")


def stack(resources: dict[str, Any] | None = None, **more: Any) -> OfflineStack:
    """A stack `orders` with a parameter of each kind, two conditions and the resources."""
    template = {
        "Parameters": {
            "Name": {"Type": "String", "Default": "team/orders"},
            "Days": {"Type": "Number", "Default": 90},
            "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
            "Empty": {"Type": "String", "Default": ""},
        },
        "Conditions": {
            "IsEmpty": {"Fn::Equals": [{"Ref": "Empty"}, ""]},
            "Keeps": {"Fn::Equals": [{"Ref": "Days"}, 90]},
            "Never": {"Fn::And": [{"Condition": "Keeps"}, {"Fn::Not": [{"Condition": "IsEmpty"}]}]},
            "Always": {"Fn::Or": [{"Condition": "Never"}, {"Condition": "IsEmpty"}]},
        },
        "Mappings": {"Sizes": {"small": {"cpu": "256"}}},
        "Resources": resources or {},
    }
    return OfflineStack(template=template, name="orders", parameters={"Subnets": "subnet-1, subnet-2"}, **more)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Name"}, "team/orders"),
        ({"Ref": "Days"}, "90"),
        ({"Ref": "Subnets"}, ["subnet-1", "subnet-2"]),
        ({"Ref": "AWS::StackName"}, "orders"),
        ({"Ref": "AWS::NotificationARNs"}, []),
        ({"Fn::Sub": "${AWS::Partition}:${Name}:${!literal}"}, "aws:team/orders:${literal}"),
        ({"Fn::Sub": ["${Days} ${Other}", {"Other": {"Ref": "AWS::Region"}}]}, "90 eu-central-1"),
        ({"Fn::Join": [",", [{"Ref": "Name"}, 1, True]]}, "team/orders,1,true"),
        ({"Fn::Join": ["+", {"Ref": "Subnets"}]}, "subnet-1+subnet-2"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Name"}]}]}, "orders"),
        ({"Fn::Select": ["0", {"Ref": "Subnets"}]}, "subnet-1"),
        ({"Fn::If": ["IsEmpty", "then", {"Ref": "Gone"}]}, "then"),
        ({"Fn::If": ["Never", {"Ref": "Gone"}, "else"]}, "else"),
        ({"Fn::If": ["Always", "then", "else"]}, "then"),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"a": {"Fn::If": ["Never", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ({"Fn::GetAZs": ""}, ["eu-central-1a", "eu-central-1b", "eu-central-1c"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::FindInMap": ["Sizes", "small", "cpu"]}, "256"),
    ],
)
def test_functions_have_values(node: Any, value: Any) -> None:
    """Each function has the value that CloudFormation gives it."""
    assert value == stack().value(node)


def test_an_unknown_function_is_an_error() -> None:
    """A function that is not evaluated is not ignored."""
    with pytest.raises(NotEmulatedError, match="Fn::Transform"):
        stack().value({"Fn::Transform": {"Name": "x"}})


NAMED = {
    "Bucket": ({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}}, "b", "arn:aws:s3:::b"),
    "Project": (
        {"Type": "AWS::CodeBuild::Project", "Properties": {"Name": {"Fn::Sub": "${AWS::StackName}-p"}}},
        "orders-p",
        "arn:aws:codebuild:eu-central-1:111122223333:project/orders-p",
    ),
    "Logs": (
        {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/x"}},
        "/x",
        "arn:aws:logs:eu-central-1:111122223333:log-group:/x:*",
    ),
    "Topic": (
        {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
        "arn:aws:sns:eu-central-1:111122223333:t",
        "arn:aws:sns:eu-central-1:111122223333:t",
    ),
    "Queue": (
        {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
        "https://sqs.eu-central-1.amazonaws.com/111122223333/q",
        "arn:aws:sqs:eu-central-1:111122223333:q",
    ),
}


@pytest.mark.parametrize("title", NAMED)
def test_a_resource_is_called_as_its_properties_say(title: str) -> None:
    """Ref and Arn of resources that have names of their own."""
    resource, ref, arn = NAMED[title]
    orders = stack({title: resource})
    assert [ref, arn, arn] == [orders.ref(title), orders.arn(title), orders.value({"Fn::GetAtt": [title, "Arn"]})]


def test_a_resource_without_a_name_gets_one() -> None:
    """Resources that CloudFormation would name have unique names, and ids look like ids."""
    resources = {"Key": {"Type": "AWS::KMS::Key"}, "Group": {"Type": "AWS::EC2::SecurityGroup"}}
    orders = stack(resources)
    other = OfflineStack(template=orders.template, name="other")
    assert orders.arn("Key") == f"arn:aws:kms:eu-central-1:111122223333:key/{orders.ref('Key')}"
    assert str(orders.attribute("Group", "GroupId")).startswith("sg-")
    assert {orders.ref("Key"), orders.ref("Group")}.isdisjoint({other.ref("Key"), other.ref("Group")})


def test_attributes() -> None:
    """Attributes that are not the ARN: an id or name, the address of a repository, another one."""
    orders = stack({"Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "r"}}}, place=CHINA)
    assert "999999999999.dkr.ecr.cn-north-1.amazonaws.com.cn/r" == orders.attribute("Images", "RepositoryUri")
    assert "r" == orders.value({"Fn::GetAtt": "Images.RepositoryName"})
    assert "r.Other" == orders.value({"Fn::Sub": "${Images.Other}"})


def test_an_arn_has_properties() -> None:
    """The repository of a domain is called by both names, whether its own id is known or not."""
    resources = {
        "Domain": {"Type": "AWS::CodeArtifact::Domain", "Properties": {"DomainName": "example"}},
        "Shop": {
            "Type": "AWS::CodeArtifact::Repository",
            "Properties": {"DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "shop"},
        },
    }
    place = "arn:aws:codeartifact:eu-central-1:111122223333"
    ids = {"Domain": f"{place}:domain/example", "Shop": f"{place}:repository/example/shop"}
    for orders in (stack(resources), stack(resources, ids=ids)):
        assert ids == {title: orders.arn(title) for title in ids} == {title: orders.ref(title) for title in ids}
        assert "shop of example" == orders.value({"Fn::Sub": "${Shop.Name} of ${Domain.Name}"})


def test_ids_of_a_real_stack_count() -> None:
    """A caller that has deployed the template passes the real names of resources."""
    ids = {
        "Role": "orders-Role-ABC",
        "Queue": "https://sqs.eu-central-1.amazonaws.com/111122223333/orders-Queue-ABC",
        "Topic": "arn:aws:sns:eu-central-1:111122223333:orders-Topic-ABC",
    }
    kinds = {"Role": "AWS::IAM::Role", "Queue": "AWS::SQS::Queue", "Topic": "AWS::SNS::Topic"}
    orders = stack({title: {"Type": kind} for title, kind in kinds.items()}, ids=ids)
    assert ids == {title: orders.ref(title) for title in ids}
    assert "arn:aws:iam::111122223333:role/orders-Role-ABC" == orders.arn("Role")
    assert "arn:aws:sqs:eu-central-1:111122223333:orders-Queue-ABC" == orders.arn("Queue")


def test_resources_follow_their_conditions() -> None:
    """A resource that was not created does not exist."""
    kind = {"Type": "AWS::SNS::Topic"}
    orders = stack({"Made": kind | {"Condition": "Always"}, "Other": kind | {"Condition": "Never"}, "Plain": kind})
    assert ["Made", "Plain"] == [title for title, _ in orders.resources("AWS::SNS::Topic")]
    assert [] == list(orders.resources("AWS::SQS::Queue"))


def test_a_resource_that_is_not_created_cannot_be_referred_to() -> None:
    """CloudFormation refuses a Ref or GetAtt of a resource that its condition leaves out, and leaves out outputs."""
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Condition": "Never"}},
        "Outputs": {"Topic": {"Condition": "Never", "Value": {"Ref": "Topic"}}, "Name": {"Value": "orders"}},
    }
    orders = OfflineStack(template=template, name="orders")
    assert {"Name": "orders"} == orders.outputs()
    for node in ({"Ref": "Topic"}, {"Fn::GetAtt": ["Topic", "TopicName"]}):
        with pytest.raises(LookupError, match="Topic is used and not made"):
            orders.value(node)


@pytest.mark.parametrize("of", sorted(WITH_CONDITIONS))
def test_every_published_template_has_values(of: str) -> None:
    """All of every template can be evaluated, outputs included: no function is left, in any partition."""
    published = WITH_CONDITIONS[of]
    for place in (Location(), CHINA):
        orders = OfflineStack(
            template=published, name="orders", parameters=sample(published, "a", optional=True), place=place
        )
        whole = json.dumps([dict(orders.resources()), orders.outputs()])
        assert '{"Ref"' not in whole
        assert '"Fn::' not in whole
        assert "${AWS" not in whole


NAMES = {"Network": {"Type": "String", "Default": "main"}, "Platform": {"Type": "String", "Default": "main"}}
SUBNETS = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:SubnetIds"}}
KEY = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"}}
NETWORK = {
    "Parameters": {"Network": NAMES["Network"]},
    "Conditions": {"Logged": {"Fn::Equals": [{"Ref": "Network"}, "logged"]}},
    "Resources": {"A": {"Type": "AWS::EC2::Subnet"}, "B": {"Type": "AWS::EC2::Subnet"}},
    "Outputs": {
        "SubnetIds": {
            "Value": {"Fn::Join": [",", [{"Ref": "A"}, {"Ref": "B"}]]},
            "Export": {"Name": {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:SubnetIds"}},
        },
        "Logs": {"Condition": "Logged", "Value": "all", "Export": {"Name": "logs"}},
        "Region": {"Value": {"Ref": "AWS::Region"}},
    },
}
PLATFORM = {
    "Parameters": {**NAMES, "SubnetIds": {"Type": "CommaDelimitedList", "Default": ""}},
    "Conditions": {"IsGiven": {"Fn::Equals": [{"Ref": "Network"}, "none"]}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key"},
        "Project": {
            "Type": "AWS::CodeBuild::Project",
            "Properties": {
                "VpcConfig": {
                    "Subnets": {"Fn::If": ["IsGiven", {"Ref": "SubnetIds"}, {"Fn::Split": [",", SUBNETS]}]},
                },
            },
        },
        "Absent": {"Type": "AWS::SNS::Topic", "Condition": "IsGiven", "Properties": {"DisplayName": KEY}},
    },
    "Outputs": {
        "KeyArn": {
            "Value": {"Fn::GetAtt": ["Key", "Arn"]},
            "Export": {"Name": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"}},
        },
    },
}
PIPELINE = {
    "Parameters": {"Platform": NAMES["Platform"]},
    "Resources": {
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": KEY}},
        "Again": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": KEY}},
    },
}


def test_stacks_import_from_each_other() -> None:
    """The exports of one stack are imports of the next: the exporter's own value, also inside other functions."""
    network = OfflineStack(template=NETWORK, name="network")
    platform = OfflineStack(template=PLATFORM, name="platform", imports=network.exports())
    pipeline = OfflineStack(template=PIPELINE, name="orders", imports=platform.exports())
    [(_, project)] = platform.resources("AWS::CodeBuild::Project")
    assert [network.ref("A"), network.ref("B")] == project["VpcConfig"]["Subnets"]
    assert {platform.arn("Key")} == {log["KmsKeyId"] for _, log in pipeline.resources("AWS::Logs::LogGroup")}
    assert ["ecr-pipeline:network:main:v1:SubnetIds"] == list(network.exports())


def test_names_of_exports_follow_parameters_and_conditions() -> None:
    """Another name of the network is another export; an output whose condition does not hold exports nothing."""
    other = OfflineStack(template=NETWORK, name="network", parameters={"Network": "logged"})
    assert ["ecr-pipeline:network:logged:v1:SubnetIds", "logs"] == list(other.exports())


def test_an_import_without_an_export_is_named() -> None:
    """Nothing passes for resolved that no stack exports: the stack and the name are in the message."""
    network = OfflineStack(template=NETWORK, name="network", parameters={"Network": "other"})
    for exports in ({}, network.exports()):
        platform = OfflineStack(template=PLATFORM, name="platform", imports=exports)
        says = "platform imports ecr-pipeline:network:main:v1:SubnetIds, which no stack exports"
        with pytest.raises(LookupError, match=says):
            list(platform.resources("AWS::CodeBuild::Project"))


def test_a_branch_that_is_not_taken_imports_nothing() -> None:
    """A platform with a network of its own resolves without any export."""
    given = {"Network": "none", "SubnetIds": "subnet-1,subnet-2"}
    platform = OfflineStack(template=PLATFORM, name="platform", parameters=given, imports={})
    [(_, project)] = platform.resources("AWS::CodeBuild::Project")
    assert ["subnet-1", "subnet-2"] == project["VpcConfig"]["Subnets"]


def test_imports_are_known_before_anything_exports_them() -> None:
    """Each name once; without parts that are not created, and without branches that are not taken."""
    key, subnets = "ecr-pipeline:platform:blue:v1:KeyArn", "ecr-pipeline:network:main:v1:SubnetIds"
    assert (key,) == OfflineStack(template=PIPELINE, name="orders", parameters={"Platform": "blue"}).imported()
    assert (subnets,) == OfflineStack(template=PLATFORM, name="platform").imported()
    without = {"Network": "none", "Platform": "blue"}
    assert (key,) == OfflineStack(template=PLATFORM, name="platform", parameters=without).imported()
    assert () == OfflineStack(template=NETWORK, name="network").imported()
