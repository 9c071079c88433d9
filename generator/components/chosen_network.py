"""The chosen network of builds: an existing VPC with endpoints or a NAT gateway, or that of a network stack."""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import Condition, If, Not, NoValue, Split, Template

from generator.components.existing_vpc import PLACE, ExistingVpc, add_existing_vpc
from generator.components.network import GROUP, Network, add_build_group, to_endpoints, to_https, to_s3
from generator.model.export_names import add_coupling_name, imported
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import add_choice, add_condition

EXISTING, NAT, NETWORK = "existing", "nat", "network"


def add_chosen_network(template: Template, owner: Owner, leads_to: Sequence[object] = ()) -> Network:
    """The network of the builds: by default an existing VPC, which further parameters describe.

    `leads_to` are further rules of the builds' security group, for what the builds reach in the VPC.
    """
    where = add_choice(
        template,
        "BuildNetwork",
        group=GROUP,
        label="Where builds run",
        description=f"{EXISTING}: an existing VPC, see below, with VPC endpoints. "
        f"{NAT}: an existing VPC with a NAT gateway; builds can reach every address on port 443. "
        f"{NETWORK}: the VPC of a network stack, without internet.",
        choices=(EXISTING, NAT, NETWORK),
    )
    add_coupling_name(
        template, "network", group=GROUP, description=f"Name of the network stack, if BuildNetwork is {NETWORK}."
    )
    vpc = add_existing_vpc(template, chosen_by=where, value=EXISTING, nat=NAT)
    network = add_network(template, owner, vpc, leads_to)
    description = "Security group of the builds. Their destinations must admit it"
    add_output(template, "BuildSecurityGroupId", network.security_group_id, description)
    return network


def add_network(template: Template, owner: Owner, vpc: ExistingVpc, leads_to: Sequence[object] = ()) -> Network:
    """The builds' security group in the existing VPC if it is chosen, otherwise in that of the network stack.

    With a NAT gateway the group leads to every address, because AWS has no prefix lists for its APIs.
    """
    vpc_id, subnet_ids, endpoint_group_id, prefix_list_id = (
        If(vpc.condition if thing in PLACE else vpc.endpoints, parameter, imported("network", thing))
        for thing, parameter in vpc.given.items()
    )
    to_aws: tuple[object, ...] = (to_endpoints(endpoint_group_id), to_s3(prefix_list_id))
    if vpc.nat:
        by_endpoints = add_condition(template, "ThroughEndpoints", Not(Condition(vpc.nat)))
        to_aws = (*(If(by_endpoints, rule, NoValue) for rule in to_aws), If(vpc.nat, to_https(), NoValue))
    first, *rest = to_aws
    egress = (first, *leads_to, *rest)
    return Network(vpc_id, Split(",", subnet_ids), add_build_group(template, owner, vpc_id, egress))
