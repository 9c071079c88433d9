"""A stage that CodeDeploy deploys: one parameter names the resources of its deployer, which the pipeline may use.

A function of the deployer creates the revision, and verifies the deployment afterwards.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from awacs import codedeploy
from troposphere import Join, Select, Split
from troposphere.codepipeline import Actions

from generator.components.function import call_function
from generator.components.stage_parameters import Place, Where
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import action

# Names of applications and groups as CloudFormation makes them, and names that Lambda allows.
RESOURCE, FUNCTION = "[A-Za-z0-9+=,.@_-]{1,100}", "[A-Za-z0-9_-]{1,64}"


def deployer_by_codedeploy(template: str, description: str, *, own_config: bool = False) -> Where:
    """The parameter of each stage for a stack of this template.

    With `own_config` it also names the deployment configuration.
    """
    config = f"/{RESOURCE}" if own_config else ""
    return Where(
        "Deployer",
        "Deployer",
        f"CodeDeploy application, deployment group{description}",
        f"{RESOURCE}/{RESOURCE}/{FUNCTION}{config}",
        f"the output Deployer of its {template} stack",
    )


class CodeDeployStage(NamedTuple):
    """The resources of a stage's deployer."""

    stage: str
    application: Select
    group: Select
    function: Select
    config: Select

    def make(self, image: str, revision: str) -> Actions:
        """The action that creates the artifact `revision` for the image."""
        return self._call("Revise", {"image": image}, outputs=(revision,))

    def verify(self, image: str, *, inputs: tuple[str, ...] = (), namespace: str = "") -> Actions:
        """The action that fails unless the image is running."""
        return self._call("Verify", {"runs": image}, inputs=inputs, namespace=namespace, run_order=3)

    def _call(
        self,
        name: str,
        facts: dict[str, str],
        *,
        inputs: tuple[str, ...] = (),
        outputs: tuple[str, ...] = (),
        namespace: str = "",
        run_order: int = 1,
    ) -> Actions:
        return action(
            name,
            category="Invoke",
            provider="Lambda",
            configuration={"FunctionName": self.function, "UserParameters": json.dumps(facts)},
            inputs=inputs,
            outputs=outputs,
            namespace=namespace,
            run_order=run_order,
        )

    def grants(self) -> tuple[Grant, ...]:
        """The permissions of every CodeDeploy action, as AWS lists them. It also reads the deployment configuration.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
        """
        name = self.stage
        return (
            *call_function(
                f"Revise{name}",
                Join("", [arn("lambda", "function:"), self.function]),
                "The pipeline calls the function that makes and verifies what is deployed.",
            ),
            Grant(
                sid=f"Deploy{name}",
                actions=(codedeploy.CreateDeployment, codedeploy.GetDeployment),
                resources=(Join("", [arn("codedeploy", "deploymentgroup:"), self.application, "/", self.group]),),
                why=f"CodeDeploy deploys to {name.lower()}.",
            ),
            Grant(
                sid=f"Register{name}",
                actions=(
                    codedeploy.GetApplication,
                    codedeploy.GetApplicationRevision,
                    codedeploy.RegisterApplicationRevision,
                ),
                resources=(Join("", [arn("codedeploy", "application:"), self.application]),),
                why="The revision is registered with the application.",
            ),
        )


def codedeploy_stage(place: Place) -> CodeDeployStage:
    """The stage, whose parameter names the resources."""
    return CodeDeployStage(place.name, *(Select(number, Split("/", place.where)) for number in range(4)))
