"""Patterns of IAM policies: `*` and `?`, ARNs segment by segment, variables from the request's context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

Context = Mapping[str, Sequence[str]]  # the keys in lower case

_VARIABLE = re.compile(r"(\$\{[^}]*\})")
_DEFAULTED = re.compile(r"\$\{([^,}]+?)\s*(?:,\s*'([^']*)')?\}")
_SEGMENTS = 6  # arn:partition:service:region:account:resource


def is_action(pattern: str, action: str) -> bool:
    """Whether the pattern covers the action. Upper and lower case are the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return re.fullmatch(_wildcards(pattern), action, re.IGNORECASE | re.DOTALL) is not None


def is_like(pattern: str, value: str, context: Context) -> bool:
    """Whether the pattern covers the whole value. A variable without a value matches nothing."""
    return _full(_expanded(pattern, context, ".*"), value)


def is_equal(wanted: str, value: str, context: Context) -> bool:
    """Whether the text, with its variables replaced, equals the value."""
    return _full(_expanded(wanted, context, None), value)


def is_resource(pattern: str, arn: str, context: Context) -> bool:
    """Whether the pattern of a Resource element covers the ARN.

    A `*` at the end of a segment matches beyond the colon, any other one does not.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    *heads, last = pattern.split(":", _SEGMENTS - 1)
    parts = [_wildcards(head, "[^:]*", at_end=".*") for head in heads]
    rest = _expanded(last, context, ".*")
    return rest is not None and _full(":".join([*parts, rest]), arn)


def is_arn(pattern: str, arn: str, context: Context) -> bool:
    """Whether the pattern of an ArnEquals or ArnLike covers the ARN: each of the six segments by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    patterns, segments = pattern.split(":", _SEGMENTS - 1), arn.split(":", _SEGMENTS - 1)
    return len(patterns) == len(segments) == _SEGMENTS and all(
        is_like(wanted, segment, context) for wanted, segment in zip(patterns, segments, strict=True)
    )


def _expanded(text: str, context: Context, star: str | None) -> str | None:
    """The text as a regular expression. The value of a variable is literal; None if a variable has no value.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    parts: list[str] = []
    for part in _VARIABLE.split(text):
        if part in ("${*}", "${?}", "${$}"):
            parts.append(re.escape(part[2]))
        elif variable := _DEFAULTED.fullmatch(part):
            values = context.get(variable[1].lower(), ())
            value = values[0] if len(values) == 1 else variable[2]  # one of several values cannot be a variable
            if value is None:
                return None
            parts.append(re.escape(value))
        else:
            parts.append(re.escape(part) if star is None else _wildcards(part, star))
    return "".join(parts)


@lru_cache(maxsize=4096)
def _wildcards(pattern: str, star: str = ".*", *, at_end: str = "") -> str:
    """The pattern as a regular expression.

    Each `*` becomes `star`, and a final one becomes `at_end` if that is given.
    """
    one = star.removesuffix("*")
    signs = {"*": star, "?": one}
    text = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
    return text.removesuffix(star) + at_end if at_end and pattern.endswith("*") else text


def _full(expression: str | None, value: str) -> bool:
    return expression is not None and re.fullmatch(expression, value, re.DOTALL) is not None
