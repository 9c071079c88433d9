"""The state machine that deploys an image to one Lambda function. Every step is a call of AWS's API by Step Functions.

It changes nothing unless the function can run the image, publishes the approved digest and no other, and succeeds only
if the alias gives its callers that digest in the end.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

LONGEST_MINUTES = 45  # the slowest shift takes 20 of them
FUNCTION, ALIAS = "${FunctionName}", "${AliasName}"
HOOKS = "Hooks"  # the DefinitionSubstitution that ends the AppSpec file
SHOW = "aws lambda get-function --function-name ${FunctionName}"


class Statuses(NamedTuple):
    """Every documented status of a resource: those to continue with, those to wait for, and those that are final."""

    good: tuple[str, ...]
    waiting: tuple[str, ...]
    bad: tuple[str, ...]


# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
# An update takes an idle function out of Inactive. The page does not describe ActiveNonInvocable; it fits the $LATEST
# of Lambda Managed Instances, which only a published version makes invocable.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-version-publishing.html
FUNCTION_STATES = Statuses(
    good=("Active", "Inactive", "ActiveNonInvocable"),
    waiting=("Pending",),
    bad=("Deactivating", "Deactivated", "Deleting", "Failed"),
)
# Callers get this version: it must run when the first call comes.
VERSION_STATES = Statuses(
    good=("Active",),
    waiting=("Pending",),
    bad=("ActiveNonInvocable", "Deactivating", "Deactivated", "Deleting", "Failed", "Inactive"),
)
UPDATE_STATES = Statuses(good=("Successful",), waiting=("InProgress",), bad=("Failed",))
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
SHIFT_STATES = Statuses(
    good=("Succeeded",),
    waiting=("Created", "Queued", "InProgress", "Baking", "Ready"),
    bad=("Failed", "Stopped"),
)
# The name of an architecture in Lambda and in the platform of an image.
# https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
ARCHITECTURES = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
# GetFunction shows the image of a function or version by its digest, in the same answer as the hash of its code, which
# PublishVersion compares with that of the code that it publishes.
# https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
# https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
DIGEST = "States.ArrayGetItem(States.StringSplit($.Code.ResolvedImageUri, '@'), 1)"


def definition() -> dict[str, Any]:
    """The state machine. Its input has the image as `image`, its digest as `digest`, its platform as `platforms`.

    ${...} are values of the template, as Fn::Sub reads them. Step Functions itself replaces `${Hooks}`.
    """
    return {
        "StartAt": "SeeFunction",
        "TimeoutSeconds": LONGEST_MINUTES * 60,
        "States": {
            **_checked_function(),
            **_new_version(),
            **_choice_of_alias(),
            **_shifting(),
            **_result(),
            "Done": {"Type": "Succeed"},
        },
    }


def _checked_function() -> dict[str, Any]:
    """Lambda takes an image of any architecture, and the function fails when it is called.

    https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
    """
    right = [
        {
            "And": [
                {"Variable": "$.seen.architecture", "StringEquals": architecture},
                {"Variable": "$.platforms", "StringMatches": f"{platform}*"},
            ],
            "Next": "UpdateCode",
        }
        for architecture, platform in ARCHITECTURES.items()
    ]
    return {
        **_follow(
            "Function",
            "lambda:getFunction",
            {"FunctionName": FUNCTION},
            result={"status.$": "$.Configuration.State", "architecture.$": "$.Configuration.Architectures[0]"},
            states=FUNCTION_STATES,
            then="IsArchitectureRight",
            cause=f"The function is {{}} and cannot be updated. The reason: {SHOW}",
        ),
        "IsArchitectureRight": {"Type": "Choice", "Choices": right, "Default": "ArchitectureFailed"},
        "ArchitectureFailed": _fail(
            "ArchitectureFailed",
            "The image is for {} and the function for {}. Build the image for the function: linux/amd64 is x86_64, "
            "linux/arm64 is arm64",
            "$.platforms",
            "$.seen.architecture",
        ),
    }


def _new_version() -> dict[str, Any]:
    return {
        # The API's default architecture is x86_64, so the function's own is sent.
        # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
        "UpdateCode": _call(
            "lambda:updateFunctionCode",
            {
                "FunctionName": FUNCTION,
                "ImageUri.$": "$.image",
                "Architectures.$": "States.Array($.seen.architecture)",
            },
            result={"version.$": "$.Version"},
            into="$.code",
            next_state="SeeUpdate",
        ),
        **_follow(
            "Update",
            "lambda:getFunction",
            {"FunctionName": FUNCTION},
            result={"status.$": "$.Configuration.LastUpdateStatus"},
            states=UPDATE_STATES,
            then="SeeCode",
            cause=f"The update of the code is {{}}: Lambda did not accept the image. The reason: {SHOW}",
        ),
        **_follow(
            "Code",
            "lambda:getFunction",
            {"FunctionName": FUNCTION},
            result={
                "status.$": "$.Configuration.State",
                "hash.$": "$.Configuration.CodeSha256",
                "revision.$": "$.Configuration.RevisionId",
                "digest.$": DIGEST,
            },
            states=FUNCTION_STATES,
            then="IsCodeApproved",
            cause=f"The function is {{}}, so that no version of it can be published. The reason: {SHOW}",
        ),
        **_compare(
            "Code",
            then="Publish",
            cause="The code of the function is {} and not the approved {}: somebody else has updated it. "
            "Retry the stage when nobody else does",
        ),
        "Publish": _call(
            "lambda:publishVersion",
            # The revision changes with the configuration as well, which the hash of the code does not.
            {"FunctionName": FUNCTION, "CodeSha256.$": "$.seen.hash", "RevisionId.$": "$.seen.revision"},
            result={"version.$": "$.Version"},
            into="$.new",
            next_state="SeeAlias",
        ),
    }


def _choice_of_alias() -> dict[str, Any]:
    return {
        "SeeAlias": _call(
            "lambda:getAlias",
            {"FunctionName": FUNCTION, "Name": ALIAS},
            result={"version.$": "$.FunctionVersion", "alias.$": "$"},
            into="$.old",
            next_state="HasWeights",
        ),
        **_undivided_alias(),
        "IsShiftNeeded": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.old.version", "StringEqualsPath": "$.new.version", "Next": "SeeResult"},
                {"Variable": "$.old.version", "StringEquals": "$LATEST", "Next": "AliasFailed"},
            ],
            "Default": "SeeVersion",
        },
        "AliasFailed": {
            "Type": "Fail",
            "Error": "AliasFailed",
            "Cause": "The alias names $LATEST, which CodeDeploy cannot shift from: point it at a version",
        },
        **_follow(
            "Version",
            "lambda:getFunction",
            {"FunctionName": FUNCTION, "Qualifier.$": "$.new.version"},
            result={"status.$": "$.Configuration.State"},
            states=VERSION_STATES,
            then="Resources",
            cause="The new version is {} and cannot serve calls. The alias was not changed. To make an Inactive "
            f"version Active, invoke it. The reason: {SHOW} --qualifier {{}}",
            values=("$.new.version",),
        ),
    }


def _undivided_alias() -> dict[str, Any]:
    """An alias with weights gives some calls to another version: a shift is in progress, or somebody tests by hand.

    GetAlias has no RoutingConfig, or empty weights, where all calls go to one version.
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    weights = "$.old.alias.RoutingConfig.AdditionalVersionWeights"
    reset = (
        "aws lambda update-alias --function-name ${FunctionName} --name ${AliasName} "
        "--routing-config AdditionalVersionWeights=\\{\\}"
    )
    return {
        "HasWeights": {
            "Type": "Choice",
            "Choices": [{"Variable": weights, "IsPresent": True, "Next": "Weights"}],
            "Default": "IsShiftNeeded",
        },
        "Weights": {
            "Type": "Pass",
            "Parameters": {"text.$": f"States.JsonToString({weights})"},
            "ResultPath": "$.weights",
            "Next": "AreWeightsEmpty",
        },
        "AreWeightsEmpty": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.weights.text", "StringEquals": "{}", "Next": "IsShiftNeeded"}],
            "Default": "AliasDivided",
        },
        "AliasDivided": _fail(
            "AliasDivided",
            "The alias also gives calls to other versions, by their weights: {}. Wait for the deployment that shifts "
            f"it. If there is none, reset it, then retry the stage: {reset}",
            "$.weights.text",
        ),
    }


def _shifting() -> dict[str, Any]:
    properties = {
        "Name": FUNCTION,
        "Alias": ALIAS,
        "CurrentVersion.$": "$.old.version",
        "TargetVersion.$": "$.new.version",
    }
    # The AppSpec requires the number 0.0, which a state might hand on as 0: it is put into the text.
    appspec = rf'\{{"version":0.0,"Resources":[{{}}${{!{HOOKS}}}\}}'
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
                    "AppSpecContent": {
                        "Content.$": f"States.Format('{appspec}', States.JsonToString($.resources))",
                    },
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
            states=SHIFT_STATES,
            then="SeeResult",
            cause="The deployment is {}, and the alias is restored. The reason: "
            "aws deploy get-deployment --deployment-id {}",
            values=("$.shift.id",),
        ),
    }


def _result() -> dict[str, Any]:
    return {
        "SeeResult": _call(
            "lambda:getFunction",
            {"FunctionName": FUNCTION, "Qualifier": ALIAS},
            result={"digest.$": DIGEST},
            into="$.seen",
            next_state="IsResultApproved",
        ),
        **_compare("Result", then="Done", cause="The alias has the image {} and not the approved {}"),
    }


def _compare(what: str, *, then: str, cause: str) -> dict[str, Any]:
    """Continue only if the observed digest is the approved one."""
    return {
        f"Is{what}Approved": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.digest", "StringEqualsPath": "$.digest", "Next": then}],
            "Default": f"{what}Differs",
        },
        f"{what}Differs": _fail(f"{what}Differs", cause, "$.seen.digest", "$.digest"),
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
    states: Statuses,
    then: str,
    cause: str,
    values: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Look again as long as the status is one to wait for. One that is not good, or that is not known, is the end."""
    ends = [
        *((status, then) for status in states.good),
        *((status, f"WaitFor{what}") for status in states.waiting),
    ]
    return {
        f"See{what}": _call(operation, parameters, result=result, into="$.seen", next_state=f"Is{what}Done"),
        f"Is{what}Done": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.status", "StringEquals": status, "Next": end} for status, end in ends],
            "Default": f"{what}Failed",
        },
        f"WaitFor{what}": {"Type": "Wait", "Seconds": 5, "Next": f"See{what}"},
        f"{what}Failed": _fail(f"{what}Failed", cause, "$.seen.status", *values),
    }


def _fail(error: str, cause: str, *values: str) -> dict[str, Any]:
    """The end, with a cause in which {} are values of the state.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
    """
    return {"Type": "Fail", "Error": error, "CausePath": f"States.Format('{cause}', {', '.join(values)})"}
