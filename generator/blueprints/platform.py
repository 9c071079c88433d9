"""The platform: key, artifact bucket, Inspect, ceilings and dead letters, shared by many pipelines."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.artifacts import add_artifact_retention, add_artifact_store
from generator.components.build import add_build_environment
from generator.components.encryption import add_chosen_key, for_alarms, for_dead_letters, for_logs
from generator.components.inspection import add_inspect_build, add_run_grants
from generator.components.platform import KIND, add_platform, add_platform_exports
from generator.components.platform_network import add_platform_network
from generator.components.repositories import add_repository_pattern
from generator.model.export_names import add_coupling_name
from generator.model.owner import EVERY_LOG_GROUP, Owner
from generator.model.template import new_template

OWNER = Owner(KIND, "${Platform}")


def platform() -> Template:
    """The resources that the pipelines of an account and region, or of a team, share."""
    template = new_template("Platform for image pipelines: key, artifact bucket, Inspect, the gate's ceilings")
    add_coupling_name(
        template,
        KIND,
        group="Platform",
        description="Name of this platform, unique in account and region. Pipelines and deployers refer to it.",
    )
    repositories = add_repository_pattern(template)
    network = add_platform_network(template, OWNER)
    key = add_chosen_key(
        template,
        OWNER,
        services=(for_logs(EVERY_LOG_GROUP), for_alarms(), for_dead_letters()),
        note=" Cannot be changed while pipelines use the platform.",
    )
    store = add_artifact_store(template, key, add_artifact_retention(template))
    environment = add_build_environment(template, OWNER, key, network)
    inspect = add_inspect_build(template, store, environment, repositories)
    made = add_platform(template, store, inspect, add_run_grants(template, inspect))
    add_platform_exports(template, made, network)
    # cfn-lint advises to import from the network stack directly. The platform exports the network once more, so that
    # its users name one stack only, and an existing VPC is described in one place.
    template.metadata["cfn-lint"] = {"config": {"ignore_checks": ["W6001"]}}
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"platform": platform}
