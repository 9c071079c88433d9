"""The policies and keys in an emulated AWS, read from its services and not from a template."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.decisions import Policy, Request
from generator.authorization.policies import Endpoint, PolicySet
from generator.authorization.service_principals import assumption
from generator.cloudformation.offline_stack import Location
from generator.emulator.enforcement import resource_names
from generator.emulator.front.chat_records import channels
from generator.emulator.front.cloud import Emulator


class PolicyOwner(NamedTuple):
    """A resource with a policy of its own or a key: its ARN, its physical id, the policy, the ARN of the key."""

    arn: str
    physical_id: str
    policy: Any = None
    key: str = ""


def standing(cloud: Emulator, held: Iterable[PolicyOwner]) -> PolicySet:
    """The policies of all roles of stacks, and of every resource, under the names that templates give their owners."""
    resources = resource_names.made(cloud)
    names = resource_names.names(resources)
    made = resource_names.names(each for each in resources if each.type == "AWS::IAM::Role")
    roles = {name: role for name, role in _roles(cloud).items() if name in made}
    own = [(each.arn, each.physical_id, each.policy) for each in held if each.policy is not None]
    trusts = [(role["Arn"], name, role["AssumeRolePolicyDocument"]) for name, role in roles.items()]
    return PolicySet(
        identity={role["Arn"]: tuple(_granted(cloud, made[name], role)) for name, role in roles.items()},
        boundaries={role["Arn"]: each for role in roles.values() for each in _boundary(cloud, role["RoleName"])},
        own={arn: Policy(names.get(name, name), document) for arn, name, document in (*own, *trusts)},
        endpoints={where: Policy(names.get(name, name), document) for where, name, document in _endpoints(cloud)},
    )


def call_environment(cloud: Emulator, held: Iterable[PolicyOwner]) -> CallEnvironment:
    """The account and region, and the keys of encrypted resources."""
    place = Location(get_partition(cloud.region), cloud.region, cloud.account)
    return CallEnvironment(place=place, keys={each.arn: each.key for each in held if each.key})


def networks(projects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The VPC of each role whose builds run in one."""
    return {
        each["serviceRole"]: each["vpcConfig"]["vpcId"] for each in projects if each.get("vpcConfig", {}).get("vpcId")
    }


def assumptions(cloud: Emulator, projects: Iterable[Mapping[str, Any]]) -> Iterator[Request]:
    """The requests of services to assume roles, each for the resource that names the role."""
    for project in projects:
        yield assumption(cloud.account, "codebuild", project["serviceRole"], project["arn"])
    codepipeline = cloud.inside("codepipeline")
    for each in codepipeline.list_pipelines()["pipelines"]:
        found = codepipeline.get_pipeline(name=each["name"])
        arn = found["metadata"]["pipelineArn"]
        yield assumption(cloud.account, "codepipeline", found["pipeline"]["roleArn"], arn)
    for function in cloud.inside("lambda").list_functions()["Functions"]:
        yield assumption(cloud.account, "lambda", function["Role"], function["FunctionArn"])
    for template in cloud.inside("ecr").describe_repository_creation_templates()["repositoryCreationTemplates"]:
        yield assumption(cloud.account, "ecr", template.get("customRoleArn", ""), "")
    for arn, channel in channels(cloud).by_arn.items():
        yield assumption(cloud.account, "chatbot", channel["IamRoleArn"], arn)
    yield from _targets(cloud)
    machines = cloud.inside("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        described = machines.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
        yield assumption(cloud.account, "states", described["roleArn"], machine["stateMachineArn"])
    yield from _shifts(cloud)
    codedeploy = cloud.inside("codedeploy")
    for application in codedeploy.list_applications()["applications"]:
        for name in codedeploy.list_deployment_groups(applicationName=application)["deploymentGroups"]:
            where = {"applicationName": application, "deploymentGroupName": name}
            role = codedeploy.get_deployment_group(**where)["deploymentGroupInfo"]["serviceRoleArn"]
            place = f"arn:{get_partition(cloud.region)}:codedeploy:{cloud.region}:{cloud.account}"
            yield assumption(cloud.account, "codedeploy", role, f"{place}:deploymentgroup:{application}/{name}")


def _targets(cloud: Emulator) -> Iterator[Request]:
    """The requests of EventBridge to assume the roles of targets."""
    events = cloud.inside("events")
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            yield assumption(cloud.account, "events", target.get("RoleArn", ""), rule["Arn"])


def _shifts(cloud: Emulator) -> Iterator[Request]:
    """The requests of ECS to assume the roles with which it shifts the traffic of a service and calls its hooks."""
    ecs = cloud.inside("ecs")
    for cluster in ecs.list_clusters()["clusterArns"]:
        for arn in ecs.list_services(cluster=cluster)["serviceArns"]:
            [service] = ecs.describe_services(cluster=cluster, services=[arn])["services"]
            routes = [each.get("advancedConfiguration", {}) for each in service["loadBalancers"]]
            hooks = service.get("deploymentConfiguration", {}).get("lifecycleHooks", [])
            for each in (*routes, *hooks):
                if role := each.get("roleArn"):
                    yield assumption(cloud.account, "ecs", role, arn)


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


def held(cloud: Emulator) -> Iterator[PolicyOwner]:
    """Every key, bucket, topic and queue, image repository, and domain and repository of packages."""
    kms = cloud.inside("kms")
    for key in kms.list_keys()["Keys"]:
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        yield PolicyOwner(key["KeyArn"], key["KeyId"], json.loads(policy))
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
            yield PolicyOwner(
                each["repositoryArn"], name, json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])
            )
    yield from _packages(cloud)


def _packages(cloud: Emulator) -> Iterator[PolicyOwner]:
    codeartifact = cloud.inside("codeartifact")
    for domain in codeartifact.list_domains()["domains"]:
        with suppress(ClientError):  # it has none
            found = codeartifact.get_domain_permissions_policy(domain=domain["name"])["policy"]
            yield PolicyOwner(domain["arn"], domain["arn"], json.loads(found["document"]))
    for each in codeartifact.list_repositories()["repositories"]:
        with suppress(ClientError):
            names = {"domain": each["domainName"], "repository": each["name"]}
            found = codeartifact.get_repository_permissions_policy(**names)["policy"]
            yield PolicyOwner(each["arn"], each["arn"], json.loads(found["document"]))


def _bucket(cloud: Emulator, name: str) -> PolicyOwner:
    s3, policy, key = cloud.inside("s3"), None, ""
    with suppress(ClientError):  # it has none
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    with suppress(ClientError):
        [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        key = rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "")
    return PolicyOwner(f"arn:{get_partition(cloud.region)}:s3:::{name}", name, policy, key)


def _told(arn: str, attributes: Mapping[str, str]) -> PolicyOwner:
    """A topic or queue by its attributes, which have the same names for both."""
    policy = json.loads(attributes["Policy"]) if "Policy" in attributes else None
    return PolicyOwner(arn, arn.rpartition(":")[2], policy, attributes.get("KmsMasterKeyId", ""))


def _endpoints(cloud: Emulator) -> Iterator[tuple[Endpoint, str, Any]]:
    for each in cloud.inside("ec2").describe_vpc_endpoints()["VpcEndpoints"]:
        if each["State"] != "deleted":
            service = each["ServiceName"].partition(f".{cloud.region}.")[2]
            yield Endpoint(each["VpcId"], service), each["VpcEndpointId"], json.loads(each["PolicyDocument"])


def projects(cloud: Emulator) -> list[dict[str, Any]]:
    """Every CodeBuild project."""
    codebuild = cloud.inside("codebuild")
    names = codebuild.list_projects()["projects"]
    return list(codebuild.batch_get_projects(names=names)["projects"]) if names else []
