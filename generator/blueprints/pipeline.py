"""The image pipeline, assembled: one template for each target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from troposphere import If, Ref, Template

from generator.components.approval import add_approval_timeout, approval
from generator.components.events import PUSHED_TAG, add_events
from generator.components.gate import add_own_limits
from generator.components.inspection import inspect
from generator.components.pipeline import add_execution_mode, add_pipeline, add_pipeline_name
from generator.components.platform import Platform, import_platform
from generator.components.production_window import add_window
from generator.components.record import add_recorder
from generator.components.source import Source, add_source
from generator.components.stage_parameters import add_completeness, add_places
from generator.components.topic import Topic, add_topic
from generator.components.validation import add_validation
from generator.model.owner import Owner
from generator.model.stages import Stage
from generator.model.template import new_template
from generator.targets import Base, Ground, Target, targets

OWNER = Owner("pipeline", "${Name}")


def pipeline(target: Target) -> Template:
    """A pipeline from the push to the record of the deployment, on a platform that another stack has created."""
    template = new_template(target.summary)
    name = add_pipeline_name(template)
    platform = import_platform(template)
    source = add_source(template)
    topic = add_topic(template, platform.key)
    stages = add_stages(
        template,
        target,
        owner=OWNER,
        platform=platform,
        source=source,
        topic=topic,
        limits=add_own_limits(template),
        approval_minutes=add_approval_timeout(template),
    )
    running = add_pipeline(
        template,
        platform.store,
        stages,
        name=name,
        grants=(platform.store.move("${Name}/"),),
        shared=(platform.pipeline_policy,),
        mode=add_execution_mode(template),
        variables=(PUSHED_TAG,),
        tags={"ecr-pipeline:target": target.name},
    )
    add_events(template, source, running, topic, platform.dead_letters)
    return template


def add_stages(
    template: Template,
    target: Target,
    *,
    owner: Owner,
    platform: Platform,
    source: Source,
    topic: Topic,
    limits: Mapping[str, If],
    approval_minutes: Ref | int,
) -> tuple[Stage, ...]:
    """Source, Inspect, the stages of the target with their records, and the approval before the last of them."""
    places = add_places(template, target.stages, target.where)
    deployment = target.prepare(template, places, Base(owner=owner, key=platform.key))
    inspection = inspect(source, platform.inspect_project, limits=limits, contracts=deployment.contracts)
    recorder = add_recorder(
        template,
        source,
        owner,
        platform.key,
        more=deployment.code,
        grants=deployment.grants,
        variables=deployment.variables,
    )
    ground = Ground(source=source, inspection=inspection, topic=topic, recorder=recorder)
    deployments = [recorder.record(template, deployment.add(template, place, ground), inspection) for place in places]
    add_completeness(template, places, deployments)
    *before, last = deployments
    windows = (add_window(template, recorder, places[-1]),) if target.where else ()
    return (
        source.stage,
        inspection.stage,
        *before,
        *(add_validation(template, inspection, place) for place in places[:-1]),
        approval(
            inspection,
            recorder,
            topic,
            before=last,
            where=places[-1].where,
            pushed_tag=PUSHED_TAG.reference,
            timeout_minutes=approval_minutes,
        ),
        *windows,
        last,
    )


TEMPLATES: dict[str, Callable[[], Template]] = {f"pipeline-{t.name}": partial(pipeline, t) for t in targets()}
