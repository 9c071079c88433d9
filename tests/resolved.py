"""What CloudFormation makes of a template for given values."""

from __future__ import annotations

from typing import Any

from generator.cloudformation.resolver import holds, resolve
from generator.cloudformation.scope import Scope
from tests.rendered import Rendered


def resolved(template: Rendered, **values: str) -> dict[str, Any]:
    """The properties of the resources that are made, for these values of parameters and the defaults of the others.

    Values that only AWS knows keep their names: Ref of a resource is its logical id, GetAtt `Id.Attribute`, a pseudo
    parameter its name, and an import is the name of the export.
    """
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in template["Parameters"].items()}
    scope = Scope(
        values=defaults | values,
        conditions=template.get("Conditions", {}),
        mappings=template.get("Mappings", {}),
        reference=lambda name: name,
        attribute=lambda name, attribute: f"{name}.{attribute}",
        imported=lambda name: name,
    )
    return {
        name: resolve(resource.get("Properties", {}), scope)
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or holds(resource["Condition"], scope)
    }
