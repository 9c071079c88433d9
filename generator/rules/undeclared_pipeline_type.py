"""Pipelines that do not declare their type."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template


class UndeclaredPipelineType(CloudFormationLintRule):
    """A pipeline declares its type: the console creates V2, CloudFormation V1; features and price differ."""

    id = "W9702"
    shortdesc = "A pipeline sets PipelineType"
    description = "A pipeline without PipelineType is V1, with fewer features than V2 and another price"
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types-planning.html"
    tags = ["resources", "codepipeline"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every pipeline without PipelineType."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        return [
            RuleMatch(["Resources", name, "Properties"], "Set PipelineType, V2 or V1: without it the pipeline is V1")
            for name in cfn.get_resources("AWS::CodePipeline::Pipeline")
            for kind, _ in _values(root, cfn.template, "Resources", name, "Properties", "PipelineType")
            if kind is None
        ]


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
