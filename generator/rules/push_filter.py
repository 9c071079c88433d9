"""The pushes to ECR that start a pipeline."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cfnlint.helpers import is_function
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template

# Every way to write the ARN of a pipeline contains this, because no attribute returns the ARN.
PIPELINE_ARN = re.compile(r'[":]codepipeline[":]')

Complaint = tuple[list[str | int], str]


class PushFilter(CloudFormationLintRule):
    """A rule that starts a pipeline at a push to ECR matches only pushes, and only those with a tag.

    Pushes and deletions have the same detail-type. Each manifest of a push has its own event: those of an image's
    platforms, its attestations and its index have no tag, but an empty text.
    """

    id = "W9705"
    shortdesc = "A rule for pushes to ECR filters on action-type and image-tag"
    description = (
        "An event of the type ECR Image Action is also sent when an image is deleted, and when a manifest without a "
        "tag is pushed: a rule that starts a pipeline leaves both out"
    )
    source_url = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html"
    tags = ["resources", "events", "ecr"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every rule for events of ECR images with a target that is a pipeline."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        return [
            RuleMatch(path, message)
            for name in cfn.get_resources("AWS::Events::Rule")
            for path, message in _complaints(root, cfn, ["Resources", name, "Properties"])
        ]


def _complaints(root: Any, cfn: Template, rule: list[str | int]) -> Iterator[Complaint]:
    def values(*path: str) -> list[tuple[Any, list[str | int]]]:
        found = _values(root, cfn.template, *rule, *path)
        return [(value, list(where.context.path.path)) for value, where in found]

    types = [kind for kind, _ in values("EventPattern", "detail-type", "*")]
    starts_pipeline = any(PIPELINE_ARN.search(json.dumps(arn)) for arn, _ in values("Targets", "*", "Arn"))
    if "ECR Image Action" not in types or not starts_pipeline:
        return
    for detail, place in values("EventPattern", "detail"):
        yield from ((place, f"The pattern does not filter on {missing}") for missing in _missing(detail))
    # Replicas have a detail type of their own, and no other action.
    wanted = ("PUSH", "REPLICATE") if "ECR Replication Action" in types else ("PUSH",)
    for alternative in ((), ("$or", "*")):
        for value, place in values("EventPattern", "detail", *alternative, "action-type", "*"):
            if isinstance(value, str) and value not in wanted:
                yield place, f"{value} starts the pipeline as well: match only {' and '.join(wanted)}"
        for value, place in values("EventPattern", "detail", *alternative, "image-tag", "*"):
            if _lets_empty_through(value):
                yield (
                    place,
                    f'{json.dumps(value)} lets manifests without a tag through, {{"anything-but": ""}} does not',
                )


def _missing(detail: Any) -> Iterator[str]:
    if detail is not None and not isinstance(detail, dict):
        return
    alternatives = (detail or {}).get("$or", [{}])
    if not isinstance(alternatives, list) or not all(isinstance(each, dict) for each in alternatives):
        return
    for key, advice in (("action-type", '"PUSH"'), ("image-tag", 'a tag, or {"anything-but": ""}')):
        if any(key not in {**(detail or {}), **each} for each in alternatives):
            yield f"{key}: let {advice} through"


def _lets_empty_through(matcher: Any) -> bool:
    """Whether an empty text is certain to match.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    if isinstance(matcher, str):
        return matcher == ""
    if not isinstance(matcher, dict) or len(matcher) != 1 or is_function(matcher) != (None, None):
        return False
    ((operator, operand),) = matcher.items()
    operands = operand if isinstance(operand, list) else [operand]
    if any(is_function(each) != (None, None) for each in operands):
        return False
    if operator == "anything-but":
        return not any(_lets_empty_through(each) for each in operands)
    if operator == "exists":
        return operand is True
    empty = ("", "*") if operator == "wildcard" else ("",)
    return operator in ("prefix", "suffix", "wildcard", "equals-ignore-case") and any(
        each in empty for each in operands
    )


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
