"""Where builds run, by choice: in an existing VPC, or in the VPC of a network stack."""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import If, Split, Template

from generator.components.existing_vpc import ExistingVpc, add_existing_vpc
from generator.components.network import GROUP, Network, add_build_group, to_endpoints, to_s3
from generator.model.exports import add_coupling_name, imported
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import add_choice

EXISTING, NETWORK = "existing", "network"


def add_chosen_network(template: Template, owner: Owner, leads_to: Sequence[object] = ()) -> Network:
    """The network of the builds: an existing VPC by default, which has to be described.

    `leads_to` are further rules of the builds' security group, for what the builds reach in the VPC.
    """
    where = add_choice(
        template,
        "BuildNetwork",
        group=GROUP,
        label="Where builds run",
        description=f"{EXISTING}: in an existing VPC, described below. "
        f"{NETWORK}: in the VPC of a network stack, without internet.",
        choices=(EXISTING, NETWORK),
    )
    add_coupling_name(
        template, "network", group=GROUP, description=f"Name of the network stack, if BuildNetwork is {NETWORK}."
    )
    network = add_network(template, owner, add_existing_vpc(template, chosen_by=where, value=EXISTING), leads_to)
    description = "Security group of the builds: admit it where builds connect to"
    add_output(template, "BuildSecurityGroupId", network.security_group_id, description)
    return network


def add_network(template: Template, owner: Owner, vpc: ExistingVpc, leads_to: Sequence[object] = ()) -> Network:
    """The builds' security group in the existing VPC if it is chosen, otherwise in that of the network stack."""
    vpc_id, subnet_ids, endpoint_group_id, prefix_list_id = (
        If(vpc.condition, parameter, imported("network", thing)) for thing, parameter in vpc.given.items()
    )
    egress = (to_endpoints(endpoint_group_id), *leads_to, to_s3(prefix_list_id))
    return Network(vpc_id, Split(",", subnet_ids), add_build_group(template, owner, vpc_id, egress))
