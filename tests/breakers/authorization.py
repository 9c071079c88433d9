"""Breakers of the promises in tests/promises/authorization.py."""

from __future__ import annotations

import json

from tests.breakers import add_command, breaks, conditions_of, managed_statements, properties_of, statement_of
from tests.promises import authorization
from tests.rendered import Rendered


@breaks(authorization.runs_have_the_permissions_that_they_need)
def the_inspection_cannot_pull(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].remove("ecr:BatchGetImage")


@breaks(authorization.runs_have_the_permissions_that_they_need)
def the_image_is_looked_for_elsewhere(template: Rendered) -> None:
    statement_of(template, "PipelineRole", "FindImage")["Resource"] = {"Fn::Sub": "${ArtifactBucket.Arn}"}


@breaks(authorization.runs_have_the_permissions_that_they_need)
def a_build_calls_what_nobody_knows(template: Rendered) -> None:
    add_command(template, "InspectProject", "aws ec2 run-instances")


@breaks(authorization.runs_have_the_permissions_that_they_need, of="registry")
def nobody_can_push(template: Rendered) -> None:
    statement_of(template, "GitHubPushRole", "PushImage")["Action"].remove("ecr:PutImage")


@breaks(authorization.runs_have_the_permissions_that_they_need, of="registry")
def github_gets_tokens_for_somebody_else(template: Rendered) -> None:
    conditions_of(template, "GitHubPushRole")["StringEquals"]["token.actions.githubusercontent.com:aud"] = "other"


@breaks(authorization.runs_have_the_permissions_that_they_need, of="network")
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


@breaks(authorization.runs_have_the_permissions_that_they_need, of="pipeline-release")
def the_pipeline_cannot_run_the_inspect_of_its_platform(template: Rendered) -> None:
    del properties_of(template, "PipelineRole")["ManagedPolicyArns"]


@breaks(authorization.runs_have_the_permissions_that_they_need, of="platform")
def no_pipeline_can_wait_for_inspect(template: Rendered) -> None:
    managed_statements(template, "PipelinePolicy").pop()


@breaks(authorization.runs_have_the_permissions_that_they_need, of="platform")
def inspect_cannot_read_what_pipelines_bring(template: Rendered) -> None:
    statement = statement_of(template, "InspectRole", "FetchArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/*/Image/", "/Image/"))


@breaks(authorization.runs_have_the_permissions_that_they_need, of="network")
def builds_on_a_platform_do_not_reach_the_registry(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["PolicyDocument"]["Statement"].pop(1)


@breaks(authorization.runs_have_the_permissions_that_they_need, of="pipeline-release")
def the_recorder_cannot_write_its_encrypted_log(template: Rendered) -> None:
    statement_of(template, "RecorderRole", "UseLogKey")["Action"].remove("kms:Encrypt")


@breaks(authorization.runs_have_the_permissions_that_they_need, of="deployer-eks")
def the_deployer_reads_the_artifacts_of_another_pipeline(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/", "/other/")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)


@breaks(authorization.nothing_is_granted_that_no_run_needs, of="platform")
def pipelines_may_stop_inspect(template: Rendered) -> None:
    statement = managed_statements(template, "PipelinePolicy")[-1]
    statement["Action"] = [statement["Action"], "codebuild:StopBuild"]


@breaks(authorization.roles_reach_nothing_of_others, of="pipeline-ecs")
def the_recorder_writes_the_records_of_every_pipeline(template: Rendered) -> None:
    statement = statement_of(template, "RecorderRole", "KeepRecord")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("${Name}", "*"))


@breaks(authorization.roles_reach_nothing_of_others, of="pipeline-ecs")
def the_recorder_deploys_to_every_service(template: Rendered) -> None:
    service = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/*"
    statement_of(template, "RecorderRole", "DeployStaging")["Resource"] = {"Fn::Sub": service}
