"""Breakers of the promises in tests/promises/builds.py."""

from __future__ import annotations

from tests.breakers import breaks, lines_of, properties_of, replace_in_script
from tests.promises import builds
from tests.rendered import Rendered


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


@breaks(builds.alarms_stop_deployments_if_there_are_any, of="deployer-lambda")
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


@breaks(builds.reports_go_with_their_stack, of="image-build")
def reports_keep_their_group(template: Rendered) -> None:
    properties_of(template, "TestReports")["DeleteReports"] = False


@breaks(builds.alarms_stop_deployments_if_there_are_any, of="deployer-ecs-codedeploy")
def alarms_that_nobody_named_are_watched(template: Rendered) -> None:
    properties_of(template, "Group")["AlarmConfiguration"]["Enabled"] = True


@breaks(builds.builds_have_the_time_that_they_wait, of="deployer-eks")
def codebuild_stops_a_rollout(template: Rendered) -> None:
    properties_of(template, "DeployProject")["TimeoutInMinutes"] = 20


@breaks(builds.builds_have_the_time_that_they_wait, of="platform")
def a_build_has_the_time_that_codebuild_gives(template: Rendered) -> None:
    del properties_of(template, "InspectProject")["TimeoutInMinutes"]


@breaks(builds.builds_have_the_time_that_they_wait, of="image-build")
def codebuild_stops_the_tests(template: Rendered) -> None:
    properties_of(template, "BuildProject")["TimeoutInMinutes"] = 30


@breaks(builds.functions_have_the_time_that_they_need, of="network")
def a_function_has_three_seconds(template: Rendered) -> None:
    del properties_of(template, "Finisher")["Timeout"]


@breaks(builds.functions_have_the_time_that_they_need, of="network")
def a_function_waits_longer_than_it_may_run(template: Rendered) -> None:
    replace_in_script(template, "Finisher", "(2, 4, 8, 16)", "(20, 40)")


@breaks(builds.functions_have_the_time_that_they_need, of="network")
def a_function_is_waited_for_an_hour(template: Rendered) -> None:
    del properties_of(template, "Finish")["ServiceTimeout"]


@breaks(builds.functions_have_the_time_that_they_need, of="network")
def a_function_is_waited_for_too_short(template: Rendered) -> None:
    properties_of(template, "Finish")["ServiceTimeout"] = properties_of(template, "Finisher")["Timeout"]


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


@breaks(builds.builds_get_the_variables_that_they_read, of="network")
def the_finisher_does_not_get_the_account(template: Rendered) -> None:
    del properties_of(template, "Finish")["Account"]


@breaks(builds.images_are_built_on_their_own_architecture, of="image-build")
def an_image_for_arm_is_built_on_another_machine(template: Rendered) -> None:
    condition = template["Conditions"]["OnArm"]
    template["Conditions"]["OnArm"] = {"Fn::Not": [condition]}
