"""Containers on EC2 and on-premises instances: CodeDeploy deploys in place, by digest.

A function of the deployer writes the revision; the action CodeDeploy does the rest.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeDeploy.html
"""

from __future__ import annotations

from awacs import codedeploy
from troposphere import Join, Template

from generator.components.codedeploy_stage import codedeploy_stage, deployer_by_codedeploy
from generator.components.stage_parameters import Place
from generator.deployers.ec2 import deployer
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import Stage, action
from generator.targets import Deployment, Ground, Target


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that writes the revision, lets CodeDeploy deploy it, and verifies that each instance has it.

    CodeDeploy rolls back by itself. A second deployment by the stage would interfere.
    """
    # An artifact is called after its stage, in small letters like the parameter Stage of the deployer: the policy of
    # the instances is about the place that the name gives it in the bucket.
    revision = place.name.lower()
    by = codedeploy_stage(place)
    namespace = f"{place.name}Verify"
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="CodeDeploy",
        configuration={"ApplicationName": by.application, "DeploymentGroupName": by.group},
        inputs=[revision],
        run_order=2,
    )
    see_config = Grant(
        sid=f"See{place.name}Config",
        actions=(codedeploy.GetDeploymentConfig,),
        resources=(Join("", [arn("codedeploy", "deploymentconfig:"), by.config]),),
        why="CodeDeploy reads how many instances it deploys to at once, which the deployment group decides.",
    )
    image = ground.inspection.image_uri
    return Stage(
        name=place.name,
        actions=(by.make(image, revision), deploy, by.verify(image, inputs=(revision,), namespace=namespace)),
        grants=(*by.grants(), see_config),
        only_if=place.only_if,
        facts={"deployment": f"#{{{namespace}.DEPLOYMENT_ID}}"},
    )


TARGET = Target(
    name="ec2",
    summary="Image pipeline: a push to ECR is inspected; CodeDeploy deploys to staging instances, then production",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage),
    where=deployer_by_codedeploy("deployer-ec2", ", function and deployment configuration", own_config=True),
    deployer=deployer,
)
