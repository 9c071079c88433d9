"""The policies in an emulated AWS, in force: every call of a role that a stack has made is decided by them.

They are read from the services, as they are there, and not from a template.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator import stacks
from generator.emulator.authorization import Policy
from generator.emulator.calls import Call
from generator.emulator.deployed import Place
from generator.emulator.guard import Guard
from generator.emulator.permissions import Decided, Permissions
from generator.emulator.policies import Endpoint, Standing
from generator.emulator.requests import Surroundings
from generator.emulator.server import Emulator


class InForce:
    """A guard of an emulated AWS, for the roles of its stacks. Other roles may do what they like: nobody granted it."""

    def __init__(self) -> None:
        self._decided: list[Decided] = []
        self._cloud: Emulator | None = None
        self._deployment: Callable[[str], Mapping[str, Any]] = lambda _: {}
        self._guard: Guard | None = None
        self._names: dict[str, str] = {}

    def begin(self, cloud: Emulator, deployment: Callable[[str], Mapping[str, Any]]) -> None:
        """From now on. `deployment` tells what is known of a deployment of CodeDeploy, by its id."""
        self._cloud, self._deployment = cloud, deployment

    def __call__(self, call: Call) -> str:
        """Nothing, where the call may pass; otherwise why it may not."""
        if self._cloud is None:
            return ""
        if not call.role:
            self._guard = None  # whoever deploys may change any policy
            return ""
        guard = self._read(self._cloud)
        return guard(self._completed(self._cloud, call)) if call.role.rpartition("/")[2] in self._names else ""

    def permissions(self) -> Permissions:
        """What roles of stacks needed so far, and what they were granted."""
        return self._read(self._cloud).permissions() if self._cloud else Permissions((), (), ())

    def _completed(self, cloud: Emulator, call: Call) -> Call:
        """The call, with what an id alone says: the subnet of an interface, application and group of a deployment."""
        known: Mapping[str, Any] = {}
        if "NetworkInterfaceId" in call.parameters:
            ids = [call.parameters["NetworkInterfaceId"]]
            [known] = cloud.inside("ec2").describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        elif "deploymentId" in call.parameters:
            known = self._deployment(call.parameters["deploymentId"])
        return replace(call, parameters={**known, **call.parameters}) if known else call

    def _read(self, cloud: Emulator) -> Guard:
        guard = self._guard
        if guard is None:
            self._names = stacks.names(cloud)
            found = standing(cloud, self._names), surroundings(cloud), _networks(cloud)
            guard = self._guard = Guard(*found, self._decided)
        return guard


def standing(cloud: Emulator, names: Mapping[str, str]) -> Standing:
    """All policies of the account. They are called as `names` say, by physical id, which roles have to be among."""
    roles = {name: role for name, role in _roles(cloud).items() if name in names}
    own = [*_keys(cloud), *_buckets(cloud), *_topics(cloud), *_queues(cloud), *_repositories(cloud)]
    trusts = [(role["Arn"], name, role["AssumeRolePolicyDocument"]) for name, role in roles.items()]
    return Standing(
        identity={role["Arn"]: tuple(_granted(cloud, names[name], role)) for name, role in roles.items()},
        boundaries={role["Arn"]: each for role in roles.values() for each in _boundary(cloud, role["RoleName"])},
        own={arn: Policy(names.get(name, name), document) for arn, name, document in (*own, *trusts)},
        endpoints={where: Policy(names.get(name, name), document) for where, name, document in _endpoints(cloud)},
    )


def surroundings(cloud: Emulator) -> Surroundings:
    """The place, and the keys of what is encrypted."""
    return Surroundings(place=Place(_partition(cloud), cloud.region, cloud.account), keys=dict(_encrypted(cloud)))


def _partition(cloud: Emulator) -> str:
    return str(cloud.inside("sts").get_caller_identity()["Arn"]).split(":")[1]


def _roles(cloud: Emulator) -> dict[str, Any]:
    details = cloud.inside("iam").get_account_authorization_details(Filter=["Role"])
    return {role["RoleName"]: role for role in details["RoleDetailList"]}


def _granted(cloud: Emulator, name: str, role: Mapping[str, Any]) -> Iterator[Policy]:
    for inline in role["RolePolicyList"]:
        yield Policy(name, inline["PolicyDocument"])
    for attached in role["AttachedManagedPolicies"]:
        yield Policy(name, _document(cloud, attached["PolicyArn"]))


def _boundary(cloud: Emulator, name: str) -> Iterator[Policy]:
    boundary = cloud.inside("iam").get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    if boundary:
        yield Policy(boundary["PermissionsBoundaryArn"], _document(cloud, boundary["PermissionsBoundaryArn"]))


def _document(cloud: Emulator, arn: str) -> Any:
    iam = cloud.inside("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


Owned = tuple[str, str, Any]
"""An ARN, the physical id of what it is of, and the policy there."""


def _keys(cloud: Emulator) -> Iterator[Owned]:
    kms = cloud.inside("kms")
    for key in kms.list_keys()["Keys"]:
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        yield key["KeyArn"], key["KeyId"], json.loads(policy)


def _buckets(cloud: Emulator) -> Iterator[Owned]:
    s3 = cloud.inside("s3")
    for bucket in _bucket_names(cloud):
        with suppress(ClientError):  # it has none
            policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
            yield f"arn:{_partition(cloud)}:s3:::{bucket}", bucket, json.loads(policy)


def _topics(cloud: Emulator) -> Iterator[Owned]:
    for arn, attributes in _topic_attributes(cloud):
        yield arn, arn.rpartition(":")[2], json.loads(attributes["Policy"])


def _queues(cloud: Emulator) -> Iterator[Owned]:
    for attributes in _queue_attributes(cloud):
        if "Policy" in attributes:
            yield attributes["QueueArn"], attributes["QueueArn"].rpartition(":")[2], json.loads(attributes["Policy"])


def _repositories(cloud: Emulator) -> Iterator[Owned]:
    ecr = cloud.inside("ecr")
    for each in ecr.describe_repositories()["repositories"]:
        name = each["repositoryName"]
        with suppress(ClientError):  # it has none
            policy = ecr.get_repository_policy(repositoryName=name)["policyText"]
            yield each["repositoryArn"], name, json.loads(policy)


def _endpoints(cloud: Emulator) -> Iterator[tuple[Endpoint, str, Any]]:
    for each in cloud.inside("ec2").describe_vpc_endpoints()["VpcEndpoints"]:
        if each["State"] != "deleted":
            service = each["ServiceName"].partition(f".{cloud.region}.")[2]
            yield Endpoint(each["VpcId"], service), each["VpcEndpointId"], json.loads(each["PolicyDocument"])


def _encrypted(cloud: Emulator) -> Iterator[tuple[str, str]]:
    """The ARN of the key of each bucket, topic and queue that has one."""
    s3 = cloud.inside("s3")
    for bucket in _bucket_names(cloud):
        with suppress(ClientError):  # it has none
            [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            if key := rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID"):
                yield f"arn:{_partition(cloud)}:s3:::{bucket}", key
    for arn, attributes in _topic_attributes(cloud):
        if "KmsMasterKeyId" in attributes:
            yield arn, attributes["KmsMasterKeyId"]
    for attributes in _queue_attributes(cloud):
        if "KmsMasterKeyId" in attributes:
            yield attributes["QueueArn"], attributes["KmsMasterKeyId"]


def _bucket_names(cloud: Emulator) -> list[str]:
    return [bucket["Name"] for bucket in cloud.inside("s3").list_buckets()["Buckets"]]


def _topic_attributes(cloud: Emulator) -> Iterator[tuple[str, Mapping[str, str]]]:
    sns = cloud.inside("sns")
    for topic in sns.list_topics()["Topics"]:
        yield topic["TopicArn"], sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]


def _queue_attributes(cloud: Emulator) -> Iterator[Mapping[str, str]]:
    sqs = cloud.inside("sqs")
    for url in sqs.list_queues().get("QueueUrls", ()):
        yield sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def _networks(cloud: Emulator) -> dict[str, str]:
    """The VPC of each role whose builds are in one."""
    codebuild = cloud.inside("codebuild")
    names = codebuild.list_projects()["projects"]
    projects = codebuild.batch_get_projects(names=names)["projects"] if names else []
    return {
        each["serviceRole"]: each["vpcConfig"]["vpcId"] for each in projects if each.get("vpcConfig", {}).get("vpcId")
    }
