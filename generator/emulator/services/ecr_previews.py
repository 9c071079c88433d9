"""Previews of lifecycle policies of Amazon ECR, which moto lacks.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.errors import GeneratorError
from generator.lifecycle import policy as lifecycle_policy
from generator.lifecycle import stored_images
from generator.lifecycle.replay import EXPIRES, replayed


@dataclass
class LifecyclePreviews:
    """The last preview of each repository."""

    by_repository: dict[str, dict[str, Any]] = field(default_factory=dict)


def _start(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartLifecyclePolicyPreview.html."""
    name, text = context.call.parameters["repositoryName"], context.call.parameters.get("lifecyclePolicyText")
    ecr = context.inside("ecr")
    try:
        details = [each for page in ecr.get_paginator("describe_images").paginate(repositoryName=name)
                   for each in page["imageDetails"]]  # fmt: skip
        text = text or ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
    except ecr.exceptions.ClientError as error:
        raise RefusedError(error.response["Error"]["Message"], error.response["Error"]["Code"]) from None
    try:
        policy = lifecycle_policy.read(text, "the policy")
    except GeneratorError as error:
        message = f"Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: '{error}'"
        raise RefusedError(message, "InvalidParameterException") from None
    images = stored_images.read(json.dumps({"imageDetails": details}, default=datetime.isoformat), name)
    results = [
        {
            "imageTags": list(verdict.image.tags),
            "imageDigest": verdict.image.digest,
            "action": {"type": "EXPIRE"},
            "appliedRulePriority": verdict.rule,
        }
        for verdict in replayed(policy, images, datetime.now(timezone.utc), {})
        if verdict.outcome == EXPIRES
    ]
    preview = {
        "registryId": context.call.account,
        "repositoryName": name,
        "lifecyclePolicyText": text,
        "status": "COMPLETE",
        "previewResults": results,
        "summary": {"expiringImageTotalCount": len(results)},
    }
    context.memory(LifecyclePreviews).by_repository[name] = preview
    return {key: preview[key] for key in ("registryId", "repositoryName", "lifecyclePolicyText")} | {
        "status": "IN_PROGRESS"
    }


def _get(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicyPreview.html."""
    name = context.call.parameters["repositoryName"]
    found = context.memory(LifecyclePreviews).by_repository.get(name)
    if found is None:
        message = f"There is no lifecycle policy preview for the repository with name '{name}'"
        raise RefusedError(message, "LifecyclePolicyPreviewNotFoundException")
    return found


OPERATIONS: dict[str, Operation] = {
    "ecr:GetLifecyclePolicyPreview": _get,
    "ecr:StartLifecyclePolicyPreview": _start,
}
