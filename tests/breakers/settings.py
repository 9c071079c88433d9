"""What breaks the promises about choices, outputs, and the ways through the network."""

from __future__ import annotations

from tests.breakers import breaks, properties_of, replace_in_script
from tests.promises import builds, choices, encryption, outputs, ways
from tests.rendered import Rendered

ALWAYS = {"Fn::Equals": ["yes", "yes"]}
NEVER = {"Fn::Equals": ["yes", "no"]}


@breaks(choices.parameters_refuse_rubbish)
def any_name_will_do(template: Rendered) -> None:
    template["Parameters"]["RepositoryName"]["AllowedPattern"] = ".*"


@breaks(choices.numbers_have_limits)
def any_number_will_do(template: Rendered) -> None:
    del template["Parameters"]["ScanTimeoutSeconds"]["MaxValue"]


@breaks(choices.defaults_are_careful)
def a_missing_scan_is_allowed(template: Rendered) -> None:
    template["Parameters"]["MissingScan"]["Default"] = "allow"


@breaks(choices.defaults_are_careful, of="platform")
def the_default_is_not_allowed(template: Rendered) -> None:
    template["Parameters"]["ComputeType"]["Default"] = "BUILD_GENERAL1_HUGE"


@breaks(choices.rules_mention_what_they_check, of="platform")
def a_rule_looks_at_something_else(template: Rendered) -> None:
    rule = template["Rules"]["ExistingVpcIsComplete"]
    rule["RuleCondition"] = {"Fn::Equals": [{"Ref": "MissingScan"}, "allow"]}


@breaks(choices.rules_mention_what_they_check, of="platform")
def a_rule_never_says_no(template: Rendered) -> None:
    template["Rules"]["ExistingVpcIsComplete"]["RuleCondition"]["Fn::Equals"][1] = "never"


@breaks(choices.what_cannot_work_is_refused, of="pipeline-ecs")
def no_stage_is_deployed_to(template: Rendered) -> None:
    del template["Rules"]["StagesDiffer"]


@breaks(choices.what_cannot_work_is_refused, of="platform")
def an_existing_vpc_needs_no_subnets(template: Rendered) -> None:
    del template["Rules"]["ExistingVpcIsComplete"]["Assertions"][1]


@breaks(choices.what_cannot_work_is_refused, of="platform")
def two_networks_are_given(template: Rendered) -> None:
    del template["Rules"]["NoExistingVpc"]


@breaks(choices.rules_let_the_careful_pass, of="platform")
def nobody_gets_past_a_rule(template: Rendered) -> None:
    template["Rules"]["Never"] = {"Assertions": [{"Assert": NEVER, "AssertDescription": "No."}]}


@breaks(choices.nothing_is_made_of_an_empty_value, of="pipeline-release")
def nobody_is_subscribed(template: Rendered) -> None:
    template["Conditions"]["HasNotificationEmail"] = ALWAYS


@breaks(choices.nothing_is_made_of_an_empty_value, of="pipeline-ecs")
def tests_run_for_validation(template: Rendered) -> None:
    template["Conditions"]["HasTestProject"] = template["Conditions"]["HasValidationFunction"]


@breaks(choices.what_does_not_exist_is_made, of="platform")
def the_key_is_made_for_those_who_have_a_boundary(template: Rendered) -> None:
    template["Resources"]["Key"]["Condition"] = "HasPermissionsBoundary"


@breaks(choices.nothing_that_is_given_is_left_out, of="pipeline-release")
def the_address_is_forgotten(template: Rendered) -> None:
    template["Conditions"]["HasNotificationEmail"] = NEVER


@breaks(encryption.objects_of_a_bucket_share_a_key)
def each_object_asks_for_a_key(template: Rendered) -> None:
    rules = properties_of(template, "ArtifactBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    rules[0]["BucketKeyEnabled"] = False


@breaks(outputs.what_people_look_up_is_an_output)
def the_topic_is_not_put_out(template: Rendered) -> None:
    del template["Outputs"]["NotificationTopicArn"]


@breaks(outputs.what_people_look_up_is_an_output)
def the_topic_is_put_out_as_pipeline(template: Rendered) -> None:
    template["Outputs"]["PipelineArn"]["Value"] = {"Ref": "NotificationTopic"}


@breaks(outputs.records_are_outputs)
def nobody_finds_the_record(template: Rendered) -> None:
    del template["Outputs"]["ReleaseRecord"]


@breaks(outputs.no_two_outputs_are_the_same, of="platform")
def the_key_is_put_out_twice(template: Rendered) -> None:
    template["Outputs"]["OtherKeyArn"] = template["Outputs"]["KeyArn"]


@breaks(ways.only_https_goes_anywhere)
def builds_find_names_elsewhere(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0] |= {"FromPort": 53, "ToPort": 53}


@breaks(ways.groups_let_in_no_spelled_out_addresses, of="network")
def endpoints_let_in_ten(template: Rendered) -> None:
    properties_of(template, "EndpointSecurityGroup")["SecurityGroupIngress"][0]["CidrIp"] = "10.0.0.0/8"


@breaks(ways.groups_let_in_no_spelled_out_addresses)
def builds_let_somebody_in(template: Rendered) -> None:
    group = properties_of(template, "BuildSecurityGroup")
    group["SecurityGroupIngress"] = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}]


@breaks(ways.endpoints_are_behind_groups_that_let_in)
def endpoints_are_behind_the_group_of_builds(template: Rendered) -> None:
    groups = properties_of(template, "EcrApiEndpoint")["SecurityGroupIds"]
    groups[0] = {"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]}


@breaks(ways.endpoints_are_behind_groups_that_let_in, of="deployer-eks")
def the_cluster_lets_in_itself(template: Rendered) -> None:
    rule = properties_of(template, "ClusterIngress")
    rule["SourceSecurityGroupId"] = rule["GroupId"]


@breaks(ways.endpoints_are_behind_groups_that_let_in)
def the_endpoint_has_a_name_of_its_own(template: Rendered) -> None:
    properties_of(template, "EcrApiEndpoint")["PrivateDnsEnabled"] = False


@breaks(ways.endpoints_are_behind_groups_that_let_in)
def nobody_finds_the_endpoint_of_s3(template: Rendered) -> None:
    del properties_of(template, "S3Endpoint")["RouteTableIds"]


@breaks(ways.endpoints_are_called_as_in_their_partition)
def an_endpoint_is_called_as_elsewhere(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecr.dkr"}


@breaks(ways.endpoints_let_through_what_is_their_own)
def the_endpoint_of_logs_is_for_ssm(template: Rendered) -> None:
    properties_of(template, "LogsEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ssm"}


@breaks(ways.endpoints_let_through_what_is_their_own)
def an_endpoint_denies(template: Rendered) -> None:
    properties_of(template, "LogsEndpoint")["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"


@breaks(ways.each_service_has_one_endpoint)
def logs_have_two_endpoints(template: Rendered) -> None:
    template["Resources"]["OtherEndpoint"] = template["Resources"]["LogsEndpoint"]


@breaks(ways.each_service_has_one_endpoint)
def an_endpoint_is_for_no_service(template: Rendered) -> None:
    del properties_of(template, "EcrDkrEndpoint")["ServiceName"]


@breaks(ways.names_of_endpoints_are_found, of="network")
def names_are_not_found(template: Rendered) -> None:
    properties_of(template, "Vpc")["EnableDnsSupport"] = False


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
