"""Everything in one stack: a pipeline with its own platform and its own network, for a first try."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.blueprints.pipeline import add_stages
from generator.components.approval import TIMEOUT_MINUTES
from generator.components.artifacts import add_artifact_store
from generator.components.build import fixed_build_environment
from generator.components.closed_vpc import add_closed_vpc
from generator.components.encryption import add_key, for_alarms, for_dead_letters, for_logs
from generator.components.events import PUSHED_TAG, add_events
from generator.components.inspection import add_own_inspect_build
from generator.components.network import add_endpoints
from generator.components.pipeline import add_pipeline, add_pipeline_name
from generator.components.platform import add_platform
from generator.components.repositories import one_repository
from generator.components.source import add_source
from generator.components.topic import add_topic
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.template import new_template
from generator.targets.release import TARGET

OWNER = Owner("standalone", "${Name}")


def standalone() -> Template:
    """A pipeline that inspects a push, asks for approval and records it.

    Only the repository and an e-mail address are required.
    """
    template = new_template("Image pipeline in one stack: a push to ECR is inspected, approved and recorded")
    source = add_source(template)
    key = add_key(template, OWNER, services=(for_logs(OWNER.log_groups), for_alarms(), for_dead_letters()))
    topic = add_topic(template, key, required=True)
    name = add_pipeline_name(template, default="app")
    vpc = add_closed_vpc(template, OWNER)
    store = add_artifact_store(template, key)
    environment = fixed_build_environment(template, OWNER, key, vpc.network)
    # The script of Inspect and the code of the recorder fill half of the template. Their comments are in buildspec.yml
    # and pipeline-release.json.
    inspect = add_own_inspect_build(template, store, environment, one_repository("RepositoryName"))
    add_endpoints(template, vpc.endpoints, (inspect,))
    add_output(template, "InspectProject", inspect.project_name, "CodeBuild project")
    platform = add_platform(template, store, inspect, (inspect.run(),))
    stages = add_stages(
        template,
        TARGET,
        owner=OWNER,
        platform=platform,
        source=source,
        topic=topic,
        limits={},
        approval_minutes=TIMEOUT_MINUTES,
    )
    running = add_pipeline(
        template,
        platform.store,
        stages,
        name=name,
        grants=(platform.store.move("${Name}/"),),
        shared=(platform.pipeline_policy,),
        mode="SUPERSEDED",
        variables=(PUSHED_TAG,),
        tags={"ecr-pipeline:target": TARGET.name},
    )
    # For one account and region: the parameter for replicas does not fit into the template.
    add_events(template, source, running, topic, platform.dead_letters, replicas=False)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"standalone": standalone}
