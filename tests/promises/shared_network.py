"""Promises about a VPC of a template: no way out of it; and that of `network` has all that published builds call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from tests.builds import actions_granted, services_called
from tests.promises.network import DOCKER, LAYERS, WAYS_OUT
from tests.rendered import (
    Rendered,
    alternatives,
    has_its_own_vpc,
    has_pipeline,
    is_shared_network,
    listed,
    resources,
    strings,
)
from tests.samples import sample
from tests.service_reference import has_no_narrower_resource
from tests.stacked import published
from tests.variants import with_conditions

ACCOUNT = {"Ref": "AWS::AccountId"}
# Objects that AWS's services hand out by URLs which they have signed themselves.
SIGNED = (LAYERS, {"Fn::Sub": "${CodeArtifactBucketArn}/*"})


def no_way_out_of_a_vpc(template: Rendered) -> Iterator[str]:
    """A VPC has no gateway, no route and no peer; its subnets are private and have a route table of the template."""
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


def subnets_are_in_different_zones(template: Rendered) -> Iterator[str]:
    """Each subnet has another part of the VPC's block, in another of the zones that are named, or that AWS lists."""
    pieces = []
    for name, subnet in resources(template, "AWS::EC2::Subnet"):
        number, blocks = _selected(subnet["CidrBlock"])
        if not blocks or any(cut["Fn::Cidr"][0] != _block(template) for cut in alternatives(blocks)):
            yield f"{name} is not cut from the block of its VPC"
        zones: list[Rendered] = [{"Fn::GetAZs": ""}]
        if "ZoneNames" in template["Parameters"]:
            zones.insert(0, {"Fn::Split": [",", {"Ref": "ZoneNames"}]})
        found = [_selected(each) for each in alternatives(subnet["AvailabilityZone"])]
        if found != [(number, each) for each in zones]:
            yield f"{name} is in {json.dumps(subnet['AvailabilityZone'])}, not in zone {number} of the list"
        pieces.append(number)
    if len(set(pieces)) != len(pieces):
        yield f"two subnets are in one place: {pieces}"


@with_conditions
def there_are_as_many_subnets_as_zones(template: Rendered) -> Iterator[str]:
    """Each zone that is chosen has a subnet, and the export has all of them."""
    for zones in template.get("Parameters", {}).get("Zones", {}).get("AllowedValues", ()):
        stack = OfflineStack(template=template, name="a-stack", parameters={**sample(template, "a"), "Zones": zones})
        made = [str(stack.ref(name)) for name, _ in stack.resources("AWS::EC2::Subnet")]
        if len(made) != int(zones) or stack.outputs().get("SubnetIds", "").split(",") != made:
            yield f"with Zones={zones}, the subnets are {made} and the export is {stack.outputs().get('SubnetIds')}"


def vpcs_have_flow_logs(template: Rendered) -> Iterator[str]:
    """All traffic of a VPC is logged in a group of the stack, which the key of the stack encrypts as it does others.

    Not that of a stack which also has the pipeline: it is for the first hour, and holds the builds of this stack alone.
    """
    if has_pipeline(template):
        return
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
    """A function of the stack gets the default group of each VPC, and may remove the rules of that group.

    Not in a stack which also has the pipeline: it is for the first hour, and nothing uses the default group.
    """
    if has_pipeline(template):
        return
    emptied = [finish["GroupId"] for _, finish in resources(template, "Custom::VpcFinish")]
    roles = {f"{function['Role']['Fn::GetAtt'][0]}" for _, function in resources(template, "AWS::Lambda::Function")}
    for name, _ in resources(template, "AWS::EC2::VPC"):
        if {"Fn::GetAtt": [name, "DefaultSecurityGroup"]} not in emptied:
            yield f"no function empties the default security group of {name}"
        granted = json.dumps(
            [properties for role, properties in resources(template, "AWS::IAM::Role") if role in roles]
        )
        for action in ("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"):
            if action not in granted or f"security-group/${{{name}.DefaultSecurityGroup}}" not in granted:
                yield f"no function may {action} of the default security group of {name}"


def shared_endpoints_are_those_that_published_builds_call(template: Rendered) -> Iterator[str]:
    """Each service that a build of a published template calls has an endpoint. Others are optional."""
    if not is_shared_network(template):
        return
    called = set[str]().union(*map(services_called, _published()))
    made = {_service(endpoint): name for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint")}
    for service in sorted(called - made.keys()):
        yield f"{service} is called by a published build: generator/components/shared_endpoints.py lacks it"
    for service in sorted(made.keys() - called):
        if not _is_off_by_default(template, made[service]):
            yield f"{service} has an endpoint by default, and no published build calls it: it costs by the hour"


def shared_endpoints_allow_what_published_builds_may_do(template: Rendered) -> Iterator[str]:
    """An endpoint allows every action of a service that a role of a published build has, and no other one."""
    if not is_shared_network(template):
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
    """Endpoints admit principals of this account to resources of this account, except for layers and package files.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    if not is_shared_network(template):
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
                    each == "*" and all(map(has_no_narrower_resource, listed(statement["Action"])))
                ):
                    yield f"{name} is for {json.dumps(each)}"
            named = all("${AWS::AccountId}" in json.dumps(each) or each == "*" for each in resource)
            if not named and keys.get("aws:ResourceAccount") != ACCOUNT:
                yield f"{name} leads to other accounts"


def shared_endpoints_admit_the_subnets(template: Rendered) -> Iterator[str]:
    """The endpoints' group admits the addresses of each subnet on port 443, and nothing else."""
    if not is_shared_network(template):
        return
    subnets = {json.dumps(subnet["CidrBlock"]) for _, subnet in resources(template, "AWS::EC2::Subnet")}
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        rules = [rule["Fn::If"][1] if "Fn::If" in rule else rule for rule in group.get("SecurityGroupIngress", [])]
        if {json.dumps(rule.get("CidrIp")) for rule in rules} != subnets:
            yield f"{name} lets in others than the subnets, or not all of them"
        for rule in rules:
            if rule["IpProtocol"] != "tcp" or not rule.get("FromPort") == rule.get("ToPort") == 443:
                yield f"{name} is open on other ports than 443"


def _published() -> tuple[Rendered, ...]:
    """Every published template whose builds run in the network of another stack."""
    return tuple(template for template in published().values() if not has_its_own_vpc(template))


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
