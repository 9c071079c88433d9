"""Features that only a pipeline of type V2 has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cfnlint.helpers import is_function
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template

# Each page says so: action-reference-EKS, -Commands, -ECRBuildAndPublish, -LambdaDeploy, -EC2Deploy, -PipelineInvoke.
ACTIONS = (
    "Build/ECRBuildAndPublish",
    "Compute/Commands",
    "Deploy/EC2",
    "Deploy/EKS",
    "Deploy/Lambda",
    "Invoke/CodePipeline",
)


class PipelineType(CloudFormationLintRule):
    """A pipeline that uses features of type V2 is of type V2."""

    id = "E9702"
    shortdesc = "Features that need a pipeline of type V2"
    description = (
        "Execution modes, pipeline variables, triggers, stage conditions and some actions need PipelineType V2; "
        "a pipeline without PipelineType is V1"
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types-planning.html"
    tags = ["resources", "codepipeline"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Complaints about every pipeline that is V1, or does not declare its type."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        matches = []
        for name in cfn.get_resources("AWS::CodePipeline::Pipeline"):
            pipeline = ["Resources", name, "Properties"]
            for kind, where in _values(root, cfn.template, *pipeline, "PipelineType"):
                if kind in (None, "V1"):
                    # From the top again, but only what is there when the pipeline is V1.
                    top = root.evolve(context=root.context.evolve(conditions=where.context.conditions))
                    said = "is V1" if kind else "is not set, which means V1"
                    matches += [
                        RuleMatch(path, f"{feature} requires PipelineType V2, and PipelineType {said}")
                        for path, feature in _features(top, cfn, pipeline)
                    ]
        return matches


def _features(top: Any, cfn: Template, pipeline: list[str]) -> Iterator[tuple[list[str | int], str]]:
    def values(*path: str) -> Iterator[tuple[Any, list[str | int]]]:
        for value, where in _values(top, cfn.template, *pipeline, *path):
            if value and is_function(value) == (None, None):
                yield value, list(where.context.path.path)

    for mode, place in values("ExecutionMode"):
        if mode in ("QUEUED", "PARALLEL"):
            yield place, f"ExecutionMode {mode}"
    for key in ("Variables", "Triggers"):
        yield from ((place, key) for _, place in values(key))
    for key in ("BeforeEntry", "OnSuccess", "OnFailure"):
        yield from ((place, f"{key} of a stage") for _, place in values("Stages", "*", key))
    for kind, place in values("Stages", "*", "Actions", "*", "ActionTypeId"):
        if (provider := _provider(kind)) in ACTIONS:
            yield place, f"The action {provider}"


def _provider(kind: Any) -> str:
    """Category and provider of an action of AWS, "" for any other."""
    if not isinstance(kind, dict) or kind.get("Owner") != "AWS":
        return ""
    return f"{kind.get('Category')}/{kind.get('Provider')}"


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
