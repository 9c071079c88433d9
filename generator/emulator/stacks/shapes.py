"""CloudFormation's properties as parameters of a service's API, converted by the service's model in botocore.

The properties of most types are the parameters of an API call with other capitals ("ServiceRole", "serviceRole"). A
property that the API does not have is an error, so that a misspelt one is never ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from generator.cloudformation.refusals import FailedError


def request(client: Any, operation: str, properties: Mapping[str, Any], **parameters: Any) -> Any:
    """The response of an operation ("CreateProject") for the properties, and for unconverted further parameters."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    method = {name: python for python, name in client.meta.method_to_api_mapping.items()}[operation]
    return getattr(client, method)(**(converted(properties, shape, operation) | parameters))


def shaped(client: Any, name: str, value: Any) -> Any:
    """The value, converted to a shape of the service ("PipelineDeclaration")."""
    return converted(value, client.meta.service_model.shape_for(name), name)


def converted(value: Any, shape: Shape, where: str) -> Any:
    """The value, converted to the shape. CloudFormation gives some numbers and booleans as text."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _structure(value, shape, where)
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [converted(item, shape.member, f"{where}[{number}]") for number, item in enumerate(value)]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {str(key): converted(item, shape.value, f"{where}.{key}") for key, item in value.items()}
    if shape.type_name in {"structure", "list", "map"}:
        raise FailedError(f"{where}: given {json.dumps(value)}, allowed: a {shape.type_name}")
    return _scalar(value, shape.type_name, where)


def _structure(value: Mapping[str, Any], shape: StructureShape, where: str) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    unknown = [key for key in value if key.lower() not in members]
    if unknown:
        raise FailedError(f"{where} has no {', '.join(unknown)}; it has {', '.join(shape.members)}")
    names = {key: members[key.lower()] for key in value}
    return {
        names[key]: converted(item, shape.members[names[key]], f"{where}.{names[key]}") for key, item in value.items()
    }


def _scalar(value: Any, kind: str, where: str) -> Any:
    try:
        match kind:
            case "boolean":
                return {"true": True, "false": False}[str(value).lower()]
            case "integer" | "long":
                return int(value)
            case "float" | "double":
                return float(value)
            case "blob":
                return str(value).encode()
            case "string":
                return _string(value)
    except (KeyError, TypeError, ValueError):
        raise FailedError(f"{where}: given {json.dumps(value)}, allowed: a {kind}") from None
    return value


def _string(value: Any) -> str:
    """A string, or a document as text if the API expects that."""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else json.dumps(value)
