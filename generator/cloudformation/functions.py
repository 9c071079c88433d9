"""Functions of a template, applied to arguments that are resolved: text, lists and addresses.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from generator.cloudformation.arguments import check
from generator.cloudformation.parameter_types import text
from generator.cloudformation.refusals import RefusedError

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_MOST_BLOCKS = (
    256  # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
)


def join(delimiter: str, parts: Any) -> str:
    """Fn::Join."""
    if not isinstance(parts, list) or not all(map(_is_scalar, parts)):
        check("Fn::Join", None)
    return delimiter.join(map(text, parts))


def split(delimiter: str, whole: Any) -> list[str]:
    """Fn::Split. If the delimiter is not found, the whole text is the only item."""
    if not delimiter or not _is_scalar(whole):
        check("Fn::Split", None)
    return text(whole).split(delimiter)


def select(index: Any, items: Any) -> Any:
    """Fn::Select. CloudFormation counts from 0, and checks the index only if the list is known."""
    if not isinstance(items, list) or not re.fullmatch("[0-9]+", text(index)):
        check("Fn::Select", None)
    if int(index) >= len(items):
        raise RefusedError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[int(index)]


def find_in_map(name: Any, first: Any, second: Any, mappings: Mapping[str, Any]) -> Any:
    """Fn::FindInMap."""
    check_mapping(name, mappings)
    try:
        return mappings[name][text(first)][text(second)]
    except (KeyError, TypeError):
        raise RefusedError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def check_mapping(name: Any, mappings: Mapping[str, Any]) -> None:
    """RefusedError if the template has no mapping of this name."""
    if name not in mappings:
        raise RefusedError(
            f"Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
        )


def variables(template: str) -> list[str]:
    """The names that Fn::Sub replaces in the text. `${!Name}` is not one of them, because it becomes `${Name}`."""
    names = [name for literal, name in _VARIABLE.findall(template) if not literal]
    if not all(map(_NAME.fullmatch, names)):
        raise RefusedError(
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores,"
            " periods, and colons"
        )
    return names


def substitute(template: str, values: Mapping[str, Any]) -> str:
    """Fn::Sub: the text with a value for each of its `variables`."""
    for name in variables(template):
        if not _is_scalar(values[name]):
            raise RefusedError(f"Template error: variable {name} in Fn::Sub expression does not resolve to a string")
    return _VARIABLE.sub(lambda found: f"${{{found[2]}}}" if found[1] else text(values[found[2]]), template)


def encode(value: Any) -> str:
    """Fn::Base64."""
    if not _is_scalar(value):
        check("Fn::Base64", None)
    return base64.b64encode(text(value).encode()).decode()


def cidr(block: Any, count: Any, bits: Any = 8) -> list[str]:
    """Fn::Cidr: the first `count` networks of an address block that have `bits` bits for addresses."""
    import ipaddress  # it takes as long as building a template, which needs no Fn::Cidr

    try:
        network = ipaddress.ip_network(text(block), strict=False)
        wanted = int(text(count))
        found = islice(network.subnets(new_prefix=network.max_prefixlen - int(text(bits))), wanted)
        networks = [str(each) for each in found]
    except ValueError as error:
        raise RefusedError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from None
    if not 1 <= wanted <= _MOST_BLOCKS or len(networks) < wanted:
        raise RefusedError(f"Template error: Fn::Cidr cannot make {count} blocks of {bits} bits in {block}")
    return networks


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float))
