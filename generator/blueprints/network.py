"""The network of the builds, once for many pipelines: its outputs are parameters of theirs."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.encryption import add_key, for_logs
from generator.components.flow_logs import add_flow_logs
from generator.components.shared_endpoints import add_shared_endpoints
from generator.components.vpc import add_vpc
from generator.components.vpc_finish import add_vpc_finish
from generator.template import new_template


def network() -> Template:
    """A VPC with private subnets and the endpoints that builds call, and no other way out."""
    template = new_template("Network for builds: private subnets and the VPC endpoints that the pipelines share")
    vpc = add_vpc(template)
    add_shared_endpoints(template, vpc)
    key = add_key(template, services=(for_logs(),))
    retention = add_flow_logs(template, vpc, key)
    add_vpc_finish(template, vpc, key, retention)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"network": network}
