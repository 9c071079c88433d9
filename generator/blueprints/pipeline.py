"""The image pipeline, assembled: one template for each target."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from troposphere import Template

from generator.components.approval import add_approval
from generator.components.artifacts import add_artifact_store
from generator.components.build import add_build_environment
from generator.components.encryption import add_key, for_alarms, for_dead_letters, for_logs
from generator.components.events import PUSHED_TAG, add_events
from generator.components.inspection import add_inspection
from generator.components.network import add_build_network, add_endpoints
from generator.components.pipeline import add_pipeline
from generator.components.record import add_recorder
from generator.components.source import add_source
from generator.components.topic import add_topic
from generator.stages import Stage, builds_of
from generator.targets import Ground, Target, targets
from generator.template import new_template


def pipeline(target: Target) -> Template:
    """From the push to the record of what was released, with the stages of `target` before and after the approval."""
    template = new_template(target.summary)
    source = add_source(template)
    network = add_build_network(template)
    key = add_key(template, services=(for_logs(), for_alarms(), for_dead_letters()))
    store = add_artifact_store(template, key)
    topic = add_topic(template, key)
    environment = add_build_environment(template, store, network)
    deployment = target.prepare(template)
    inspection = add_inspection(template, source, environment, deployment.contracts)
    ground = Ground(source=source, inspection=inspection, environment=environment, topic=topic)
    recorder = add_recorder(template)

    def deploy(name: str) -> Stage:
        return recorder.record(template, deployment.add(template, name, ground), inspection)

    stages = (
        source.stage,
        inspection.stage,
        *map(deploy, target.before_approval),
        add_approval(template, inspection, topic, PUSHED_TAG.reference),
        *map(deploy, target.after_approval),
    )
    add_endpoints(template, network, builds_of(stages))
    running = add_pipeline(template, store, stages, variables=(PUSHED_TAG,))
    add_events(template, source, running, topic)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {f"pipeline-{t.name}": partial(pipeline, t) for t in targets()}
