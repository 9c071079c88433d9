"""The statements of a template's roles and shared policies, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from troposphere import Template

from generator.cloudformation.conditional_parts import optional
from generator.listed import listed
from generator.prose import in_words, plain
from generator.publishing.reasons import reasons

Rendered = dict[str, Any]
ROLE = "AWS::IAM::Role"
OWNERS = (ROLE, "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True, kw_only=True)
class GrantedStatement:
    """A statement of a role or shared policy: it allows or, with the effect Deny, refuses.

    Names of parameters and values are in backquotes.
    """

    owner: str
    sid: str
    effect: str
    """Allow or Deny."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...]
    """Such as "`aws:SourceAccount` StringEquals `123456789012`"; all of them must hold."""
    only_if: str
    """The condition of the template under which it exists, in words; "" if it always exists."""
    why: str
    body: Rendered
    """The statement in the template."""

    @property
    def refused(self) -> str:
        """A word before the actions that are refused; "" for a statement that allows."""
        return "" if self.effect == "Allow" else "refused: "

    @property
    def where(self) -> str:
        """The resources, and the conditions if there are any."""
        resources = ", ".join(self.resources)
        return f"{resources} when {' and '.join(self.conditions)}" if self.conditions else resources


def statements_of(template: Template, rendered: Rendered) -> Iterator[GrantedStatement]:
    """Every statement of every role and shared policy, in the order of the template."""
    whys = reasons(template)
    for owner, resource in rendered["Resources"].items():
        if resource["Type"] not in OWNERS:
            continue
        properties = resource["Properties"]
        own = [properties] if "PolicyDocument" in properties else []
        for policy in properties.get("Policies", own):
            for condition, statement in map(optional, policy["PolicyDocument"]["Statement"]):
                yield GrantedStatement(
                    owner=owner,
                    sid=statement["Sid"],
                    effect=statement["Effect"],
                    actions=tuple(listed(statement["Action"])),
                    resources=tuple(f"`{plain(each)}`" for each in listed(statement["Resource"])),
                    conditions=tuple(conditions_of(statement)),
                    only_if=in_words(condition, rendered["Conditions"]) if condition else "",
                    why=whys[owner][statement["Sid"]],
                    body=statement,
                )


def conditions_of(statement: Rendered) -> Iterator[str]:
    """The conditions of a statement of a policy, all of which must hold."""
    for operator, tests in statement.get("Condition", {}).items():
        yield from (f"`{key}` {operator} `{plain(value)}`" for key, value in tests.items())
