"""IAM Access Analyzer: a few of its checks of policies, with AWS's codes. It is free here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from generator.authorization.policy_patterns import is_action
from generator.changesets.policy_coverage import covers, grants
from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.listed import listed

_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_IDENTITY, _RESOURCE = "IDENTITY_POLICY", "RESOURCE_POLICY"
_TRUST = "AWS::IAM::AssumeRolePolicyDocument"


class _Found(NamedTuple):
    """A finding: its type, code, message and place."""

    type: str
    code: str
    text: str
    statement: int = -1


def _validate(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html."""
    asked = context.call.parameters
    attached = asked.get("validatePolicyResourceType", "")
    if attached and asked["policyType"] != _RESOURCE:
        raise RefusedError("validatePolicyResourceType is for a RESOURCE_POLICY", "ValidationException")
    found = _findings(asked["policyDocument"], asked["policyType"], attached)
    return {"findings": [_finding(each) for each in found]}


def _findings(text: str, kind: str, attached: str) -> Iterator[_Found]:
    try:
        document = json.loads(text)
    except ValueError as error:
        yield _Found("ERROR", "JSON_SYNTAX_ERROR", f"Fix the JSON syntax error: {error}")
        return
    if not isinstance(document, dict) or not document.get("Statement"):
        yield _Found("ERROR", "MISSING_STATEMENT", "Add a statement to the policy.")
        return
    if "Version" not in document:
        yield _Found("WARNING", "MISSING_VERSION", "We recommend that you specify the Version element.")
    for number, statement in enumerate(listed(document["Statement"])):
        yield from _of_statement(statement, number, kind, attached)


def _of_statement(statement: Mapping[str, Any], number: int, kind: str, attached: str) -> Iterator[_Found]:
    actions = [str(each) for each in listed(statement.get("Action", []))]
    if not actions and "NotAction" not in statement:
        yield _Found("ERROR", "MISSING_ACTION", "Add an Action or NotAction element to the statement.", number)
    if kind == _RESOURCE and not {"Principal", "NotPrincipal"} & statement.keys():
        yield _Found("ERROR", "MISSING_PRINCIPAL", "Add a Principal element to the policy statement.", number)
    if kind == _IDENTITY and {"Principal", "NotPrincipal"} & statement.keys():
        yield _Found("ERROR", "UNSUPPORTED_PRINCIPAL", "Identity policies do not support the Principal.", number)
    if kind == _IDENTITY and not {"Resource", "NotResource"} & statement.keys():
        yield _Found("ERROR", "MISSING_RESOURCE", "Add a Resource or NotResource element to the statement.", number)
    if attached == _TRUST and {"Resource", "NotResource"} & statement.keys():
        yield _Found("ERROR", "UNSUPPORTED_ELEMENT_COMBINATION", "Trust policies have no Resource element.", number)
    for action in actions:
        if action != "*" and not _is_known(action):
            yield _Found("ERROR", "INVALID_ACTION", f"The action {action} does not exist.", number)
    passes = any(is_action(action, "iam:PassRole") for action in actions)
    everywhere = any("*" in str(each) for each in listed(statement.get("Resource", [])))
    named = "iam:PassedToService" in json.dumps(statement.get("Condition", {}))
    if kind == _IDENTITY and statement.get("Effect") == "Allow" and passes and everywhere and not named:
        text = "Using wildcards with iam:PassRole can be overly permissive."
        yield _Found("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE", text, number)


def _is_known(action: str) -> bool:
    service, _, name = action.partition(":")
    known = _actions().get(service.lower(), frozenset())
    return any(is_action(f"x:{name.lower()}", f"x:{each}") for each in known) if "*" in name else name.lower() in known


@functools.cache
def _actions() -> dict[str, frozenset[str]]:
    """The actions of each service, in lower case, as cfn-lint has them from the Service Authorization Reference."""
    services = load_resource(AdditionalSpecs, "Policies.json")  # type: ignore[no-untyped-call]
    return {name: frozenset(map(str.lower, each["Actions"])) for name, each in services.items()}


def _finding(found: _Found) -> dict[str, Any]:
    span = {"start": {"line": 1, "column": 0, "offset": 0}, "end": {"line": 1, "column": 0, "offset": 0}}
    path = [{"value": "Statement"}, {"index": found.statement}] if found.statement >= 0 else []
    return {
        "findingType": found.type,
        "issueCode": found.code,
        "findingDetails": found.text,
        "learnMoreLink": _PAGE,
        "locations": [{"path": path, "span": span}],
    }


def _no_new_access(context: OperationContext) -> Mapping[str, Any]:
    """Whether a policy allows nothing beyond another one. A doubt counts as new access.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
    """
    asked = context.call.parameters
    new, old = (list(grants(asked[f"{name}PolicyDocument"])) for name in ("new", "existing"))
    more = [each for each in new if each.effect == "Allow" and not any(covers(one, each) for one in old)]
    if not more:
        return {"result": "PASS", "message": "The modified permissions do not grant new access.", "reasons": []}
    reasons = [{"description": f"New access in the statement: {each.action} on {each.resource}."} for each in more]
    return {"result": "FAIL", "message": "The modified permissions grant new access.", "reasons": reasons}


OPERATIONS: dict[str, Operation] = {
    "access-analyzer:CheckNoNewAccess": _no_new_access,
    "access-analyzer:ValidatePolicy": _validate,
}
