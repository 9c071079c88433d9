"""The pipeline. Its role has the permissions of its stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from troposphere import Ref, Sub, Tags, Template
from troposphere.codepipeline import ArtifactStore as PipelineStore
from troposphere.codepipeline import EncryptionKey, PipelineTriggerDeclaration
from troposphere.codepipeline import Pipeline as CodePipeline

from generator.components.artifacts import ArtifactStore
from generator.model.arn import arn
from generator.model.export_names import LONGEST_NAME, NAME, NAME_HINT
from generator.model.grants import Grant, add_service_role, trust_quiet
from generator.model.outputs import add_output
from generator.model.parameters import add_choice, add_parameter
from generator.model.stages import Stage, Variable


class Pipeline(NamedTuple):
    """The pipeline, for later parts."""

    name: Ref
    arn: Sub


def add_pipeline_name(template: Template, default: str = "") -> Ref:
    """The name of the pipeline. CodePipeline begins the keys of artifacts with the first 20 characters of it."""
    optional = {"Default": default} if default else {}
    return add_parameter(
        template,
        "Name",
        group="Pipeline",
        label="Name",
        description="Name of the pipeline and of its records, unique in account and region.",
        AllowedPattern=f"^{NAME}$",
        MaxLength=LONGEST_NAME,
        ConstraintDescription=NAME_HINT.format(example="orders"),
        **optional,
    )


def add_pipeline(
    template: Template,
    store: ArtifactStore,
    stages: Iterable[Stage],
    *,
    grants: Iterable[Grant],
    shared: Iterable[object],
    mode: object,
    name: Ref | None = None,
    variables: Iterable[Variable] = (),
    tags: Mapping[str, object] | None = None,
    triggers: Iterable[PipelineTriggerDeclaration] = (),
) -> Pipeline:
    """A V2 pipeline of the stages, in their order.

    Its role has `grants`, the policies `shared`, and the grants of the stages.

    `triggers` are CodePipeline's own, of a Git connection; without `name` CloudFormation names the pipeline.
    """
    stages = tuple(stages)
    role = add_service_role(
        template,
        "PipelineRole",
        trusted=trust_quiet("codepipeline.amazonaws.com"),
        grants=(*grants, *(grant for stage in stages for grant in stage.granted())),
        shared=list(shared),
    )
    named: dict[str, Any] = {"Name": name} if name else {}
    optional: dict[str, Any] = {}
    if store.policy:
        optional["DependsOn"] = store.policy  # a run starts as soon as the pipeline exists
    if declared := [variable.declaration() for variable in variables]:
        optional["Variables"] = declared
    if tags:
        optional["Tags"] = Tags(**tags)
    if triggers := list(triggers):
        optional["Triggers"] = triggers
    pipeline = CodePipeline(
        "Pipeline",
        **named,
        # V1 has neither variables nor source revisions, with which a rule starts a run for a digest.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types-planning.html
        PipelineType="V2",
        ExecutionMode=mode,
        RoleArn=role.arn,
        # Without a key here CodePipeline uses AWS's key for S3, not the default key of the bucket.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html
        ArtifactStore=PipelineStore(
            Type="S3", Location=store.bucket_name, EncryptionKey=EncryptionKey(Id=store.key.arn, Type="KMS")
        ),
        # A change of the pipeline cancels its runs when their current actions have ended.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/execution-modes.html
        Stages=[stage.declaration() for stage in stages],
        **optional,
    )
    template.add_resource(pipeline)
    running = Pipeline(Ref(pipeline), arn("codepipeline", "${Pipeline}"))
    add_output(template, "PipelineName", running.name, "Name of the pipeline")
    add_output(template, "PipelineArn", running.arn, "ARN of the pipeline")
    add_output(template, "PipelineRoleArn", role.arn, "Role of the pipeline")
    return running


def add_execution_mode(template: Template, default: str = "SUPERSEDED") -> Ref:
    """The parameter for runs that overlap.

    Not PARALLEL: an older run could overtake a newer one, and the older image would be the one that is deployed.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/execution-modes.html
    """
    # No mode frees a stage with an open approval: a stage has one run at a time, and a newer run replaces only one that
    # waits in front of a stage.
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    return add_choice(
        template,
        "ExecutionMode",
        group="Pipeline",
        label="When runs overlap",
        description="SUPERSEDED: a newer run replaces an older one waiting for a stage. QUEUED: runs wait their turn.",
        choices=("SUPERSEDED", "QUEUED"),
        default=default,
    )
