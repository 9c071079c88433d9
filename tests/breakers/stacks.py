"""What breaks the promises about several stacks: exports, the shared Inspect, neighbours on a platform, forms."""

from __future__ import annotations

import json

from tests.breakers import breaks, properties_of, replace_in_script, statement_of
from tests.promises import (
    authorization,
    builds,
    clusters,
    encryption,
    exports,
    form,
    gate,
    names,
    neighbours,
    network,
    outputs,
    permissions,
    pipelines,
    shared_network,
)
from tests.rendered import Rendered
from tests.stacked import imported

EVERY_REPOSITORY = {"Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"}


# Permissions across stacks


@breaks(authorization.a_run_may_do_what_it_does, of="pipeline-release")
def the_pipeline_cannot_run_the_inspect_of_its_platform(template: Rendered) -> None:
    del properties_of(template, "PipelineRole")["ManagedPolicyArns"]


@breaks(authorization.a_run_may_do_what_it_does, of="platform")
def no_pipeline_can_wait_for_inspect(template: Rendered) -> None:
    _statements(template, "PipelinePolicy").pop()


@breaks(authorization.a_run_may_do_what_it_does, of="platform")
def inspect_cannot_read_what_pipelines_bring(template: Rendered) -> None:
    statement = statement_of(template, "InspectRole", "FetchArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/*/Image/", "/Image/"))


@breaks(authorization.a_run_may_do_what_it_does, of="network")
def builds_on_a_platform_do_not_reach_the_registry(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["PolicyDocument"]["Statement"].pop(1)


@breaks(authorization.a_run_may_do_what_it_does, of="pipeline-release")
def the_recorder_cannot_write_its_encrypted_log(template: Rendered) -> None:
    statement_of(template, "RecorderRole", "EncryptLog")["Action"].remove("kms:Encrypt")


@breaks(authorization.a_run_may_do_what_it_does, of="deployer-eks")
def the_deployer_reads_the_artifacts_of_another_pipeline(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/", "/other/")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)


@breaks(authorization.nothing_is_granted_that_no_run_needs, of="platform")
def pipelines_may_stop_inspect(template: Rendered) -> None:
    statement = _statements(template, "PipelinePolicy")[-1]
    statement["Action"] = [statement["Action"], "codebuild:StopBuild"]


@breaks(authorization.roles_reach_nothing_of_others, of="pipeline-ecs")
def the_recorder_writes_the_records_of_every_pipeline(template: Rendered) -> None:
    statement = statement_of(template, "RecorderRole", "KeepRecord")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("${Name}", "*"))


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


# Encryption, names, logs


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="pipeline-release")
def a_topic_uses_the_key_of_aws(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = "alias/aws/sns"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="platform")
def an_existing_key_is_ignored(template: Rendered) -> None:
    properties_of(template, "LostPushes")["KmsMasterKeyId"] = {"Fn::GetAtt": ["Key", "Arn"]}


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it, of="platform")
def alarms_of_pipelines_cannot_publish(template: Rendered) -> None:
    del properties_of(template, "Key")["KeyPolicy"]["Statement"][2]


@breaks(encryption.the_key_serves_the_log_groups, of="platform")
def the_key_serves_the_logs_of_the_platform_alone(template: Rendered) -> None:
    logs = properties_of(template, "Key")["KeyPolicy"]["Statement"][1]
    (arn,) = logs["Condition"]["ArnLike"].values()
    arn["Fn::Sub"] = arn["Fn::Sub"].replace("/ecr-pipeline/*", "/ecr-pipeline/platform/*")


@breaks(encryption.the_key_serves_the_log_groups, of="pipeline-release")
def a_log_group_has_a_name_that_the_platform_does_not_know(template: Rendered) -> None:
    properties_of(template, "RecorderLogs")["LogGroupName"] = {"Fn::Sub": "/aws/lambda/${Name}"}


@breaks(encryption.uses_of_the_key_are_those_that_aws_lists, of="pipeline-release")
def the_recorder_uses_the_key_of_its_log_in_part(template: Rendered) -> None:
    statement_of(template, "RecorderRole", "EncryptLog")["Action"].remove("kms:DescribeKey")


@breaks(encryption.bucket_policies_are_about_their_bucket, of="platform")
def a_bucket_policy_is_about_every_bucket(template: Rendered) -> None:
    statement = properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}]


@breaks(names.two_stacks_live_side_by_side, of="platform")
def two_platforms_have_one_inspect(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Name"] = "ecr-pipeline-Inspect"


@breaks(names.two_stacks_live_side_by_side, of="pipeline-release")
def two_pipelines_have_one_name(template: Rendered) -> None:
    properties_of(template, "Pipeline")["Name"] = "orders"


@breaks(names.names_fit_for_the_longest_stack_name, of="pipeline-release")
def the_name_of_a_pipeline_has_no_limit(template: Rendered) -> None:
    del template["Parameters"]["Name"]["MaxLength"]


@breaks(names.names_fit_for_the_longest_stack_name, of="platform")
def a_project_has_dots_in_its_name(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Name"] = {"Fn::Sub": "${Platform}." * 8 + "Inspect"}


@breaks(builds.builds_write_their_logs, of="image-build-multi-arch")
def a_build_writes_into_the_log_of_publish(template: Rendered) -> None:
    logs = properties_of(template, "Amd64Project")["LogsConfig"]["CloudWatchLogs"]
    logs["GroupName"] = {"Ref": "NoLogs"}


@breaks(builds.secrets_are_fetched, of="image-build-multi-arch")
def one_of_two_builds_gets_the_arn_of_the_secret(template: Rendered) -> None:
    variables = properties_of(template, "Amd64Project")["Environment"]["EnvironmentVariables"]
    (secret,) = (each for each in variables if each["Name"] == "BUILD_SECRET")
    secret["Type"]["Fn::If"][1:] = reversed(secret["Type"]["Fn::If"][1:])


@breaks(builds.secrets_are_fetched, of="image-build")
def a_parameter_that_nobody_gave_is_fetched(template: Rendered) -> None:
    template["Conditions"]["HasSecretParameter"] = {"Fn::Equals": ["yes", "yes"]}


@breaks(outputs.outputs_are_about_what_they_name)
def the_role_of_the_pipeline_is_that_of_inspect(template: Rendered) -> None:
    template["Outputs"]["PipelineRoleArn"]["Value"] = {"Fn::GetAtt": ["InspectRole", "Arn"]}


# Network


@breaks(network.security_groups_lead_to_endpoints_only)
def a_vpc_with_a_gateway_has_builds_that_reach_every_address(template: Rendered) -> None:
    template["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(network.security_groups_lead_to_endpoints_only)
def builds_reach_every_address_on_every_port(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0]["ToPort"] = 65535


@breaks(network.security_groups_lead_to_endpoints_only)
def a_rule_is_there_twice(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"] *= 2


@breaks(network.builds_run_in_the_private_network, of="platform")
def inspect_runs_in_a_vpc_that_nobody_gave(template: Rendered) -> None:
    properties_of(template, "InspectProject")["VpcConfig"]["VpcId"] = {"Ref": "VpcId"}


@breaks(network.builds_run_in_the_private_network, of="platform")
def the_group_of_the_builds_is_in_another_vpc(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["VpcId"] = "vpc-0a1b2c3d"


@breaks(network.builds_lead_to_the_endpoints_of_their_vpc, of="platform")
def builds_lead_to_endpoints_of_another_vpc(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0]["DestinationSecurityGroupId"] = (
        "sg-0a1b2c3d"
    )


@breaks(network.builds_lead_to_the_endpoints_of_their_vpc, of="deployer-eks")
def a_build_does_not_lead_to_s3(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"].pop()


@breaks(clusters.builds_reach_their_cluster_in_every_network, of="deployer-eks")
def a_build_in_the_network_does_not_reach_its_cluster(template: Rendered) -> None:
    template["Conditions"]["EndpointsApart"] = {"Fn::Equals": [{"Ref": "BuildNetwork"}, "existing"]}


@breaks(shared_network.no_way_out_of_a_vpc)
def the_vpc_of_the_first_hour_has_a_route(template: Rendered) -> None:
    template["Resources"]["Route"] = {"Type": "AWS::EC2::Route", "Properties": {}}


# Pipelines


@breaks(pipelines.no_push_is_lost_silently, of="pipeline-release")
def the_alarm_watches_another_rule(template: Rendered) -> None:
    properties_of(template, "LostPushAlarm")["Dimensions"][0]["Value"] = {"Ref": "FailureNotice"}


@breaks(pipelines.no_push_is_lost_silently, of="pipeline-release")
def the_alarm_watches_a_metric_that_does_not_exist(template: Rendered) -> None:
    properties_of(template, "LostPushAlarm")["MetricName"] = "InvocationsSentToDLQ"


@breaks(pipelines.no_push_is_lost_silently, of="pipeline-release")
def lost_pushes_go_into_a_queue_of_somebody_else(template: Rendered) -> None:
    target = properties_of(template, "Trigger")["Targets"][0]
    target["DeadLetterConfig"]["Arn"] = imported("platform", "KeyArn")


@breaks(pipelines.artifacts_are_protected_before_there_are_any, of="pipeline-release")
def artifacts_go_into_a_bucket_without_a_policy(template: Rendered) -> None:
    properties_of(template, "Pipeline")["ArtifactStore"]["Location"] = "a-bucket"


@breaks(pipelines.every_build_is_run, of="image-build-multi-arch")
def one_architecture_is_built_twice(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if action["Name"] == "Arm64":
                action["Configuration"]["ProjectName"] = {"Ref": "Amd64Project"}


# Exports


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def an_export_is_named_after_the_stack(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "${AWS::StackName}-KeyArn"}


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def an_export_is_called_as_another_thing(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:Key"}


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def a_platform_exports_as_a_network(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:KeyArn"}


@breaks(exports.exports_are_what_they_are_called, of="platform")
def the_bucket_is_exported_as_the_key(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Value"] = {"Fn::GetAtt": ["ArtifactBucket", "Arn"]}


@breaks(exports.exports_are_what_they_are_called, of="network")
def the_builds_get_the_default_security_group(template: Rendered) -> None:
    template["Outputs"]["EndpointSecurityGroupId"]["Value"] = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}


@breaks(exports.what_is_imported_is_exported, of="network")
def the_prefix_list_is_not_exported(template: Rendered) -> None:
    del template["Outputs"]["S3PrefixListId"]


@breaks(exports.what_is_imported_is_exported, of="platform")
def something_is_exported_for_nobody(template: Rendered) -> None:
    name = {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:InspectRoleArn"}
    template["Outputs"]["InspectRoleArn"] = {"Value": {"Ref": "InspectProject"}, "Export": {"Name": name}}


@breaks(exports.what_is_imported_is_exported, of="pipeline-release")
def a_thing_is_imported_that_no_platform_has(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = imported("platform", "OtherKeyArn")


@breaks(exports.what_is_imported_is_exported, of="pipeline-release")
def a_thing_is_imported_from_a_kind_that_nobody_is(template: Rendered) -> None:
    name = {"Fn::Sub": "ecr-pipeline:vault:${Platform}:v1:KeyArn"}
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = {"Fn::ImportValue": name}


@breaks(exports.what_is_imported_is_exported, of="pipeline-release")
def an_import_is_named_by_a_stack(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = {"Fn::ImportValue": "platform-KeyArn"}


@breaks(exports.what_is_imported_is_exported, of="platform")
def platforms_have_names_that_pipelines_do_not_take(template: Rendered) -> None:
    template["Parameters"]["Platform"]["MaxLength"] = 30


@breaks(exports.what_is_imported_is_exported, of="pipeline-release")
def pipelines_are_on_another_platform_by_default(template: Rendered) -> None:
    template["Parameters"]["Platform"]["Default"] = "other"


@breaks(exports.exported_values_never_change, of="platform")
def another_ceiling_is_another_queue(template: Rendered) -> None:
    properties_of(template, "LostPushes")["QueueName"] = {"Fn::Sub": "lost-${MissingScan}"}


@breaks(exports.exported_values_never_change, of="platform")
def conditions_decide_which_policy_is_exported(template: Rendered) -> None:
    output = template["Outputs"]["PipelinePolicyArn"]
    output["Value"] = {"Fn::If": ["EnforceInspectConditions", output["Value"], "none"]}


@breaks(exports.exported_policies_can_always_be_updated, of="platform")
def the_policy_of_pipelines_has_a_description(template: Rendered) -> None:
    properties_of(template, "PipelinePolicy")["Description"] = "For pipelines"


# Forms, StackSets, limits of CodePipeline


@breaks(form.forms_are_short, of="pipeline-ecs")
def a_form_has_nineteen_fields(template: Rendered) -> None:
    template["Parameters"]["OneMore"] = {"Type": "String", "Default": ""}


@breaks(form.forms_are_short, of="pipeline-ecs")
def a_form_has_nine_required_fields(template: Rendered) -> None:
    for name in ("Platform", "ImageTagPattern"):
        del template["Parameters"][name]["Default"]


@breaks(form.forms_are_short)
def the_first_hour_asks_for_three_things(template: Rendered) -> None:
    del template["Parameters"]["Name"]["Default"]


@breaks(form.stack_sets_can_deploy_what_is_shared, of="network")
def the_network_has_a_transform(template: Rendered) -> None:
    template["Transform"] = "AWS::LanguageExtensions"


@breaks(form.stack_sets_can_deploy_what_is_shared, of="platform")
def the_platform_is_named_after_its_stack(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Name"] = {"Fn::Sub": "${AWS::StackName}-Inspect"}


@breaks(form.stack_sets_can_deploy_what_is_shared, of="network")
def the_network_does_not_take_its_default(template: Rendered) -> None:
    template["Parameters"]["VpcCidr"]["Default"] = "0.0.0.0/0"


@breaks(form.artifact_names_are_not_cut, of="pipeline-ecs-codedeploy")
def an_artifact_has_a_long_name(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            for artifact in action.get("OutputArtifacts", ()):
                artifact["Name"] = artifact["Name"].replace("Production", "ProductionRevision")


@breaks(form.variables_of_actions_fit, of="pipeline-ecs")
def containers_have_long_names(template: Rendered) -> None:
    template["Parameters"]["StagingContainers"]["MaxLength"] = 400


@breaks(form.variables_of_actions_fit, of="pipeline-ecs")
def containers_have_names_without_end(template: Rendered) -> None:
    declaration = template["Parameters"]["StagingContainers"]
    del declaration["MaxLength"]
    declaration["AllowedPattern"] = "^[a-z]+$"


# The gate, and what Inspect reaches


@breaks(gate.ceilings_are_in_the_text_of_the_script, of="platform")
def a_ceiling_is_a_variable_that_pipelines_can_override(template: Rendered) -> None:
    replace_in_script(template, "InspectProject", "${MaxHighFindings}", "0")


@breaks(gate.ceilings_are_in_the_text_of_the_script, of="platform")
def a_ceiling_is_missing(template: Rendered) -> None:
    del template["Parameters"]["UnsupportedScan"]


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_set_any_variable(template: Rendered) -> None:
    del _start_of_inspect(template)["Condition"]["ForAllValues:StringEquals"]


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_bring_another_buildspec(template: Rendered) -> None:
    del _start_of_inspect(template)["Condition"]["Null"]


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="pipeline-release")
def a_pipeline_passes_a_variable_that_is_not_listed(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if action["Name"] == "Inspect":
                text = action["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
                text[0] = text[0].replace("REPOSITORY_NAME", "REPOSITORY")


@breaks(gate.limits_of_a_pipeline_reach_inspect, of="pipeline-release")
def a_limit_is_passed_only_if_there_is_none(template: Rendered) -> None:
    (condition,) = template["Conditions"]["HasUnscannedImage"]["Fn::Not"]
    template["Conditions"]["HasUnscannedImage"] = condition


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_reads_every_repository(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = EVERY_REPOSITORY


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_writes_to_repositories(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].append("ecr:PutImage")


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_replaces_the_image_that_it_looks_at(template: Rendered) -> None:
    statement = statement_of(template, "InspectRole", "StoreArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/*/Inspection/*", "/*"))


@breaks(gate.inspect_reaches_images_and_its_own_results)
def inspect_of_the_first_hour_reads_every_repository(template: Rendered) -> None:
    statement_of(template, "InspectRole", "ReadFindings")["Resource"] = EVERY_REPOSITORY


# Neighbours on a platform


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def a_pipeline_reads_the_artifacts_of_another_one(template: Rendered) -> None:
    statement = statement_of(template, "PipelineRole", "MoveArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/${Name}/*", "/${Name}*"))


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def a_rule_starts_every_pipeline(template: Rendered) -> None:
    statement_of(template, "EventsRole", "StartPipeline")["Resource"] = {
        "Fn::Sub": "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Name}*"
    }


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def the_recorder_writes_records_that_begin_alike(template: Rendered) -> None:
    statement = statement_of(template, "RecorderRole", "KeepRecord")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("${Name}/*", "${Name}*"))


@breaks(neighbours.deployers_get_the_artifacts_of_their_pipeline_only, of="deployer-eks")
def a_deployer_reads_the_whole_bucket(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/*", "/*")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)


@breaks(neighbours.deployers_get_the_artifacts_of_their_pipeline_only, of="deployer-eks")
def a_deployer_reads_the_artifacts_of_pipelines_that_begin_alike(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/*", "/${PipelineName}*")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)


def _statements(template: Rendered, policy: str) -> list[Rendered]:
    """The statements of a managed policy."""
    return properties_of(template, policy)["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]  # JSON


def _start_of_inspect(template: Rendered) -> Rendered:
    """The statement by which pipelines start Inspect under conditions."""
    found = [each["Fn::If"][1] for each in _statements(template, "PipelinePolicy") if "Fn::If" in each]
    return next(each for each in found if each["Sid"] == "StartInspect")
