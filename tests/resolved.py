"""Templates resolved as CloudFormation does for given values."""

from __future__ import annotations

from typing import Any

from generator.cloudformation.resolver import holds, resolve
from generator.cloudformation.scope import Scope
from tests.rendered import Rendered

STACK_ID = "AWS::StackId/name/0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f"


def resolved(template: Rendered, **values: str) -> dict[str, Any]:
    """The properties of the resources that are made, for these values of parameters and the defaults of the others.

    Values that only AWS knows keep their names: Ref of a resource is its logical id, GetAtt `Id.Attribute`, a pseudo
    parameter its name (but AWS::StackId, whose form matters), and an import is the name of the export.
    """
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in template["Parameters"].items()}
    scope = Scope(
        values={"AWS::StackId": STACK_ID} | defaults | values,
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
