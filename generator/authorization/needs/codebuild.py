"""AWS CodeBuild."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, UnknownCallError, arn, each_on, needed

_PROJECT = arn("codebuild", "project/{projectName}")
# By the parameter of StartBuild. Some keys only show whether the parameter is set.
EXISTENCE_KEYS = {
    "buildspecOverride": "codebuild:source.buildspec",
    "cacheOverride": "codebuild:cache",
    "registryCredentialOverride": "codebuild:environment.registryCredential",
}
OVERRIDE_KEYS = {
    "autoRetryLimitOverride": "codebuild:autoRetryLimit",
    "certificateOverride": "codebuild:environment.certificate",
    "computeTypeOverride": "codebuild:environment.computeType",
    "encryptionKeyOverride": "codebuild:encryptionKey",
    "environmentTypeOverride": "codebuild:environment.type",
    "imageOverride": "codebuild:environment.image",
    "imagePullCredentialsTypeOverride": "codebuild:environment.imagePullCredentialsType",
    "insecureSslOverride": "codebuild:source.insecureSsl",
    "privilegedModeOverride": "codebuild:environment.privilegedMode",
    "serviceRoleOverride": "codebuild:serviceRole",
    "sourceLocationOverride": "codebuild:source.location",
}
# Overrides without a condition key.
_KEYLESS = {"queuedTimeoutInMinutesOverride", "timeoutInMinutesOverride"}


def _start_build(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The context has every setting of the project that the call overrides, and no key for the others.

    https://docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html
    """
    context: dict[str, str | tuple[str, ...]] = {}
    for parameter, value in call.parameters.items():
        if parameter == "environmentVariablesOverride":
            context |= _variables(value)
        elif parameter == "fleetOverride":
            context["codebuild:environment.fleet.fleetArn"] = str(value["fleetArn"])
        elif parameter in EXISTENCE_KEYS:
            context[EXISTENCE_KEYS[parameter]] = "true"
        elif parameter in OVERRIDE_KEYS:
            context[OVERRIDE_KEYS[parameter]] = str(value).lower() if isinstance(value, bool) else str(value)
        elif parameter.endswith("Override") and parameter not in _KEYLESS:
            raise UnknownCallError(
                f"{call.name} with {parameter}: add its condition key to OVERRIDE_KEYS in {__name__}"
            )
    yield needed(call, environment, call.name, _PROJECT)._replace(context=context)


def _variables(variables: Any) -> dict[str, str | tuple[str, ...]]:
    """The condition keys of environment variables: whether there are any, all names, all values, each value."""
    key = "codebuild:environment.environmentVariables"
    if not variables:
        return {}
    return {
        key: "true",
        f"{key}.name": tuple(each["name"] for each in variables),
        f"{key}.value": tuple(each["value"] for each in variables),
        **{f"{key}/{each['name']}.value": each["value"] for each in variables},
    }


def _get_builds(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The id of a build begins with the name of its project."""
    ids: Any = call.parameters["ids"]
    projects = {"projectName": [each.partition(":")[0] for each in ids]}
    yield needed(Asked(call.name, projects), environment, call.name, _PROJECT)


NEEDS: Needs = {
    "codebuild:StartBuild": _start_build,
    "codebuild:BatchGetBuilds": _get_builds,
    **each_on(
        arn("codebuild", "report-group/{reportGroupName}"),
        "codebuild:BatchPutCodeCoverages",
        "codebuild:BatchPutTestCases",
        "codebuild:CreateReport",
        "codebuild:CreateReportGroup",
        "codebuild:UpdateReport",
    ),
}
