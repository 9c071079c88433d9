"""The image pipeline, assembled: one template for each target."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from troposphere import Ref, Template

from generator.components.approval import add_approval
from generator.components.artifacts import add_artifact_store
from generator.components.build import add_build_environment
from generator.components.encryption import add_key, for_alarms, for_dead_letters, for_logs
from generator.components.events import PUSHED_TAG, add_events
from generator.components.inspection import add_inspection
from generator.components.network import add_endpoints
from generator.components.pipeline import add_pipeline
from generator.components.places import add_completeness, add_places
from generator.components.record import add_recorder
from generator.components.source import add_source
from generator.components.topic import add_topic
from generator.components.validation import add_validation
from generator.parameters import add_choice
from generator.stages import builds_of
from generator.targets import Ground, Target, targets
from generator.template import new_template


def pipeline(target: Target) -> Template:
    """From the push to the record of what was released, with the stages of `target` before and after the approval."""
    template = new_template(target.summary)
    source = add_source(template)
    network = target.network(template)
    key = add_key(template, services=(for_logs(), for_alarms(), for_dead_letters()))
    store = add_artifact_store(template, key)
    topic = add_topic(template, key)
    environment = add_build_environment(template, store, network)
    deploys_to = _add_target(template, target)
    places = add_places(template, target.stages, target.where)
    deployment = target.prepare(template, places, environment)
    inspection = add_inspection(template, source, environment, deployment.contracts)
    ground = Ground(source=source, inspection=inspection, environment=environment, topic=topic)
    recorder = add_recorder(template, source, environment)
    deployments = [recorder.record(template, deployment.add(template, place, ground), inspection) for place in places]
    add_completeness(template, places, deployments)
    *before, last = deployments
    stages = (
        source.stage,
        inspection.stage,
        *before,
        *(add_validation(template, inspection, place) for place in places[:-1]),
        add_approval(template, inspection, recorder, topic, before=last, pushed_tag=PUSHED_TAG.reference),
        last,
    )
    add_endpoints(template, network, builds_of(stages))
    running = add_pipeline(template, store, stages, variables=(PUSHED_TAG,), tags={"ecr-pipeline:target": deploys_to})
    add_events(template, source, running, topic)
    return template


def _add_target(template: Template, target: Target) -> Ref:
    """A parameter with one value: an update keeps the value that a stack has, so that another target is refused."""
    return add_choice(
        template,
        "Target",
        group="Stages",
        label="Target",
        description="What this template deploys to. A stack cannot change it.",
        choices=(target.name,),
    )


TEMPLATES: dict[str, Callable[[], Template]] = {f"pipeline-{t.name}": partial(pipeline, t) for t in targets()}
