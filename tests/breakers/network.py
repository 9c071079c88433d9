"""Breakers of the promises in tests/promises/network.py."""

from __future__ import annotations

import copy

from tests.breakers import ALWAYS, add_command, breaks, properties_of
from tests.promises import network
from tests.rendered import Rendered


@breaks(network.endpoints_allow_what_the_builds_may_do)
def an_endpoint_stops_the_token(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["PolicyDocument"]["Statement"].pop(0)


@breaks(network.builds_run_in_the_private_network, of="image-build")
def builds_of_images_run_in_the_network_only_if_internet_is_chosen(template: Rendered) -> None:
    template["Conditions"]["InVpc"]["Fn::Equals"][1] = "internet"


@breaks(network.security_groups_lead_to_endpoints_only)
def a_vpc_with_a_gateway_has_builds_that_reach_every_address(template: Rendered) -> None:
    template["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(network.security_groups_lead_to_endpoints_only)
def builds_reach_every_address_on_every_port(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0]["ToPort"] = 65535


@breaks(network.security_groups_lead_to_endpoints_only)
def a_rule_is_there_twice(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"] *= 2


@breaks(network.builds_run_in_the_private_network, of="platform")
def inspect_runs_in_a_vpc_that_nobody_gave(template: Rendered) -> None:
    properties_of(template, "InspectProject")["VpcConfig"]["VpcId"] = {"Ref": "VpcId"}


@breaks(network.builds_run_in_the_private_network, of="platform")
def the_group_of_the_builds_is_in_another_vpc(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["VpcId"] = "vpc-0a1b2c3d"


@breaks(network.builds_lead_to_the_endpoints_of_their_vpc, of="platform")
def builds_lead_to_endpoints_of_another_vpc(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0]["DestinationSecurityGroupId"] = (
        "sg-0a1b2c3d"
    )


@breaks(network.builds_lead_to_the_endpoints_of_their_vpc, of="deployer-eks")
def a_build_does_not_lead_to_s3(template: Rendered) -> None:
    rules = properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"]
    rules[:] = [rule for rule in rules if "DestinationPrefixListId" not in str(rule)]


@breaks(network.builds_reach_every_address_by_choice_only, of="deployer-eks")
def every_choice_opens_every_address(template: Rendered) -> None:
    template["Conditions"]["Always"] = ALWAYS
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][-1]["Fn::If"][0] = "Always"


@breaks(network.builds_reach_every_address_by_choice_only, of="deployer-eks")
def a_list_that_nobody_entered(template: Rendered) -> None:
    template["Conditions"]["ThroughEndpoints"] = ALWAYS


@breaks(network.builds_run_in_the_private_network)
def a_build_runs_outside(template: Rendered) -> None:
    del properties_of(template, "InspectProject")["VpcConfig"]


@breaks(network.builds_run_in_the_private_network, of="deployer-gitops")
def a_build_that_pushes_to_git_runs_in_a_vpc(template: Rendered) -> None:
    properties_of(template, "DeployProject")["VpcConfig"] = {"VpcId": "vpc-0a1b2c3d"}


@breaks(network.security_groups_lead_to_endpoints_only, of="platform")
def builds_reach_the_internet(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][1] = {
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"
    }  # fmt: skip  # one rule, one line


@breaks(network.security_groups_lead_to_endpoints_only)
def ec2_says_where_endpoints_lead(template: Rendered) -> None:
    del properties_of(template, "EndpointSecurityGroup")["SecurityGroupEgress"]


@breaks(network.endpoints_are_exactly_what_builds_call)
def an_endpoint_is_missing(template: Rendered) -> None:
    del template["Resources"]["EcrDkrEndpoint"]


@breaks(network.endpoints_are_exactly_what_builds_call)
def a_build_calls_a_service_without_an_endpoint(template: Rendered) -> None:
    add_command(template, "InspectProject", "aws ssm get-parameter --name x")


@breaks(network.endpoints_are_exactly_what_builds_call)
def an_endpoint_serves_nobody(template: Rendered) -> None:
    template["Resources"]["EksEndpoint"] = copy.deepcopy(template["Resources"]["LogsEndpoint"])
    properties_of(template, "EksEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.eks"}


@breaks(network.endpoints_allow_what_the_builds_may_do)
def an_endpoint_lets_every_repository_through(template: Rendered) -> None:
    properties_of(template, "EcrApiEndpoint")["PolicyDocument"]["Statement"][1]["Resource"] = ["*"]


@breaks(network.endpoints_allow_what_the_builds_may_do)
def an_endpoint_has_no_policy(template: Rendered) -> None:
    del properties_of(template, "S3Endpoint")["PolicyDocument"]


@breaks(network.builds_run_in_the_private_network)
def a_build_has_another_security_group(template: Rendered) -> None:
    properties_of(template, "InspectProject")["VpcConfig"]["SecurityGroupIds"] = ["sg-12345678"]


@breaks(network.nothing_else_opens_the_security_groups)
def a_rule_beside_the_group_leads_out(template: Rendered) -> None:
    rule = {"GroupId": "x", "IpProtocol": "-1", "CidrIp": "0.0.0.0/1"}
    template["Resources"]["Out"] = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": rule}


@breaks(network.nothing_else_opens_the_security_groups, of="deployer-eks")
def everybody_reaches_the_cluster(template: Rendered) -> None:
    del properties_of(template, "ClusterIngress")["SourceSecurityGroupId"]


@breaks(network.builds_run_in_the_private_network, of="image-build")
def a_build_runs_outside_unasked(template: Rendered) -> None:
    properties_of(template, "BuildProject")["VpcConfig"]["Fn::If"][0] = "HasSecret"


@breaks(network.builds_run_in_the_private_network, of="image-build-multi-arch")
def a_build_is_in_no_subnet(template: Rendered) -> None:
    del properties_of(template, "Arm64Project")["VpcConfig"]["Fn::If"][1]["Subnets"]
