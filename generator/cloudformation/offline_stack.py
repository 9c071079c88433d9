"""A rendered template as it is after deployment: values in place of functions, in one account and region.

A resource that CloudFormation would name gets a name made of the stack's and its logical id. A caller that has deployed
the template passes the real names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from generator.cloudformation.parameter_types import is_list, members, text
from generator.cloudformation.resolver import holds, resolve
from generator.cloudformation.resource_type import ResourceType, resource_type, service_of
from generator.cloudformation.scope import Scope
from generator.model.partitions import url_suffix

_STACK = "arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid}"


class Location(NamedTuple):
    """The account and region of a stack."""

    partition: str = "aws"
    region: str = "eu-central-1"
    account: str = "111122223333"

    @property
    def suffix(self) -> str:
        """AWS::URLSuffix."""
        return url_suffix(self.partition)


@dataclass(frozen=True, kw_only=True)
class OfflineStack:
    """A template, deployed under a name with values for its parameters.

    `ids` are the known physical ids of resources, by logical id. `imports` are the exports of other stacks, by name: an
    import that is not among them is a LookupError. Without them the value of an import is its name.
    """

    template: Mapping[str, Any]
    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    place: Location = field(default_factory=Location)
    ids: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] | None = None

    def resources(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties of the created resources of these types (of all types, if none is named)."""
        for title, resource in self.template["Resources"].items():
            if (not types or resource["Type"] in types) and self.is_made(title):
                yield title, self.value(resource.get("Properties", {}))

    def is_made(self, title: str) -> bool:
        """Whether the condition of the resource holds."""
        return self._is_there(self.template["Resources"][title])

    def outputs(self) -> dict[str, Any]:
        """The values of the outputs that exist."""
        declared = self.template.get("Outputs", {})
        return {name: self.value(output["Value"]) for name, output in declared.items() if self._is_there(output)}

    def exports(self) -> dict[str, str]:
        """The values that other stacks can import, by the names of the exports."""
        return {
            str(self.value(output["Export"]["Name"])): str(self.value(output["Value"]))
            for output in self.template.get("Outputs", {}).values()
            if "Export" in output and self._is_there(output)
        }

    def export_names(self) -> tuple[str, ...]:
        """The names of the exports. They depend only on parameters: no import needs a value for them."""
        declared = self.template.get("Outputs", {}).values()
        return tuple(
            str(self.value(output["Export"]["Name"]))
            for output in declared
            if "Export" in output and self._is_there(output)
        )

    def imported(self) -> tuple[str, ...]:
        """The names of the exports that the stack imports, each once, in the order of the template."""
        parts = [
            part
            for section in ("Resources", "Outputs")
            for part in self.template.get(section, {}).values()
            if self._is_there(part)
        ]
        return tuple(dict.fromkeys(name for part in parts for name in self._imported_in(part)))

    def value(self, node: Any) -> Any:
        """The node with values in place of functions. AWS::NoValue is left out."""
        return resolve(node, self._scope)

    def ref(self, name: str) -> Any:
        """The Ref of a parameter, a pseudo parameter or a resource."""
        return self.value({"Ref": name})

    def arn(self, title: str) -> str:
        """The ARN of a resource."""
        return self._filled(title, self._type(title).arn)

    def attribute(self, title: str, attribute: str) -> str:
        """The Fn::GetAtt of a resource. CloudFormation refuses it if the resource is not created."""
        self._check(title)
        if attribute == "Arn":
            return self.arn(title)
        name = self._own_name(title)
        attributes = self._type(title).attributes
        if attribute in attributes:
            return self._filled(title, attributes[attribute])
        return name if attribute.endswith(("Id", "Name")) else f"{name}.{attribute}"

    @cached_property
    def _scope(self) -> Scope:
        return Scope(
            values={**self._pseudo(), **self._values()},
            conditions=self.template.get("Conditions", {}),
            mappings=self.template.get("Mappings", {}),
            reference=self._reference,
            attribute=self.attribute,
            imported=self._import,
            zones=lambda region: [f"{region or self.place.region}{letter}" for letter in "abc"],
        )

    def _import(self, name: str) -> str:
        if self.imports is None:
            return name
        if name not in self.imports:
            raise LookupError(f"{self.name} imports {name}, which no stack exports")
        return self.imports[name]

    def _imported_in(self, node: Any) -> Iterator[str]:
        """The imports in a part of the template, without those in branches of Fn::If that are not taken."""
        match node:
            case {"Fn::If": [str(condition), when, otherwise]}:
                yield from self._imported_in(when if holds(condition, self._scope) else otherwise)
            case {"Fn::ImportValue": name}:
                yield str(self.value(name))
            case Mapping():
                for value in node.values():
                    yield from self._imported_in(value)
            case list():
                for item in node:
                    yield from self._imported_in(item)

    def _values(self) -> dict[str, Any]:
        declared = self.template.get("Parameters", {})
        given = {name: text(each.get("Default", "")) for name, each in declared.items()} | dict(self.parameters)
        return {name: members(given[name]) if is_list(each["Type"]) else given[name] for name, each in declared.items()}

    def _is_there(self, part: Mapping[str, Any]) -> bool:
        return "Condition" not in part or holds(part["Condition"], self._scope)

    def _check(self, title: str) -> None:
        if not self.is_made(title):
            raise LookupError(f"{title} is used and not made")

    def _reference(self, title: str) -> str:
        self._check(title)
        return self._filled(title, self._type(title).ref)

    def _type(self, title: str) -> ResourceType:
        return resource_type(self.template["Resources"][title]["Type"])

    def _filled(self, title: str, pattern: str) -> str:
        """A pattern of the type, filled in for one resource."""
        values = {
            **self._properties_in_arn(title),
            **self.place._asdict(),
            "suffix": self.place.suffix,
            "service": service_of(self.template["Resources"][title]["Type"]),
            "name": self._own_name(title),
        }
        return pattern.format(arn=self._type(title).arn.format(**values), **values)

    def _properties_in_arn(self, title: str) -> dict[str, str]:
        """The properties of the resource, other than its name, that its ARN contains."""
        properties, arn = self.template["Resources"][title].get("Properties", {}), self._type(title).arn
        return {key: str(self.value(value)) for key, value in properties.items() if f"{{{key}}}" in arn}

    def _own_name(self, title: str) -> str:
        """The physical id: the known one, the one in the properties, or one like CloudFormation's."""
        if title in self.ids:
            known = self.ids[title]
            end = known.rsplit("/" if known.startswith("https:") else ":", 1)[-1]
            # An id that is an ARN has the kind of the resource before its name, where the pattern has it.
            before, _, _ = self._type(title).arn.rpartition(":")[2].partition("{name}")
            return end.removeprefix(before.format(**self._properties_in_arn(title)))
        resource = self.template["Resources"][title]
        kind = resource["Type"]
        properties = resource.get("Properties", {})
        given = properties.get("Name", properties.get(f"{kind.rsplit('::', 1)[-1]}Name"))
        if given is not None:
            return str(self.value(given))
        serial = hashlib.sha256(f"{self.name}/{title}".encode()).hexdigest()
        made_up = self._type(title).physical_id.format(stack=self.name, title=title, serial=serial)
        return made_up.lower() if self._type(title).lower_case else made_up

    def _pseudo(self) -> dict[str, Any]:
        return {
            "AWS::StackName": self.name,
            "AWS::StackId": _STACK.format(name=self.name, uuid=uuid5(NAMESPACE_URL, self.name), **self.place._asdict()),
            "AWS::Partition": self.place.partition,
            "AWS::Region": self.place.region,
            "AWS::AccountId": self.place.account,
            "AWS::URLSuffix": self.place.suffix,
            "AWS::NotificationARNs": [],
        }
