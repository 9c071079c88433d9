"""Promises about a network that many pipelines share: what every published pipeline needs is there, and no way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from generator import catalog, render
from generator.emulator.deployed import Stack
from tests.builds import actions_granted, services_called
from tests.playing import with_conditions
from tests.promises.network import DOCKER, LAYERS
from tests.promises.permissions import EVERYWHERE
from tests.rendered import Rendered, alternatives, has_its_own_vpc, listed, resources, strings
from tests.samples import sample

# What leads out of a VPC, or from one into another.
WAYS_OUT = {
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
}
ACCOUNT = {"Ref": "AWS::AccountId"}
# What AWS's services hand out by addresses that they have signed themselves, whoever asks.
SIGNED = (LAYERS, {"Fn::Sub": "${CodeArtifactBucketArn}/*"})


def no_way_out_of_a_vpc(template: Rendered) -> Iterator[str]:
    """A VPC has no gateway, no route of the template's, no peer; its subnets are private and have a route table."""
    if not has_its_own_vpc(template):
        return
    for name, resource in template["Resources"].items():
        if resource["Type"] in WAYS_OUT:
            yield f"{name} is a way out"
    routed = [
        association["SubnetId"] for _, association in resources(template, "AWS::EC2::SubnetRouteTableAssociation")
    ]
    for name, subnet in resources(template, "AWS::EC2::Subnet"):
        if subnet.get("MapPublicIpOnLaunch"):
            yield f"{name} gives public addresses"
        if {"Ref": name} not in routed:
            yield f"{name} has the main route table, which anybody may change"


def subnets_lie_in_zones_of_their_own(template: Rendered) -> Iterator[str]:
    """Each subnet is another piece of the VPC's block, in another zone: of those that were typed, or that AWS lists."""
    pieces = []
    for name, subnet in resources(template, "AWS::EC2::Subnet"):
        number, blocks = _selected(subnet["CidrBlock"])
        if not blocks or any(cut["Fn::Cidr"][0] != _block(template) for cut in alternatives(blocks)):
            yield f"{name} is not cut from the block of its VPC"
        typed, listed_by_aws = map(_selected, (*alternatives(subnet["AvailabilityZone"]), "")[:2])
        if typed != (number, {"Fn::Split": [",", {"Ref": "ZoneNames"}]}) or listed_by_aws != (
            number,
            {"Fn::GetAZs": ""},
        ):
            yield f"{name} is in {json.dumps(subnet['AvailabilityZone'])}"
        pieces.append(number)
    if len(set(pieces)) != len(pieces):
        yield f"two subnets are in one place: {pieces}"


@with_conditions
def there_are_as_many_subnets_as_zones(template: Rendered) -> Iterator[str]:
    """Each zone that is wanted has a subnet, and all of them are told."""
    for zones in template.get("Parameters", {}).get("Zones", {}).get("AllowedValues", ()):
        stack = Stack(template=template, name="a-stack", parameters={**sample(template, "a"), "Zones": zones})
        made = [str(stack.ref(name)) for name, _ in stack.resources("AWS::EC2::Subnet")]
        if len(made) != int(zones) or stack.outputs().get("SubnetIds", "").split(",") != made:
            yield f"of {zones} subnets {made} are made, and {stack.outputs().get('SubnetIds')} told"


def vpcs_have_flow_logs(template: Rendered) -> Iterator[str]:
    """All traffic of a VPC is logged in a group of the stack, which the key of the stack encrypts as it does others."""
    groups = [{"Ref": name} for name, _ in resources(template, "AWS::Logs::LogGroup")]
    logged = [
        log["ResourceId"]
        for _, log in resources(template, "AWS::EC2::FlowLog")
        if log["TrafficType"] == "ALL"
        and log.get("LogGroupName") in groups
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html#flow-logs-aggregration-interval
        and log.get("MaxAggregationInterval", 600) in (60, 600)
    ]
    for name, _ in resources(template, "AWS::EC2::VPC"):
        if {"Ref": name} not in logged:
            yield f"{name} has no flow logs"


def default_security_groups_lose_their_rules(template: Rendered) -> Iterator[str]:
    """A function of the stack is told the default group of each VPC, and may take the rules of that group away."""
    emptied = [finish["GroupId"] for _, finish in resources(template, "Custom::VpcFinish")]
    roles = {f"{function['Role']['Fn::GetAtt'][0]}" for _, function in resources(template, "AWS::Lambda::Function")}
    for name, _ in resources(template, "AWS::EC2::VPC"):
        if {"Fn::GetAtt": [name, "DefaultSecurityGroup"]} not in emptied:
            yield f"nobody empties the default security group of {name}"
        granted = json.dumps(
            [properties for role, properties in resources(template, "AWS::IAM::Role") if role in roles]
        )
        for action in ("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"):
            if action not in granted or f"security-group/${{{name}.DefaultSecurityGroup}}" not in granted:
                yield f"nobody may {action} of the default security group of {name}"


def shared_endpoints_are_those_that_published_builds_call(template: Rendered) -> Iterator[str]:
    """Each service that a build of a published template calls has an endpoint. Others have to be asked for."""
    if not has_its_own_vpc(template):
        return
    called = set[str]().union(*map(services_called, _published()))
    made = {_service(endpoint): name for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint")}
    for service in sorted(called - made.keys()):
        yield f"{service} is called by a published build: generator/components/shared_endpoints.py lacks it"
    for service in sorted(made.keys() - called):
        if not _is_off_by_default(template, made[service]):
            yield f"everybody pays for {service}, which no published build calls"


def shared_endpoints_let_through_what_published_builds_may_do(template: Rendered) -> Iterator[str]:
    """An endpoint passes every action of a service that a role of a published build has, and no other one."""
    if not has_its_own_vpc(template):
        return
    granted = set[str]().union(*map(actions_granted, _published()))
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        service = _service(endpoint)
        own = [statement for statement in _statements(endpoint) if not _is_signed(statement)]
        passes = {action for statement in own for action in listed(statement["Action"])}
        needed = {action for action in granted if action.partition(":")[0] == service.partition(".")[0]}
        if service == "ecr.dkr":
            needed &= DOCKER
        if not passes:
            yield f"{name} lets everything through"
        signed = [statement["Resource"] for statement in _statements(endpoint) if _is_signed(statement)]
        if signed != list(SIGNED if service == "s3" else ()):
            yield f"{name} passes {signed}: of layers and package files, too much or too little"
        for action in sorted(passes ^ needed):
            yield f"{name} {'stops' if action in needed else 'passes'} {action}"


def shared_endpoints_serve_this_account_alone(template: Rendered) -> Iterator[str]:
    """Through an endpoint goes who is of this account, to what is of this account; but for layers and package files.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    if not has_its_own_vpc(template):
        return
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        for statement in _statements(endpoint):
            if _is_signed(statement):
                continue
            keys = statement.get("Condition", {}).get("StringEquals", {})
            if keys.get("aws:PrincipalAccount") != ACCOUNT:
                yield f"{name} serves other accounts"
            resource = listed(statement["Resource"])
            for each in resource:
                if not _is_own(each, _service(endpoint)) and not (
                    each == "*" and {*listed(statement["Action"])} <= EVERYWHERE
                ):
                    yield f"{name} is for {json.dumps(each)}"
            named = all("${AWS::AccountId}" in json.dumps(each) or each == "*" for each in resource)
            if not named and keys.get("aws:ResourceAccount") != ACCOUNT:
                yield f"{name} leads to other accounts"


def shared_endpoints_let_in_the_subnets(template: Rendered) -> Iterator[str]:
    """The endpoints' group lets in the addresses of each subnet on port 443, and nothing else."""
    if not has_its_own_vpc(template):
        return
    subnets = {json.dumps(subnet["CidrBlock"]) for _, subnet in resources(template, "AWS::EC2::Subnet")}
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        rules = [rule["Fn::If"][1] if "Fn::If" in rule else rule for rule in group.get("SecurityGroupIngress", [])]
        if {json.dumps(rule.get("CidrIp")) for rule in rules} != subnets:
            yield f"{name} lets in others than the subnets, or not all of them"
        for rule in rules:
            if rule["IpProtocol"] != "tcp" or not rule.get("FromPort") == rule.get("ToPort") == 443:
                yield f"{name} is open on other ports than 443"


def outputs_of_a_network_are_parameters_of_the_pipelines(template: Rendered) -> Iterator[str]:
    """What a pipeline has to be told of its network stands in the outputs, under the same name."""
    if not has_its_own_vpc(template):
        return
    for published in _published():
        groups = published["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        asked = [
            name for group in groups if group["Label"]["default"] == "Build network" for name in group["Parameters"]
        ]
        for name in asked:
            if "Default" not in published["Parameters"][name] and name not in template["Outputs"]:
                yield f"{published['Description']}: {name} is not told"
    if "EndpointSecurityGroupId" not in template["Outputs"]:
        yield "EndpointSecurityGroupId is not told: each pipeline would make endpoints of its own"
    if template["Outputs"].get("S3GatewayEndpoint", {}).get("Value") != "existing":
        yield "S3GatewayEndpoint is not told: each pipeline would make one of its own"


@cache
def _published() -> tuple[Rendered, ...]:
    """Every published template whose builds run in somebody else's network."""
    rendered = [render.to_dict(build()) for build in catalog.templates().values()]
    return tuple(template for template in rendered if not has_its_own_vpc(template))


def _service(endpoint: Rendered) -> str:
    return re.sub(r".*com\.amazonaws\.\$\{AWS::Region\}\.", "", next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))))


def _statements(endpoint: Rendered) -> list[Rendered]:
    return list(endpoint.get("PolicyDocument", {}).get("Statement", []))


def _is_own(resource: Any, service: str) -> bool:
    """Whether it is an ARN of the service that an endpoint is for."""
    return f"arn:${{AWS::Partition}}:{service.partition('.')[0]}:" in json.dumps(resource)


def _is_signed(statement: Rendered) -> bool:
    return statement["Resource"] in SIGNED and listed(statement["Action"]) == ["s3:GetObject"]


def _selected(value: Any) -> tuple[Any, Rendered]:
    """The number and the list of an Fn::Select; of anything else nothing."""
    number, items = value.get("Fn::Select", ["", {}]) if isinstance(value, dict) else ("", {})
    return number, items


def _block(template: Rendered) -> Any:
    ((_, vpc),) = resources(template, "AWS::EC2::VPC")
    return vpc["CidrBlock"]


def _is_off_by_default(template: Rendered, name: str) -> bool:
    """Whether the endpoint hangs on a parameter, and not on its default."""
    condition = template["Conditions"].get(template["Resources"][name].get("Condition"), {})
    parameter, wanted = condition.get("Fn::Equals", [{}, ""])
    return bool(parameter and template["Parameters"][parameter["Ref"]]["Default"] != wanted)
