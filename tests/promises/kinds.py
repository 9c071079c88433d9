"""Promises about the resources of grants: of a kind that the actions in the same statement support."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint

from tests.rendered import Rendered, listed
from tests.stacked import identity_statements
from tests.variants import variants, with_conditions


@with_conditions
def resources_are_of_a_kind_that_an_action_knows(template: Rendered) -> Iterator[str]:
    """Each ARN that a role is granted is one of those that AWS lists for an action of the statement: none is needless.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    for _, stack in variants(template):
        for place, statement in identity_statements(stack):
            kinds = [kind for action in listed(statement["Action"]) for kind in _kinds(action)]
            for arn in listed(statement["Resource"]):
                if arn != "*" and not any(kind.fullmatch(arn) for kind in kinds):
                    yield f"{place} names {arn}, which none of its actions takes"


@cache
def _kinds(action: str) -> tuple[re.Pattern[str], ...]:
    """The ARNs that an action knows; `service:*` knows none."""
    service, _, name = action.partition(":")
    known = _listed_by_aws()[service]
    arns = {kind.lower(): each["ARNFormats"] for kind, each in known["Resources"].items()}
    kinds = known["Actions"].get(name.lower(), {}).get("Resources", ())
    return tuple(_pattern(arn) for kind in kinds for arn in arns[kind.lower()])


def _pattern(arn: str) -> re.Pattern[str]:
    """`arn:${Partition}:ecs:${Region}:${Account}:task-set/.*` as a pattern; a bucket's ARN has no region."""
    return re.compile(re.sub(r"\$\{\w+\}", "[^:]*", arn))


@cache
def _listed_by_aws() -> dict[str, Any]:
    """AWS's list of actions, as cfn-lint carries it."""
    file = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return known
