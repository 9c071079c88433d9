"""The pipeline: its role is the sum of what its stages asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from troposphere import Ref, Sub, Tags, Template
from troposphere.codepipeline import ArtifactStore as PipelineStore
from troposphere.codepipeline import EncryptionKey, PipelineTriggerDeclaration
from troposphere.codepipeline import Pipeline as CodePipeline

from generator.arn import arn
from generator.components.artifacts import ArtifactStore
from generator.iam import add_service_role, trust_quiet
from generator.outputs import add_output
from generator.parameters import add_choice
from generator.stages import Stage, Variable


class Pipeline(NamedTuple):
    """The running pipeline."""

    name: Ref
    arn: Sub


def add_pipeline(
    template: Template,
    store: ArtifactStore,
    stages: Iterable[Stage],
    *,
    variables: Iterable[Variable] = (),
    tags: Mapping[str, object] | None = None,
    triggers: Iterable[PipelineTriggerDeclaration] = (),
    overlap: str = "SUPERSEDED",
) -> Pipeline:
    """A V2 pipeline of the stages, in their order.

    `triggers` are CodePipeline's own, of a Git connection; `overlap` is what happens by default when runs do.

    Not PARALLEL: an older run could overtake a newer one, and the older image would be the one that is deployed.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    """
    stages = tuple(stages)
    mode = add_choice(
        template,
        "ExecutionMode",
        group="Pipeline",
        label="When runs overlap",
        description="SUPERSEDED: of the runs that wait for a stage the newest goes on. QUEUED: each goes on, in order.",
        choices=("SUPERSEDED", "QUEUED"),
        default=overlap,
    )
    role = add_service_role(
        template,
        "PipelineRole",
        trusted=trust_quiet("codepipeline.amazonaws.com"),
        grants=(
            store.read_versioning(),
            *(grant for stage in stages for grant in stage.granted()),
        ),
        shared=[store.policy],
    )
    optional: dict[str, Any] = {"Tags": Tags(**tags)} if tags else {}
    if triggers := list(triggers):
        optional["Triggers"] = triggers
    pipeline = CodePipeline(
        "Pipeline",
        DependsOn="ArtifactBucketPolicy",  # a run starts as soon as the pipeline is made
        PipelineType="V2",
        ExecutionMode=mode,
        RoleArn=role.arn,
        ArtifactStore=PipelineStore(
            Type="S3", Location=store.bucket_name, EncryptionKey=EncryptionKey(Id=store.key.arn, Type="KMS")
        ),
        Variables=[variable.declaration() for variable in variables],
        Stages=[stage.declaration() for stage in stages],
        **optional,
    )
    template.add_resource(pipeline)
    running = Pipeline(Ref(pipeline), arn("codepipeline", "${Pipeline}"))
    add_output(template, "PipelineName", running.name, "Name of the pipeline")
    add_output(template, "PipelineArn", running.arn, "ARN of the pipeline")
    return running
