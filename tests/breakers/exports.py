"""Breakers of the promises in tests/promises/exports.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import exports
from tests.rendered import Rendered
from tests.stacked import imported


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def an_export_is_named_after_the_stack(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "${AWS::StackName}-KeyArn"}


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def an_export_is_called_as_another_thing(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:Key"}


@breaks(exports.exports_are_named_after_their_stack_of_a_kind, of="platform")
def a_platform_exports_as_a_network(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Export"]["Name"] = {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:KeyArn"}


@breaks(exports.exports_have_the_value_of_their_name, of="platform")
def the_bucket_is_exported_as_the_key(template: Rendered) -> None:
    template["Outputs"]["KeyArn"]["Value"] = {"Fn::GetAtt": ["ArtifactBucket", "Arn"]}


@breaks(exports.exports_have_the_value_of_their_name, of="network")
def the_builds_get_the_default_security_group(template: Rendered) -> None:
    template["Outputs"]["EndpointSecurityGroupId"]["Value"] = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}


@breaks(exports.every_import_has_an_export, of="network")
def the_prefix_list_is_not_exported(template: Rendered) -> None:
    del template["Outputs"]["S3PrefixListId"]


@breaks(exports.every_import_has_an_export, of="platform")
def something_is_exported_for_nobody(template: Rendered) -> None:
    name = {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:InspectRoleArn"}
    template["Outputs"]["InspectRoleArn"] = {"Value": {"Ref": "InspectProject"}, "Export": {"Name": name}}


@breaks(exports.every_import_has_an_export, of="pipeline-release")
def a_thing_is_imported_that_no_platform_has(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = imported("platform", "OtherKeyArn")


@breaks(exports.every_import_has_an_export, of="pipeline-release")
def a_thing_is_imported_from_a_kind_that_nobody_is(template: Rendered) -> None:
    name = {"Fn::Sub": "ecr-pipeline:vault:${Platform}:v1:KeyArn"}
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = {"Fn::ImportValue": name}


@breaks(exports.every_import_has_an_export, of="pipeline-release")
def an_import_is_named_by_a_stack(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = {"Fn::ImportValue": "platform-KeyArn"}


@breaks(exports.every_import_has_an_export, of="platform")
def platforms_have_names_that_pipelines_do_not_take(template: Rendered) -> None:
    template["Parameters"]["Platform"]["MaxLength"] = 30


@breaks(exports.every_import_has_an_export, of="pipeline-release")
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
