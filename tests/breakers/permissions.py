"""Breakers of the promises in tests/promises/permissions.py."""

from __future__ import annotations

import copy

from tests.breakers import breaks, endpoint_statements, properties_of, pull_statement, statement_of, statements_of
from tests.promises import permissions
from tests.rendered import Rendered
from tests.stacked import imported


@breaks(permissions.permissions_cover_each_member_of_a_list, of="pipeline-ecs")
def the_first_service_is_left_out(template: Rendered) -> None:
    names = statement_of(template, "RecorderRole", "DeployProduction")["Resource"]["Fn::Split"][1]["Fn::Sub"][1]
    names["One"] = names["Two"]


@breaks(permissions.alarms_are_of_this_account)
def alarms_are_named_by_pattern_alone(template: Rendered) -> None:
    statement = properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]
    del statement["Condition"]["StringEquals"]


@breaks(permissions.alarms_are_of_this_account)
def anything_that_cloudwatch_has_publishes(template: Rendered) -> None:
    statement = properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]
    del statement["Condition"]["ArnLike"]


@breaks(permissions.topics_have_a_policy_of_their_own, of="registry")
def the_topic_has_the_policy_of_sns(template: Rendered) -> None:
    del template["Resources"]["NotificationTopicPolicy"]


@breaks(permissions.topics_have_a_policy_of_their_own, of="registry")
def the_policy_of_the_topic_is_about_something_else(template: Rendered) -> None:
    statement = properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Ref": "AWS::StackId"}]


@breaks(permissions.topics_have_a_policy_of_their_own, of="registry")
def the_topic_refuses_nothing(template: Rendered) -> None:
    statement = properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "*"}}


@breaks(permissions.no_managed_policy_of_aws, of="pipeline-release")
def a_role_has_a_policy_that_nobody_exports(template: Rendered) -> None:
    properties_of(template, "PipelineRole")["ManagedPolicyArns"] = [imported("platform", "KeyArn")]


@breaks(permissions.queues_refuse_plain_http, of="platform")
def messages_are_read_without_tls(template: Rendered) -> None:
    statement = properties_of(template, "LostPushesPolicy")["PolicyDocument"]["Statement"][1]
    statement["Action"].remove("sqs:ReceiveMessage")


@breaks(permissions.queues_refuse_plain_http, of="platform")
def nothing_is_plain_http(template: Rendered) -> None:
    statement = properties_of(template, "LostPushesPolicy")["PolicyDocument"]["Statement"][1]
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "*"}}


@breaks(permissions.no_wildcard_in_an_allowed_action)
def a_role_may_do_all_of_a_service(template: Rendered) -> None:
    statements_of(template, "InspectRole")[0]["Action"] = ["ecr:*"]


@breaks(permissions.no_wildcard_in_an_allowed_action)
def the_key_may_be_used_in_every_way(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][1]["Action"] = ["kms:*"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def pulls_from_every_repository(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = ["*"]


@breaks(permissions.roles_are_passed_by_name_and_to_a_service)
def passes_any_role(template: Rendered) -> None:
    statements_of(template, "PipelineRole").append(
        {"Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": ["*"]}
    )


@breaks(permissions.trust_names_the_account_and_the_source)
def trusts_without_condition(template: Rendered) -> None:
    del properties_of(template, "InspectRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


@breaks(permissions.every_role_has_the_permissions_boundary)
def a_role_escapes_the_boundary(template: Rendered) -> None:
    del properties_of(template, "RecorderRole")["PermissionsBoundary"]


@breaks(permissions.no_managed_policy_of_aws)
def a_role_is_power_user(template: Rendered) -> None:
    properties_of(template, "InspectRole")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/PowerUserAccess"]


@breaks(permissions.only_events_start_the_pipeline)
def a_build_can_start_the_pipeline(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].append("codepipeline:StartPipelineExecution")


@breaks(permissions.only_events_start_the_pipeline)
def every_build_can_start_the_pipeline(template: Rendered) -> None:
    statement = properties_of(template, "BuildPolicy")["PolicyDocument"]["Statement"][0]
    statement["Action"].append("codepipeline:StartPipelineExecution")


@breaks(permissions.policies_fit_into_their_roles)
def a_role_grows_without_end(template: Rendered) -> None:
    statements_of(template, "InspectRole").extend(statements_of(template, "InspectRole") * 20)


@breaks(permissions.policies_fit_into_their_roles)
def a_shared_policy_grows_without_end(template: Rendered) -> None:
    document = properties_of(template, "BuildPolicy")["PolicyDocument"]
    document["Statement"] *= 20


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def pulls_from_anywhere(template: Rendered) -> None:
    statements_of(template, "InspectRole")[0]["Resource"] = ["arn:*"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one)
def writes_to_everything_of_a_service(template: Rendered) -> None:
    statements_of(template, "RecorderRole")[0]["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ssm:*:*:*"}]


@breaks(permissions.roles_are_passed_by_name_and_to_a_service)
def passes_a_role_to_any_service(template: Rendered) -> None:
    statements_of(template, "PipelineRole").append(
        {"Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": [{"Ref": "RoleArn"}]}
    )


@breaks(permissions.statements_say_what_they_mean)
def a_role_may_do_all_but_something(template: Rendered) -> None:
    statement = statements_of(template, "InspectRole")[0]
    statement["NotResource"] = statement.pop("Resource")


@breaks(permissions.resources_allow_services_for_this_account_only)
def anybody_publishes(template: Rendered) -> None:
    properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]["Principal"] = "*"


@breaks(permissions.resources_allow_services_for_this_account_only)
def any_rule_writes_to_the_queue(template: Rendered) -> None:
    del properties_of(template, "LostPushesPolicy")["PolicyDocument"]["Statement"][0]["Condition"]


@breaks(permissions.trust_names_the_account_and_the_source)
def trusts_any_project(template: Rendered) -> None:
    del properties_of(template, "InspectRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]


@breaks(permissions.repositories_allow_others_only_to_pull, of="registry")
def another_account_pushes(template: Rendered) -> None:
    pull_statement(template, 0)["Action"].append("ecr:PutImage")


@breaks(permissions.repositories_allow_others_only_to_pull, of="registry")
def everybody_pulls(template: Rendered) -> None:
    pull_statement(template, 0)["Principal"] = "*"


@breaks(permissions.repositories_allow_others_only_to_pull, of="registry")
def functions_of_others_pull(template: Rendered) -> None:
    del pull_statement(template, 1)["Condition"]


@breaks(permissions.web_identities_are_one_branch_of_one_repository, of="registry")
def every_branch_pushes(template: Rendered) -> None:
    condition = properties_of(template, "GitHubPushRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    condition["StringLike"] = condition.pop("StringEquals")


@breaks(permissions.web_identities_are_one_branch_of_one_repository, of="registry")
def an_account_assumes_the_role(template: Rendered) -> None:
    statement = properties_of(template, "GitHubPushRole")["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Principal"] = {"AWS": {"Ref": "PullAccountIds"}}


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one, of="network")
def the_bucket_of_anybody(template: Rendered) -> None:
    del endpoint_statements(template, "S3")[0]["Condition"]["StringEquals"]["aws:ResourceAccount"]


@breaks(permissions.every_resource_only_where_there_is_no_narrower_one, of="network")
def a_role_has_all_buckets_of_the_account(template: Rendered) -> None:
    statements_of(template, "FinisherRole").append(copy.deepcopy(endpoint_statements(template, "S3")[0]))


@breaks(permissions.statements_have_no_fallback_resource, of="registry")
def who_may_not_sign_may_sign_with_a_repository(template: Rendered) -> None:
    profile, repository = {"Ref": "SigningProfileArn"}, {"Fn::GetAtt": ["Repository", "Arn"]}
    statements_of(template, "GitHubPushRole")[-1]["Fn::If"][1]["Resource"] = {
        "Fn::If": ["SignImages", profile, repository]
    }
