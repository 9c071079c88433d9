"""Breakers of the promises in tests/promises/names.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import names
from tests.rendered import Rendered


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


@breaks(names.no_place_is_spelled_out)
def a_partition_is_spelled_out(template: Rendered) -> None:
    properties_of(template, "Trigger")["Targets"][0]["Arn"] = "arn:aws-cn:codepipeline:::x"


@breaks(names.no_place_is_spelled_out)
def a_zone_is_spelled_out(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["GroupDescription"] = "eu-west-1a"


@breaks(names.no_place_is_spelled_out)
def an_account_is_spelled_out(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["GroupDescription"] = "of 123456789012"


@breaks(names.capability_iam_is_enough)
def a_role_has_a_name(template: Rendered) -> None:
    properties_of(template, "InspectRole")["RoleName"] = {"Fn::Sub": "${AWS::StackName}-inspect"}


@breaks(names.names_do_not_block_updates)
def a_group_has_a_name(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["GroupName"] = {"Fn::Sub": "${AWS::StackName}-builds"}


@breaks(names.names_fit_for_the_longest_stack_name)
def a_project_has_a_long_name(template: Rendered) -> None:
    properties_of(template, "InspectProject")["Name"] = {"Fn::Sub": "${AWS::StackName}-inspects-the-pushed-image"}


@breaks(names.two_stacks_live_side_by_side)
def two_stacks_have_one_log_group(template: Rendered) -> None:
    properties_of(template, "InspectLogs")["LogGroupName"] = "/aws/codebuild/inspect"


@breaks(names.two_stacks_live_side_by_side, of="platform")
def two_stacks_export_one_name(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = "ecr-pipeline:platform:main:v1:KeyArn"


@breaks(names.names_do_not_block_updates, of="registry")
def another_name_takes_the_images_along(template: Rendered) -> None:
    template["Resources"]["Repository"]["UpdateReplacePolicy"] = "Delete"


@breaks(names.names_fit_for_the_longest_stack_name, of="registry")
def a_name_is_typed_too_long(template: Rendered) -> None:
    template["Parameters"]["RepositoryName"]["MaxLength"] = 300


@breaks(names.two_stacks_live_side_by_side, of="registry")
def two_stacks_have_one_repository(template: Rendered) -> None:
    properties_of(template, "Repository")["RepositoryName"] = "team/orders"
