"""Breakers of the promises in tests/promises/facts.py."""

from __future__ import annotations

from typing import Any

from tests.breakers import breaks, properties_of, replace_in_script, stage_of
from tests.promises import facts
from tests.rendered import Rendered


@breaks(facts.variables_that_are_read_are_set)
def the_approval_reads_what_nobody_sets(template: Rendered) -> None:
    _action(template, "Approval", "Approve")["Configuration"]["CustomData"] += " #{Inspect.AUTHOR}"


@breaks(facts.approvers_see_every_fact)
def the_approver_is_told_the_digest_as_tags(template: Rendered) -> None:
    configuration = _action(template, "Approval", "Approve")["Configuration"]
    configuration["CustomData"] = configuration["CustomData"].replace("IMAGE_TAGS", "IMAGE_DIGEST")


@breaks(facts.approvers_see_where_it_is_deployed, of="pipeline-ecs")
def the_approver_sees_the_services_of_staging(template: Rendered) -> None:
    given = _action(template, "Approval", "Compare")["Configuration"]["UserParameters"]
    given["Fn::Sub"] = given["Fn::Sub"].replace("${ProductionService}", "${StagingService}")


@breaks(facts.facts_are_passed_under_their_names)
def tags_are_recorded_as_digest(template: Rendered) -> None:
    configuration = _action(template, "Release", "Record")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace("IMAGE_DIGEST", "IMAGE_TAGS")


@breaks(facts.facts_are_passed_under_their_names)
def another_stage_is_recorded(template: Rendered) -> None:
    configuration = _action(template, "Release", "Record")["Configuration"]
    configuration["UserParameters"] = configuration["UserParameters"].replace('"release"', '"staging"')


@breaks(facts.facts_are_passed_under_their_names)
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


@breaks(facts.deployments_get_the_values_of_their_stage, of="pipeline-ecs")
def production_is_deployed_with_containers_of_staging(template: Rendered) -> None:
    _replace_in_deployment(template, "${ProductionContainers}", "${StagingContainers}")


@breaks(facts.deployments_get_the_values_of_their_stage, of="pipeline-ecs")
def nobody_knows_the_containers(template: Rendered) -> None:
    _replace_in_deployment(template, '"containers"', '"names"')


@breaks(facts.facts_are_passed_under_their_names, of="pipeline-ecs")
def services_are_recorded_for_another_stage(template: Rendered) -> None:
    _replace_in_deployment(template, '"production"', '"staging"')


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


@breaks(facts.transformers_use_every_variable)
def a_path_is_not_told(template: Rendered) -> None:
    properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]["time"] = "$.time"


@breaks(facts.transformers_use_every_variable)
def the_digest_is_told_as_tag(template: Rendered) -> None:
    paths = properties_of(template, "Trigger")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["tag"] = paths["digest"]


@breaks(facts.transformers_insert_plain_values, of="registry")
def a_message_has_the_title_of_a_finding(template: Rendered) -> None:
    paths = properties_of(template, "FindingNotice")["Targets"][0]["InputTransformer"]["InputPathsMap"]
    paths["vulnerability"] = "$.detail.title"


@breaks(facts.the_first_lost_push_sets_off_the_alarm)
def the_alarm_waits_for_a_second_push(template: Rendered) -> None:
    properties_of(template, "LostPushAlarm")["Threshold"] = 1


@breaks(facts.variables_that_are_exported_are_set)
def a_variable_is_exported_under_another_name(template: Rendered) -> None:
    replace_in_script(template, "InspectProject", "IMAGE_TAGS, PLATFORMS,", "IMAGE_TAGSX, PLATFORMS,")


def _replace_in_deployment(template: Rendered, old: str, new: str) -> None:
    facts = _action(template, "Production", "Deploy")["Configuration"]["UserParameters"]
    facts["Fn::Sub"] = facts["Fn::Sub"].replace(old, new)


def _action(template: Rendered, stage: str, name: str) -> dict[str, Any]:
    """The action of that name of a stage."""
    (found,) = (action for action in stage_of(template, stage)["Actions"] if action["Name"] == name)
    return found  # type: ignore[no-any-return]  # JSON
