"""Every promise holds for every published template, and notices when it is broken."""

from __future__ import annotations

import copy
import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

from generator import catalog
from generator.checks import size
from generator.checks.subject import Subject
from generator.publishing import render
from tests import breakers
from tests.breakers import BREAKERS, Breaker, add_command, breaks
from tests.breakers import properties_of as _properties
from tests.breakers import statement_of as _statement
from tests.breakers import statements_of as _statements
from tests.conftest import WITH_CONDITIONS
from tests.promises import (
    complaints,
    console,
    encryption,
    lifecycle,
    names,
    network,
    permissions,
    pipelines,
    promises,
    registry,
    shared_network,
    shown,
    sources,
)
from tests.rendered import Rendered, alternatives

PROMISES = promises()
for _module in pkgutil.iter_modules(breakers.__path__, f"{breakers.__name__}."):  # each registers its own
    importlib.import_module(_module.name)


@pytest.mark.parametrize("name", PROMISES)
@pytest.mark.parametrize("of", sorted(WITH_CONDITIONS))
def test_holds(name: str, of: str) -> None:
    """Every promise holds for every published template."""
    assert [] == complaints(PROMISES[name], WITH_CONDITIONS[of])


def test_a_promise_without_a_breaker_is_noticed() -> None:
    """Every promise has a test that breaks it."""
    assert set() == PROMISES.keys() - {promise for promise, _, _, _ in BREAKERS}


def test_templates_can_be_deployed_without_a_bucket() -> None:
    """Every template fits into a request to CloudFormation, as `check` measures it."""
    subjects = (Subject(name, Path(name), render.to_json(build())) for name, build in catalog.templates().items())
    assert [] == [str(finding) for subject in subjects for finding in size.check(subject)]


def _pull_statement(template: Rendered, number: int) -> dict[str, Any]:
    (policy,) = alternatives(_properties(template, "Repository")["RepositoryPolicyText"])
    (statement,) = alternatives(policy["Statement"][number])
    return statement  # type: ignore[no-any-return]  # JSON


def _change_lifecycle(template: Rendered, old: str, new: str) -> None:
    policy = _properties(template, "Repository")["LifecyclePolicy"]["LifecyclePolicyText"]
    lines = policy["Fn::Join"][1]
    texts = [line if isinstance(line, str) else line["Fn::Sub"] for line in lines]
    assert old in "".join(texts)
    lines[:] = [{"Fn::Sub": text.replace(old, new)} for text in texts]


@breaks(permissions.no_wildcard_in_an_allowed_action)
def a_role_may_do_all_of_a_service(template: Rendered) -> None:
    _statements(template, "InspectRole")[0]["Action"] = ["ecr:*"]


@breaks(permissions.no_wildcard_in_an_allowed_action)
def the_key_may_be_used_in_every_way(template: Rendered) -> None:
    _properties(template, "Key")["KeyPolicy"]["Statement"][1]["Action"] = ["kms:*"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def pulls_from_every_repository(template: Rendered) -> None:
    _statement(template, "InspectRole", "PullImage")["Resource"] = ["*"]


@breaks(permissions.roles_are_passed_by_name_and_to_a_service)
def passes_any_role(template: Rendered) -> None:
    _statements(template, "PipelineRole").append(
        {"Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": ["*"]}
    )


@breaks(permissions.trust_names_the_account_and_the_source)
def trusts_without_condition(template: Rendered) -> None:
    del _properties(template, "InspectRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


@breaks(permissions.every_role_has_the_permissions_boundary)
def a_role_escapes_the_boundary(template: Rendered) -> None:
    del _properties(template, "RecorderRole")["PermissionsBoundary"]


@breaks(permissions.no_managed_policy_of_aws)
def a_role_is_power_user(template: Rendered) -> None:
    _properties(template, "InspectRole")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/PowerUserAccess"]


@breaks(permissions.only_events_start_the_pipeline)
def a_build_can_start_the_pipeline(template: Rendered) -> None:
    _statement(template, "InspectRole", "PullImage")["Action"].append("codepipeline:StartPipelineExecution")


@breaks(permissions.only_events_start_the_pipeline)
def every_build_can_start_the_pipeline(template: Rendered) -> None:
    statement = _properties(template, "BuildPolicy")["PolicyDocument"]["Statement"][0]
    statement["Action"].append("codepipeline:StartPipelineExecution")


@breaks(permissions.policies_fit_into_their_roles)
def a_role_grows_without_end(template: Rendered) -> None:
    _statements(template, "InspectRole").extend(_statements(template, "InspectRole") * 20)


@breaks(permissions.policies_fit_into_their_roles)
def a_shared_policy_grows_without_end(template: Rendered) -> None:
    document = _properties(template, "BuildPolicy")["PolicyDocument"]
    document["Statement"] *= 20


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack)
def the_topic_uses_the_key_of_aws(template: Rendered) -> None:
    _properties(template, "NotificationTopic")["KmsMasterKeyId"] = "alias/aws/sns"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack)
def the_build_uses_the_key_of_aws(template: Rendered) -> None:
    del _properties(template, "InspectProject")["EncryptionKey"]


@breaks(encryption.keys_rotate)
def the_key_stays(template: Rendered) -> None:
    _properties(template, "Key")["EnableKeyRotation"] = False


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_serves_codepipeline(template: Rendered) -> None:
    statement = copy.deepcopy(_properties(template, "Key")["KeyPolicy"]["Statement"][1])
    statement["Principal"] = {"Service": "codepipeline.amazonaws.com"}
    _properties(template, "Key")["KeyPolicy"]["Statement"].append(statement)


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_does_not_serve_logs(template: Rendered) -> None:
    del _properties(template, "Key")["KeyPolicy"]["Statement"][1]


@breaks(encryption.services_use_the_key_under_a_condition)
def any_account_uses_the_key(template: Rendered) -> None:
    del _properties(template, "Key")["KeyPolicy"]["Statement"][2]["Condition"]


@breaks(encryption.buckets_refuse_what_is_not_safe)
def the_bucket_takes_plain_http(template: Rendered) -> None:
    del _properties(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]


@breaks(encryption.buckets_refuse_what_is_not_safe)
def the_bucket_can_be_public(template: Rendered) -> None:
    _properties(template, "ArtifactBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks(encryption.artifacts_outlive_the_longest_approval, of="platform")
def artifacts_last_a_month(template: Rendered) -> None:
    template["Parameters"]["ArtifactRetentionDays"]["MinValue"] = 30


@breaks(encryption.evidence_survives_the_stack)
def the_bucket_goes_with_the_stack(template: Rendered) -> None:
    template["Resources"]["ArtifactBucket"]["DeletionPolicy"] = "Delete"


@breaks(network.builds_run_in_the_private_network)
def a_build_runs_outside(template: Rendered) -> None:
    del _properties(template, "InspectProject")["VpcConfig"]


@breaks(network.security_groups_lead_to_endpoints_only, of="platform")
def builds_reach_the_internet(template: Rendered) -> None:
    _properties(template, "BuildSecurityGroup")["SecurityGroupEgress"][1] = {
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"
    }  # fmt: skip  # one rule, one line


@breaks(network.security_groups_lead_to_endpoints_only)
def ec2_says_where_endpoints_lead(template: Rendered) -> None:
    del _properties(template, "EndpointSecurityGroup")["SecurityGroupEgress"]


@breaks(network.endpoints_are_exactly_what_builds_call)
def an_endpoint_is_missing(template: Rendered) -> None:
    del template["Resources"]["EcrDkrEndpoint"]


@breaks(network.endpoints_are_exactly_what_builds_call)
def a_build_calls_a_service_without_an_endpoint(template: Rendered) -> None:
    add_command(template, "InspectProject", "aws ssm get-parameter --name x")


@breaks(network.endpoints_are_exactly_what_builds_call)
def an_endpoint_serves_nobody(template: Rendered) -> None:
    template["Resources"]["EksEndpoint"] = copy.deepcopy(template["Resources"]["LogsEndpoint"])
    _properties(template, "EksEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.eks"}


@breaks(network.endpoints_let_through_what_the_builds_may_do)
def an_endpoint_lets_every_repository_through(template: Rendered) -> None:
    _properties(template, "EcrApiEndpoint")["PolicyDocument"]["Statement"][1]["Resource"] = ["*"]


@breaks(network.endpoints_let_through_what_the_builds_may_do)
def an_endpoint_has_no_policy(template: Rendered) -> None:
    del _properties(template, "S3Endpoint")["PolicyDocument"]


@breaks(names.no_place_is_spelled_out)
def a_partition_is_spelled_out(template: Rendered) -> None:
    _properties(template, "Trigger")["Targets"][0]["Arn"] = "arn:aws-cn:codepipeline:::x"


@breaks(names.no_place_is_spelled_out)
def a_zone_is_spelled_out(template: Rendered) -> None:
    _properties(template, "BuildSecurityGroup")["GroupDescription"] = "eu-west-1a"


@breaks(names.no_place_is_spelled_out)
def an_account_is_spelled_out(template: Rendered) -> None:
    _properties(template, "BuildSecurityGroup")["GroupDescription"] = "of 123456789012"


@breaks(names.capability_iam_is_enough)
def a_role_has_a_name(template: Rendered) -> None:
    _properties(template, "InspectRole")["RoleName"] = {"Fn::Sub": "${AWS::StackName}-inspect"}


@breaks(names.names_do_not_stand_in_the_way_of_an_update)
def a_group_has_a_name(template: Rendered) -> None:
    _properties(template, "BuildSecurityGroup")["GroupName"] = {"Fn::Sub": "${AWS::StackName}-builds"}


@breaks(names.names_fit_for_the_longest_stack_name)
def a_project_has_a_long_name(template: Rendered) -> None:
    _properties(template, "InspectProject")["Name"] = {"Fn::Sub": "${AWS::StackName}-inspects-the-pushed-image"}


@breaks(names.two_stacks_live_side_by_side)
def two_stacks_have_one_log_group(template: Rendered) -> None:
    _properties(template, "InspectLogs")["LogGroupName"] = "/aws/codebuild/inspect"


@breaks(names.two_stacks_live_side_by_side, of="platform")
def two_stacks_export_one_name(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = "ecr-pipeline:platform:main:v1:KeyArn"


@breaks(console.parameters_have_a_place_and_a_label)
def a_parameter_has_no_group(template: Rendered) -> None:
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].pop()


@breaks(console.parameters_have_a_place_and_a_label)
def a_parameter_has_no_label(template: Rendered) -> None:
    del template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]["Name"]


@breaks(console.parameters_say_what_to_type, of="platform")
def a_parameter_takes_anything(template: Rendered) -> None:
    del template["Parameters"]["KmsKeyArn"]["AllowedPattern"]


@breaks(console.parameters_say_what_to_type, of="platform")
def a_parameter_is_refused_without_a_word(template: Rendered) -> None:
    del template["Parameters"]["KmsKeyArn"]["ConstraintDescription"]


@breaks(console.rules_say_what_to_do, of="platform")
def a_rule_refuses_without_a_word(template: Rendered) -> None:
    del template["Rules"]["NoExistingVpc"]["Assertions"][0]["AssertDescription"]


@breaks(console.outputs_are_described)
def an_output_is_not_described(template: Rendered) -> None:
    del template["Outputs"]["PipelineName"]["Description"]


@breaks(pipelines.pipelines_are_v2)
def a_pipeline_has_no_type(template: Rendered) -> None:
    del _properties(template, "Pipeline")["PipelineType"]


@breaks(pipelines.pushes_start_with_their_digest)
def a_push_starts_with_the_tag(template: Rendered) -> None:
    del _properties(template, "Trigger")["Targets"][0]["InputTransformer"]


@breaks(pipelines.pushes_start_with_their_digest)
def a_push_starts_another_action(template: Rendered) -> None:
    _properties(template, "Pipeline")["Stages"][0]["Actions"][0]["Name"] = "Renamed"


@breaks(pipelines.only_tagged_pushes_start_a_run)
def every_event_of_the_repository_starts(template: Rendered) -> None:
    del _properties(template, "Trigger")["EventPattern"]["detail"]["action-type"]


@breaks(pipelines.only_tagged_pushes_start_a_run)
def an_untagged_push_starts(template: Rendered) -> None:
    del _properties(template, "Trigger")["EventPattern"]["detail"]["image-tag"]


@breaks(pipelines.no_push_is_lost_silently)
def a_push_is_lost(template: Rendered) -> None:
    del _properties(template, "Trigger")["Targets"][0]["DeadLetterConfig"]


@breaks(pipelines.no_push_is_lost_silently)
def nobody_hears_of_a_lost_push(template: Rendered) -> None:
    _properties(template, "LostPushAlarm")["AlarmActions"] = []


@breaks(pipelines.approvers_see_the_facts)
def the_approver_does_not_see_the_digest(template: Rendered) -> None:
    for stage in _properties(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if "CustomData" in action["Configuration"]:
                text = action["Configuration"]["CustomData"]
                action["Configuration"]["CustomData"] = text.replace("#{Inspect.IMAGE_DIGEST}", "the digest")


@breaks(pipelines.deployments_roll_back)
def a_deployment_stays_broken(template: Rendered) -> None:
    kind = {"Category": "Deploy", "Owner": "AWS", "Provider": "ECS", "Version": "1"}
    _properties(template, "Pipeline")["Stages"].append({"Name": "Late", "Actions": [{"ActionTypeId": kind}]})


@breaks(pipelines.deployments_roll_back, of="pipeline-ecs-codedeploy")
def a_deployment_rolls_back_twice(template: Rendered) -> None:
    for stage in _properties(template, "Pipeline")["Stages"]:
        stage["OnFailure"] = {"Result": "ROLLBACK"}


@breaks(pipelines.only_checked_facts_reach_other_actions)
def what_was_typed_reaches_the_record(template: Rendered) -> None:
    record = _properties(template, "Pipeline")["Stages"][-1]["Actions"][-1]
    record["Configuration"]["UserParameters"] = json.dumps({"tag": "#{variables.PushedTag}"})


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def pulls_from_anywhere(template: Rendered) -> None:
    _statements(template, "InspectRole")[0]["Resource"] = ["arn:*"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def writes_to_everything_of_a_service(template: Rendered) -> None:
    _statements(template, "RecorderRole")[0]["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ssm:*:*:*"}]


@breaks(permissions.roles_are_passed_by_name_and_to_a_service)
def passes_a_role_to_any_service(template: Rendered) -> None:
    _statements(template, "PipelineRole").append(
        {"Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": [{"Ref": "RoleArn"}]}
    )


@breaks(permissions.statements_say_what_they_mean)
def a_role_may_do_all_but_something(template: Rendered) -> None:
    statement = _statements(template, "InspectRole")[0]
    statement["NotResource"] = statement.pop("Resource")


@breaks(permissions.resources_let_in_services_for_this_account_only)
def anybody_publishes(template: Rendered) -> None:
    _properties(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]["Principal"] = "*"


@breaks(permissions.resources_let_in_services_for_this_account_only)
def any_rule_writes_to_the_queue(template: Rendered) -> None:
    del _properties(template, "LostPushesPolicy")["PolicyDocument"]["Statement"][0]["Condition"]


@breaks(permissions.trust_names_the_account_and_the_source)
def trusts_any_project(template: Rendered) -> None:
    del _properties(template, "InspectRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]


@breaks(encryption.the_key_serves_the_log_groups)
def a_log_group_is_called_otherwise(template: Rendered) -> None:
    _properties(template, "InspectLogs")["LogGroupName"] = {"Fn::Sub": "/codebuild/${AWS::StackName}-Inspect"}


@breaks(encryption.buckets_refuse_what_is_not_safe)
def the_bucket_blocks_in_part(template: Rendered) -> None:
    del _properties(template, "ArtifactBucket")["PublicAccessBlockConfiguration"]["IgnorePublicAcls"]


@breaks(encryption.buckets_refuse_what_is_not_safe)
def the_bucket_keeps_no_versions(template: Rendered) -> None:
    del _properties(template, "ArtifactBucket")["VersioningConfiguration"]


@breaks(network.builds_run_in_the_private_network)
def a_build_has_another_security_group(template: Rendered) -> None:
    _properties(template, "InspectProject")["VpcConfig"]["SecurityGroupIds"] = ["sg-12345678"]


@breaks(network.nothing_else_opens_the_security_groups)
def a_rule_beside_the_group_leads_out(template: Rendered) -> None:
    rule = {"GroupId": "x", "IpProtocol": "-1", "CidrIp": "0.0.0.0/1"}
    template["Resources"]["Out"] = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": rule}


@breaks(network.nothing_else_opens_the_security_groups, of="deployer-eks")
def everybody_reaches_the_cluster(template: Rendered) -> None:
    del _properties(template, "ClusterIngress")["SourceSecurityGroupId"]


@breaks(console.parameters_have_a_place_and_a_label)
def a_label_is_of_no_parameter(template: Rendered) -> None:
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]["Gone"] = {"default": "Gone"}


@breaks(console.parameters_say_what_to_type)
def a_parameter_is_not_described(template: Rendered) -> None:
    del template["Parameters"]["Name"]["Description"]


@breaks(pipelines.pushes_start_with_their_digest)
def the_digest_comes_from_elsewhere(template: Rendered) -> None:
    paths = _properties(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["digest"] = "$.detail.image-tag"


@breaks(pipelines.only_tagged_pushes_start_a_run)
def other_sources_start(template: Rendered) -> None:
    _properties(template, "Trigger")["EventPattern"]["source"].append("aws.x")


@breaks(pipelines.every_image_is_inspected_and_approved)
def nothing_is_inspected(template: Rendered) -> None:
    del _properties(template, "Pipeline")["Stages"][1]


@breaks(pipelines.every_image_is_inspected_and_approved)
def nobody_is_asked(template: Rendered) -> None:
    del _properties(template, "Pipeline")["Stages"][2]


@breaks(pipelines.approvers_see_the_facts)
def nobody_hears_of_the_approval(template: Rendered) -> None:
    for stage in _properties(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            action["Configuration"].pop("NotificationArn", None)


@breaks(lifecycle.no_lifecycle_rule_takes_what_runs)
def a_repository_keeps_ten_images_whatever_runs(template: Rendered) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
        "action": {"type": "expire"},
    }
    template["Resources"]["Images"] = {
        "Type": "AWS::ECR::Repository",
        "Properties": {"LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})}},
    }


@breaks(permissions.repositories_let_others_pull_and_no_more, of="registry")
def another_account_pushes(template: Rendered) -> None:
    _pull_statement(template, 0)["Action"].append("ecr:PutImage")


@breaks(permissions.repositories_let_others_pull_and_no_more, of="registry")
def everybody_pulls(template: Rendered) -> None:
    _pull_statement(template, 0)["Principal"] = "*"


@breaks(permissions.repositories_let_others_pull_and_no_more, of="registry")
def functions_of_others_pull(template: Rendered) -> None:
    del _pull_statement(template, 1)["Condition"]


@breaks(permissions.web_identities_are_one_branch_of_one_repository, of="registry")
def every_branch_pushes(template: Rendered) -> None:
    condition = _properties(template, "GitHubPushRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    condition["StringLike"] = condition.pop("StringEquals")


@breaks(permissions.web_identities_are_one_branch_of_one_repository, of="registry")
def an_account_assumes_the_role(template: Rendered) -> None:
    statement = _properties(template, "GitHubPushRole")["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Principal"] = {"AWS": {"Ref": "PullAccountIds"}}


@breaks(names.names_do_not_stand_in_the_way_of_an_update, of="registry")
def another_name_takes_the_images_along(template: Rendered) -> None:
    template["Resources"]["Repository"]["UpdateReplacePolicy"] = "Delete"


@breaks(names.names_fit_for_the_longest_stack_name, of="registry")
def a_name_is_typed_too_long(template: Rendered) -> None:
    template["Parameters"]["RepositoryName"]["MaxLength"] = 300


@breaks(names.two_stacks_live_side_by_side, of="registry")
def two_stacks_have_one_repository(template: Rendered) -> None:
    _properties(template, "Repository")["RepositoryName"] = "team/orders"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="registry")
def images_are_encrypted_with_a_key_of_ecr(template: Rendered) -> None:
    _properties(template, "Repository")["EncryptionConfiguration"] = {"EncryptionType": "AES256"}


@breaks(encryption.evidence_survives_the_stack, of="registry")
def images_go_with_the_stack(template: Rendered) -> None:
    del template["Resources"]["Repository"]["DeletionPolicy"]


@breaks(registry.what_runs_never_expires, of="registry")
def another_rule_comes_first(template: Rendered) -> None:
    _change_lifecycle(template, '"rulePriority": 1,', '"rulePriority": 9,')


@breaks(registry.what_runs_never_expires, of="registry")
def what_runs_is_counted(template: Rendered) -> None:
    _change_lifecycle(template, "9999", "3")


@breaks(registry.ecr_takes_the_lifecycle_rules, of="registry")
def two_rules_have_one_priority(template: Rendered) -> None:
    _change_lifecycle(template, '"rulePriority": 3,', '"rulePriority": 2,')


@breaks(registry.ecr_takes_the_lifecycle_rules, of="registry")
def two_rules_are_for_untagged_images(template: Rendered) -> None:
    _change_lifecycle(template, '"any"', '"untagged"')


@breaks(registry.ecr_takes_the_lifecycle_rules, of="registry")
def the_rule_for_any_image_is_not_the_last(template: Rendered) -> None:
    _change_lifecycle(template, '"untagged"', '"any"')
    _change_lifecycle(
        template,
        '"rulePriority": 6, "description": "All others", "selection": {"tagStatus": "any"',
        '"rulePriority": 6, "description": "All others", "selection": {"tagStatus": "untagged"',
    )


@breaks(registry.tags_of_stages_can_move, of="registry")
def a_stage_deploys_once(template: Rendered) -> None:
    del _properties(template, "Repository")["ImageTagMutabilityExclusionFilters"][0]


@breaks(registry.tags_of_stages_can_move, of="registry")
def every_tag_moves(template: Rendered) -> None:
    _properties(template, "Repository")["ImageTagMutability"] = "MUTABLE"


@breaks(registry.tags_of_stages_can_move, of="registry")
def six_tags_move(template: Rendered) -> None:
    filters = _properties(template, "Repository")["ImageTagMutabilityExclusionFilters"]
    filters.append(copy.deepcopy(filters[1]))


@breaks(registry.pushed_images_are_scanned, of="registry")
def nothing_is_scanned(template: Rendered) -> None:
    del _properties(template, "Repository")["ImageScanningConfiguration"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one, of="network")
def the_bucket_of_anybody(template: Rendered) -> None:
    del _endpoint(template, "S3")[0]["Condition"]["StringEquals"]["aws:ResourceAccount"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one, of="network")
def a_role_has_all_buckets_of_the_account(template: Rendered) -> None:
    _statements(template, "FinisherRole").append(copy.deepcopy(_endpoint(template, "S3")[0]))


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def an_internet_gateway(template: Rendered) -> None:
    template["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def a_subnet_gives_public_addresses(template: Rendered) -> None:
    _properties(template, "FirstSubnet")["MapPublicIpOnLaunch"] = True


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def a_subnet_has_the_main_route_table(template: Rendered) -> None:
    del template["Resources"]["SecondSubnetRoutes"]


@breaks(shared_network.subnets_lie_in_zones_of_their_own, of="network")
def two_subnets_overlap(template: Rendered) -> None:
    _properties(template, "SecondSubnet")["CidrBlock"] = _properties(template, "FirstSubnet")["CidrBlock"]


@breaks(shared_network.subnets_lie_in_zones_of_their_own, of="network")
def a_subnet_lies_outside(template: Rendered) -> None:
    _properties(template, "FirstSubnet")["CidrBlock"] = "10.0.0.0/24"


@breaks(shared_network.subnets_lie_in_zones_of_their_own, of="network")
def two_subnets_are_in_one_zone(template: Rendered) -> None:
    _properties(template, "ThirdSubnet")["AvailabilityZone"] = _properties(template, "FirstSubnet")["AvailabilityZone"]


@breaks(shared_network.vpcs_have_flow_logs, of="network")
def only_what_is_turned_away_is_logged(template: Rendered) -> None:
    _properties(template, "FlowLog")["TrafficType"] = "REJECT"


@breaks(shared_network.vpcs_have_flow_logs, of="network")
def flow_logs_go_to_a_group_that_nobody_encrypts(template: Rendered) -> None:
    _properties(template, "FlowLog")["LogGroupName"] = "flows"


@breaks(permissions.nothing_stands_in_for_a_resource, of="registry")
def who_may_not_sign_may_sign_with_a_repository(template: Rendered) -> None:
    profile, repository = {"Ref": "SigningProfileArn"}, {"Fn::GetAtt": ["Repository", "Arn"]}
    _statements(template, "GitHubPushRole")[-1]["Fn::If"][1]["Resource"] = {
        "Fn::If": ["SignImages", profile, repository]
    }


@breaks(shared_network.default_security_groups_lose_their_rules, of="network")
def the_default_security_group_keeps_its_rules(template: Rendered) -> None:
    del template["Resources"]["Finish"]


@breaks(shared_network.default_security_groups_lose_their_rules, of="network")
def the_function_may_not_revoke(template: Rendered) -> None:
    _statements(template, "FinisherRole")[0]["Action"] = ["ec2:RevokeSecurityGroupIngress"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def a_service_has_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["EcrDkrEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def secrets_have_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["SecretsmanagerEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def reports_have_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["CodebuildEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def a_service_that_nobody_calls_has_an_endpoint(template: Rendered) -> None:
    template["Resources"]["EcsEndpoint"] = copy.deepcopy(template["Resources"]["LogsEndpoint"])
    _properties(template, "EcsEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecs"}


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def an_endpoint_stops_the_findings(template: Rendered) -> None:
    _endpoint(template, "EcrApi")[1]["Action"].remove("ecr:DescribeImageScanFindings")


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def an_endpoint_passes_deletions(template: Rendered) -> None:
    _endpoint(template, "EcrApi")[1]["Action"].append("ecr:BatchDeleteImage")


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def docker_gets_more_than_it_asks_for(template: Rendered) -> None:
    _endpoint(template, "EcrDkr")[1]["Action"].append("ecr:DescribeImages")


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def a_shared_endpoint_has_no_policy(template: Rendered) -> None:
    del _properties(template, "LogsEndpoint")["PolicyDocument"]


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def any_bucket_may_pass_for_one_of_packages(template: Rendered) -> None:
    _endpoint(template, "S3")[-1]["Resource"] = {"Fn::Sub": "arn:${AWS::Partition}:s3:::assets-*/*"}


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def credentials_of_others_pass(template: Rendered) -> None:
    del _endpoint(template, "Logs")[0]["Condition"]


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def repositories_of_others_are_reached(template: Rendered) -> None:
    _endpoint(template, "EcrDkr")[1]["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ecr:*:*:repository/*"}]


@breaks(shared_network.shared_endpoints_let_in_the_subnets, of="network")
def the_endpoints_are_open_to_other_networks(template: Rendered) -> None:
    rules = _properties(template, "EndpointSecurityGroup")["SecurityGroupIngress"]
    rules.append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"})


@breaks(shared_network.shared_endpoints_let_in_the_subnets, of="network")
def the_endpoints_are_open_on_every_port(template: Rendered) -> None:
    _properties(template, "EndpointSecurityGroup")["SecurityGroupIngress"][0]["ToPort"] = 65535


def _endpoint(template: Rendered, name: str) -> list[dict[str, Any]]:
    """The statements of an endpoint's policy."""
    return _properties(template, f"{name}Endpoint")["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


@breaks(network.builds_run_in_the_private_network, of="image-build")
def a_build_runs_outside_unasked(template: Rendered) -> None:
    _properties(template, "BuildProject")["VpcConfig"]["Fn::If"][0] = "HasSecret"


@breaks(network.builds_run_in_the_private_network, of="image-build-multi-arch")
def a_build_is_in_no_subnet(template: Rendered) -> None:
    del _properties(template, "Arm64Project")["VpcConfig"]["Fn::If"][1]["Subnets"]


@breaks(pipelines.pushes_start_with_their_digest, of="image-build-codecommit")
def a_run_takes_the_last_commit(template: Rendered) -> None:
    del _properties(template, "Trigger")["Targets"][0]["InputTransformer"]


@breaks(pipelines.only_tagged_pushes_start_a_run, of="image-build-codecommit")
def every_branch_starts_a_run(template: Rendered) -> None:
    del _properties(template, "Trigger")["EventPattern"]["detail"]["referenceName"]


@breaks(sources.builds_need_no_way_to_git, of="image-build-codecommit")
def the_source_is_polled(template: Rendered) -> None:
    del _source(template)["Configuration"]["PollForSourceChanges"]


@breaks(sources.builds_need_no_way_to_git, of="image-build")
def builds_clone_the_source(template: Rendered) -> None:
    _source(template)["Configuration"]["OutputArtifactFormat"] = "CODEBUILD_CLONE_REF"


@breaks(sources.builds_need_no_way_to_git, of="image-build")
def the_source_looks_for_changes(template: Rendered) -> None:
    del _source(template)["Configuration"]["DetectChanges"]


@breaks(sources.what_people_write_stays_in_git, of="image-build")
def a_build_reads_the_commit_message(template: Rendered) -> None:
    publish = _properties(template, "Pipeline")["Stages"][-1]["Actions"][0]
    publish["Configuration"]["EnvironmentVariables"] = '[{"name":"MESSAGE","value":"#{Source.CommitMessage}"}]'


@breaks(sources.builds_push_to_their_own_repositories, of="image-build")
def publish_pushes_to_any_repository(template: Rendered) -> None:
    _statement(template, "PublishRole", "TagImage")["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ecr:*:*:*"}]


@breaks(sources.builds_push_to_their_own_repositories, of="image-build")
def a_build_pushes_to_base_images(template: Rendered) -> None:
    pull = _statement(template, "BuildRole", "PullBases")
    _statement(template, "BuildRole", "PushImage")["Resource"] = pull["Resource"]


def _source(template: Rendered) -> dict[str, Any]:
    return _properties(template, "Pipeline")["Stages"][0]["Actions"][0]  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize(
    ("promise", "of", "damage"), [(p, o, b) for p, _, o, b in BREAKERS], ids=[name for _, name, _, _ in BREAKERS]
)
def test_a_broken_promise_is_noticed(promise: str, of: str, damage: Breaker) -> None:
    """Each promise complains about a template that was damaged, as it did not before."""
    template = shown(PROMISES[promise], render.to_dict(catalog.build(of)))
    before = set(PROMISES[promise](template))
    damage(template)
    assert set() != set(PROMISES[promise](template)) - before
