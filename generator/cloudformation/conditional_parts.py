"""The parts of a template that exist, and those that its conditions leave out."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}


def chosen(template: dict[str, Any], left_out: Container[str] = ()) -> dict[str, Any]:
    """The rendered template without the parts that the conditions `left_out` guard, and with all other guarded parts.

    Guarded are resources and outputs with a `Condition`, and optional items of lists (stages, actions, statements). An
    `Fn::If` between two values stays as it is.
    """
    guarded = {
        section: {name: part for name, part in template[section].items() if part.get("Condition") not in left_out}
        for section in ("Resources", "Outputs")
        if section in template
    }
    there: dict[str, Any] = _items(template | guarded, left_out)
    return there


def optional(item: Any) -> tuple[str, Any]:
    """The condition of an optional item of a list, and the item; "" for an item without a condition."""
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
