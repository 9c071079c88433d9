"""Breakers of the promises in tests/promises/form.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import form
from tests.rendered import Rendered


@breaks(form.forms_are_short, of="pipeline-ecs")
def a_form_has_too_many_fields(template: Rendered) -> None:
    more = [f"More{number}" for number in range(form.MOST_FIELDS)]
    template["Parameters"] |= {name: {"Type": "String", "Default": ""} for name in more}


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


@breaks(form.stack_sets_can_deploy_what_is_shared, of="platform")
def a_stack_is_in_the_stack(template: Rendered) -> None:
    template["Resources"]["Nested"] = {"Type": "AWS::CloudFormation::Stack", "Properties": {}}


@breaks(form.stack_sets_can_deploy_what_is_shared, of="network")
def a_part_is_included(template: Rendered) -> None:
    template["Outputs"]["Part"] = {"Value": {"Fn::Transform": {"Name": "AWS::Include"}}}


@breaks(form.stack_sets_can_deploy_what_is_shared, of="network")
def a_default_is_a_zone(template: Rendered) -> None:
    template["Parameters"]["ZoneNames"]["Default"] = "eu-west-1a,eu-west-1b,eu-west-1c"


@breaks(form.stack_sets_can_deploy_what_is_shared, of="platform")
def a_default_is_a_key(template: Rendered) -> None:
    template["Parameters"]["KmsKeyArn"]["Default"] = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"


@breaks(form.stack_sets_can_deploy_what_is_shared, of="platform")
def a_vpc_is_required(template: Rendered) -> None:
    template["Parameters"]["VpcId"] = {"Type": "AWS::EC2::VPC::Id"}


@breaks(form.artifact_names_are_not_cut, of="pipeline-ecs-codedeploy")
def an_artifact_has_a_long_name(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            for artifact in action.get("OutputArtifacts", ()):
                artifact["Name"] = artifact["Name"].replace("Production", "ProductionRevision")


@breaks(form.variables_of_actions_fit, of="pipeline-ecs")
def containers_have_long_names(template: Rendered) -> None:
    template["Parameters"]["StagingContainers"]["MaxLength"] = 700


@breaks(form.variables_of_actions_fit, of="pipeline-ecs")
def containers_have_names_without_end(template: Rendered) -> None:
    declaration = template["Parameters"]["StagingContainers"]
    del declaration["MaxLength"]
    declaration["AllowedPattern"] = "^[a-z]+$"
