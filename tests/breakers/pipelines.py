"""Breakers of the promises in tests/promises/pipelines.py."""

from __future__ import annotations

import json

from tests.breakers import breaks, properties_of, stage_of
from tests.promises import pipelines
from tests.rendered import Rendered
from tests.stacked import imported


@breaks(pipelines.every_release_is_recorded, of="pipeline-ecs")
def production_is_not_recorded(template: Rendered) -> None:
    stage_of(template, "Production")["Actions"].pop()


@breaks(pipelines.every_release_is_recorded)
def nothing_is_compared(template: Rendered) -> None:
    stage_of(template, "Approval")["Actions"].pop(0)


@breaks(pipelines.every_image_is_inspected_and_approved, of="pipeline-ecs")
def production_comes_before_its_approval(template: Rendered) -> None:
    stages = properties_of(template, "Pipeline")["Stages"]
    stages[3], stages[4] = stages[4], stages[3]


@breaks(pipelines.artifacts_are_protected_before_there_are_any)
def the_pipeline_starts_before_its_bucket_is_safe(template: Rendered) -> None:
    del template["Resources"]["Pipeline"]["DependsOn"]


@breaks(pipelines.deployments_roll_back, of="pipeline-eks")
def a_deployment_to_kubernetes_stays_broken(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        stage.pop("OnFailure", None)


@breaks(pipelines.deployments_are_verified_before_they_are_recorded, of="pipeline-ecs")
def it_is_recorded_while_it_is_deployed(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if action["Name"] == "Record":
                action["RunOrder"] = 2


@breaks(pipelines.deployments_are_verified_before_they_are_recorded, of="pipeline-ecs-codedeploy")
def a_rollback_is_recorded(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        stage["Actions"] = [each for each in stage["Actions"] if each["Name"] != "Verify"]


@breaks(pipelines.deployments_are_verified_before_they_are_recorded, of="pipeline-ecs-codedeploy")
def the_record_does_not_wait_for_the_verification(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if action["Name"] == "Verify":
                action["RunOrder"] = 4


@breaks(pipelines.deployment_groups_roll_back, of="deployer-lambda")
def a_failed_deployment_is_not_taken_back(template: Rendered) -> None:
    properties_of(template, "Group")["AutoRollbackConfiguration"]["Enabled"] = False


@breaks(pipelines.deployment_groups_roll_back, of="deployer-ecs-codedeploy")
def an_alarm_takes_nothing_back(template: Rendered) -> None:
    properties_of(template, "Group")["AutoRollbackConfiguration"]["Events"].remove("DEPLOYMENT_STOP_ON_ALARM")


@breaks(pipelines.a_run_without_a_push_takes_no_image)
def the_first_run_takes_the_latest_image(template: Rendered) -> None:
    del properties_of(template, "Pipeline")["Stages"][0]["Actions"][0]["Configuration"]["ImageTag"]


@breaks(pipelines.deployment_groups_shift_traffic, of="deployer-ecs-codedeploy")
def the_application_is_for_servers(template: Rendered) -> None:
    del properties_of(template, "Application")["ComputePlatform"]


@breaks(pipelines.deployment_groups_shift_traffic, of="deployer-lambda")
def the_new_version_takes_the_place_of_the_old_one(template: Rendered) -> None:
    del properties_of(template, "Group")["DeploymentStyle"]


@breaks(pipelines.deployment_groups_shift_traffic, of="deployer-ec2")
def instances_are_replaced_by_others(template: Rendered) -> None:
    properties_of(template, "Group")["DeploymentStyle"]["DeploymentType"] = "BLUE_GREEN"


@breaks(pipelines.one_good_instance_is_no_success, of="deployer-ec2")
def all_instances_are_deployed_to_at_once(template: Rendered) -> None:
    properties_of(template, "Group")["DeploymentConfigName"] = "CodeDeployDefault.AllAtOnce"


@breaks(pipelines.one_good_instance_is_no_success, of="deployer-ec2")
def no_instance_must_stay_healthy(template: Rendered) -> None:
    template["Parameters"]["MinimumHealthyPercent"]["AllowedPattern"] = "^[0-9]{0,2}$"


@breaks(pipelines.deployments_are_verified_before_they_are_recorded, of="pipeline-ec2")
def what_codedeploy_calls_a_success_is_recorded(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        stage["Actions"] = [each for each in stage["Actions"] if each["Name"] != "Verify"]


@breaks(pipelines.no_push_is_lost_silently)
def a_push_has_no_role(template: Rendered) -> None:
    del properties_of(template, "Trigger")["Targets"][0]["RoleArn"]


@breaks(pipelines.no_push_is_lost_silently)
def the_alarm_watches_no_queue(template: Rendered) -> None:
    del properties_of(template, "LostPushAlarm")["Dimensions"]


@breaks(pipelines.deployment_groups_roll_back, of="deployer-lambda")
def alarms_take_back_where_there_are_none(template: Rendered) -> None:
    events = properties_of(template, "Group")["AutoRollbackConfiguration"]["Events"]
    events[2] = {"Fn::If": ["HasAlarms", {"Ref": "AWS::NoValue"}, events[2]]}


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


@breaks(pipelines.pipelines_are_v2)
def a_pipeline_has_no_type(template: Rendered) -> None:
    del properties_of(template, "Pipeline")["PipelineType"]


@breaks(pipelines.pushes_start_with_their_digest)
def a_push_starts_with_the_tag(template: Rendered) -> None:
    del properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]


@breaks(pipelines.pushes_start_with_their_digest)
def a_push_starts_another_action(template: Rendered) -> None:
    properties_of(template, "Pipeline")["Stages"][0]["Actions"][0]["Name"] = "Renamed"


@breaks(pipelines.only_tagged_pushes_start_a_run)
def every_event_of_the_repository_starts(template: Rendered) -> None:
    del properties_of(template, "Trigger")["EventPattern"]["detail"]["action-type"]


@breaks(pipelines.only_tagged_pushes_start_a_run, of="pipeline-release")
def replicas_of_any_account_start(template: Rendered) -> None:
    del properties_of(template, "Trigger")["EventPattern"]["detail"]["$or"][1]["source-account"]


@breaks(pipelines.only_tagged_pushes_start_a_run)
def an_untagged_push_starts(template: Rendered) -> None:
    del properties_of(template, "Trigger")["EventPattern"]["detail"]["image-tag"]


@breaks(pipelines.no_push_is_lost_silently)
def a_push_is_lost(template: Rendered) -> None:
    del properties_of(template, "Trigger")["Targets"][0]["DeadLetterConfig"]


@breaks(pipelines.no_push_is_lost_silently)
def nobody_hears_of_a_lost_push(template: Rendered) -> None:
    properties_of(template, "LostPushAlarm")["AlarmActions"] = []


@breaks(pipelines.approvers_see_the_facts)
def the_approver_does_not_see_the_digest(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if "CustomData" in action["Configuration"]:
                text = action["Configuration"]["CustomData"]
                action["Configuration"]["CustomData"] = text.replace("#{Inspect.IMAGE_DIGEST}", "the digest")


@breaks(pipelines.deployments_roll_back)
def a_deployment_stays_broken(template: Rendered) -> None:
    kind = {"Category": "Deploy", "Owner": "AWS", "Provider": "ECS", "Version": "1"}
    properties_of(template, "Pipeline")["Stages"].append({"Name": "Late", "Actions": [{"ActionTypeId": kind}]})


@breaks(pipelines.deployments_roll_back, of="pipeline-ecs-codedeploy")
def a_deployment_rolls_back_twice(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        stage["OnFailure"] = {"Result": "ROLLBACK"}


@breaks(pipelines.only_checked_facts_reach_other_actions)
def what_was_typed_reaches_the_record(template: Rendered) -> None:
    record = properties_of(template, "Pipeline")["Stages"][-1]["Actions"][-1]
    record["Configuration"]["UserParameters"] = json.dumps({"tag": "#{variables.PushedTag}"})


@breaks(pipelines.pushes_start_with_their_digest)
def the_digest_comes_from_elsewhere(template: Rendered) -> None:
    paths = properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["digest"] = "$.detail.image-tag"


@breaks(pipelines.only_tagged_pushes_start_a_run)
def other_sources_start(template: Rendered) -> None:
    properties_of(template, "Trigger")["EventPattern"]["source"].append("aws.x")


@breaks(pipelines.every_image_is_inspected_and_approved)
def nothing_is_inspected(template: Rendered) -> None:
    del properties_of(template, "Pipeline")["Stages"][1]


@breaks(pipelines.every_image_is_inspected_and_approved)
def nobody_is_asked(template: Rendered) -> None:
    del properties_of(template, "Pipeline")["Stages"][2]


@breaks(pipelines.approvers_see_the_facts)
def nobody_hears_of_the_approval(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            action["Configuration"].pop("NotificationArn", None)


@breaks(pipelines.pushes_start_with_their_digest, of="image-build-codecommit")
def a_run_takes_the_last_commit(template: Rendered) -> None:
    del properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]


@breaks(pipelines.only_tagged_pushes_start_a_run, of="image-build-codecommit")
def every_branch_starts_a_run(template: Rendered) -> None:
    del properties_of(template, "Trigger")["EventPattern"]["detail"]["referenceName"]
