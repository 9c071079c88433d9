"""The state machine that deploys an image to Lambda functions. Every step is a call of AWS's API by Step Functions.

In the end the alias of each function gives its callers the approved digest, or all of them give what they gave before.
All functions are checked before one of them is changed, and all have a version that can run before an alias shifts.
The aliases shift one after the other: if one fails, no other is on its way, and those before it are restored.
"""

from __future__ import annotations

from typing import Any

from generator.components.machine_steps import States, Statuses, call, each, fail, follow, text

ALIAS = "${AliasName}"
HOOKS = "Hooks"  # the DefinitionSubstitution that ends the AppSpec file
GROUPS = "Groups"  # that of the deployment groups, in the order of the functions
SHOW = "aws lambda get-function --function-name {}"
RESET = "--routing-config AdditionalVersionWeights=\\{\\}"
UPDATE_ALIAS = f"aws lambda update-alias --function-name {{}} --name {ALIAS}"
# CodeDeploy waits for an hour for the answer of each of two hooks; the slowest shift takes 20 minutes.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
LONGEST_SHIFT_MINUTES = 60 + 20 + 60
# Longer than three shifts: the time limit of a machine leaves no step to restore what has shifted. CodePipeline waits
# for seven days. https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_HOURS = 8
# Each look adds nine events to the history of an execution, which may have 25,000.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
SECONDS_BETWEEN_LOOKS = 15

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
# The last update of others: after one that failed, the next may succeed.
LAST_UPDATE_STATES = Statuses(good=("Successful", "Failed"), waiting=("InProgress",), bad=())
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
NAMED = {"FunctionName.$": "$.name"}


def definition(hooks: tuple[str, ...]) -> dict[str, Any]:
    """The state machine. Its input has the image as `image`, its digest as `digest`, its platform as `platforms`.

    `hooks` are the parameters that name functions of lifecycle events. ${...} are values of the template, as Fn::Sub
    reads them. Step Functions itself replaces `${Hooks}` and `${Groups}`.
    """
    return {
        "StartAt": "Functions",
        "TimeoutSeconds": LONGEST_HOURS * 60 * 60,
        "States": {
            "Functions": {
                "Type": "Pass",
                "Parameters": {
                    "names.$": "States.StringSplit('${FunctionName}', ',')",
                    "groups.$": f"States.StringSplit('${{!{GROUPS}}}', ',')",
                },
                "ResultPath": "$.functions",
                "Next": "Check",
            },
            "Check": each(
                "$.functions.names",
                {**_own_hook(hooks), **_checked_function(), **_undivided_alias()},
                item={
                    "name.$": "$$.Map.Item.Value",
                    "group.$": "States.ArrayGetItem($.functions.groups, $$.Map.Item.Index)",
                    "platforms.$": "$.platforms",
                },
                into="$.checked",
                then="Publish",
            ),
            "Publish": each(
                "$.checked",
                _new_version(),
                item={**_item("name", "group", "seen", "old"), "image.$": "$.image", "digest.$": "$.digest"},
                into="$.published",
                then="Shift",
            ),
            "Shift": each(
                "$.published",
                _shifted_alias(),
                item=_item("name", "group", "old", "new"),
                into=None,
                then="Confirm",
                one_by_one=True,
                catch="Restore",
            ),
            "Confirm": each(
                "$.published",
                _result(),
                item={**_item("name"), "digest.$": "$.digest"},
                into=None,
                then="Record",
                catch="Restore",
            ),
            "Record": each(
                "$.published",
                _record(),
                item={**_item("name"), "image.$": "$.image", "stage.$": "$.stage"},
                into=None,
                then="Done",
            ),
            "Done": {"Type": "Succeed"},
            "Restore": each(
                "$.published",
                _restored_alias(),
                item=_item("name", "group", "old", "new"),
                into="$.restored",
                then="Failed",
            ),
            "Failed": {
                "Type": "Fail",
                "ErrorPath": "$.failure.Error",
                "CausePath": text("{}. Aliases now: {}", "$.failure.Cause", "States.JsonToString($.restored)"),
            },
        },
    }


def _item(*names: str) -> dict[str, str]:
    """The parts of the item of a Map that its iteration gets."""
    return {f"{name}.$": f"$$.Map.Item.Value.{name}" for name in names}


def _fail(error: str, cause: str, *values: str) -> dict[str, Any]:
    """The end, with a cause that names the function."""
    return fail(error, "{}: " + cause, "$.name", *values)


def _own_hook(hooks: tuple[str, ...]) -> States:
    """A version that is not yet trusted would decide about itself. A Rule compares with the whole list only."""
    return {
        "IsHook": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.name", "StringEquals": f"${{{hook}}}", "Next": "HookIsFunction"} for hook in hooks
            ],
            "Default": "SeeFunction",
        },
        "HookIsFunction": _fail("HookIsFunction", "the function is its own hook. Enter a function that tests it"),
    }


def _checked_function() -> States:
    """Lambda takes an image of any architecture, and the function fails when it is called.

    https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
    """
    right = [
        {
            "And": [
                {"Variable": "$.seen.architecture", "StringEquals": architecture},
                {"Variable": "$.platforms", "StringMatches": f"{platform}*"},
            ],
            "Next": "SeeAlias",
        }
        for architecture, platform in ARCHITECTURES.items()
    ]
    return {
        **follow(
            "Function",
            "lambda:getFunction",
            NAMED,
            result={"status.$": "$.Configuration.State"},
            states=FUNCTION_STATES,
            then="SeeLastUpdate",
            failed=_fail(
                "FunctionFailed",
                f"the function is {{}} and cannot be updated. The reason: {SHOW}",
                "$.seen.status",
                "$.name",
            ),
        ),
        **follow(
            "LastUpdate",
            "lambda:getFunction",
            NAMED,
            result={
                "status.$": "$.Configuration.LastUpdateStatus",
                "architecture.$": "$.Configuration.Architectures[0]",
            },
            states=LAST_UPDATE_STATES,
            then="IsArchitectureRight",
            failed=_fail("LastUpdateFailed", "the last update of the function is {}", "$.seen.status"),
        ),
        "IsArchitectureRight": {"Type": "Choice", "Choices": right, "Default": "ArchitectureFailed"},
        "ArchitectureFailed": _fail(
            "ArchitectureFailed",
            "the image is for {} and the function for {}. Build the image for the function: linux/amd64 is x86_64, "
            "linux/arm64 is arm64",
            "$.platforms",
            "$.seen.architecture",
        ),
    }


def _undivided_alias() -> States:
    """An alias with weights gives some calls to another version: a shift is in progress, or somebody tests by hand.

    GetAlias has no RoutingConfig, or empty weights, where all calls go to one version.
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    weights = "$.old.alias.RoutingConfig.AdditionalVersionWeights"
    return {
        "SeeAlias": call(
            "lambda:getAlias",
            {**NAMED, "Name": ALIAS},
            result={"version.$": "$.FunctionVersion", "revision.$": "$.RevisionId", "alias.$": "$"},
            into="$.old",
            then="HasWeights",
        ),
        "HasWeights": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.old.version", "StringEquals": "$LATEST", "Next": "AliasFailed"},
                {"Variable": weights, "IsPresent": True, "Next": "Weights"},
            ],
            "Default": "Checked",
        },
        "AliasFailed": _fail(
            "AliasFailed", "the alias names $LATEST, which CodeDeploy cannot shift from: point it at a version"
        ),
        "Weights": {
            "Type": "Pass",
            "Parameters": {"text.$": f"States.JsonToString({weights})"},
            "ResultPath": "$.weights",
            "Next": "AreWeightsEmpty",
        },
        "AreWeightsEmpty": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.weights.text", "StringEquals": "{}", "Next": "Checked"}],
            "Default": "AliasDivided",
        },
        "AliasDivided": _fail(
            "AliasDivided",
            "the alias also gives calls to other versions, by their weights: {}. Wait for the deployment that shifts "
            f"it. If there is none, reset it, then retry the stage: {UPDATE_ALIAS} {RESET}",
            "$.weights.text",
            "$.name",
        ),
        "Checked": {"Type": "Succeed"},
    }


def _new_version() -> States:
    return {
        # The API's default architecture is x86_64, so the function's own is sent.
        # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
        "UpdateCode": call(
            "lambda:updateFunctionCode",
            {**NAMED, "ImageUri.$": "$.image", "Architectures.$": "States.Array($.seen.architecture)"},
            result={"version.$": "$.Version"},
            into="$.code",
            then="SeeUpdate",
        ),
        **follow(
            "Update",
            "lambda:getFunction",
            NAMED,
            result={"status.$": "$.Configuration.LastUpdateStatus"},
            states=UPDATE_STATES,
            then="SeeCode",
            failed=_fail(
                "UpdateFailed",
                f"the update of the code is {{}}: Lambda did not accept the image. The reason: {SHOW}",
                "$.seen.status",
                "$.name",
            ),
        ),
        **follow(
            "Code",
            "lambda:getFunction",
            NAMED,
            result={
                "status.$": "$.Configuration.State",
                "hash.$": "$.Configuration.CodeSha256",
                "revision.$": "$.Configuration.RevisionId",
                "digest.$": DIGEST,
            },
            states=FUNCTION_STATES,
            then="IsCodeApproved",
            failed=_fail(
                "CodeFailed",
                f"the function is {{}}, so that no version of it can be published. The reason: {SHOW}",
                "$.seen.status",
                "$.name",
            ),
        ),
        **_compare(
            "Code",
            then="PublishVersion",
            cause="the code of the function is {} and not the approved {}: somebody else has updated it. "
            "Retry the stage when nobody else does",
        ),
        "PublishVersion": call(
            "lambda:publishVersion",
            # The revision changes with the configuration as well, which the hash of the code does not.
            {**NAMED, "CodeSha256.$": "$.seen.hash", "RevisionId.$": "$.seen.revision"},
            result={"version.$": "$.Version"},
            into="$.new",
            then="IsVersionNew",
        ),
        # A version that the alias has already may be idle.
        "IsVersionNew": _is_new("SeeVersion", "Published"),
        **follow(
            "Version",
            "lambda:getFunction",
            {**NAMED, "Qualifier.$": "$.new.version"},
            result={"status.$": "$.Configuration.State"},
            states=VERSION_STATES,
            then="Published",
            failed=_fail(
                "VersionFailed",
                "the new version is {} and cannot serve calls. No alias was changed. To make an Inactive version "
                f"Active, invoke it. The reason: {SHOW} --qualifier {{}}",
                "$.seen.status",
                "$.name",
                "$.new.version",
            ),
        ),
        "Published": {"Type": "Succeed"},
    }


def _is_new(then: str, otherwise: str) -> dict[str, Any]:
    """Whether the alias has another version than the new one."""
    same = {"Variable": "$.old.version", "StringEqualsPath": "$.new.version", "Next": otherwise}
    return {"Type": "Choice", "Choices": [same], "Default": then}


def _shifted_alias() -> States:
    properties = {
        "Name.$": "$.name",
        "Alias": ALIAS,
        "CurrentVersion.$": "$.old.version",
        "TargetVersion.$": "$.new.version",
    }
    # The AppSpec requires the number 0.0, which a state might hand on as 0: it is put into the text.
    appspec = rf'\{{"version":0.0,"Resources":[{{}}${{!{HOOKS}}}\}}'
    return {
        "IsShiftNeeded": _is_new("SeeAliasAgain", "Shifted"),
        # The shifts before this one may have taken an hour. The revision changes with each change of the alias.
        # https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html
        "SeeAliasAgain": call(
            "lambda:getAlias",
            {**NAMED, "Name": ALIAS},
            result={"revision.$": "$.RevisionId"},
            into="$.now",
            then="IsAliasSame",
        ),
        "IsAliasSame": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.now.revision", "StringEqualsPath": "$.old.revision", "Next": "Resources"}],
            "Default": "AliasChanged",
        },
        "AliasChanged": _fail(
            "AliasChanged",
            "somebody else has changed the alias since the deployment began. Retry the stage when nobody else does",
        ),
        "Resources": {
            "Type": "Pass",
            "Parameters": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}},
            "ResultPath": "$.resources",
            "Next": "ShiftAlias",
        },
        "ShiftAlias": call(
            "codedeploy:createDeployment",
            {
                "ApplicationName": "${Application}",
                "DeploymentGroupName.$": "$.group",
                "Revision": {
                    "RevisionType": "AppSpecContent",
                    "AppSpecContent": {
                        "Content.$": f"States.Format('{appspec}', States.JsonToString($.resources))",
                    },
                },
            },
            result={"id.$": "$.DeploymentId"},
            into="$.shift",
            then="SeeShift",
            again_after="CodeDeploy.ThrottlingException",  # not after all: a second deployment would be refused
        ),
        **follow(
            "Shift",
            "codedeploy:getDeployment",
            {"DeploymentId.$": "$.shift.id"},
            result={"status.$": "$.DeploymentInfo.Status"},
            states=SHIFT_STATES,
            then="Shifted",
            failed=_fail(
                "ShiftFailed",
                "the deployment is {}, and CodeDeploy restores the alias. The reason: "
                "aws deploy get-deployment --deployment-id {}",
                "$.seen.status",
                "$.shift.id",
            ),
            seconds=SECONDS_BETWEEN_LOOKS,
            retries=8,  # for twelve minutes: an alias that nobody follows would shift while the others are restored
        ),
        "Shifted": {"Type": "Succeed"},
    }


def _result() -> States:
    return {
        "SeeResult": call(
            "lambda:getFunction",
            {**NAMED, "Qualifier": ALIAS},
            result={"digest.$": DIGEST},
            into="$.seen",
            then="IsResultApproved",
        ),
        **_compare("Result", then="Confirmed", cause="the alias has the image {} and not the approved {}"),
        "Confirmed": {"Type": "Succeed"},
    }


def _compare(what: str, *, then: str, cause: str) -> States:
    """Continue only if the observed digest is the approved one."""
    return {
        f"Is{what}Approved": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.digest", "StringEqualsPath": "$.digest", "Next": then}],
            "Default": f"{what}Differs",
        },
        f"{what}Differs": _fail(f"{what}Differs", cause, "$.seen.digest", "$.digest"),
    }


def _record() -> States:
    """A record of its own for each function. If one cannot be written, all run the image: a retry writes it."""
    return {
        "RecordImage": call(
            "ssm:putParameter",
            {
                "Name.$": text("/ecr-pipeline/${PipelineName}/{}/{}/image", "$.stage", "$.name"),
                "Value.$": "$.image",
                "Type": "String",
                "Overwrite": True,
            },
            result={"version.$": "$.Version"},
            into="$.record",
            then="Recorded",
        ),
        "Recorded": {"Type": "Succeed"},
    }


def _restored_alias() -> States:
    """Point the alias at its earlier version if it has the new one. While one is shifting, it has the earlier one.

    CodeDeploy itself restores that of the deployment that failed. Each iteration says in the end what the alias has.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
    """
    return {
        "SeeAliasNow": call(
            "lambda:getAlias",
            {**NAMED, "Name": ALIAS},
            result={"version.$": "$.FunctionVersion"},
            into="$.now",
            then="HasNewVersion",
            catch="NotRestored",
        ),
        "HasNewVersion": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.now.version", "StringEqualsPath": "$.old.version", "Next": "Unchanged"},
                {"Variable": "$.now.version", "StringEqualsPath": "$.new.version", "Next": "RestoreAlias"},
            ],
            "Default": "Unchanged",
        },
        "Unchanged": _end("{} has version {}", "$.name", "$.now.version"),
        "RestoreAlias": call(
            "lambda:updateAlias",
            {
                **NAMED,
                "Name": ALIAS,
                "FunctionVersion.$": "$.old.version",
                "RoutingConfig": {"AdditionalVersionWeights": {}},
            },
            result={"version.$": "$.FunctionVersion"},
            into="$.now",
            then="Restored",
            catch="NotRestored",
        ),
        "Restored": _end("{} has version {} again", "$.name", "$.now.version"),
        "NotRestored": _end(
            f"{{}} is NOT restored ({{}}): {UPDATE_ALIAS} --function-version {{}} {RESET}",
            "$.name",
            "$.failure.Cause",
            "$.name",
            "$.old.version",
        ),
    }


def _end(pattern: str, *values: str) -> dict[str, Any]:
    """The end of an iteration, with a text as its output."""
    return {
        "Type": "Pass",
        "Parameters": {"said.$": text(pattern, *values)},
        "ResultPath": "$.end",
        "OutputPath": "$.end.said",
        "End": True,
    }
