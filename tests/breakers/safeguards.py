"""What breaks the promises about safeguards: rollbacks, messages, isolation, and what AWS lists."""

from __future__ import annotations

from tests.breakers import breaks, properties_of, replace_in_script, statement_of, statements_of
from tests.promises import (
    builds,
    clusters,
    encryption,
    facts,
    kinds,
    network,
    notices,
    outputs,
    permissions,
    pipelines,
    refusals,
    registry,
    shared_network,
)
from tests.rendered import Rendered


@breaks(facts.variables_that_are_exported_are_set)
def a_variable_is_exported_under_another_name(template: Rendered) -> None:
    replace_in_script(template, "InspectProject", "IMAGE_TAGS, PLATFORMS,", "IMAGE_TAGSX, PLATFORMS,")


@breaks(pipelines.deployments_roll_back, of="pipeline-eks")
def a_deployment_to_kubernetes_stays_broken(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        stage.pop("OnFailure", None)


@breaks(pipelines.deployment_groups_go_back, of="deployer-lambda")
def a_failed_deployment_is_not_taken_back(template: Rendered) -> None:
    properties_of(template, "Group")["AutoRollbackConfiguration"]["Enabled"] = False


@breaks(pipelines.deployment_groups_go_back, of="deployer-ecs-codedeploy")
def an_alarm_takes_nothing_back(template: Rendered) -> None:
    properties_of(template, "Group")["AutoRollbackConfiguration"]["Events"].remove("DEPLOYMENT_STOP_ON_ALARM")


@breaks(pipelines.a_run_without_a_push_takes_no_image)
def the_first_run_takes_the_latest_image(template: Rendered) -> None:
    del properties_of(template, "Pipeline")["Stages"][0]["Actions"][0]["Configuration"]["ImageTag"]


@breaks(encryption.uses_of_the_key_are_those_that_aws_lists)
def logs_cannot_encrypt(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][1]["Action"].remove("kms:Encrypt")


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


@breaks(builds.reports_go_with_their_stack, of="image-build")
def reports_keep_their_group(template: Rendered) -> None:
    properties_of(template, "TestReports")["DeleteReports"] = False


@breaks(network.endpoints_let_through_what_the_builds_may_do)
def an_endpoint_stops_the_token(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["PolicyDocument"]["Statement"].pop(0)


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def the_endpoint_of_s3_stops_artifacts(template: Rendered) -> None:
    statements = properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"]
    (artifacts,) = (each for each in statements if "s3:PutObject" in each["Action"])
    artifacts["Action"].remove("s3:GetObject")


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def the_endpoint_of_s3_stops_layers(template: Rendered) -> None:
    statements = properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"]
    statements[:] = [each for each in statements if each["Action"] != ["s3:GetObject"]]


@breaks(shared_network.shared_endpoints_let_through_what_published_builds_may_do, of="network")
def an_endpoint_that_is_asked_for_stops_everything(template: Rendered) -> None:
    properties_of(template, "CodeartifactRepositoriesEndpoint")["PolicyDocument"]["Statement"].pop()


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def one_finding_is_none(template: Rendered) -> None:
    counts = properties_of(template, "ScanNotice")["EventPattern"]["detail"]["finding-severity-counts"]
    counts["Fn::If"][1]["$or"][0]["CRITICAL"][0]["numeric"][1] = 1


@breaks(notices.findings_of_the_severity_are_reported, of="registry")
def anybody_can_tell_findings(template: Rendered) -> None:
    del properties_of(template, "ScanNotice")["EventPattern"]["source"]


@breaks(notices.missing_scans_are_reported, of="registry")
def anybody_can_tell_failed_scans(template: Rendered) -> None:
    del properties_of(template, "FailedScanNotice")["EventPattern"]["source"]


@breaks(outputs.what_people_look_up_is_an_output, of="deployer-eks")
def nobody_is_told_the_deployer(template: Rendered) -> None:
    del template["Outputs"]["Deployer"]


@breaks(refusals.roles_act_under_their_circumstances, of="image-build")
def tokens_are_borne_to_any_service(template: Rendered) -> None:
    for statement in statements_of(template, "BuildRole"):
        for own in (statement, *statement.get("Fn::If", [])[1:2]):
            if own.get("Sid") == "BearPackageToken":
                del own["Condition"]


@breaks(kinds.resources_are_of_a_kind_that_an_action_knows, of="deployer-ecs-codedeploy")
def task_sets_are_made_on_a_service(template: Rendered) -> None:
    statement = statement_of(template, "Role", "MakeTaskSets")
    statement["Resource"] = [
        {"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${Service}"}
    ]


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def a_build_edits_everything(template: Rendered) -> None:
    policies = properties_of(template, "Access")["AccessPolicies"]["Fn::If"][2]
    policies[0]["AccessScope"] = {"Type": "cluster"}


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def the_group_comes_on_top(template: Rendered) -> None:
    access = properties_of(template, "Access")["AccessPolicies"]
    access["Fn::If"] = [access["Fn::If"][number] for number in (0, 2, 2)]


@breaks(registry.tags_that_were_typed_can_move, of="registry")
def the_third_tag_cannot_move(template: Rendered) -> None:
    del properties_of(template, "Repository")["ImageTagMutabilityExclusionFilters"][3]


@breaks(registry.registries_are_scanned_as_it_was_chosen, of="registry")
def every_registry_is_scanned_once(template: Rendered) -> None:
    template["Conditions"]["ScanContinuously"] = {"Fn::Equals": ["yes", "no"]}


@breaks(registry.registries_are_scanned_as_it_was_chosen, of="registry")
def the_registry_is_set_unasked(template: Rendered) -> None:
    del template["Resources"]["EnhancedScanning"]["Condition"]


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="image-build")
def reports_are_encrypted_with_a_key_of_s3(template: Rendered) -> None:
    properties_of(template, "TestReports")["ExportConfig"]["S3Destination"]["EncryptionKey"] = "alias/aws/s3"


@breaks(encryption.buckets_refuse_what_is_not_safe)
def objects_have_owners_of_their_own(template: Rendered) -> None:
    del properties_of(template, "ArtifactBucket")["OwnershipControls"]


@breaks(permissions.topics_have_a_policy_of_their_own, of="registry")
def the_topic_refuses_nothing(template: Rendered) -> None:
    statement = properties_of(template, "NotificationTopicPolicy")["PolicyDocument"]["Statement"][0]
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "*"}}


@breaks(refusals.roles_act_under_their_circumstances, of="image-build")
def any_repository_is_fetched(template: Rendered) -> None:
    condition = statement_of(template, "PipelineRole", "FetchSource")["Condition"]
    (keys,) = condition.values()
    condition["StringLikeIfExists"] = {**keys, "codestar-connections:FullRepositoryId": "*"}
    del condition["StringEqualsIfExists"]


@breaks(network.builds_run_in_the_private_network, of="image-build")
def builds_of_images_run_in_the_network_only_if_internet_is_chosen(template: Rendered) -> None:
    template["Conditions"]["InVpc"]["Fn::Equals"][1] = "internet"


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def the_endpoint_of_s3_is_for_something_else(template: Rendered) -> None:
    properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"][0]["Resource"] = [{"Ref": "AWS::StackId"}]


@breaks(builds.alarms_count_where_there_are_any, of="deployer-ecs-codedeploy")
def alarms_that_nobody_named_are_watched(template: Rendered) -> None:
    properties_of(template, "Group")["AlarmConfiguration"]["Enabled"] = True


@breaks(pipelines.deployment_groups_shift_traffic, of="deployer-ecs-codedeploy")
def the_application_is_for_servers(template: Rendered) -> None:
    del properties_of(template, "Application")["ComputePlatform"]


@breaks(pipelines.deployment_groups_shift_traffic, of="deployer-lambda")
def the_new_version_takes_the_place_of_the_old_one(template: Rendered) -> None:
    del properties_of(template, "Group")["DeploymentStyle"]


@breaks(refusals.those_that_are_named_pull, of="registry")
def lambda_pulls_beside_accounts_alone(template: Rendered) -> None:
    template["Conditions"]["SomebodyPulls"]["Fn::Or"].pop()
    template["Conditions"]["SomebodyPulls"] = template["Conditions"]["SomebodyPulls"]["Fn::Or"][0]


@breaks(shared_network.there_are_as_many_subnets_as_zones, of="network")
def two_zones_have_three_subnets(template: Rendered) -> None:
    template["Conditions"]["ThreeZones"] = {"Fn::Equals": [{"Ref": "Zones"}, "2"]}


@breaks(clusters.builds_reach_their_cluster, of="deployer-eks")
def the_cluster_lets_nobody_in(template: Rendered) -> None:
    del template["Resources"]["ClusterIngress"]


@breaks(clusters.builds_reach_their_cluster, of="deployer-eks")
def two_rules_are_for_one_group(template: Rendered) -> None:
    template["Conditions"]["EndpointsApart"] = {"Fn::Equals": ["yes", "yes"]}


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def access_is_to_another_cluster(template: Rendered) -> None:
    properties_of(template, "Access")["ClusterName"] = {"Ref": "ClusterSecurityGroupId"}


@breaks(registry.copies_go_elsewhere, of="registry")
def copies_are_made_where_the_images_are(template: Rendered) -> None:
    del template["Rules"]["CopiesGoElsewhere"]


@breaks(notices.missing_scans_are_reported, of="registry")
def failed_scans_are_told_as_they_come(template: Rendered) -> None:
    del properties_of(template, "FailedScanNotice")["Targets"][0]["InputTransformer"]


@breaks(notices.event_patterns_have_no_empty_part, of="registry")
def a_severity_is_filtered_by_nothing(template: Rendered) -> None:
    counts = properties_of(template, "ScanNotice")["EventPattern"]["detail"]["finding-severity-counts"]
    del counts["Fn::If"][1]["$or"][1]["HIGH"]


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_serves_anybody(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][-1]["Principal"] = "*"


@breaks(pipelines.no_push_is_lost_silently)
def a_push_has_no_role(template: Rendered) -> None:
    del properties_of(template, "Trigger")["Targets"][0]["RoleArn"]


@breaks(pipelines.no_push_is_lost_silently)
def the_alarm_watches_no_queue(template: Rendered) -> None:
    del properties_of(template, "LostPushAlarm")["Dimensions"]


@breaks(pipelines.deployment_groups_go_back, of="deployer-lambda")
def alarms_take_back_where_there_are_none(template: Rendered) -> None:
    events = properties_of(template, "Group")["AutoRollbackConfiguration"]["Events"]
    events[2] = {"Fn::If": ["HasAlarms", {"Ref": "AWS::NoValue"}, events[2]]}
