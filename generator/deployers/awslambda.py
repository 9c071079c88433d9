"""What it takes to deploy to one Lambda function: a state machine, and CodeDeploy, which shifts the alias.

Every step is a call of AWS's API by Step Functions itself: no code, no network, nothing to pay while nothing happens.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
from typing import Any

from awacs import awslambda, codedeploy, ecr
from troposphere import Ref, Sub, Template
from troposphere.codedeploy import Application, DeploymentGroup, DeploymentStyle
from troposphere.stepfunctions import StateMachine

from generator.components.codedeploy import Alarms, add_alarms
from generator.components.source import add_repository_name
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, trust
from generator.model.outputs import add_output
from generator.model.parameters import add_choice, add_parameter
from generator.model.script import substituted
from generator.model.template import new_template

# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
CONFIGS = (
    *("LambdaCanary10Percent5Minutes", "LambdaCanary10Percent10Minutes", "LambdaCanary10Percent15Minutes"),
    *("LambdaLinear10PercentEvery1Minute", "LambdaLinear10PercentEvery2Minutes", "LambdaAllAtOnce"),
)
LONGEST_MINUTES = 45  # the slowest shift takes 20 of them
FUNCTION, VERSIONS = "function:${FunctionName}", "function:${FunctionName}:*"


def deployer() -> Template:
    """The deployment to one function and alias of a stage. Its output Deployer is what the pipeline wants to know."""
    template = new_template(
        "Deployment of images to one Lambda function: a new version, and an alias that shifts to it"
    )
    _add_function(template)
    add_repository_name(template, "Name of the repository that the images come from.")
    config = add_choice(
        template,
        "TrafficShift",
        group="Traffic",
        label="How traffic shifts",
        description="Canary: a tenth first, then all. Linear: a tenth at a time.",
        choices=CONFIGS,
    )
    alarms = add_alarms(template, "Traffic")
    application = Application("Application", ComputePlatform="Lambda")
    template.add_resource(application)
    shifter = add_service_role(
        template,
        "ShiftRole",
        trusted=trust("codedeploy.amazonaws.com", arn("codedeploy", "deploymentgroup:${Application}/*")),
        grants=_shift(alarms),
    )
    group = DeploymentGroup(
        "Group",
        ApplicationName=Ref(application),
        ServiceRoleArn=shifter.arn,
        DeploymentConfigName=Sub(f"CodeDeployDefault.${{{config.data['Ref']}}}"),
        DeploymentStyle=DeploymentStyle(DeploymentOption="WITH_TRAFFIC_CONTROL", DeploymentType="BLUE_GREEN"),
        AlarmConfiguration=alarms.configuration(),
        AutoRollbackConfiguration=alarms.rollback(),
    )
    template.add_resource(group)
    role = add_service_role(
        template,
        "DeployRole",
        trusted=trust("states.amazonaws.com", arn("states", "stateMachine:*")),
        grants=_deploy(),
    )
    machine = StateMachine(
        "Deployer",
        StateMachineType="STANDARD",
        RoleArn=role.arn,
        DefinitionString=substituted(json.dumps(definition(), indent=1)),
    )
    template.add_resource(machine)
    add_output(template, "Deployer", Ref(machine), "What the pipeline asks for as the deployer of its stage")
    return template


def _add_function(template: Template) -> None:
    add_parameter(
        template,
        "FunctionName",
        group="Function",
        label="Function",
        description="Lambda function of package type Image.",
        AllowedPattern="^[A-Za-z0-9_-]{1,64}$",
        ConstraintDescription="Type the name of a function of this account and region.",
    )
    add_parameter(
        template,
        "AliasName",
        group="Function",
        label="Alias",
        description="Alias that callers use. It names a version, not $LATEST.",
        AllowedPattern="^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$",
        ConstraintDescription="Type the name of an alias, such as live.",
    )


def definition() -> dict[str, Any]:
    """The state machine: the code gets the image, a version is published, CodeDeploy shifts the alias to it.

    The image comes as `image` in the input. Where the alias has the version already, nothing is left to do.
    """
    return {
        "StartAt": "UpdateCode",
        "TimeoutSeconds": LONGEST_MINUTES * 60,
        "States": {
            **_new_version(),
            **_choice_of_alias(),
            **_shifting(),
            "Done": {"Type": "Succeed"},
        },
    }


def _new_version() -> dict[str, Any]:
    return {
        "UpdateCode": _call(
            "lambda:updateFunctionCode",
            {"FunctionName": "${FunctionName}", "ImageUri.$": "$.image"},
            result={"version.$": "$.Version"},
            into="$.code",
            next_state="SeeCode",
        ),
        **_follow(
            "Code",
            "lambda:getFunctionConfiguration",
            {"FunctionName": "${FunctionName}"},
            result={"status.$": "$.LastUpdateStatus", "hash.$": "$.CodeSha256"},
            good=["Successful"],
            bad=["Failed"],
            then="Publish",
            cause="Lambda could not take the image: aws lambda get-function-configuration tells why",
        ),
        "Publish": _call(
            "lambda:publishVersion",
            {"FunctionName": "${FunctionName}", "CodeSha256.$": "$.seen.hash"},
            result={"version.$": "$.Version"},
            into="$.new",
            next_state="SeeVersion",
        ),
        **_follow(
            "Version",
            "lambda:getFunctionConfiguration",
            {"FunctionName": "${FunctionName}", "Qualifier.$": "$.new.version"},
            result={"status.$": "$.State"},
            good=["Active", "Inactive"],
            bad=["Failed"],
            then="SeeAlias",
            cause="The new version failed: aws lambda get-function-configuration tells why",
        ),
    }


def _choice_of_alias() -> dict[str, Any]:
    return {
        "SeeAlias": _call(
            "lambda:getAlias",
            {"FunctionName": "${FunctionName}", "Name": "${AliasName}"},
            result={"version.$": "$.FunctionVersion"},
            into="$.old",
            next_state="IsShiftNeeded",
        ),
        "IsShiftNeeded": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.old.version", "StringEqualsPath": "$.new.version", "Next": "Done"},
                {"Variable": "$.old.version", "StringEquals": "$LATEST", "Next": "AliasFailed"},
            ],
            "Default": "Resources",
        },
        "AliasFailed": {
            "Type": "Fail",
            "Error": "AliasFailed",
            "Cause": "The alias names $LATEST, which CodeDeploy cannot shift from: point it at a version",
        },
    }


def _shifting() -> dict[str, Any]:
    properties = {
        "Name": "${FunctionName}",
        "Alias": "${AliasName}",
        "CurrentVersion.$": "$.old.version",
        "TargetVersion.$": "$.new.version",
    }
    # The AppSpec wants the number 0.0, which a state might hand on as 0: it is put into the text.
    content = r"""States.Format('\{"version":0.0,"Resources":[{}]\}',States.JsonToString($.resources))"""
    return {
        "Resources": {
            "Type": "Pass",
            "Parameters": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}},
            "ResultPath": "$.resources",
            "Next": "Shift",
        },
        "Shift": _call(
            "codedeploy:createDeployment",
            {
                "ApplicationName": "${Application}",
                "DeploymentGroupName": "${Group}",
                "Revision": {
                    "RevisionType": "AppSpecContent",
                    "AppSpecContent": {"Content.$": content},
                },
            },
            result={"id.$": "$.DeploymentId"},
            into="$.shift",
            next_state="SeeShift",
            again_after="CodeDeploy.ThrottlingException",  # not after all: a second deployment would be refused
        ),
        **_follow(
            "Shift",
            "codedeploy:getDeployment",
            {"DeploymentId.$": "$.shift.id"},
            result={"status.$": "$.DeploymentInfo.Status"},
            good=["Succeeded"],
            bad=["Failed", "Stopped"],
            then="Done",
            cause="The deployment failed or was stopped, the alias is back: aws deploy get-deployment tells why",
        ),
    }


def _call(
    operation: str,
    parameters: dict[str, Any],
    *,
    result: dict[str, str],
    into: str,
    next_state: str,
    again_after: str = "States.TaskFailed",
) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:${{AWS::Partition}}:states:::aws-sdk:{operation}",
        "Parameters": parameters,
        "ResultSelector": result,
        "ResultPath": into,
        "Retry": [{"ErrorEquals": [again_after], "IntervalSeconds": 3, "MaxAttempts": 4}],
        "Next": next_state,
    }


def _follow(
    what: str,
    operation: str,
    parameters: dict[str, Any],
    *,
    result: dict[str, str],
    good: list[str],
    bad: list[str],
    then: str,
    cause: str,
) -> dict[str, Any]:
    """Look again and again until the status is a good one, or a bad one."""
    ends = [*((status, then) for status in good), *((status, f"{what}Failed") for status in bad)]
    return {
        f"See{what}": _call(operation, parameters, result=result, into="$.seen", next_state=f"Is{what}Done"),
        f"Is{what}Done": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.status", "StringEquals": status, "Next": end} for status, end in ends],
            "Default": f"WaitFor{what}",
        },
        f"WaitFor{what}": {"Type": "Wait", "Seconds": 5, "Next": f"See{what}"},
        f"{what}Failed": {"Type": "Fail", "Error": f"{what}Failed", "Cause": cause},
    }


def _deploy() -> tuple[Grant, ...]:
    """What the steps call, and what Lambda asks of who gives it an image.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    return (
        Grant(
            sid="PublishVersion",
            actions=(
                awslambda.GetAlias,
                awslambda.GetFunctionConfiguration,
                awslambda.PublishVersion,
                awslambda.UpdateFunctionCode,
            ),
            resources=(arn("lambda", FUNCTION), arn("lambda", VERSIONS)),
            why="The function gets the image, and a version with it.",
        ),
        Grant(
            sid="ReadImage",
            actions=(ecr.BatchGetImage, ecr.GetDownloadUrlForLayer),
            resources=(arn("ecr", "repository/${RepositoryName}"),),
            why="Lambda accepts an image only from a caller that may pull it.",
        ),
        Grant(
            sid="ShiftAlias",
            actions=(codedeploy.CreateDeployment, codedeploy.GetDeployment),
            resources=(arn("codedeploy", "deploymentgroup:${Application}/${Group}"),),
            why="CodeDeploy shifts the alias.",
        ),
        Grant(
            sid="RegisterRevision",
            actions=(codedeploy.GetApplicationRevision, codedeploy.RegisterApplicationRevision),
            resources=(arn("codedeploy", "application:${Application}"),),
            why="A deployment registers its revision.",
        ),
        Grant(
            sid="SeeConfig",
            actions=(codedeploy.GetDeploymentConfig,),
            resources=(arn("codedeploy", "deploymentconfig:CodeDeployDefault.${TrafficShift}"),),
            why="CodeDeploy reads how traffic shifts.",
        ),
    )


def _shift(alarms: Alarms) -> tuple[Grant, ...]:
    """What AWSCodeDeployRoleForLambdaLimited has for every function, for this one.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    """
    return (
        Grant(
            sid="ShiftAlias",
            actions=(awslambda.GetAlias, awslambda.GetProvisionedConcurrencyConfig, awslambda.UpdateAlias),
            resources=(arn("lambda", FUNCTION), arn("lambda", VERSIONS)),
            why="The alias shifts from version to version.",
        ),
        alarms.watch(),
    )
