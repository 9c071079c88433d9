"""A new way to deploy keeps every promise, if its design is legal: promises do not only fit the published templates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import pytest
from troposphere import Split, Template
from troposphere.codepipeline import FailureConditions

from generator.blueprints.pipeline import OWNER, pipeline
from generator.components.artifacts import ArtifactStore
from generator.components.build import BuildEnvironment, add_build, fixed_build_environment
from generator.components.encryption import Key
from generator.components.network import Network
from generator.components.stage_parameters import Place, Where
from generator.model.export_names import imported
from generator.model.script import script
from generator.model.stages import Stage, action
from generator.publishing import render
from generator.targets import Base, Deployment, Ground, Target
from tests.promises import complaints, promises
from tests.rendered import Rendered

# No `env`: nothing is exported, and the shell is the default one.
BUILDSPEC = """version: 0.2
phases:
 build:
  commands:
  - echo "deploy $IMAGE_URI to $SERVER as $STAGE"
"""


def _prepare(template: Template, _places: Sequence[Place], _base: Base) -> Deployment:
    """Common resources of both stages' builds: key, bucket and network of the platform."""
    store = ArtifactStore(imported("platform", "ArtifactBucket"), Key(imported("platform", "KeyArn")))
    network = Network(
        imported("platform", "VpcId"),
        Split(",", imported("platform", "SubnetIds")),
        imported("platform", "BuildSecurityGroupId"),
        policy=imported("platform", "BuildPolicyArn"),
    )
    environment = fixed_build_environment(template, OWNER, store.key, network)
    return Deployment(add=partial(_add_stage, store=store, environment=environment))


def _add_stage(
    template: Template, place: Place, ground: Ground, *, store: ArtifactStore, environment: BuildEnvironment
) -> Stage:
    """A stage with a build of its own, which gets the names of its stage and of its server."""
    build = add_build(
        template,
        f"{place.name}Deploy",
        why="It builds.",
        buildspec=script(BUILDSPEC),
        services=(),
        grants=(store.find(), store.fetch("${Name}/Inspection/"), store.key.decrypt()),
        variables={"STAGE": place.name.lower(), "SERVER": place.where},
        environment=environment,
        timeout_minutes=10,
    )
    variables = [{"name": "IMAGE_URI", "value": ground.inspection.image_uri}]
    deploy = action(
        "Deploy",
        category="Build",
        provider="CodeBuild",
        configuration={"ProjectName": build.project_name, "EnvironmentVariables": json.dumps(variables)},
        inputs=[ground.inspection.artifact],
    )
    return Stage(
        name=place.name,
        actions=(deploy,),
        grants=(build.run(),),
        only_if=place.only_if,
        on_failure=FailureConditions(Result="ROLLBACK"),
    )


TARGET = Target(
    name="server",
    summary="Image pipeline: a push to ECR is inspected and deployed to servers, each stage by a build of its own",
    prepare=_prepare,
    where=Where("Server", "Server", "Server", "[a-z]{1,20}", "the name of a server"),
)


@pytest.fixture(scope="module")
def template() -> Rendered:
    """The pipeline of the new target, rendered."""
    return render.to_dict(pipeline(TARGET))


@pytest.mark.parametrize("name", promises())
def test_a_target_with_a_build_for_each_stage_keeps_the_promise(name: str, template: Rendered) -> None:
    """The stages have builds of their own with other variables, and a buildspec without `env`."""
    assert [] == complaints(promises()[name], template)
