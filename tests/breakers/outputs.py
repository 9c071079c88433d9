"""Breakers of the promises in tests/promises/outputs.py."""

from __future__ import annotations

from tests.breakers import breaks
from tests.promises import outputs
from tests.rendered import Rendered


@breaks(outputs.resources_that_people_look_up_are_outputs, of="deployer-eks")
def nobody_is_told_the_deployer(template: Rendered) -> None:
    del template["Outputs"]["Deployer"]


@breaks(outputs.resources_that_people_look_up_are_outputs)
def the_topic_is_not_put_out(template: Rendered) -> None:
    del template["Outputs"]["NotificationTopicArn"]


@breaks(outputs.resources_that_people_look_up_are_outputs)
def the_topic_is_put_out_as_pipeline(template: Rendered) -> None:
    template["Outputs"]["PipelineArn"]["Value"] = {"Ref": "NotificationTopic"}


@breaks(outputs.records_are_outputs)
def nobody_finds_the_record(template: Rendered) -> None:
    del template["Outputs"]["ReleaseRecord"]


@breaks(outputs.no_two_outputs_are_the_same, of="platform")
def the_key_is_put_out_twice(template: Rendered) -> None:
    template["Outputs"]["OtherKeyArn"] = template["Outputs"]["KeyArn"]


@breaks(outputs.outputs_are_about_what_they_name)
def the_role_of_the_pipeline_is_that_of_inspect(template: Rendered) -> None:
    template["Outputs"]["PipelineRoleArn"]["Value"] = {"Fn::GetAtt": ["InspectRole", "Arn"]}
