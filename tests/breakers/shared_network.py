"""Breakers of the promises in tests/promises/shared_network.py."""

from __future__ import annotations

import copy

from tests.breakers import breaks, endpoint_statements, properties_of, statements_of
from tests.promises import shared_network
from tests.rendered import Rendered


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def the_endpoint_of_s3_stops_artifacts(template: Rendered) -> None:
    statements = properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"]
    (artifacts,) = (each for each in statements if "s3:PutObject" in each["Action"])
    artifacts["Action"].remove("s3:GetObject")


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def the_endpoint_of_s3_stops_layers(template: Rendered) -> None:
    statements = properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"]
    statements[:] = [each for each in statements if each["Action"] != ["s3:GetObject"]]


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def an_endpoint_that_is_asked_for_stops_everything(template: Rendered) -> None:
    properties_of(template, "CodeartifactRepositoriesEndpoint")["PolicyDocument"]["Statement"].pop()


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def the_endpoint_of_s3_is_for_something_else(template: Rendered) -> None:
    properties_of(template, "S3Endpoint")["PolicyDocument"]["Statement"][0]["Resource"] = [{"Ref": "AWS::StackId"}]


@breaks(shared_network.there_are_as_many_subnets_as_zones, of="network")
def two_zones_have_three_subnets(template: Rendered) -> None:
    template["Conditions"]["ThreeZones"] = {"Fn::Equals": [{"Ref": "Zones"}, "2"]}


@breaks(shared_network.no_way_out_of_a_vpc)
def the_vpc_of_the_first_hour_has_a_route(template: Rendered) -> None:
    template["Resources"]["Route"] = {"Type": "AWS::EC2::Route", "Properties": {}}


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def an_internet_gateway(template: Rendered) -> None:
    template["Resources"]["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def a_subnet_gives_public_addresses(template: Rendered) -> None:
    properties_of(template, "FirstSubnet")["MapPublicIpOnLaunch"] = True


@breaks(shared_network.no_way_out_of_a_vpc, of="network")
def a_subnet_has_the_main_route_table(template: Rendered) -> None:
    del template["Resources"]["SecondSubnetRoutes"]


@breaks(shared_network.subnets_are_in_different_zones, of="network")
def two_subnets_overlap(template: Rendered) -> None:
    properties_of(template, "SecondSubnet")["CidrBlock"] = properties_of(template, "FirstSubnet")["CidrBlock"]


@breaks(shared_network.subnets_are_in_different_zones, of="network")
def a_subnet_lies_outside(template: Rendered) -> None:
    properties_of(template, "FirstSubnet")["CidrBlock"] = "10.0.0.0/24"


@breaks(shared_network.subnets_are_in_different_zones, of="network")
def two_subnets_are_in_one_zone(template: Rendered) -> None:
    first, third = (properties_of(template, name) for name in ("FirstSubnet", "ThirdSubnet"))
    third["AvailabilityZone"] = first["AvailabilityZone"]


@breaks(shared_network.vpcs_have_flow_logs, of="network")
def only_what_is_turned_away_is_logged(template: Rendered) -> None:
    properties_of(template, "FlowLog")["TrafficType"] = "REJECT"


@breaks(shared_network.vpcs_have_flow_logs, of="network")
def flow_logs_go_to_a_group_that_nobody_encrypts(template: Rendered) -> None:
    properties_of(template, "FlowLog")["LogGroupName"] = "flows"


@breaks(shared_network.default_security_groups_lose_their_rules, of="network")
def the_default_security_group_keeps_its_rules(template: Rendered) -> None:
    del template["Resources"]["Finish"]


@breaks(shared_network.default_security_groups_lose_their_rules, of="network")
def the_function_may_not_revoke(template: Rendered) -> None:
    statements_of(template, "FinisherRole")[0]["Action"] = ["ec2:RevokeSecurityGroupIngress"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def a_service_has_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["EcrDkrEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def secrets_have_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["SecretsmanagerEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def reports_have_no_endpoint(template: Rendered) -> None:
    del template["Resources"]["CodebuildEndpoint"]


@breaks(shared_network.shared_endpoints_are_those_that_published_builds_call, of="network")
def a_service_that_nobody_calls_has_an_endpoint(template: Rendered) -> None:
    template["Resources"]["EcsEndpoint"] = copy.deepcopy(template["Resources"]["LogsEndpoint"])
    properties_of(template, "EcsEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecs"}


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def an_endpoint_stops_the_findings(template: Rendered) -> None:
    endpoint_statements(template, "EcrApi")[1]["Action"].remove("ecr:DescribeImageScanFindings")


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def an_endpoint_passes_deletions(template: Rendered) -> None:
    endpoint_statements(template, "EcrApi")[1]["Action"].append("ecr:BatchDeleteImage")


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def docker_gets_more_than_it_asks_for(template: Rendered) -> None:
    endpoint_statements(template, "EcrDkr")[1]["Action"].append("ecr:DescribeImages")


@breaks(shared_network.shared_endpoints_allow_what_published_builds_may_do, of="network")
def a_shared_endpoint_has_no_policy(template: Rendered) -> None:
    del properties_of(template, "LogsEndpoint")["PolicyDocument"]


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def any_bucket_may_pass_for_one_of_packages(template: Rendered) -> None:
    endpoint_statements(template, "S3")[-1]["Resource"] = {"Fn::Sub": "arn:${AWS::Partition}:s3:::assets-*/*"}


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def credentials_of_others_pass(template: Rendered) -> None:
    del endpoint_statements(template, "Logs")[0]["Condition"]


@breaks(shared_network.shared_endpoints_serve_this_account_alone, of="network")
def repositories_of_others_are_reached(template: Rendered) -> None:
    endpoint_statements(template, "EcrDkr")[1]["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ecr:*:*:repository/*"}]


@breaks(shared_network.shared_endpoints_admit_the_subnets, of="network")
def the_endpoints_are_open_to_other_networks(template: Rendered) -> None:
    rules = properties_of(template, "EndpointSecurityGroup")["SecurityGroupIngress"]
    rules.append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"})


@breaks(shared_network.shared_endpoints_admit_the_subnets, of="network")
def the_endpoints_are_open_on_every_port(template: Rendered) -> None:
    properties_of(template, "EndpointSecurityGroup")["SecurityGroupIngress"][0]["ToPort"] = 65535
