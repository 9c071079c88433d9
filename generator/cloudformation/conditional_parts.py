"""What of a template is there, and what its conditions leave out."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}


def chosen(template: dict[str, Any], left_out: Container[str] = ()) -> dict[str, Any]:
    """The rendered template without what the conditions `left_out` guard, and with all that others guard.

    Guarded are resources and outputs with a `Condition`, and items of lists (stages, actions, statements) that are
    there or not. An `Fn::If` between two values stays as it is.
    """
    guarded = {
        section: {name: part for name, part in template[section].items() if part.get("Condition") not in left_out}
        for section in ("Resources", "Outputs")
        if section in template
    }
    there: dict[str, Any] = _items(template | guarded, left_out)
    return there


def optional(item: Any) -> tuple[str, Any]:
    """The condition of an item of a list that is there or not, and the item; "" for one that always is there."""
    match item:
        case {"Fn::If": [str(condition), inside, other]} if other == NO_VALUE:
            return condition, inside
    return "", item


def _items(value: Any, left_out: Container[str]) -> Any:
    if isinstance(value, dict):
        return {key: _items(item, left_out) for key, item in value.items()}
    if isinstance(value, list):
        pairs = [optional(item) for item in value]
        return [_items(item, left_out) for condition, item in pairs if not condition or condition not in left_out]
    return value
