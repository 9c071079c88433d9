"""The inputs of a stack: template, parameters, rules. CloudFormation's refusals before it creates anything.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.cloudformation import references, template_format, template_rules
from generator.cloudformation.parameter_types import is_list, is_secret, members, problems, text
from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.emulator.stacks.resource_handler import Client
from generator.emulator.stacks.stack_records import Body, StackRequest
from generator.listed import listed

MAX_BYTES = 51_200

GivenPairs = Sequence[Mapping[str, Any]]

_IAM = "AWS::IAM::"
# Names that need CAPABILITY_NAMED_IAM:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html#using-iam-capabilities
_NAMES = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")
# Operation, parameter and list in the response, for the types that CloudFormation looks up in the account.
_LOOKUPS = {
    "AWS::EC2::VPC::Id": ("describe_vpcs", "VpcIds", "Vpcs"),
    "AWS::EC2::Subnet::Id": ("describe_subnets", "SubnetIds", "Subnets"),
    "AWS::EC2::SecurityGroup::Id": ("describe_security_groups", "GroupIds", "SecurityGroups"),
}


def order(
    request: Mapping[str, Any], previous: StackRequest | None, client: Client, pseudo: Mapping[str, str]
) -> StackRequest:
    """The checked request to create or change a stack, or an error that says what is wrong with it."""
    body, template = _template(request, previous)
    given = _given(request.get("Parameters", []), body, previous)
    _constraints(body, given)
    _capabilities(body, request.get("Capabilities", []))
    values = {name: _value(declaration, given[name], client) for name, declaration in declared(body).items()}
    _rules(body, values, client, pseudo)
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    return StackRequest(
        text=template,
        body=body,
        given=given,
        values=values,
        tags=tags if "Tags" in request or previous is None else previous.tags,
        capabilities=tuple(request.get("Capabilities", [])),
    )


def declared(body: Body) -> Mapping[str, Any]:
    """The parameters of a template."""
    return body.get("Parameters", {})  # type: ignore[no-any-return]  # JSON


def parse(template: str) -> Body:
    """The template as data."""
    if (size := len(template.encode())) > MAX_BYTES:
        raise RefusedError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint:"
            f" Member must have length less than or equal to {MAX_BYTES} (it has {size})"
        )
    try:
        body = json.loads(template)
        template_format.check(body)
    except ValueError as error:
        raise RefusedError(f"Template format error: JSON not well-formed. ({error})") from None
    except RecursionError:
        raise RefusedError("Template format error: JSON not well-formed. (It is nested too deeply.)") from None
    if "Transform" in body:
        raise NotEmulatedError("transforms are not emulated")
    references.check(body)
    return body  # type: ignore[no-any-return]  # JSON


def required_capabilities(body: Body) -> list[str]:
    """Capabilities that must be acknowledged before the stack is created."""
    makes = [resource for resource in body["Resources"].values() if resource["Type"].startswith(_IAM)]
    named = any(name in resource.get("Properties", {}) for resource in makes for name in _NAMES)
    return ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if makes else []


def _template(request: Mapping[str, Any], previous: StackRequest | None) -> tuple[Body, str]:
    if request.get("UsePreviousTemplate") and previous is not None:
        return previous.body, previous.text
    if "TemplateBody" not in request:
        raise NotEmulatedError("a template is emulated as TemplateBody alone")
    return parse(request["TemplateBody"]), request["TemplateBody"]


def _given(parameters: GivenPairs, body: Body, previous: StackRequest | None) -> dict[str, str]:
    """The value of every parameter as text: the given one, the previous one, or its default."""
    known = declared(body)
    before = previous.given if previous else {}
    asked = {entry["ParameterKey"]: entry for entry in parameters}
    if strange := [name for name in asked if name not in known]:
        raise RefusedError(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    given = {}
    for name, declaration in known.items():
        entry = asked.get(name, {})
        if entry.get("UsePreviousValue") and name in before:
            given[name] = before[name]
        elif "ParameterValue" in entry:
            given[name] = entry["ParameterValue"]
        elif "Default" in declaration:
            given[name] = text(declaration["Default"])
    if missing := [name for name in known if name not in given]:
        raise RefusedError(f"Parameters: [{', '.join(missing)}] must have values")
    return given


def _constraints(body: Body, given: Mapping[str, str]) -> None:
    for name, declaration in declared(body).items():
        secret = is_secret(declaration)
        open_ = {key: value for key, value in declaration.items() if key != "NoEcho"}
        for problem in problems(open_, given[name]):
            told = declaration.get("ConstraintDescription", "it is not allowed" if secret else problem)
            raise RefusedError(f"Parameter {name} failed to satisfy constraint: {told}")


def _capabilities(body: Body, given: Sequence[str]) -> None:
    needed = required_capabilities(body)
    if needed and not {*needed, "CAPABILITY_NAMED_IAM"} & set(given):
        raise RefusedError(f"Requires capabilities : [{needed[0]}]", "InsufficientCapabilitiesException")


def _value(declaration: Mapping[str, Any], given: str, client: Client) -> str | list[str]:
    kind = declaration["Type"]
    if kind.startswith("AWS::SSM::Parameter::Value<"):
        given = client("ssm").get_parameter(Name=given, WithDecryption=True)["Parameter"]["Value"]
        kind = kind.removeprefix("AWS::SSM::Parameter::Value<").removesuffix(">")
    return members(given) if is_list(kind) else given


def _rules(body: Body, values: Mapping[str, str | list[str]], client: Client, pseudo: Mapping[str, str]) -> None:
    for name, declaration in declared(body).items():
        _exists(name, declaration["Type"], values[name], client)
    account = _Account(body, values, client)
    broken = template_rules.broken(body.get("Rules", {}), {**values, **pseudo}, account.answer)
    if said := [f"rule {name} failed: {told}" for name, told in broken]:
        raise RefusedError(f"Template error: {'; '.join(said)}")


def _exists(name: str, kind: str, value: str | list[str], client: Client) -> None:
    """Check that the resource exists which a parameter of an AWS type names."""
    element = kind.removeprefix("List<").removesuffix(">")
    if element not in _LOOKUPS:
        return
    for one in listed(value):
        try:
            _found(element, one, client)
        except client("ec2").exceptions.ClientError:
            raise RefusedError(
                f"Parameter validation failed: parameter value {one} for parameter name {name} does not exist."
                " Rollback requested by user."
            ) from None


def _found(kind: str, one: str, client: Client) -> dict[str, Any]:
    operation, parameter, answers = _LOOKUPS[kind]
    return dict(getattr(client("ec2"), operation)(**{parameter: [one]})[answers][0])


class _Account:
    """The answers to functions of Rules about the account: Fn::RefAll, Fn::ValueOf and Fn::ValueOfAll."""

    def __init__(self, body: Body, values: Mapping[str, str | list[str]], client: Client) -> None:
        self._types = {name: declaration["Type"] for name, declaration in declared(body).items()}
        self._values = values
        self._client = client

    def answer(self, function: str, argument: Any) -> Any:
        """The value of one of the functions."""
        if function == "Fn::RefAll":
            return list(self._all(argument))
        name, attribute = argument
        if function == "Fn::ValueOfAll":
            return [self._attribute(name, one, attribute) for one in self._all(name)]
        if name not in self._types:
            raise RefusedError(
                f"Template format error: Unresolved dependencies [{name}] in the Rules block of the template"
            )
        found = [self._attribute(self._element(name), one, attribute) for one in listed(self._values[name])]
        return found if isinstance(self._values[name], list) else found[0]

    def _element(self, name: str) -> str:
        return str(self._types[name]).removeprefix("List<").removesuffix(">")

    def _all(self, kind: str) -> Iterator[str]:
        """Fn::RefAll: the values of all parameters of this type."""
        for name in self._types:
            if self._element(name) == kind:
                yield from listed(self._values[name])

    def _attribute(self, kind: str, one: str, attribute: str) -> str:
        found = _found(kind, one, self._client)
        if attribute.startswith("Tags."):
            tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
            return str(tags.get(attribute.removeprefix("Tags."), ""))
        return str(found[attribute])
