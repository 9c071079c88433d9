"""Breakers of the promises in tests/promises/wiring.py."""

from __future__ import annotations

import copy

from tests.breakers import breaks, properties_of
from tests.promises import wiring
from tests.rendered import Rendered


@breaks(wiring.variables_hold_the_parameter_that_fits_best)
def the_limit_for_high_findings_is_the_one_for_critical_ones(template: Rendered) -> None:
    variables = properties_of(template, "InspectProject")["Environment"]["EnvironmentVariables"]
    (variable,) = (each for each in variables if each["Name"] == "MAX_HIGH_FINDINGS")
    variable["Value"] = {"Ref": "MaxCriticalFindings"}


@breaks(wiring.properties_have_a_parameter_that_fits, of="platform")
def the_build_runs_in_an_image_called_ninety(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Environment"]["Image"] = {"Ref": "LogRetentionDays"}


@breaks(wiring.properties_have_a_parameter_that_fits, of="pipeline-ecs")
def staging_is_deployed_to_production(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        if stage["Name"] == "Staging":
            stage["Actions"][1]["Configuration"]["ServiceName"] = {"Ref": "ProductionService"}


@breaks(wiring.conditions_ask_for_what_they_guard, of="deployer-ecs-codedeploy")
def alarms_are_watched_when_there_are_hooks(template: Rendered) -> None:
    template["Conditions"]["HasAlarm"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Hooks"}, ""]}]}


@breaks(wiring.a_stage_can_be_left_out, of="pipeline-lambda")
def production_is_there_when_it_is_none(template: Rendered) -> None:
    (condition,) = template["Conditions"]["DeployProduction"]["Fn::Not"]
    template["Conditions"]["DeployProduction"] = condition


@breaks(wiring.a_stage_can_be_left_out, of="pipeline-eks")
def staging_is_there_whatever_is_typed(template: Rendered) -> None:
    template["Conditions"]["DeployStaging"] = {"Fn::Equals": ["yes", "yes"]}


@breaks(wiring.requested_resources_are_created, of="network")
def the_endpoint_is_made_for_those_who_want_none(template: Rendered) -> None:
    template["Conditions"]["HasSsmEndpoint"] = {"Fn::Equals": [{"Ref": "CreateSsmEndpoint"}, "no"]}


@breaks(wiring.every_resource_is_used, of="image-build")
def logs_are_made_for_a_build_that_is_not(template: Rendered) -> None:
    template["Resources"]["OtherLogs"] = copy.deepcopy(template["Resources"]["BuildLogs"])
    properties_of(template, "OtherLogs")["LogGroupName"] = "/ecr-pipeline/image-build/other"


@breaks(wiring.optional_parameters_are_empty_by_default, of="image-build")
def an_image_that_nobody_asked_for_scans(template: Rendered) -> None:
    template["Parameters"]["ScanImage"]["Default"] = "scanner:latest"


@breaks(wiring.builds_of_the_same_commands_get_the_same_variables, of="image-build-multi-arch")
def one_of_two_builds_lacks_the_secret(template: Rendered) -> None:
    variables = properties_of(template, "Arm64Project")["Environment"]["EnvironmentVariables"]
    variables[:] = [variable for variable in variables if variable["Name"] != "BUILD_SECRET"]


@breaks(wiring.builds_of_the_same_commands_get_the_same_variables, of="image-build-multi-arch")
def one_of_two_builds_lacks_the_git_tag(template: Rendered) -> None:
    for action in properties_of(template, "Pipeline")["Stages"][1]["Actions"]:
        if action["Name"] == "Arm64":
            del action["Configuration"]["EnvironmentVariables"]


@breaks(wiring.a_stage_can_be_left_out, of="pipeline-ecs")
def staging_cannot_be_left_out(template: Rendered) -> None:
    [assertion] = template["Rules"]["StagingIsComplete"]["Assertions"]
    assertion["Assert"] = assertion["Assert"]["Fn::Or"][1]


@breaks(wiring.stages_are_deployed_alike, of="pipeline-ecs")
def production_is_deployed_without_facts(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        if stage["Name"] == "Production":
            del stage["Actions"][1]["Configuration"]["UserParameters"]


@breaks(wiring.every_resource_is_used, of="network")
def a_subnet_is_made_in_a_zone_that_nobody_wants(template: Rendered) -> None:
    del template["Resources"]["ThirdSubnet"]["Condition"]


@breaks(wiring.variables_that_are_read_were_set_in_the_run, of="image-build")
def the_version_is_read_from_a_build_that_is_not(template: Rendered) -> None:
    publish = properties_of(template, "Pipeline")["Stages"][-1]["Actions"][0]["Configuration"]
    publish["EnvironmentVariables"] = publish["EnvironmentVariables"].replace("#{Build.VERSION}", "#{Arm64.VERSION}")


@breaks(wiring.variables_that_are_read_were_set_in_the_run, of="image-build-multi-arch")
def one_of_two_images_is_not_published(template: Rendered) -> None:
    publish = properties_of(template, "Pipeline")["Stages"][-1]["Actions"][0]["Configuration"]
    publish["EnvironmentVariables"] = publish["EnvironmentVariables"].replace(" #{Arm64.IMAGE}", "")
