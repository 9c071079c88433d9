"""The properties of a resource, checked against the schema that AWS publishes for its type.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html

CloudFormation does this before it calls the service, when the values of functions are known: the resource fails, and
the stack rolls back. Only the structure is checked here: missing, unknown and misplaced properties.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfnlint.jsonschema import StandardValidator, ValidationError
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError, Schema

from generator.cloudformation.refusals import FailedError

_TYPES = {"array": "JSONArray", "boolean": "Boolean", "integer": "Integer", "number": "Number", "object": "JSONObject"}


def is_known(kind: str, region: str) -> bool:
    """Whether AWS has the type of resource in the region. Custom resources may have any type."""
    return _is_custom(kind) or _schema(kind, region) is not None


def has_attribute(kind: str, attribute: str, region: str) -> bool:
    """Whether a type has this attribute for Fn::GetAtt. A custom resource decides that itself."""
    schema = _schema(kind, region)
    return _is_custom(kind) or schema is None or attribute in schema.get_atts


def recreation(kind: str, path: Sequence[str], region: str) -> str:
    """Whether AWS replaces a resource when the value at the path changes: Always, Conditionally or Never.

    The schema names properties without list indices.
    """
    schema = None if _is_custom(kind) else _schema(kind, region)
    if schema is None:
        return "Never"  # its function decides, and CloudFormation learns that from its answer
    place = [each for each in path if not each.isdigit()]
    for key, answer in (("createOnlyProperties", "Always"), ("conditionalCreateOnlyProperties", "Conditionally")):
        for name in schema.schema.get(key, []):
            parts = [each for each in name.removeprefix("/properties/").split("/") if each != "*"]
            if place[: len(parts)] == parts or parts[: len(place)] == place:
                return answer
    return "Never"


def check_properties(logical_id: str, kind: str, properties: Mapping[str, Any], region: str) -> None:
    """FailedError with the problems of the properties, in CloudFormation's words."""
    schema = None if _is_custom(kind) else _schema(kind, region)
    if schema is None:
        return
    found = [message for error in StandardValidator(schema.schema).iter_errors(properties) for message in _said(error)]
    if found:
        lines = "\n".join(dict.fromkeys(found))
        raise FailedError(f"Properties validation failed for resource {logical_id} with message:\n{lines}")


def _is_custom(kind: str) -> bool:
    """Whether a function of the template's author creates the resource: no schema describes it."""
    return kind == "AWS::CloudFormation::CustomResource" or kind.startswith("Custom::")


@functools.cache
def _schema(kind: str, region: str) -> Schema | None:
    try:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind)
    except ResourceNotFoundError:
        return None


def _said(error: ValidationError) -> Iterator[str]:
    """A line for an error of structure, with the path as in `#/Tags/0`; nothing for other errors."""
    where = "/".join(map(str, ["#", *error.path]))
    match error.validator:
        case "required":
            yield from (f"{where}: required key [{key}] not found" for key in _missing(error))
        case "additionalProperties":
            inside = "/".join(map(str, ["#", *list(error.path)[:-1]]))
            yield f"{inside}: extraneous key [{error.path[-1]}] is not permitted"
        case "type" if not _converts(error.instance, _allowed(error.validator_value)):
            expected = " or ".join(_TYPES.get(each, "String") for each in _allowed(error.validator_value))
            yield f"{where}: expected type: {expected}, found: {_type_of(error.instance)}"


def _missing(error: ValidationError) -> list[str]:
    return [key for key in error.validator_value if isinstance(error.instance, Mapping) and key not in error.instance]


def _allowed(value: Any) -> list[str]:
    """The types that a schema allows."""
    return [value] if isinstance(value, str) else list(value)


def _converts(value: Any, types: list[str]) -> bool:
    """Whether CloudFormation can convert a text, a number or a Boolean to what the schema requires."""
    if isinstance(value, (list, Mapping)):
        return False
    if "string" in types:
        return True
    text = str(value).lower()
    return ("boolean" in types and text in ("true", "false")) or (
        bool({"integer", "number"} & set(types)) and text.removeprefix("-").replace(".", "", 1).isdigit()
    )


def _type_of(value: Any) -> str:
    kinds = ((bool, "Boolean"), (int, "Integer"), (float, "Number"), (list, "JSONArray"), (Mapping, "JSONObject"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "String")
