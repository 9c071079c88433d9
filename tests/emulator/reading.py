"""Resources as the emulator's services show them, for comparison with the template.

Each reader returns the settings of one type by its physical id, or an empty value if the resource does not exist. They
use the API of the service, as a person would, so that the created resources are compared and not CloudFormation's
records.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends

from generator.emulator.front.cloud import Emulator
from generator.emulator.stacks.resource_handler import gone

Settings = Mapping[str, Any]
Reader = Callable[[Emulator, str], Settings | None]


def _alarm(aws: Emulator, name: str) -> Settings | None:
    return next(iter(aws.inside("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]), None)


def _project(aws: Emulator, name: str) -> Settings | None:
    return next(iter(aws.inside("codebuild").batch_get_projects(names=[name])["projects"]), None)


def _report_group(aws: Emulator, arn: str) -> Settings | None:
    return next(iter(aws.inside("codebuild").batch_get_report_groups(reportGroupArns=[arn])["reportGroups"]), None)


def _pipeline(aws: Emulator, name: str) -> Settings:
    codepipeline = aws.inside("codepipeline")
    found = codepipeline.get_pipeline(name=name)
    tags = codepipeline.list_tags_for_resource(resourceArn=found["metadata"]["pipelineArn"])["tags"]
    return {**found["pipeline"], "Tags": tags}


def _endpoint(aws: Emulator, endpoint: str) -> Settings | None:
    (found,) = aws.inside("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    groups = [group["GroupId"] for group in found.get("Groups", [])]
    return None if found["State"] == "deleted" else {**found, "SecurityGroupIds": groups}


def _rules(permissions: list[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """Permissions of a group, one by one, as a template has them, in an order of their own."""
    found = []
    for permission in permissions:
        ports = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
        groups = [{f"{side}SecurityGroupId": one.pop("GroupId"), **one} for one in permission["UserIdGroupPairs"]]
        lists = [{f"{side}PrefixListId": one.pop("PrefixListId"), **one} for one in permission["PrefixListIds"]]
        found += [{**ports, **one} for one in (*permission["IpRanges"], *permission["Ipv6Ranges"], *groups, *lists)]
    return sorted(found, key=_what_it_lets_through)


def _what_it_lets_through(rule: Settings) -> str:
    names = ("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")
    others = [f"{side}{kind}Id" for side in ("Destination", "Source") for kind in ("PrefixList", "SecurityGroup")]
    return "/".join(str(rule.get(name, "")) for name in (*names, *others))


def _group(aws: Emulator, group: str) -> Settings:
    (found,) = aws.inside("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {
        "GroupDescription": found["Description"],
        "VpcId": found["VpcId"],
        "SecurityGroupEgress": _rules(found["IpPermissionsEgress"], "Destination"),
        "SecurityGroupIngress": _rules(found["IpPermissions"], "Source"),
    }


def _group_rule(aws: Emulator, rule: str) -> Settings | None:
    """A rule that is a resource outside its group. Its description is shown only with the group."""
    rules = aws.inside("ec2").describe_security_group_rules()["SecurityGroupRules"]
    found = next((one for one in rules if one["SecurityGroupRuleId"] == rule), None)
    if found is None:
        return None
    direction, side = ("Egress", "Destination") if found["IsEgress"] else ("Ingress", "Source")
    other = {f"{side}SecurityGroupId": found.get("ReferencedGroupInfo", {}).get("GroupId")}
    other |= {f"{side}PrefixListId": found.get("PrefixListId"), "CidrIp": found.get("CidrIpv4")}
    same = {key: found.get(key) for key in ("IpProtocol", "FromPort", "ToPort")} | other
    for one in _group(aws, found["GroupId"])[f"SecurityGroup{direction}"]:
        if all(one.get(key) == value for key, value in same.items()):
            return {**one, "GroupId": found["GroupId"]}
    return None


def _events_rule(aws: Emulator, name: str) -> Settings:
    events = aws.inside("events")
    return {**events.describe_rule(Name=name), "Targets": events.list_targets_by_rule(Rule=name)["Targets"]}


def _role(aws: Emulator, name: str) -> Settings:
    iam = aws.inside("iam")
    role = iam.get_role(RoleName=name)["Role"]
    policies = [
        iam.get_role_policy(RoleName=name, PolicyName=one)
        for one in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        **role,
        "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "Policies": policies,
        "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
    }


def _key(aws: Emulator, key: str) -> Settings | None:
    kms = aws.inside("kms")
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    return (
        None
        if found["KeyState"] == "PendingDeletion"
        else {
            **found,
            "KeyPolicy": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
            "EnableKeyRotation": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        }
    )


def _alias(aws: Emulator, name: str) -> Settings | None:
    aliases = aws.inside("kms").list_aliases()["Aliases"]
    return next((alias for alias in aliases if alias["AliasName"] == name), None)


def _log_group(aws: Emulator, name: str) -> Settings | None:
    groups = aws.inside("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in groups if group["logGroupName"] == name), None)


def _bucket(aws: Emulator, name: str) -> Settings:
    s3 = aws.inside("s3")
    s3.head_bucket(Bucket=name)
    found = {
        "BucketEncryption": s3.get_bucket_encryption,
        "LifecycleConfiguration": s3.get_bucket_lifecycle_configuration,
        "OwnershipControls": s3.get_bucket_ownership_controls,
        "PublicAccessBlockConfiguration": s3.get_public_access_block,
        "Tags": s3.get_bucket_tagging,
        "VersioningConfiguration": s3.get_bucket_versioning,
    }
    settings: dict[str, Any] = {}
    for key, call in found.items():
        with contextlib.suppress(ClientError):  # it has none
            settings[key] = call(Bucket=name)
            settings[key].pop("ResponseMetadata")
    return {key: _told_by_s3(key, value) for key, value in settings.items()}


def _told_by_s3(key: str, value: Any) -> Any:
    """A setting of a bucket as a template has it."""
    match key:
        case "BucketEncryption":
            rules = value["ServerSideEncryptionConfiguration"]["Rules"]
            default = "ApplyServerSideEncryptionByDefault"
            told = [{**rule, default.removeprefix("Apply"): rule[default]} for rule in rules]
            return {"ServerSideEncryptionConfiguration": told}
        case "LifecycleConfiguration":
            rules = value["Rules"]
            return {"Rules": [{**rule, "ExpirationInDays": rule.get("Expiration", {}).get("Days")} for rule in rules]}
        case "OwnershipControls" | "PublicAccessBlockConfiguration":
            return value[key]
        case "Tags":
            return value["TagSet"]
    return value


def _bucket_policy(aws: Emulator, name: str) -> Settings:
    return {"Bucket": name, "PolicyDocument": aws.inside("s3").get_bucket_policy(Bucket=name)["Policy"]}


def _topic(aws: Emulator, arn: str) -> Settings:
    return dict(aws.inside("sns").get_topic_attributes(TopicArn=arn)["Attributes"])


def _subscription(aws: Emulator, arn: str) -> Settings | None:
    subscriptions = aws.inside("sns").list_subscriptions()["Subscriptions"]
    return next((one for one in subscriptions if one["SubscriptionArn"] == arn), None)


def _queue(aws: Emulator, url: str) -> Settings:
    return dict(aws.inside("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def _machine(aws: Emulator, arn: str) -> Settings:
    found = aws.inside("stepfunctions").describe_state_machine(stateMachineArn=arn)
    own = {"StateMachineName": found["name"], "StateMachineType": found["type"]}
    return {**found, **own, "DefinitionString": found["definition"]}


def _function(aws: Emulator, name: str) -> Settings:
    found = aws.inside("lambda").get_function(FunctionName=name)["Configuration"]
    package = lambda_backends[aws.account][aws.region].get_function(name).code_bytes  # the API gives its address alone
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        code = {"ZipFile": archive.read("index.py").decode()}
    set_by = _told(aws, {"CreateFunction", "UpdateFunctionConfiguration"}, "FunctionName", name)
    return {**found, "Code": code, "LoggingConfig": set_by.get("LoggingConfig")}


def _told(aws: Emulator, operations: set[str], parameter: str, value: str) -> Settings:
    """The last call that set something, for settings that moto does not keep."""
    calls = [call.parameters for call in aws.calls if call.operation in operations]
    return next(call for call in reversed(calls) if call.get(parameter) == value)


def _managed_policy(aws: Emulator, arn: str) -> Settings:
    iam = aws.inside("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    roles = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    return {"PolicyDocument": document, "Roles": [role["RoleName"] for role in roles]}


def _application(aws: Emulator, name: str) -> Settings:
    return dict(aws.inside("codedeploy").get_application(applicationName=name)["application"])


def _deployment_config(aws: Emulator, name: str) -> Settings:
    codedeploy = aws.inside("codedeploy")
    return dict(codedeploy.get_deployment_config(deploymentConfigName=name)["deploymentConfigInfo"])


def _instance_profile(aws: Emulator, name: str) -> Settings:
    profile = aws.inside("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    return {**profile, "Roles": [role["RoleName"] for role in profile["Roles"]]}


def _launch_template(aws: Emulator, template: str) -> Settings:
    versions = aws.inside("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
    return dict(versions["LaunchTemplateVersions"][0])


def _auto_scaling_group(aws: Emulator, name: str) -> Settings | None:
    found = aws.inside("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return {**found[0], "VPCZoneIdentifier": found[0]["VPCZoneIdentifier"].split(",")} if found else None


def _deployment_group(aws: Emulator, name: str) -> Settings | None:
    codedeploy = aws.inside("codedeploy")
    for application in codedeploy.list_applications()["applications"]:
        if name in codedeploy.list_deployment_groups(applicationName=application)["deploymentGroups"]:
            names = {"applicationName": application, "deploymentGroupName": name}
            found = codedeploy.get_deployment_group(**names)["deploymentGroupInfo"]
            made = _told(aws, {"CreateDeploymentGroup"}, "deploymentGroupName", name)
            changes = [call.parameters for call in aws.calls if call.operation == "UpdateDeploymentGroup"]
            told = [one for one in changes if one["currentDeploymentGroupName"] == name] or [made]
            arn = f"arn:aws:codedeploy:{aws.region}:{aws.account}:deploymentgroup:{application}/{name}"
            tags = codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"]
            groups = told[-1].get("autoScalingGroups")  # moto forgets their names
            kept = {"AlarmConfiguration": told[-1].get("alarmConfiguration"), "AutoScalingGroups": groups}
            return {**found, **kept, "Tags": tags}
    return None


def _access_entry(aws: Emulator, arn: str) -> Settings | None:
    eks = aws.inside("eks")
    cluster = arn.split("/")[1]
    for principal in eks.list_access_entries(clusterName=cluster)["accessEntries"]:
        names = {"clusterName": cluster, "principalArn": principal}
        entry = eks.describe_access_entry(**names)["accessEntry"]
        if entry["accessEntryArn"] == arn:
            policies = eks.list_associated_access_policies(**names)["associatedAccessPolicies"]
            return {**entry, "AccessPolicies": policies}
    return None


def _repository(aws: Emulator, name: str) -> Settings:
    ecr = aws.inside("ecr")
    (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    prefix = "ImageTagMutabilityExclusionFilter"
    filters = [
        {f"{prefix}Type": one["filterType"], f"{prefix}Value": one["filter"]}
        for one in found.get("imageTagMutabilityExclusionFilters", [])
    ]
    documents = {}
    with contextlib.suppress(ecr.exceptions.LifecyclePolicyNotFoundException):
        text = ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
        documents["LifecyclePolicy"] = {"LifecyclePolicyText": text}
    with contextlib.suppress(ecr.exceptions.RepositoryPolicyNotFoundException):
        documents["RepositoryPolicyText"] = ecr.get_repository_policy(repositoryName=name)["policyText"]
    return {**found, **documents, f"{prefix}s": filters}


def _registry_scanning(aws: Emulator, _registry: str) -> Settings | None:
    found = aws.inside("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
    return None if found == {"scanType": "BASIC", "rules": []} else dict(found)


def _replication(aws: Emulator, _registry: str) -> Settings | None:
    found = dict(aws.inside("ecr").describe_registry())
    return found if found["replicationConfiguration"]["rules"] else None


def _registry_policy(aws: Emulator, _registry: str) -> Settings | None:
    ecr = aws.inside("ecr")
    with contextlib.suppress(ecr.exceptions.RegistryPolicyNotFoundException):
        return {"PolicyText": ecr.get_registry_policy()["policyText"]}
    return None


def _creation_template(aws: Emulator, prefix: str) -> Settings | None:
    found = aws.inside("ecr").describe_repository_creation_templates(prefixes=[prefix])["repositoryCreationTemplates"]
    name = "ImageTagMutabilityExclusionFilter"
    filters = [
        {f"{name}Type": one["filterType"], f"{name}Value": one["filter"]}
        for each in found
        for one in each.get("imageTagMutabilityExclusionFilters", [])
    ]
    return {**found[0], f"{name}s": filters} if found else None


def _signing(aws: Emulator, _registry: str) -> Settings:
    return dict(aws.inside("ecr").get_signing_configuration()["signingConfiguration"])


def _signing_profile(aws: Emulator, arn: str) -> Settings | None:
    found = aws.inside("signer").get_signing_profile(profileName=arn.rsplit("/", 1)[1])
    return None if found["status"] == "Canceled" else dict(found)


def _domain(aws: Emulator, arn: str) -> Settings:
    codeartifact, name = aws.inside("codeartifact"), arn.rsplit("/", 1)[1]
    found = codeartifact.describe_domain(domain=name)["domain"]
    documents = {}
    with contextlib.suppress(codeartifact.exceptions.ResourceNotFoundException):
        policy = codeartifact.get_domain_permissions_policy(domain=name)["policy"]
        documents["PermissionsPolicyDocument"] = policy["document"]
    return {**documents, "DomainName": found["name"], "EncryptionKey": found["encryptionKey"]}


def _packages(aws: Emulator, arn: str) -> Settings:
    codeartifact, (domain, name) = aws.inside("codeartifact"), arn.split("/")[1:]
    names = {"domain": domain, "repository": name}
    found = codeartifact.describe_repository(**names)["repository"]
    documents = {}
    with contextlib.suppress(codeartifact.exceptions.ResourceNotFoundException):
        policy = codeartifact.get_repository_permissions_policy(**names)["policy"]
        documents["PermissionsPolicyDocument"] = policy["document"]
    return {
        **documents,
        "DomainName": found["domainName"],
        "RepositoryName": found["name"],
        "Description": found["description"],
        "Upstreams": [each["repositoryName"] for each in found["upstreams"]],
        "ExternalConnections": [each["externalConnectionName"] for each in found["externalConnections"]],
    }


def _chat(aws: Emulator, arn: str) -> Settings | None:
    chatbot = aws.inside("chatbot")
    if "/slack-channel/" in arn:
        found = chatbot.describe_slack_channel_configurations(ChatConfigurationArn=arn)["SlackChannelConfigurations"]
    else:
        teams = chatbot.list_microsoft_teams_channel_configurations()["TeamChannelConfigurations"]
        found = [each for each in teams if each["ChatConfigurationArn"] == arn]
    names = {"SlackTeamId": "SlackWorkspaceId", "GuardrailPolicyArns": "GuardrailPolicies", "TenantId": "TeamsTenantId"}
    names |= {"ChannelId": "TeamsChannelId", "UserAuthorizationRequired": "UserRoleRequired"}
    return {names.get(name, name): value for name, value in found[0].items()} if found else None


def _notification_rule(aws: Emulator, arn: str) -> Settings:
    found = aws.inside("codestar-notifications").describe_notification_rule(Arn=arn)
    targets = [{name: each[name] for name in ("TargetType", "TargetAddress")} for each in found["Targets"]]
    events = [each["EventTypeId"] for each in found["EventTypes"]]
    return {**found, "EventTypeIds": events, "Targets": targets}


def _first(operation: str, parameter: str, answer: str) -> Reader:
    """Reads something of EC2 that is described by its id."""

    def reader(aws: Emulator, one: str) -> Settings | None:
        found = getattr(aws.inside("ec2"), operation)(**{parameter: [one]})[answer]
        return dict(found[0]) if found else None

    return reader


def _vpc(aws: Emulator, vpc: str) -> Settings:
    ec2 = aws.inside("ec2")
    (found,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    switches = {
        name: ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name[0].lower() + name[1:])[name]["Value"]
        for name in ("EnableDnsHostnames", "EnableDnsSupport")
    }
    return {**found, **switches}


def _association(aws: Emulator, association: str) -> Settings | None:
    for table in aws.inside("ec2").describe_route_tables()["RouteTables"]:
        for one in table["Associations"]:
            if one["RouteTableAssociationId"] == association:
                return dict(one)
    return None


def _task_definition(aws: Emulator, arn: str) -> Settings | None:
    found = aws.inside("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return None if found["status"] == "INACTIVE" else found


def _ecs_service(aws: Emulator, arn: str) -> Settings | None:
    cluster = arn.split("/")[-2]
    (found,) = aws.inside("ecs").describe_services(cluster=cluster, services=[arn])["services"]
    return None if found["status"] == "INACTIVE" else {**found, "Cluster": cluster}


def _of_load_balancing(operation: str, parameter: str, answers: str) -> Reader:
    """A reader by ARN."""

    def reader(aws: Emulator, arn: str) -> Settings | None:
        found = getattr(aws.inside("elbv2"), operation)(**{parameter: [arn]})[answers]
        return next(iter(found), None)

    return reader


def _load_balancer(aws: Emulator, arn: str) -> Settings | None:
    found = _of_load_balancing("describe_load_balancers", "LoadBalancerArns", "LoadBalancers")(aws, arn)
    return found and {**found, "Subnets": [zone["SubnetId"] for zone in found["AvailabilityZones"]]}


def _listener_rule(aws: Emulator, arn: str) -> Settings | None:
    """A rule is shown without its listener, whose ARN its own begins with."""
    found = _of_load_balancing("describe_rules", "RuleArns", "Rules")(aws, arn)
    listener = arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return found and {**found, "ListenerArn": listener}


READERS: dict[str, Reader] = {
    "AWS::ECS::Service": _ecs_service,
    "AWS::ECS::TaskDefinition": _task_definition,
    "AWS::ElasticLoadBalancingV2::Listener": _of_load_balancing("describe_listeners", "ListenerArns", "Listeners"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _listener_rule,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _of_load_balancing(
        "describe_target_groups", "TargetGroupArns", "TargetGroups"
    ),
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": _chat,
    "AWS::Chatbot::SlackChannelConfiguration": _chat,
    "AWS::CodeStarNotifications::NotificationRule": _notification_rule,
    "AWS::CodeArtifact::Domain": _domain,
    "AWS::CodeArtifact::Repository": _packages,
    "AWS::CodeDeploy::Application": _application,
    "AWS::AutoScaling::AutoScalingGroup": _auto_scaling_group,
    "AWS::CodeDeploy::DeploymentConfig": _deployment_config,
    "AWS::CodeDeploy::DeploymentGroup": _deployment_group,
    "AWS::EC2::LaunchTemplate": _launch_template,
    "AWS::IAM::InstanceProfile": _instance_profile,
    "AWS::EC2::FlowLog": _first("describe_flow_logs", "FlowLogIds", "FlowLogs"),
    "AWS::EC2::RouteTable": _first("describe_route_tables", "RouteTableIds", "RouteTables"),
    "AWS::EC2::Subnet": _first("describe_subnets", "SubnetIds", "Subnets"),
    "AWS::EC2::SubnetRouteTableAssociation": _association,
    "AWS::EC2::VPC": _vpc,
    "AWS::ECR::RegistryPolicy": _registry_policy,
    "AWS::ECR::RegistryScanningConfiguration": _registry_scanning,
    "AWS::ECR::ReplicationConfiguration": _replication,
    "AWS::ECR::Repository": _repository,
    "AWS::ECR::RepositoryCreationTemplate": _creation_template,
    "AWS::ECR::SigningConfiguration": _signing,
    "AWS::EKS::AccessEntry": _access_entry,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::Lambda::Function": _function,
    "AWS::Signer::SigningProfile": _signing_profile,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CodeBuild::Project": _project,
    "AWS::CodeBuild::ReportGroup": _report_group,
    "AWS::CodePipeline::Pipeline": _pipeline,
    "AWS::EC2::SecurityGroup": _group,
    "AWS::EC2::SecurityGroupEgress": _group_rule,
    "AWS::EC2::SecurityGroupIngress": _group_rule,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::Events::Rule": _events_rule,
    "AWS::IAM::Role": _role,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::StepFunctions::StateMachine": _machine,
}

# A policy has no id of its own: it is read from each of the things that it is on.
_POLICIES: dict[str, tuple[str, Reader]] = {
    "AWS::SNS::TopicPolicy": ("Topics", _topic),
    "AWS::SQS::QueuePolicy": ("Queues", _queue),
}

# Defaults of properties that the template does not set, where any other value would be a defect.
_ABSENT: dict[str, Settings] = {
    "AWS::EC2::SecurityGroup": {"SecurityGroupIngress": []},
    "AWS::IAM::Role": {"PermissionsBoundary": None, "ManagedPolicyArns": [], "Policies": []},
    "AWS::Logs::LogGroup": {"KmsKeyId": None},
    "AWS::SNS::Topic": {"KmsMasterKeyId": None},
}

# Properties that no service keeps under that name.
_UNREAD = {
    "AWS::CodeBuild::ReportGroup": {"DeleteReports"},
    "AWS::CodePipeline::Pipeline": {"Name", "RestartExecutionOnUpdate"},
    "AWS::EC2::FlowLog": {"ResourceType"},
    "AWS::KMS::Key": {"PendingWindowInDays"},
}


def _custom(aws: Emulator, physical_id: str, properties: Settings) -> Settings | None:
    """The last request to its function, other than a deletion."""
    events = [
        json.loads(call.parameters["Payload"])
        for call in aws.calls
        if call.operation == "Invoke" and call.parameters["FunctionName"] == properties["ServiceToken"]
    ]
    deleted = {event["PhysicalResourceId"] for event in events if event["RequestType"] == "Delete"}
    asked = [event["ResourceProperties"] for event in events if event["RequestType"] != "Delete"]
    return None if physical_id in deleted else dict(asked[-1])


def read(aws: Emulator, kind: str, physical_id: str, properties: Settings) -> Settings | None:
    """The settings of a resource, None if it does not exist."""
    try:
        if kind.startswith("Custom::"):
            return _custom(aws, physical_id, properties)
        if kind in _POLICIES:
            place, reader = _POLICIES[kind]
            policies = {(reader(aws, one) or {}).get("Policy") for one in properties[place]}
            (policy,) = policies  # all have the same one
            return {**properties, "PolicyDocument": policy} if policy else None
        return READERS[kind](aws, physical_id)
    except ClientError as error:
        if gone(error) or error.response["Error"]["Code"] == "404":
            return None
        raise


def expected(kind: str, properties: Settings, beside: Sequence[Settings] = ()) -> Settings:
    """The settings that a template gives a resource, including the defaults of properties that it leaves out.

    `beside` are the rules of a security group that are separate resources, with the list of each rule as "List".
    """
    told = {**_ABSENT.get(kind, {}), **properties}
    told = {key: value for key, value in told.items() if key not in _UNREAD.get(kind, set())}
    if kind == "AWS::EC2::SecurityGroup":
        for name in ("SecurityGroupEgress", "SecurityGroupIngress"):
            rules = [*told.get(name, []), *(rule for rule in beside if rule["List"] == name)]
            told |= {name: sorted(map(_kept, rules), key=_what_it_lets_through)} if name in told else {}
    return told


def _kept(rule: Settings) -> dict[str, Any]:
    """A rule as a group shows it. moto drops the description of a rule for a prefix list."""
    dropped = {"GroupId", "List", *({"Description"} if "DestinationPrefixListId" in rule else ())}
    return {key: value for key, value in rule.items() if key not in dropped}


def differences(wanted: Any, found: Any, where: str) -> Iterator[str]:
    """Where the service has something else than the template. More settings than the template names are no difference.

    Keys in any capitals, numbers and truth values as text, documents as text: services keep them as they like.
    """
    if isinstance(wanted, dict) and "DefinitionSubstitutions" in wanted:
        wanted = _substituted(wanted)
    if isinstance(wanted, dict) and isinstance(found, str):
        found = json.loads(found)
    if isinstance(wanted, dict) and isinstance(found, Mapping):
        there = {key.lower(): value for key, value in found.items()}
        for key, value in wanted.items():
            yield from differences(value, there.get(key.lower()), f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        if all(isinstance(one, str) for one in (*wanted, *found)):
            wanted, found = sorted(wanted), sorted(found)
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif _text(wanted) != _text(found):
        yield f"{where}: the template has {json.dumps(wanted)}, the service {json.dumps(found, default=str)}"


def _substituted(machine: dict[str, Any]) -> dict[str, Any]:
    """A state machine with its substitutions made, as the service has it."""
    kept = {name: value for name, value in machine.items() if name != "DefinitionSubstitutions"}
    for name, value in machine["DefinitionSubstitutions"].items():
        kept["DefinitionString"] = kept["DefinitionString"].replace(f"${{{name}}}", str(value))
    return kept


def _text(value: Any) -> Any:
    """Scalars as text: True and "true", 30 and "30", 0.0 and 0 are the same here."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) else value
