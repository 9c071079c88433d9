"""GitOps: the approved digest is committed to a Git repository, from where Argo CD or Flux deploys it.

The deployer of the stage is a CodeBuild project with a connection to the Git server; the pipeline runs it with the
image. https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json

from troposphere import Template
from troposphere.codepipeline import Actions, FailureConditions

from generator.components.deployer_builds import deployer_of_stage, run_deployer
from generator.components.stage_parameters import Place
from generator.deployers.gitops import deployer
from generator.model.stages import Stage, action
from generator.targets import Deployment, Ground, Target

CHECK, COMMIT = "check", "commit"


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that commits. Before the approval, its deployer checks that the file can take the image.

    The commit is what the record calls deployed: the pipeline does not see what Argo CD or Flux makes of it.
    """
    namespace = f"{place.name}Commit"
    return Stage(
        name=place.name,
        actions=(_run(COMMIT, place, ground, name="Commit", namespace=namespace),),
        grants=(run_deployer(place.name),),
        # The stage rolls back to a run that succeeded in it since the last change of the pipeline, never to a rollback.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
        checks=(_run(CHECK, place, ground, name="CheckFile"),),
        facts={"commit": f"#{{{namespace}.COMMIT_ID}}"},
    )


def _run(task: str, place: Place, ground: Ground, *, name: str, namespace: str = "") -> Actions:
    """An action that runs the deployer. The artifact of Inspect is its input, because a build must have one."""
    variables = {
        "TASK": task,
        "STAGE": place.name.lower(),
        "IMAGE_URI": ground.inspection.image_uri,
        "EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    }
    return action(
        name,
        category="Build",
        provider="CodeBuild",
        configuration={
            "ProjectName": place.where,
            "EnvironmentVariables": json.dumps([{"name": key, "value": value} for key, value in variables.items()]),
        },
        inputs=[ground.inspection.artifact],
        namespace=namespace,
    )


TARGET = Target(
    name="gitops",
    summary="Image pipeline: a push to ECR is inspected; the digest is committed to Git for staging, then production",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage),
    where=deployer_of_stage("deployer-gitops"),
    deployer=deployer,
)
