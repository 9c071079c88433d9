"""Breakers of the promises in tests/promises/ways.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import ways
from tests.rendered import Rendered


@breaks(ways.only_https_goes_anywhere)
def builds_find_names_elsewhere(template: Rendered) -> None:
    properties_of(template, "BuildSecurityGroup")["SecurityGroupEgress"][0] |= {"FromPort": 53, "ToPort": 53}


@breaks(ways.groups_admit_no_literal_addresses, of="network")
def endpoints_let_in_ten(template: Rendered) -> None:
    properties_of(template, "EndpointSecurityGroup")["SecurityGroupIngress"][0]["CidrIp"] = "10.0.0.0/8"


@breaks(ways.groups_admit_no_literal_addresses)
def builds_let_somebody_in(template: Rendered) -> None:
    group = properties_of(template, "BuildSecurityGroup")
    group["SecurityGroupIngress"] = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}]


@breaks(ways.endpoints_are_behind_groups_that_admit_the_builds)
def endpoints_are_behind_the_group_of_builds(template: Rendered) -> None:
    groups = properties_of(template, "EcrApiEndpoint")["SecurityGroupIds"]
    groups[0] = {"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]}


@breaks(ways.endpoints_are_behind_groups_that_admit_the_builds, of="deployer-eks")
def the_cluster_lets_in_itself(template: Rendered) -> None:
    rule = properties_of(template, "ClusterIngress")
    rule["SourceSecurityGroupId"] = rule["GroupId"]


@breaks(ways.endpoints_are_behind_groups_that_admit_the_builds)
def the_endpoint_has_a_name_of_its_own(template: Rendered) -> None:
    properties_of(template, "EcrApiEndpoint")["PrivateDnsEnabled"] = False


@breaks(ways.endpoints_are_behind_groups_that_admit_the_builds)
def nobody_finds_the_endpoint_of_s3(template: Rendered) -> None:
    del properties_of(template, "S3Endpoint")["RouteTableIds"]


@breaks(ways.endpoints_are_called_as_in_their_partition)
def an_endpoint_is_called_as_elsewhere(template: Rendered) -> None:
    properties_of(template, "EcrDkrEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ecr.dkr"}


@breaks(ways.endpoints_allow_only_their_service)
def the_endpoint_of_logs_is_for_ssm(template: Rendered) -> None:
    properties_of(template, "LogsEndpoint")["ServiceName"] = {"Fn::Sub": "com.amazonaws.${AWS::Region}.ssm"}


@breaks(ways.endpoints_allow_only_their_service)
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
