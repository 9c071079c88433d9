"""Whether one permission of a policy covers another one: patterns and conditions are compared as written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.authorization.policy_patterns import is_action, is_resource
from generator.changesets.change_records import LATER
from generator.listed import listed

_SEVERAL, _ONE = "\x01\x02", "\x03"
"""Characters that no policy contains; they replace the wildcards of a covered pattern."""


@dataclass(frozen=True, kw_only=True)
class PolicyGrant:
    """One action on one resource for one principal ("" in the policy of the principal itself), allowed or denied."""

    effect: str
    principal: str
    action: str
    resource: str
    condition: str
    """As JSON with sorted keys; "" if there is none."""


def grants(document: Any) -> Iterator[PolicyGrant]:
    """Every grant of a policy document. An exception (NotAction) is one grant with a `!`."""
    is_json = isinstance(document, str) and document.startswith("{") and LATER not in document
    parsed = json.loads(document) if is_json else document
    if not isinstance(parsed, Mapping):
        return
    for statement in listed(parsed.get("Statement", [])):
        condition = statement.get("Condition") or {}
        for principal in _principals(statement):
            for action in _elements(statement, "Action"):
                for resource in _elements(statement, "Resource"):
                    yield PolicyGrant(
                        effect=str(statement.get("Effect", "Allow")),
                        principal=principal,
                        action=action,
                        resource=resource,
                        condition=json.dumps(condition, sort_keys=True) if condition else "",
                    )


def covers(one: PolicyGrant, other: PolicyGrant) -> bool:
    """Whether the first grant includes the second. A doubt counts as no: a new permission must not be overlooked."""
    return (
        one.effect == other.effect
        and one.principal in (other.principal, "*")
        and _pattern(one.action, other.action, is_action)
        and _pattern(one.resource, other.resource, lambda pattern, arn: is_resource(pattern, arn, {}))
        and _condition(one.condition, other.condition)
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    """Services, ARNs and accounts, or "*"; "" in a policy without principals."""
    if "NotPrincipal" in statement:
        return [f"!{json.dumps(statement['NotPrincipal'], sort_keys=True)}"]
    if "Principal" not in statement:
        return [""]
    named = statement["Principal"]
    kinds = named if isinstance(named, Mapping) else {"AWS": named}
    return [str(each) for value in kinds.values() for each in listed(value)]


def _elements(statement: Mapping[str, Any], name: str) -> list[str]:
    if f"Not{name}" in statement:
        return [f"!{', '.join(sorted(map(str, listed(statement[f'Not{name}']))))}"]
    return [str(each) for each in listed(statement.get(name, "*"))]


def _pattern(one: str, other: str, matches: Callable[[str, str], bool]) -> bool:
    """Whether the first pattern covers everything that the second matches.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if one in (other, "*"):
        return True
    if one.startswith("!") or other.startswith("!"):
        return False
    examples = {other.replace("*", several).replace("?", _ONE) for several in ("", _SEVERAL)}
    return all(matches(one, example) for example in examples)


def _condition(one: str, other: str) -> bool:
    """Whether the first condition holds wherever the second does: it has no other keys, and admits the same values."""
    wanted, given = (json.loads(each) if each else {} for each in (one, other))
    for operator, keys in wanted.items():
        for key, values in keys.items():
            theirs = given.get(operator, {}).get(key)
            if theirs is None:
                return False
            mine, yours = ({str(each) for each in listed(value)} for value in (values, theirs))
            if not (mine <= yours if "Not" in operator else mine >= yours):
                return False
    return True
