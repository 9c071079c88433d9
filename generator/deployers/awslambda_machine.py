"""The state machine that deploys an image to Lambda functions. Every step is a call of AWS's API by Step Functions.

In the end the alias of each function gives its callers the approved digest, or all of them give what they gave before.
All functions are checked before one of them is changed, and all have a version that can run before an alias shifts.
The aliases shift one after the other: if one fails, no other is on its way, and those before it are restored.
"""

from __future__ import annotations

from typing import Any

from generator.components.machine_steps import SECONDS_BETWEEN_LOOKS, States, Statuses, call, each, fail, follow, text

ALIAS = "${AliasName}"
HOOKS = "Hooks"  # the DefinitionSubstitution that ends the AppSpec file
GROUPS = "Groups"  # that of the deployment groups, in the order of the functions
SHOW = "aws lambda get-function --function-name {}"
RESET = "--routing-config AdditionalVersionWeights=\\{\\}"
UPDATE_ALIAS = f"aws lambda update-alias --function-name {{}} --name {ALIAS}"
RESTORE = f"{UPDATE_ALIAS} --function-version {{}} {RESET}"
LIST = "aws deploy list-deployments --application-name ${Application} --deployment-group-name {}"
# CodeDeploy waits for an hour for the answer of each of two hooks; the slowest shift takes 20 minutes.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
LONGEST_SHIFT_MINUTES = 60 + 20 + 60
# Longer than three shifts and a rollback: the time limit of a machine leaves no step to restore what has shifted.
# CodePipeline waits for seven days. https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_HOURS = 10
# Attempts of the calls that restore: for about an hour.
PATIENT = 64
# Errors of Lambda that pass. Step Functions names a lost connection SdkClientException.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
PASSING = ("Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.SdkClientException")

# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
# An update takes an idle function out of Inactive. The page does not describe ActiveNonInvocable; it fits the $LATEST
# of Lambda Managed Instances, which only a published version makes invocable.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-version-publishing.html
STATES_OF_FUNCTION = ("Active", "Inactive", "ActiveNonInvocable")
# A state and the status of the last update. After an update of others that failed, the next one may succeed.
STATUS = "States.Format('{} {}', $.Configuration.State, $.Configuration.LastUpdateStatus)"
PENDING = ("Pending *", "* InProgress")
FUNCTION_STATES = Statuses(good=tuple(f"{state} *" for state in STATES_OF_FUNCTION), waiting=PENDING, bad=PENDING[1:])
CODE_STATES = Statuses(good=tuple(f"{state} Successful" for state in STATES_OF_FUNCTION), waiting=PENDING)
# Callers get this version: it must run when the first call comes.
VERSION_STATES = Statuses(good=("Active",), waiting=("Pending",))
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
SHIFT_STATES = Statuses(good=("Succeeded",), waiting=("Created", "Queued", "InProgress", "Baking", "Ready"))
# The name of an architecture in Lambda and in the platform of an image.
# https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
ARCHITECTURES = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
# GetFunction shows the image of a function or version by its digest, in the same answer as the hash of its code, which
# PublishVersion compares with that of the code that it publishes.
# https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
# https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
DIGEST = "States.ArrayGetItem(States.StringSplit($.Code.ResolvedImageUri, '@'), 1)"
NAMED = {"FunctionName.$": "$.name"}
IMAGE = {"ImageUri.$": "$.image", "Architectures.$": "States.Array($.seen.architecture)"}
LOOKED: dict[str, Any] = {"looks": {"number": 0}}


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
                    **LOOKED,
                    "name.$": "$$.Map.Item.Value",
                    "group.$": "States.ArrayGetItem($.functions.groups, $$.Map.Item.Index)",
                    "platforms.$": "$.platforms",
                    "image.$": "$.image",
                },
                into="$.checked",
                then="Publish",
            ),
            "Publish": each(
                "$.checked",
                _new_version(),
                item={**_item("name", "group", "seen", "old"), "image.$": "$.image", "digest.$": "$.digest", **LOOKED},
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
                item={**_item("name", "new"), "digest.$": "$.digest"},
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
                item={**_item("name", "group", "old", "new"), "again": {"text": ""}},
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


def _item(*names: str) -> dict[str, Any]:
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
            "Next": "TryCode",
        }
        for architecture, platform in ARCHITECTURES.items()
    ]
    return {
        **follow(
            "Function",
            "lambda:getFunction",
            NAMED,
            result={
                "status.$": STATUS,
                "architecture.$": "$.Configuration.Architectures[0]",
                "package.$": "$.Configuration.PackageType",
            },
            states=FUNCTION_STATES,
            then="IsPackageRight",
            failed=_fail(
                "FunctionFailed",
                f"state and last update of the function are {{}}: it cannot be updated. The reason: {SHOW}",
                "$.seen.status",
                "$.name",
            ),
        ),
        "IsPackageRight": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.package", "StringEquals": "Image", "Next": "IsArchitectureRight"}],
            "Default": "PackageFailed",
        },
        "PackageFailed": _fail(
            "PackageFailed",
            "the package type of the function is {}. Enter a function of package type Image",
            "$.seen.package",
        ),
        "IsArchitectureRight": {"Type": "Choice", "Choices": right, "Default": "ArchitectureFailed"},
        "ArchitectureFailed": _fail(
            "ArchitectureFailed",
            "the image is for {} and the function for {}. Build the image for the function: linux/amd64 is x86_64, "
            "linux/arm64 is arm64",
            "$.platforms",
            "$.seen.architecture",
        ),
        # Lambda checks the request and the permissions of the caller, and changes nothing.
        # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
        "TryCode": call(
            "lambda:updateFunctionCode",
            {**NAMED, **IMAGE, "DryRun": True},
            result={"version.$": "$.Version"},
            into=None,
            then="SeeAlias",
        ),
    }


def _alias(*, into: str, then: str, retries: int = 4, catch: str = "") -> dict[str, Any]:
    """Read the alias: its version, its revision, a list with its weights by version, and one with their numbers.

    An alias with weights gives some calls to another version: a shift is in progress, or somebody tests by hand. Where
    all calls go to one version, the answer has no RoutingConfig, or empty weights, and the second list is empty.
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-itembatcher-single-item-process.html
    """
    return call(
        "lambda:getAlias",
        {**NAMED, "Name": ALIAS},
        result={
            "version.$": "$.FunctionVersion",
            "revision.$": "$.RevisionId",
            "weights.$": "$..AdditionalVersionWeights",
            "parts.$": "$..AdditionalVersionWeights.*",
        },
        into=into,
        then=then,
        retries=retries,
        catch=catch,
    )


def _undivided(of: str) -> dict[str, Any]:
    """The rule of a Choice that the alias gives all calls to one version."""
    return {"Variable": f"{of}.parts[0]", "IsPresent": False}


def _undivided_alias() -> States:
    return {
        "SeeAlias": _alias(into="$.old", then="IsAliasUndivided"),
        "IsAliasUndivided": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.old.version", "StringEquals": "$LATEST", "Next": "AliasFailed"},
                {**_undivided("$.old"), "Next": "Checked"},
            ],
            "Default": "AliasDivided",
        },
        "AliasFailed": _fail(
            "AliasFailed", "the alias names $LATEST, which CodeDeploy cannot shift from: point it at a version"
        ),
        "AliasDivided": _fail(
            "AliasDivided",
            "the alias also gives calls to other versions, by their weights: {}. Wait for the deployment that shifts "
            f"it. If there is none, reset it, then retry the stage: {UPDATE_ALIAS} {RESET}",
            "States.JsonToString($.old.weights)",
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
            {**NAMED, **IMAGE},
            result={"version.$": "$.Version"},
            into="$.code",
            then="SeeCode",
        ),
        **follow(
            "Code",
            "lambda:getFunction",
            NAMED,
            result={
                "status.$": STATUS,
                "hash.$": "$.Configuration.CodeSha256",
                "revision.$": "$.Configuration.RevisionId",
                "digest.$": DIGEST,
            },
            states=CODE_STATES,
            then="IsCodeApproved",
            failed=_fail(
                "CodeFailed",
                "state and last update of the function are {}, so that no version of it can be published. The reason: "
                f"{SHOW}",
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
            again_after=PASSING,  # a function that somebody else has changed stays changed
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
            again_after=("CodeDeploy.ThrottlingException",),  # not after all: a second deployment would be refused
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
                "the deployment is {}. The reason: aws deploy get-deployment --deployment-id {}",
                "$.seen.status",
                "$.shift.id",
            ),
            retries=16,  # for twelve minutes
            limited=False,
        ),
        "Shifted": {"Type": "Succeed"},
    }


def _result() -> States:
    return {
        "SeeResult": _alias(into="$.now", then="IsResultUndivided"),
        "IsResultUndivided": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [{"Variable": "$.now.version", "StringEqualsPath": "$.new.version"}, _undivided("$.now")],
                    "Next": "SeeImage",
                }
            ],
            "Default": "ResultDivided",
        },
        "ResultDivided": _fail(
            "AliasDivided",
            "the alias has version {} with the weights {}, and not version {} alone: somebody else has changed it. "
            "Retry the stage when nobody else does",
            "$.now.version",
            "States.JsonToString($.now.weights)",
            "$.new.version",
        ),
        "SeeImage": call(
            "lambda:getFunction",
            {**NAMED, "Qualifier.$": "$.new.version"},
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
    """Point the alias at its earlier version if the deployment has given it the new one, wholly or in part.

    First the deployments of its group end, also the rollback, which is a deployment of its own: one that nobody follows
    would shift the alias afterwards. Each iteration ends with what it has read in the end.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
    """
    version, old, new, weights = "$.now.version", "$.old.version", "$.new.version", "States.JsonToString($.now.weights)"
    has_old, has_new = ({"Variable": version, "StringEqualsPath": each} for each in (old, new))
    same, whole = {"Variable": old, "StringEqualsPath": new}, _undivided("$.now")
    # The version of the alias and those of its weights, among other pieces of text.
    versions = f"""States.StringSplit(States.Format('"{{}}"{{}}', {version}, {weights}), '"')"""
    return {
        "WaitForDeployments": {"Type": "Wait", "Seconds": SECONDS_BETWEEN_LOOKS, "Next": "SeeDeployments"},
        "SeeDeployments": call(
            "codedeploy:listDeployments",
            {
                "ApplicationName": "${Application}",
                "DeploymentGroupName.$": "$.group",
                "IncludeOnlyStatuses": list(SHIFT_STATES.waiting),
            },
            result={"answer.$": "$"},
            into="$.running",
            then="HasDeployments",
            retries=PATIENT,
            catch="Unsettled",
        ),
        "HasDeployments": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.running.answer.Deployments[0]", "IsPresent": True, "Next": "WaitForDeployments"}
            ],
            "Default": "SeeAliasNow",
        },
        "SeeAliasNow": _alias(into="$.now", then="Compare", retries=PATIENT, catch="Unsettled"),
        "Compare": {
            "Type": "Pass",
            "Parameters": {
                "old.$": f"States.ArrayContains({versions}, {old})",
                "new.$": f"States.ArrayContains({versions}, {new})",
            },
            "ResultPath": "$.has",
            "Next": "WhatHasAlias",
        },
        "WhatHasAlias": {
            "Type": "Choice",
            "Choices": [
                {"And": [same, has_old, whole], "Next": "New"},
                {**same, "Next": "Foreign"},
                {"And": [has_old, whole], "Next": "Old"},
                {"And": [has_new, whole], "Next": "RestoreAlias"},
                {
                    "And": [{"Variable": f"$.has.{each}", "BooleanEquals": True} for each in ("old", "new")],
                    "Next": "RestoreAlias",
                },
            ],
            "Default": "Foreign",
        },
        "New": _end("{} keeps version {}, which has the new image", "$.name", version),
        "Old": _end("{} has version {}{}", "$.name", version, "$.again.text"),
        # The revision keeps what somebody else sets in between.
        "RestoreAlias": call(
            "lambda:updateAlias",
            {
                **NAMED,
                "Name": ALIAS,
                "FunctionVersion.$": old,
                "RoutingConfig": {"AdditionalVersionWeights": {}},
                "RevisionId.$": "$.now.revision",
            },
            result={"text": " again"},
            into="$.again",
            then="WaitForDeployments",
            again_after=(*PASSING, "Lambda.ResourceConflictException"),
            retries=PATIENT,
            catch="NotRestored",
            caught={"Lambda.PreconditionFailedException": "WaitForDeployments"},
        ),
        "Foreign": _end(
            f"{{}} has version {{}} with the weights {{}}: somebody else has changed it. It is NOT restored: {RESTORE}",
            "$.name",
            version,
            weights,
            "$.name",
            old,
        ),
        "NotRestored": _end(
            f"{{}} has version {{}} with the weights {{}} and is NOT restored ({{}}): {RESTORE}",
            "$.name",
            version,
            weights,
            "$.failure.Cause",
            "$.name",
            old,
        ),
        "Unsettled": _end(
            f"{{}} is NOT restored: a deployment may still shift it ({{}}). See {LIST}. After its end: {RESTORE}",
            "$.name",
            "$.failure.Cause",
            "$.group",
            "$.name",
            old,
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
