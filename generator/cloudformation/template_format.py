"""The form of a template: sections, members and their types, refused as CloudFormation refuses them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html

Messages are quoted from answers of CloudFormation where they are public: aws-cloudformation/cfn-lint#38, #485, #1630
and #3013, cloudtools/troposphere#140, aws-samples/aws-iot-chat-example#1. The others are worded like them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from generator.cloudformation import arguments
from generator.cloudformation.refusals import RefusedError

VERSION = "2010-09-09"
LONGEST_DESCRIPTION = (
    1024  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html
)

_SECTIONS = ("Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs", "Metadata", "Hooks")
_TOP = {"AWSTemplateFormatVersion", "Description", "Transform", *_SECTIONS}
_NAME = re.compile("[A-Za-z0-9]+")
_RESOURCE = {
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}
_OUTPUT = {"Condition", "Description", "Export", "Value"}
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
_PARAMETER = {
    "AllowedPattern": str,
    "AllowedValues": list,
    "ConstraintDescription": str,
    "Default": (str, int, float),
    "Description": str,
    "MaxLength": (str, int),
    "MaxValue": (str, int, float),
    "MinLength": (str, int),
    "MinValue": (str, int, float),
    "NoEcho": (str, bool),
    "Type": str,
}
_NUMBERS = {
    "MaxLength": "[0-9]+",
    "MaxValue": r"-?[0-9]+(\.[0-9]+)?",
    "MinLength": "[0-9]+",
    "MinValue": r"-?[0-9]+(\.[0-9]+)?",
}
_TYPES = re.compile(
    r"String|Number|CommaDelimitedList|List<(Number|String)>|AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+|List<AWS::[A-Za-z0-9:]+>"
    r"|AWS::SSM::Parameter::Value<(String|CommaDelimitedList|List<String>|AWS::[A-Za-z0-9:]+|List<AWS::[A-Za-z0-9:]+>)>"
)


def check(body: Any) -> None:
    """RefusedError for the first error that CloudFormation reports."""
    if not isinstance(body, Mapping) or not body.get("Resources"):
        _refuse("At least one Resources member must be defined.")
    _no_null(body)
    if strange := sorted(set(body) - _TOP):
        raise RefusedError(f"Invalid template property or properties [{', '.join(strange)}]")
    _top(body)
    for section in _SECTIONS:
        if not isinstance(body.get(section, {}), Mapping):
            _refuse(f"[/{section}] must be a JSON object.")
    for section in ("Parameters", "Resources", "Outputs"):
        for name in body.get(section, {}):
            if not _NAME.fullmatch(name):
                _refuse(f"{section.removesuffix('s')} name {name} is non alphanumeric.")
    _each(body, "Parameters", _parameter)
    _each(body, "Rules", _rule)
    _mappings(body.get("Mappings", {}))
    _each(body, "Resources", _resource)
    _each(body, "Outputs", _output)
    for section in ("Conditions", "Resources", "Outputs"):
        _functions(body.get(section, {}))


def functions_in(node: Any) -> Iterator[tuple[str, Any]]:
    """Every function in a part of a template, with its argument, the outer ones first.

    A policy has a key `Condition` as well: only a text there is a function.
    """
    if isinstance(node, Mapping):
        if arguments.is_function(node) or (len(node) == 1 and isinstance(node.get("Condition"), str)):
            yield from node.items()
        for value in node.values():
            yield from functions_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from functions_in(item)


def _refuse(message: str) -> NoReturn:
    raise RefusedError(f"Template format error: {message}")


def _no_null(node: Any, path: str = "") -> None:
    if node is None:
        raise RefusedError(f"[{path}] 'null' values are not allowed in templates")
    for key, value in node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ():
        _no_null(value, f"{path}/{key}")


def _top(body: Mapping[str, Any]) -> None:
    if (version := body.get("AWSTemplateFormatVersion", VERSION)) != VERSION:
        _refuse(f"{version} is not a supported value for AWSTemplateFormatVersion.")
    description = body.get("Description", "")
    if not isinstance(description, str):
        _refuse("Every Description member must be a string.")
    if len(description.encode()) > LONGEST_DESCRIPTION:
        _refuse(f"'Description' length is greater than {LONGEST_DESCRIPTION}.")


def _each(body: Mapping[str, Any], section: str, test: Any) -> None:
    for name, member in body.get(section, {}).items():
        if not isinstance(member, Mapping):
            _refuse(f"[/{section}/{name}] Any {section} member must be a JSON object.")
        test(f"/{section}/{name}", member)


def _known(what: str, member: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in member:
        if key not in known:
            raise RefusedError(f"Invalid template {what} property '{key}'")


def _string(where: str, member: Mapping[str, Any], key: str) -> None:
    if not isinstance(member.get(key, ""), str):
        _refuse(f"[{where}] Every {key} member must be a string.")


def _parameter(where: str, member: Mapping[str, Any]) -> None:
    _known("parameter", member, _PARAMETER)
    if "Type" not in member:
        _refuse(f"[{where}] Every Parameters object must contain a Type member.")
    for key, value in member.items():
        if not isinstance(value, _PARAMETER[key]):  # type: ignore[arg-type]  # a type or several
            wanted = "list" if key == "AllowedValues" else "string"
            _refuse(f"[{where}] Every {key} member must be a {wanted}.")
    if not _TYPES.fullmatch(member["Type"]):
        _refuse(f"Unrecognized parameter type: {member['Type']}")
    for value in member.get("AllowedValues", ()):
        if not isinstance(value, (str, int, float)):
            _refuse(f"[{where}] Every AllowedValues value must be a string.")
    for key, number in _NUMBERS.items():
        if key in member and not re.fullmatch(number, str(member[key])):
            _refuse(f"[{where}] Every {key} member must be a number.")
    _pattern(where.rpartition("/")[2], member.get("AllowedPattern", ""))


def _pattern(name: str, pattern: str) -> None:
    import regex  # a dependency of `check` and `try`

    try:
        regex.compile(pattern, flags=regex.VERSION1 | regex.ASCII)
    except regex.error:
        raise RefusedError(f"Parameter '{name}' AllowedPattern must be a valid regular expression.") from None


def _rule(where: str, member: Mapping[str, Any]) -> None:
    _known("rule", member, ("Assertions", "RuleCondition"))
    assertions = member.get("Assertions")
    if not isinstance(assertions, list) or not assertions:
        _refuse(f"[{where}] Every Rules object must contain an Assertions list.")
    for assertion in assertions:
        if not isinstance(assertion, Mapping) or "Assert" not in assertion:
            _refuse(f"[{where}] Every Assertions member must contain an Assert object.")
        _known("assertion", assertion, ("Assert", "AssertDescription"))
        _string(where, assertion, "AssertDescription")
    for condition in (member.get("RuleCondition", {}), *(each["Assert"] for each in assertions)):
        _functions(condition)


def _mappings(mappings: Mapping[str, Any]) -> None:
    for name, mapping in mappings.items():
        if not isinstance(mapping, Mapping) or not all(isinstance(each, Mapping) for each in mapping.values()):
            _refuse(f"[/Mappings/{name}] Every Mappings member must be a map of maps.")
        for attributes in mapping.values():
            for value in attributes.values():
                if not isinstance(value, (str, int, float, list)) or not _flat(value):
                    _refuse(f"[/Mappings/{name}] Every Mappings attribute must be a String or a List.")


def _flat(value: Any) -> bool:
    return not isinstance(value, list) or all(isinstance(item, (str, int, float)) for item in value)


def _resource(where: str, member: Mapping[str, Any]) -> None:
    if "Type" not in member:
        _refuse(f"[{where}] Every Resources object must contain a Type member.")
    _known("resource", member, _RESOURCE)
    for key in ("Type", "Condition", "Description", *_POLICIES):
        _string(where, member, key)
    for key in ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy"):
        if not isinstance(member.get(key, {}), Mapping):
            _refuse(f"[{where}] Any {key} member must be a JSON object.")
    if arguments.is_function(member.get("Properties")):
        _functions(member["Properties"])  # a macro (Fn::Transform) could give properties
        _refuse(f"[{where}] Any Properties member must be a JSON object.")
    for key, allowed in _POLICIES.items():
        if member.get(key, allowed[0]) not in allowed:
            _refuse(f"Unrecognized {key} {member[key]} for resource {where.rpartition('/')[2]}")
    _depends_on(where, member)


def _depends_on(where: str, member: Mapping[str, Any]) -> None:
    depends_on = member.get("DependsOn", [])
    if not isinstance(depends_on, (str, list)):
        _refuse(f"[{where}] DependsOn must be a string or list of strings.")
    if isinstance(depends_on, list) and not all(isinstance(each, str) for each in depends_on):
        _refuse(f"[{where}] Every DependsOn value must be a string.")


def _output(where: str, member: Mapping[str, Any]) -> None:
    if "Value" not in member:
        _refuse("Every Outputs member must contain a Value object")
    _known("output", member, _OUTPUT)
    for key in ("Condition", "Description"):
        _string(where, member, key)
    value = member["Value"]
    if isinstance(value, list):
        _refuse("The Value field of every Outputs member must evaluate to a String and not a List.")
    if isinstance(value, Mapping) and not arguments.is_function(value):
        _refuse(f"[{where}] Every Value member must be a string.")
    if not isinstance(member.get("Export", {}), Mapping):
        _refuse(f"[{where}] Any Export member must be a JSON object.")


def _functions(node: Any) -> None:
    """Check the shape of every argument."""
    for function, argument in functions_in(node):
        arguments.check(function, argument)
