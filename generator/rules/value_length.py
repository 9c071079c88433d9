"""The maximum length of a configuration value of a pipeline action."""

from __future__ import annotations

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

LIMIT = 1000
SUBSTITUTED = re.compile(r"\$\{[^!}][^}]*\}")


class ValueLength(CloudFormationLintRule):
    """A configuration value of an action is no longer than CodePipeline accepts."""

    id = "E9707"
    shortdesc = "Length of the configuration values of a pipeline action"
    description = (
        "A configuration value, the CustomData of an approval among them, has at most 1000 characters; they count as "
        "written, before #{namespace.variable} is resolved"
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"
    tags = ["resources", "codepipeline"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every action of every pipeline."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        return [
            RuleMatch(
                list(at.context.path.path),
                f"{key!r} has {length} characters or more: a configuration value has at most {LIMIT}, as written",
            )
            for name in cfn.get_resources("AWS::CodePipeline::Pipeline")
            for configuration, where in _values(
                root, cfn.template, "Resources", name, "Properties", "Stages", "*", "Actions", "*", "Configuration"
            )
            for key in (configuration if isinstance(configuration, dict) else ())
            for value, at in _values(where, configuration, key)
            if (length := _least(value)) > LIMIT
        ]


def _least(value: Any) -> int:
    """The least number of characters that CloudFormation can produce for the value."""
    if isinstance(value, str):
        return len(value)
    match is_function(value):
        case "Fn::Sub", (str(template) | [str(template), _]):
            return len(SUBSTITUTED.sub("", template).replace("${!", "${"))
        case "Fn::Join", [str(delimiter), list(parts)]:
            return sum(map(_least, parts)) + len(delimiter) * (len(parts) - 1)
        case "Fn::If", [_, yes, no]:
            return min(_least(yes), _least(no))
    return 0


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
