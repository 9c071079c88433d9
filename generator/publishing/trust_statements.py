"""Trust policies of roles: principals and conditions, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.listed import listed
from generator.prose import plain
from generator.publishing.granted_statements import Rendered, conditions_of

_OWN = {"Ref": "AWS::AccountId"}
_ACCOUNT, _SOURCE = "aws:SourceAccount", "aws:SourceArn"


@dataclass(frozen=True, kw_only=True)
class TrustStatement:
    """A statement of the trust policy of a role."""

    principals: tuple[str, ...]
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    """Such as "`aws:SourceAccount` StringEquals `${AWS::AccountId}`"; all of them must hold."""
    body: Rendered
    """As the template has it."""

    @property
    def sentence(self) -> str:
        """All of it as a sentence in Markdown."""
        return f"Assumed by {', '.join(self.principals)}{_only(self.body)}."


def trust_statements(role: Rendered) -> Iterator[TrustStatement]:
    """The statements of the trust policy of a rendered role."""
    for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        principals = [each for values in statement["Principal"].values() for each in listed(values)]
        yield TrustStatement(
            principals=tuple(f"`{plain(each)}`" for each in principals),
            actions=tuple(listed(statement["Action"])),
            conditions=tuple(conditions_of(statement)),
            body=statement,
        )


def _only(statement: Rendered) -> str:
    """The limits of the principal: the resource and the account that the service acts for, then everything else."""
    limits: list[str] = []
    where = ""
    rest: dict[str, dict[str, object]] = {}
    for operator, tests in statement.get("Condition", {}).items():
        for key, value in tests.items():
            if (operator, key, value) == ("StringEquals", _ACCOUNT, _OWN):
                where = "this account"
            elif (operator, key, value) == ("StringEqualsIfExists", _ACCOUNT, _OWN):
                where = "this account (if the service names one)"
            elif (operator, key) == ("ArnLike", _SOURCE):
                limits.append(" or ".join(f"`{plain(each)}`" for each in listed(value)))
            else:
                rest.setdefault(operator, {})[key] = value
    only = " of ".join([*limits, where] if where else limits)
    others = " and ".join(conditions_of({"Condition": rest}))
    return "".join([f", only for {only}" if only else "", f", only if {others}" if others else ""])
