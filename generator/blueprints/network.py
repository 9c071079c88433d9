"""The network of the builds, shared by many pipelines: its outputs are values for their parameters."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.encryption import add_chosen_key, for_logs
from generator.components.flow_logs import add_flow_logs
from generator.components.shared_endpoints import add_shared_endpoints
from generator.components.vpc import add_vpc
from generator.components.vpc_finish import add_vpc_finish
from generator.model.export_names import add_coupling_name
from generator.model.owner import Owner
from generator.model.template import new_template

OWNER = Owner("network", "${Network}")


def network() -> Template:
    """A VPC with private subnets and the endpoints that builds call. There is no other way out."""
    template = new_template("Network for builds: private subnets and the VPC endpoints that the pipelines share")
    add_coupling_name(
        template,
        "network",
        group="Network",
        description="Name of this network, unique in account and region. Platforms refer to it.",
    )
    vpc = add_vpc(template, OWNER)
    add_shared_endpoints(template, OWNER, vpc)
    key = add_chosen_key(template, OWNER, services=(for_logs(OWNER.log_groups),), encrypts="logs")
    retention = add_flow_logs(template, OWNER, vpc, key)
    add_vpc_finish(template, OWNER, vpc, key, retention)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"network": network}
