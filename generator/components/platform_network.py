"""The network of a platform: that of a `network` stack, or an existing VPC."""

from __future__ import annotations

from troposphere import Template

from generator.components.chosen_network import add_network
from generator.components.existing_vpc import add_existing_vpc
from generator.components.network import GROUP, Network
from generator.model.export_names import add_coupling_name
from generator.model.owner import Owner

NONE = "none"


def add_platform_network(template: Template, owner: Owner) -> Network:
    """The builds' security group in the VPC of a `network` stack, or in an existing VPC if `Network` is `none`.

    CloudFormation does not look up an import in a branch of Fn::If that is not taken; many public templates rely on it.
    """
    network = add_coupling_name(
        template,
        "network",
        group=GROUP,
        description="Name of the network that builds use. none: an existing VPC, described below. "
        "Cannot be changed while image builds use the platform.",
        others=NONE,
    )
    vpc = add_existing_vpc(template, chosen_by=network, value=NONE)
    return add_network(template, owner, vpc)
