"""What breaks the promises about runs: permissions in use, refusals, facts that are passed on, messages."""

from __future__ import annotations

from typing import Any

from tests.breakers import add_command, breaks, lines_of, properties_of, statement_of
from tests.promises import authorization, builds, facts, notices, pipelines, refusals
from tests.rendered import Rendered, alternatives

NEVER = {"Fn::Equals": ["yes", "no"]}


@breaks(authorization.a_run_may_do_what_it_does)
def the_inspection_cannot_pull(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].remove("ecr:BatchGetImage")


@breaks(authorization.a_run_may_do_what_it_does)
def the_image_is_looked_for_elsewhere(template: Rendered) -> None:
    statement_of(template, "PipelineRole", "FindImage")["Resource"] = {"Fn::Sub": "${ArtifactBucket.Arn}"}


@breaks(authorization.a_run_may_do_what_it_does)
def a_build_calls_what_nobody_knows(template: Rendered) -> None:
    add_command(template, "InspectProject", "aws ec2 run-instances")


@breaks(authorization.a_run_may_do_what_it_does, of="registry")
def nobody_can_push(template: Rendered) -> None:
    statement_of(template, "GitHubPushRole", "PushImage")["Action"].remove("ecr:PutImage")


@breaks(authorization.a_run_may_do_what_it_does, of="registry")
def github_gets_tokens_for_somebody_else(template: Rendered) -> None:
    _conditions_of(template, "GitHubPushRole")["StringEquals"]["token.actions.githubusercontent.com:aud"] = "other"


@breaks(authorization.a_run_may_do_what_it_does, of="network")
def the_default_group_cannot_be_emptied(template: Rendered) -> None:
    statement_of(template, "FinisherRole", "EmptyDefaultGroup")["Action"].pop()


@breaks(authorization.nothing_is_granted_that_no_run_needs)
def the_inspection_can_push(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].append("ecr:PutImage")


@breaks(authorization.nothing_is_granted_that_no_run_needs)
def logs_can_make_grants(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][1]["Action"].append("kms:CreateGrant")


@breaks(authorization.roles_reach_nothing_of_others)
def the_inspection_pulls_what_it_likes(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = {
        "Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"
    }


@breaks(authorization.roles_reach_nothing_of_others)
def the_inspection_pulls_in_any_region(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = {
        "Fn::Sub": "arn:${AWS::Partition}:ecr:*:${AWS::AccountId}:repository/${RepositoryName}"
    }


@breaks(authorization.resources_have_an_account)
def the_inspection_pulls_from_any_account(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = {
        "Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:*:repository/${RepositoryName}"
    }


@breaks(refusals.buckets_refuse_unsafe_requests)
def plain_http_is_refused_for_objects_alone(template: Rendered) -> None:
    statement = properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Fn::Sub": "${ArtifactBucket.Arn}/*"}]


@breaks(refusals.buckets_refuse_unsafe_requests)
def nobody_can_read_the_bucket(template: Rendered) -> None:
    for statement in properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"]:
        statement["Action"] = ["s3:*"]


@breaks(refusals.services_act_for_this_stack_only)
def any_build_assumes_the_role(template: Rendered) -> None:
    _conditions_of(template, "InspectRole")["ArnLike"]["aws:SourceArn"] = {
        "Fn::Sub": "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/*"
    }


@breaks(refusals.services_act_for_this_stack_only)
def rules_of_other_accounts_assume_the_role(template: Rendered) -> None:
    del properties_of(template, "EventsRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


@breaks(refusals.services_act_for_this_stack_only)
def anything_of_eventbridge_assumes_the_role(template: Rendered) -> None:
    del _conditions_of(template, "EventsRole")["ArnLike"]


@breaks(refusals.the_account_keeps_its_keys)
def the_key_can_only_be_used(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][0]["Action"] = ["kms:Decrypt"]


@breaks(refusals.roles_act_under_their_circumstances)
def interfaces_are_for_any_service(template: Rendered) -> None:
    for statement in properties_of(template, "BuildPolicy")["PolicyDocument"]["Statement"]:
        statement.get("Condition", {}).pop("StringEquals", None)


@breaks(refusals.only_the_branch_that_is_named_pushes, of="registry")
def any_branch_pushes(template: Rendered) -> None:
    condition = _conditions_of(template, "GitHubPushRole")
    subject = condition["StringEquals"].pop("token.actions.githubusercontent.com:sub")
    wide = {"Fn::Sub": subject["Fn::Sub"].replace("${GitHubBranch}", "*")}
    condition["StringLike"] = {"token.actions.githubusercontent.com:sub": wide}


@breaks(refusals.only_the_branch_that_is_named_pushes, of="registry")
def tokens_for_others_do_as_well(template: Rendered) -> None:
    del _conditions_of(template, "GitHubPushRole")["StringEquals"]["token.actions.githubusercontent.com:aud"]


@breaks(refusals.only_those_that_are_named_pull, of="registry")
def lambda_of_any_account_pulls(template: Rendered) -> None:
    del _pull_statement(template, 1)["Condition"]


@breaks(refusals.only_those_that_are_named_pull, of="registry")
def lambda_pulls_unasked(template: Rendered) -> None:
    template["Conditions"]["ServeLambda"] = template["Conditions"]["AccountsPull"]


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def critical_findings_are_told_and_no_others(template: Rendered) -> None:
    template["Conditions"]["NotifyHigh"] = NEVER


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def findings_of_other_repositories_are_told(template: Rendered) -> None:
    del properties_of(template, "FindingNotice")["EventPattern"]["resources"]


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def the_message_says_another_number(template: Rendered) -> None:
    paths = properties_of(template, "ScanNotice")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["critical"] = paths["high"]


@breaks(notices.missing_scans_are_reported, of="registry")
def failed_scans_are_passed_over(template: Rendered) -> None:
    properties_of(template, "FailedScanNotice")["EventPattern"]["detail"]["scan-status"] = ["FAILED"]


@breaks(notices.missing_scans_are_reported, of="registry")
def every_image_is_called_unscanned(template: Rendered) -> None:
    del properties_of(template, "UnscannedNotice")["EventPattern"]["detail"]


@breaks(builds.builds_write_their_logs)
def the_build_writes_no_log(template: Rendered) -> None:
    properties_of(template, "InspectProject")["LogsConfig"]["CloudWatchLogs"]["Status"] = "DISABLED"


@breaks(builds.builds_write_their_logs)
def the_build_writes_into_another_log(template: Rendered) -> None:
    logs = properties_of(template, "InspectProject")["LogsConfig"]["CloudWatchLogs"]
    logs["GroupName"] = {"Ref": "RecorderLogs"}


@breaks(builds.logs_expire)
def logs_stay_for_ever(template: Rendered) -> None:
    del properties_of(template, "InspectLogs")["RetentionInDays"]


@breaks(builds.logs_expire)
def logs_stay_when_the_stack_goes(template: Rendered) -> None:
    template["Resources"]["InspectLogs"]["DeletionPolicy"] = "Retain"


@breaks(builds.builds_run_docker_where_they_need_it)
def docker_does_not_start(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Environment"]["PrivilegedMode"] = False


@breaks(builds.builds_run_docker_where_they_need_it)
def a_build_without_docker_is_privileged(template: Rendered) -> None:
    lines_of(template, "InspectProject")[:] = ["version: 0.2", "phases: {}"]


@breaks(builds.alarms_count_where_there_are_any, of="deployer-lambda")
def alarms_are_not_looked_at(template: Rendered) -> None:
    properties_of(template, "Group")["AlarmConfiguration"]["Enabled"] = False


@breaks(builds.builds_get_the_variables_that_they_read)
def the_build_lacks_the_registry(template: Rendered) -> None:
    variables = properties_of(template, "InspectProject")["Environment"]["EnvironmentVariables"]
    variables[:] = [variable for variable in variables if variable["Name"] != "REGISTRY"]


@breaks(builds.builds_get_the_variables_that_they_read)
def the_build_has_a_variable_that_it_does_not_read(template: Rendered) -> None:
    variables = properties_of(template, "InspectProject")["Environment"]["EnvironmentVariables"]
    variables.append({"Name": "UNREAD", "Value": "1"})


@breaks(builds.builds_get_the_variables_that_they_read)
def the_function_does_not_get_the_records(template: Rendered) -> None:
    del properties_of(template, "Recorder")["Environment"]["Variables"]["RECORDS"]


@breaks(facts.variables_that_are_read_are_set)
def the_approval_reads_what_nobody_sets(template: Rendered) -> None:
    _action(template, "Approval", "Approve")["Configuration"]["CustomData"] += " #{Inspect.AUTHOR}"


@breaks(facts.approvers_see_all_that_was_found_out)
def the_approver_is_told_the_digest_as_tags(template: Rendered) -> None:
    configuration = _action(template, "Approval", "Approve")["Configuration"]
    configuration["CustomData"] = configuration["CustomData"].replace("IMAGE_TAGS", "IMAGE_DIGEST")


@breaks(facts.facts_are_handed_on_under_their_names)
def tags_are_recorded_as_digest(template: Rendered) -> None:
    configuration = _action(template, "Release", "Record")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace("IMAGE_DIGEST", "IMAGE_TAGS")


@breaks(facts.facts_are_handed_on_under_their_names)
def another_stage_is_recorded(template: Rendered) -> None:
    configuration = _action(template, "Release", "Record")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace('"release"', '"staging"')


@breaks(facts.facts_are_handed_on_under_their_names)
def the_run_is_not_recorded(template: Rendered) -> None:
    configuration = _action(template, "Release", "Record")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace('"execution"', '"run"')


@breaks(facts.stages_get_the_name_of_their_neighbour)
def another_stage_is_looked_up(template: Rendered) -> None:
    _action(template, "Approval", "Compare")["Configuration"]["UserParameters"] = '{"stage": "production"}'


@breaks(facts.stages_get_the_name_of_their_neighbour, of="pipeline-ecs")
def production_is_validated_before_it_is_there(template: Rendered) -> None:
    configuration = _action(template, "Validation", "Validate")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace("staging", "production")


@breaks(facts.deployments_find_their_containers, of="pipeline-ecs")
def production_is_deployed_with_containers_of_staging(template: Rendered) -> None:
    configuration = _action(template, "Production", "Deploy")["Configuration"]
    configuration["FileName"] = "imagedefinitions.staging.json"


@breaks(facts.deployments_find_their_containers, of="pipeline-ecs")
def nobody_knows_the_containers(template: Rendered) -> None:
    configuration = _action(template, "Inspect", "Inspect")["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
    configuration[0] = configuration[0].replace("PRODUCTION_CONTAINERS", "OTHER_CONTAINERS")


@breaks(facts.actions_wait_for_each_other)
def the_approver_is_asked_before_the_lookup(template: Rendered) -> None:
    _action(template, "Approval", "Approve")["RunOrder"] = 1


@breaks(facts.actions_wait_for_each_other, of="pipeline-ecs")
def it_is_recorded_before_it_is_deployed(template: Rendered) -> None:
    _action(template, "Staging", "Record")["RunOrder"] = 1


@breaks(facts.blue_green_deployments_get_their_files, of="pipeline-ecs-codedeploy")
def codedeploy_is_told_no_container(template: Rendered) -> None:
    del _action(template, "Staging", "Deploy")["Configuration"]["Image1ContainerName"]


@breaks(facts.blue_green_deployments_get_their_files, of="pipeline-ecs-codedeploy")
def codedeploy_gets_the_files_of_another_stage(template: Rendered) -> None:
    _action(template, "Staging", "Deploy")["Configuration"]["AppSpecTemplateArtifact"] = "ProductionRevision"


@breaks(facts.failed_runs_are_reported)
def failed_runs_are_not_told(template: Rendered) -> None:
    properties_of(template, "FailureNotice")["EventPattern"]["detail"]["state"] = ["CANCELED"]


@breaks(facts.failed_runs_are_reported)
def another_run_is_told(template: Rendered) -> None:
    transformer = properties_of(template, "FailureNotice")["Targets"][0]["InputTransformer"]
    transformer["InputPathsMap"]["run"] = "$.id"


@breaks(facts.transformers_use_what_they_name)
def a_path_is_not_told(template: Rendered) -> None:
    properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]["time"] = "$.time"


@breaks(facts.transformers_use_what_they_name)
def the_digest_is_told_as_tag(template: Rendered) -> None:
    paths = properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["tag"] = paths["digest"]


@breaks(facts.the_first_lost_push_rings)
def the_alarm_waits_for_a_second_push(template: Rendered) -> None:
    properties_of(template, "LostPushAlarm")["Threshold"] = 1


@breaks(pipelines.what_is_released_is_recorded, of="pipeline-ecs")
def production_is_not_recorded(template: Rendered) -> None:
    _stage(template, "Production")["Actions"].pop()


@breaks(pipelines.what_is_released_is_recorded)
def nothing_is_compared(template: Rendered) -> None:
    _stage(template, "Approval")["Actions"].pop(0)


@breaks(pipelines.every_image_is_inspected_and_approved, of="pipeline-ecs")
def production_comes_before_its_approval(template: Rendered) -> None:
    stages = properties_of(template, "Pipeline")["Stages"]
    stages[3], stages[4] = stages[4], stages[3]


@breaks(pipelines.artifacts_are_protected_before_there_are_any)
def the_pipeline_starts_before_its_bucket_is_safe(template: Rendered) -> None:
    del template["Resources"]["Pipeline"]["DependsOn"]


def _conditions_of(template: Rendered, role: str) -> dict[str, Any]:
    """The condition under which the role is assumed."""
    condition: dict[str, Any] = properties_of(template, role)["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return condition


def _pull_statement(template: Rendered, number: int) -> dict[str, Any]:
    """A statement of the repository's policy."""
    (policy,) = alternatives(properties_of(template, "Repository")["RepositoryPolicyText"])
    (statement,) = alternatives(policy["Statement"][number])
    return statement  # type: ignore[no-any-return]  # JSON


def _stage(template: Rendered, name: str) -> dict[str, Any]:
    """The stage of that name."""
    (found,) = (stage for stage in properties_of(template, "Pipeline")["Stages"] if stage["Name"] == name)
    return found  # type: ignore[no-any-return]  # JSON


def _action(template: Rendered, stage: str, name: str) -> dict[str, Any]:
    """The action of that name of a stage."""
    (found,) = (action for action in _stage(template, stage)["Actions"] if action["Name"] == name)
    return found  # type: ignore[no-any-return]  # JSON
