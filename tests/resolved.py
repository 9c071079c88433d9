"""What CloudFormation makes of a template for given values: its functions carried out, as far as they are used here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.rendered import Rendered

NOTHING = {"Ref": "AWS::NoValue"}


def resolved(template: Rendered, **values: str) -> dict[str, Any]:
    """The properties of the resources that are made, for these values of parameters and the defaults of the others.

    Values that only AWS knows keep their names: Ref of a resource is its logical id, GetAtt `Id.Attribute`, a pseudo
    parameter its name, and an import is the name of the export.
    """
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in template["Parameters"].items()}
    stack = _Stack(defaults | values, template.get("Conditions", {}))
    return {
        name: stack.value(resource.get("Properties", {}))
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or stack.holds(resource["Condition"])
    }


@dataclass(frozen=True)
class _Stack:
    values: dict[str, str]
    conditions: Rendered

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        return self._true(self.conditions[name])

    def value(self, node: Any) -> Any:
        """The node with its functions carried out."""
        if isinstance(node, list):
            return [result for item in node if (result := self.value(item)) != NOTHING]
        if not isinstance(node, dict) or node == NOTHING:
            return node
        ((function, argument), *more) = [*node.items(), ("", None)]
        if len(more) == 1 and (function == "Ref" or function.startswith("Fn::")):
            return self._function(function, argument)
        return {key: result for key, item in node.items() if (result := self.value(item)) != NOTHING}

    def _function(self, function: str, argument: Any) -> Any:
        if function == "Fn::If":  # only the outcome that counts can be carried out
            condition, then, otherwise = argument
            return self.value(then if self.holds(condition) else otherwise)
        given = self.value(argument)
        functions: dict[str, Callable[[], Any]] = {
            "Ref": lambda: self.values.get(given, given),
            "Fn::GetAtt": lambda: ".".join(given),
            "Fn::Sub": lambda: self._substituted(given),
            "Fn::ImportValue": lambda: given,
            "Fn::Join": lambda: given[0].join(given[1]),
            "Fn::Split": lambda: given[1].split(given[0]),
            "Fn::Select": lambda: given[1][int(given[0])],
        }
        return functions[function]()

    def _substituted(self, given: Any) -> str:
        text, variables = (given, {}) if isinstance(given, str) else given
        values = self.values | variables
        return re.sub(r"\$\{([^}]+)\}", lambda name: str(values.get(name[1], name[1])), text)

    def _true(self, condition: Rendered) -> bool:
        ((function, arguments),) = condition.items()
        if function == "Fn::Equals":
            one, other = self.value(arguments)
            return bool(one == other)
        results = [self._true(argument) for argument in arguments]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[function]
