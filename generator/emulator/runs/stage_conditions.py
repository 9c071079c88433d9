"""The conditions of stages: of the entry, before any action runs, and of success, when all have succeeded.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works-conditions.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator.front.answers import reason
from generator.emulator.runs import rules
from generator.emulator.runs.action import ActionError, RunContext
from generator.emulator.runs.stage_rule import RuleProvider, RuleStep
from generator.model.discovery import merged

KINDS = {"beforeEntry": "BEFORE_ENTRY", "onSuccess": "ON_SUCCESS"}
"""The key of a stage, and its name in OverrideStageCondition."""
# The keys that are evaluated here. Any other key of a declaration is an error, so that none is ignored silently.
_RULE_KEYS = {"name", "ruleTypeId", "configuration", "roleArn", "timeoutInMinutes", "inputArtifacts"}


@functools.cache
def providers() -> dict[str, RuleProvider]:
    """The functions that evaluate rules, by provider."""
    return merged(rules, "RULES")


def declared(stage: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The rules of a condition. A stage has at most one condition of each kind."""
    return [rule for condition in stage.get(key, {}).get("conditions", ()) for rule in condition["rules"]]


def in_order(stage: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The rules of a condition, with those that wait for a window last: all rules begin at once."""
    return sorted(declared(stage, key), key=lambda rule: rule["ruleTypeId"]["provider"] == "DeploymentWindow")


def unknown(stage: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a stage that are not evaluated here as CodePipeline would."""
    for key in KINDS.keys() & stage.keys():
        conditions = stage[key].get("conditions") or [{}]
        yield from (
            f"{key} with the result {each.get('result')}" for each in conditions if each.get("result") != "FAIL"
        )
        for rule in declared(stage, key):
            yield from (f"rule {name}" for name in sorted(rule.keys() - _RULE_KEYS))
            if rule["ruleTypeId"]["provider"] not in providers() or rule.get("inputArtifacts"):
                yield f"rule by {rule['ruleTypeId']['provider']}, or with artifacts"
    if KINDS.keys() & stage.keys() and stage.get("onFailure"):
        # No page says whether a stage that a condition fails is rolled back.
        yield "onFailure beside conditions"


def evaluate(
    world: RunContext, rule: Mapping[str, Any], kind: str, role: str, *, is_overridden: Callable[[], bool]
) -> tuple[str, str]:
    """The result of the rule, and the reason of its failure: one of the two is empty."""
    acts_as = str(rule.get("roleArn") or role)
    step = RuleStep(
        world=world,
        kind=kind,
        role=acts_as,
        configuration=rule.get("configuration", {}),
        timeout_minutes=rule.get("timeoutInMinutes"),
        is_overridden=is_overridden,
    )
    try:
        return providers()[rule["ruleTypeId"]["provider"]](step), ""
    except ActionError as failure:
        return "", str(failure)
    except ClientError as refused:
        return "", f"{refused.operation_name} by {acts_as}: {reason(refused)}"
