"""CloudFormation's properties as parameters of a service's API, by the service's model in botocore.

The properties of most types are the parameters of an API call in other capitals ("ServiceRole", "serviceRole"). What
the API does not know is an error: a misspelt property is never passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from generator.cloudformation.refusals import FailedError


def request(client: Any, operation: str, properties: Mapping[str, Any], **parameters: Any) -> Any:
    """The response of an operation ("CreateProject") that takes the properties, and further parameters as they are."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    method = {name: python for python, name in client.meta.method_to_api_mapping.items()}[operation]
    return getattr(client, method)(**(converted(properties, shape, operation) | parameters))


def shaped(client: Any, name: str, value: Any) -> Any:
    """The value in the form of a shape of the service ("PipelineDeclaration")."""
    return converted(value, client.meta.service_model.shape_for(name), name)


def converted(value: Any, shape: Shape, where: str) -> Any:
    """The value in the form of the shape: CloudFormation gives numbers and truth values as text where it likes."""
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
    """A string; a document if the API expects it as text."""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else json.dumps(value)
