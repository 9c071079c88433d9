"""Amazon EC2: security groups and endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request
from generator.emulator.stacks.tags import tag

Permission = Mapping[str, Any]


# Security groups


def _permission(rule: Permission) -> dict[str, Any]:
    """A rule for the API: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html."""
    told = {"Description": rule["Description"]} if "Description" in rule else {}
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    permission |= {port: int(rule[port]) for port in ("FromPort", "ToPort") if port in rule}
    for name, value in rule.items():
        match name:
            case "CidrIp":
                permission["IpRanges"] = [{"CidrIp": value, **told}]
            case "CidrIpv6":
                permission["Ipv6Ranges"] = [{"CidrIpv6": value, **told}]
            case "SourceSecurityGroupId" | "DestinationSecurityGroupId":
                permission["UserIdGroupPairs"] = [{"GroupId": value, **told}]
            case "SourcePrefixListId" | "DestinationPrefixListId":
                permission["PrefixListIds"] = [{"PrefixListId": value, **told}]
    return permission


def _create_group(work: ResourceContext, properties: Properties) -> str:
    client = work.client("ec2")
    created = client.create_security_group(
        GroupName=properties.get("GroupName") or work.name(255),
        Description=properties["GroupDescription"],
        VpcId=properties["VpcId"],
    )
    group = str(created["GroupId"])
    # CloudFormation removes EC2's own rule for outgoing traffic if the template has rules.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    if properties.get("SecurityGroupEgress"):  # a group without a rule leads everywhere, until there is one
        everywhere = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
        client.revoke_security_group_egress(GroupId=group, IpPermissions=[_permission(everywhere)])
    return group


def _settle_group(work: ResourceContext, group: str, new: Properties, old: Properties) -> None:
    client = work.client("ec2")
    ways = {
        "SecurityGroupEgress": (client.authorize_security_group_egress, client.revoke_security_group_egress),
        "SecurityGroupIngress": (client.authorize_security_group_ingress, client.revoke_security_group_ingress),
    }
    for name, (authorize, revoke) in ways.items():
        _each(revoke, group, [rule for rule in old.get(name, []) if rule not in new.get(name, [])])
        _each(authorize, group, [rule for rule in new.get(name, []) if rule not in old.get(name, [])])
    tag(work, group, new, old)


def _each(call: Any, group: str, rules: Sequence[Permission]) -> None:
    for rule in rules:
        call(GroupId=group, IpPermissions=[_permission(rule)])


def _rule_kind(direction: str) -> ResourceHandler:
    """The handler of a rule that is a resource of its own: "ingress" or "egress"."""

    def create(work: ResourceContext, properties: Properties) -> str:
        authorize = getattr(work.client("ec2"), f"authorize_security_group_{direction}")
        done = authorize(GroupId=properties["GroupId"], IpPermissions=[_permission(without(properties, "GroupId"))])
        return str(done["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(work: ResourceContext, _rule: str, properties: Properties) -> None:
        revoke = getattr(work.client("ec2"), f"revoke_security_group_{direction}")
        revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(without(properties, "GroupId"))])

    def update(work: ResourceContext, rule: str, new: Properties, old: Properties) -> None:
        delete(work, rule, old)
        create(work, new)

    return ResourceHandler(create=create, delete=delete, update=update, attributes=lambda _work, rule, _: {"Id": rule})


# Endpoints


def _create_endpoint(work: ResourceContext, properties: Properties) -> str:
    # moto keeps no default, and cannot delete an endpoint without a type.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    wanted = {"VpcEndpointType": "Gateway", **without(properties, "Tags")}
    _refuse_second_name(work, wanted)
    created = request(work.client("ec2"), "CreateVpcEndpoint", wanted)
    return str(created["VpcEndpoint"]["VpcEndpointId"])


def _refuse_second_name(work: ResourceContext, wanted: Properties) -> None:
    """Refuse a second endpoint for the private name of a service in a VPC.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    for each in work.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]:
        same = all(each[name] == wanted[name] for name in ("VpcId", "ServiceName"))
        if same and each.get("PrivateDnsEnabled") and wanted.get("PrivateDnsEnabled"):
            name = str(wanted["ServiceName"]).rpartition(".")[2]
            taken = f"there is already a conflicting DNS domain for {name} in the VPC {wanted['VpcId']}"
            raise RefusedError(f"private-dns-enabled cannot be set because {taken}", "InvalidParameter")


def _settle_endpoint(work: ResourceContext, endpoint: str, new: Properties, old: Properties) -> None:
    if old:
        changes: dict[str, Any] = {}
        for name, singular in (
            ("RouteTableIds", "RouteTable"),
            ("SubnetIds", "Subnet"),
            ("SecurityGroupIds", "SecurityGroup"),
        ):
            before, after = old.get(name, []), new.get(name, [])
            changes[f"Add{singular}Ids"] = [one for one in after if one not in before]
            changes[f"Remove{singular}Ids"] = [one for one in before if one not in after]
        for name in ("PolicyDocument", "PrivateDnsEnabled"):
            if name in new and changed(old, new, name):
                changes[name] = new[name]
        given = {name: value for name, value in changes.items() if value not in ([], None)}
        request(work.client("ec2"), "ModifyVpcEndpoint", given, VpcEndpointId=endpoint)
    tag(work, endpoint, new, old)


def _endpoint_attributes(work: ResourceContext, endpoint: str, _properties: Properties) -> dict[str, Any]:
    (found,) = work.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    entries = [f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}" for entry in found.get("DnsEntries", [])]
    return {"Id": endpoint, "DnsEntries": entries, "NetworkInterfaceIds": found.get("NetworkInterfaceIds", [])}


def _create_launch_template(work: ResourceContext, properties: Properties) -> str:
    name = properties.get("LaunchTemplateName") or work.name(128)
    settings = without(properties, "LaunchTemplateName", "TagSpecifications")
    created = request(work.client("ec2"), "CreateLaunchTemplate", settings, LaunchTemplateName=name)
    return str(created["LaunchTemplate"]["LaunchTemplateId"])


def _update_launch_template(work: ResourceContext, template: str, new: Properties, _old: Properties) -> None:
    """Create a new version for a change."""
    data = {"LaunchTemplateData": new["LaunchTemplateData"]}
    request(work.client("ec2"), "CreateLaunchTemplateVersion", data, LaunchTemplateId=template)


def _launch_template_attributes(work: ResourceContext, template: str, _properties: Properties) -> dict[str, str]:
    (found,) = work.client("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    versions = {name: str(found[name]) for name in ("DefaultVersionNumber", "LatestVersionNumber")}
    return {**versions, "LaunchTemplateId": template}


TYPES = {
    "AWS::EC2::LaunchTemplate": ResourceHandler(
        create=_create_launch_template,
        update=_update_launch_template,
        delete=lambda work, template, _: work.client("ec2").delete_launch_template(LaunchTemplateId=template),
        attributes=_launch_template_attributes,
    ),
    "AWS::EC2::SecurityGroup": ResourceHandler(
        create=_create_group,
        settle=_settle_group,
        delete=lambda work, group, _: work.client("ec2").delete_security_group(GroupId=group),
        attributes=lambda _work, group, properties: {"GroupId": group, "Id": group, "VpcId": properties["VpcId"]},
    ),
    "AWS::EC2::SecurityGroupEgress": _rule_kind("egress"),
    "AWS::EC2::SecurityGroupIngress": _rule_kind("ingress"),
    "AWS::EC2::VPCEndpoint": ResourceHandler(
        create=_create_endpoint,
        settle=_settle_endpoint,
        delete=lambda work, endpoint, _: work.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint]),
        attributes=_endpoint_attributes,
    ),
}
