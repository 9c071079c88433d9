"""The policies in an emulated AWS, in force: every call of a role that a stack has made is decided by them.

They are read from the services, as they are there, and not from a template.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from generator.authorization.decisions import Policy, Request
from generator.authorization.guard import Guard
from generator.authorization.permissions import Decided, Permissions
from generator.authorization.policies import Endpoint, Standing
from generator.authorization.requests import Surroundings
from generator.authorization.service_calls import ServiceCall
from generator.authorization.service_principals import assumption, uses
from generator.cloudformation.offline_stack import Place
from generator.emulator.front.calls import Call
from generator.emulator.front.server import Emulator
from generator.emulator.trial import deployment

_LOOKS = ("Describe", "Get", "List", "Validate")


class InForce:
    """A guard of an emulated AWS, for the roles of its stacks. Other roles may do what they like: nobody granted it."""

    def __init__(self) -> None:
        self._decided: list[Decided] = []
        self._cloud: Emulator | None = None
        self._deployment: Callable[[str], Mapping[str, Any]] = lambda _: {}
        self._guard: Guard | None = None
        self._assumptions: tuple[Request, ...] = ()
        self._lock = threading.RLock()  # calls come from runs that go on at the same time
        self._assumed: dict[str, str] = {}
        """Why a role cannot be assumed by those who are to have it; "" where it can."""

    def begin(self, cloud: Emulator, deployment: Callable[[str], Mapping[str, Any]]) -> None:
        """From now on. `deployment` tells what is known of a deployment of CodeDeploy, by its id."""
        self._cloud, self._deployment = cloud, deployment

    def __call__(self, call: Call) -> str:
        """Nothing, where the call may pass; otherwise why it may not."""
        if self._cloud is None:
            return ""
        if not call.role:
            if not call.operation.startswith(_LOOKS):
                self._guard = None  # whoever deploys may change any policy
            return ""
        try:
            return self._decide(self._completed(self._cloud, call), self._cloud)
        except ClientError:  # what it is about is not there, and the service says so
            return ""

    def permit(self, call: ServiceCall) -> str:
        """The same for a call of AWS's own with a role, which no client makes."""
        return self._decide(call, self._cloud) if self._cloud else ""

    def ask(self, request: Request) -> str:
        """The same for what a service asks in its own name."""
        with self._lock:
            return self._read(self._cloud).decide(request) if self._cloud else ""

    def uses(self, service: str, action: str, resource: str, source: str) -> Iterator[Request]:
        """What a service asks in order to use a topic or queue, and the key that encrypts it here."""
        keys = self._read(self._cloud).keys if self._cloud else {}
        return uses(service, action, resource, source, keys.get(resource, ""))

    def permissions(self) -> Permissions:
        """What roles of stacks needed so far, and what stacks granted: nobody else's policies count as unused."""
        if self._cloud is None:
            return Permissions((), (), ())
        found, owners = (
            self._read(self._cloud).permissions(),
            set(deployment.names(deployment.made(self._cloud)).values()),
        )
        unused = tuple(grant for grant in found.unused if grant.statement.rpartition("/")[0] in owners)
        return found._replace(unused=unused)

    def _decide(self, call: Call | ServiceCall, cloud: Emulator) -> str:
        with self._lock:
            guard = self._read(cloud)
            if call.role not in guard.roles:
                return ""
            if call.role not in self._assumed:
                reasons = [guard.decide(each) for each in self._assumptions if each.resources == (call.role,)]
                self._assumed[call.role] = "; ".join(filter(None, reasons))
            return self._assumed[call.role] or guard(call)

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
        with self._lock:
            guard = self._guard
            if guard is None:
                held, projects = tuple(_held(cloud)), _projects(cloud)
                self._assumed, self._assumptions = {}, tuple(assumptions(cloud, projects))
                guard = self._guard = Guard(
                    standing(cloud, held), surroundings(cloud, held), networks(projects), self._decided
                )
            return guard


class Held(NamedTuple):
    """What has a policy of its own or is encrypted: its ARN, its physical id, the policy, the ARN of the key."""

    arn: str
    physical_id: str
    policy: Any = None
    key: str = ""


def standing(cloud: Emulator, held: Iterable[Held]) -> Standing:
    """The policies of all roles of stacks, and of every resource, called as templates call what they are of."""
    resources = deployment.made(cloud)
    names = deployment.names(resources)
    made = deployment.names(each for each in resources if each.type == "AWS::IAM::Role")
    roles = {name: role for name, role in _roles(cloud).items() if name in made}
    own = [(each.arn, each.physical_id, each.policy) for each in held if each.policy is not None]
    trusts = [(role["Arn"], name, role["AssumeRolePolicyDocument"]) for name, role in roles.items()]
    return Standing(
        identity={role["Arn"]: tuple(_granted(cloud, made[name], role)) for name, role in roles.items()},
        boundaries={role["Arn"]: each for role in roles.values() for each in _boundary(cloud, role["RoleName"])},
        own={arn: Policy(names.get(name, name), document) for arn, name, document in (*own, *trusts)},
        endpoints={where: Policy(names.get(name, name), document) for where, name, document in _endpoints(cloud)},
    )


def surroundings(cloud: Emulator, held: Iterable[Held]) -> Surroundings:
    """The place, and the keys of what is encrypted."""
    place = Place(get_partition(cloud.region), cloud.region, cloud.account)
    return Surroundings(place=place, keys={each.arn: each.key for each in held if each.key})


def networks(projects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The VPC of each role whose builds are in one."""
    return {
        each["serviceRole"]: each["vpcConfig"]["vpcId"] for each in projects if each.get("vpcConfig", {}).get("vpcId")
    }


def assumptions(cloud: Emulator, projects: Iterable[Mapping[str, Any]]) -> Iterator[Request]:
    """What services ask for that are to act as a role, each for the resource that names it."""
    for project in projects:
        yield assumption(cloud.account, "codebuild", project["serviceRole"], project["arn"])
    codepipeline = cloud.inside("codepipeline")
    for each in codepipeline.list_pipelines()["pipelines"]:
        found = codepipeline.get_pipeline(name=each["name"])
        arn = found["metadata"]["pipelineArn"]
        yield assumption(cloud.account, "codepipeline", found["pipeline"]["roleArn"], arn)
    for function in cloud.inside("lambda").list_functions()["Functions"]:
        yield assumption(cloud.account, "lambda", function["Role"], function["FunctionArn"])
    events = cloud.inside("events")
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            yield assumption(cloud.account, "events", target.get("RoleArn", ""), rule["Arn"])
    machines = cloud.inside("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        described = machines.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
        yield assumption(cloud.account, "states", described["roleArn"], machine["stateMachineArn"])
    codedeploy = cloud.inside("codedeploy")
    for application in codedeploy.list_applications()["applications"]:
        for name in codedeploy.list_deployment_groups(applicationName=application)["deploymentGroups"]:
            where = {"applicationName": application, "deploymentGroupName": name}
            role = codedeploy.get_deployment_group(**where)["deploymentGroupInfo"]["serviceRoleArn"]
            place = f"arn:{get_partition(cloud.region)}:codedeploy:{cloud.region}:{cloud.account}"
            yield assumption(cloud.account, "codedeploy", role, f"{place}:deploymentgroup:{application}/{name}")


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


def _held(cloud: Emulator) -> Iterator[Held]:
    kms = cloud.inside("kms")
    for key in kms.list_keys()["Keys"]:
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        yield Held(key["KeyArn"], key["KeyId"], json.loads(policy))
    for bucket in cloud.inside("s3").list_buckets()["Buckets"]:
        yield _bucket(cloud, bucket["Name"])
    sns = cloud.inside("sns")
    for topic in sns.list_topics()["Topics"]:
        yield _told(topic["TopicArn"], sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"])
    sqs = cloud.inside("sqs")
    for url in sqs.list_queues().get("QueueUrls", ()):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        yield _told(attributes["QueueArn"], attributes)
    ecr = cloud.inside("ecr")
    for each in ecr.describe_repositories()["repositories"]:
        name = each["repositoryName"]
        with suppress(ClientError):  # it has none
            yield Held(
                each["repositoryArn"], name, json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])
            )


def _bucket(cloud: Emulator, name: str) -> Held:
    s3, policy, key = cloud.inside("s3"), None, ""
    with suppress(ClientError):  # it has none
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    with suppress(ClientError):
        [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        key = rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "")
    return Held(f"arn:{get_partition(cloud.region)}:s3:::{name}", name, policy, key)


def _told(arn: str, attributes: Mapping[str, str]) -> Held:
    """A topic or queue by its attributes, which are called the same."""
    policy = json.loads(attributes["Policy"]) if "Policy" in attributes else None
    return Held(arn, arn.rpartition(":")[2], policy, attributes.get("KmsMasterKeyId", ""))


def _endpoints(cloud: Emulator) -> Iterator[tuple[Endpoint, str, Any]]:
    for each in cloud.inside("ec2").describe_vpc_endpoints()["VpcEndpoints"]:
        if each["State"] != "deleted":
            service = each["ServiceName"].partition(f".{cloud.region}.")[2]
            yield Endpoint(each["VpcId"], service), each["VpcEndpointId"], json.loads(each["PolicyDocument"])


def _projects(cloud: Emulator) -> list[dict[str, Any]]:
    codebuild = cloud.inside("codebuild")
    names = codebuild.list_projects()["projects"]
    return list(codebuild.batch_get_projects(names=names)["projects"]) if names else []
