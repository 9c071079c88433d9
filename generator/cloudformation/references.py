"""References in a template: to parameters, conditions, mappings and resources, which must be in it.

CloudFormation checks all of a template, including branches of Fn::If that are not taken. Whether a resource is created
is a separate question, which depends on the values of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from generator.cloudformation import arguments
from generator.cloudformation.functions import check_mapping, variables
from generator.cloudformation.parameter_types import is_list
from generator.cloudformation.refusals import RefusedError
from generator.cloudformation.template_format import functions_in
from generator.listed import listed

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
PSEUDO = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NotificationARNs",
        "NoValue",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
_IN_RULES = {
    "Fn::And",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::If",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Ref",
}


def check(body: Mapping[str, Any]) -> None:
    """RefusedError if a template refers to something that it does not have.

    Its form must be valid (template_format.check).
    """
    parameters, resources = body.get("Parameters", {}), body["Resources"]
    if common := [name for name in parameters if name in resources]:
        raise RefusedError(
            f"Template error: all resources and parameters must have unique names. Common name(s):[{', '.join(common)}]"
        )
    _conditions(body)
    _rules(body)
    _resources(body)
    _outputs(body)
    for section in ("Conditions", "Resources", "Outputs"):
        _named_conditions(body, section)
        for function, argument in functions_in(body.get(section, {})):
            if function == "Fn::FindInMap" and isinstance(argument[0], str):
                check_mapping(argument[0], _of(body, "Mappings"))


def _of(body: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = body.get(section, {})
    return found


def references(node: Any) -> Iterator[str]:
    """The names in Ref, Fn::Sub and Fn::GetAtt: parameters, pseudo parameters and resources."""
    for function, argument in functions_in(node):
        if function == "Ref":
            yield argument
        elif function == "Fn::GetAtt":
            yield _described(argument)
        elif function == "Fn::Sub":
            template, own = (argument, {}) if isinstance(argument, str) else argument
            yield from (name.partition(".")[0] for name in variables(template) if name not in own)


def _described(argument: Any) -> str:
    """The resource of an Fn::GetAtt."""
    return str(argument.partition(".")[0] if isinstance(argument, str) else argument[0])


def _conditions(body: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html."""
    conditions = _of(body, "Conditions")
    used: dict[str, set[str]] = {}
    for name, condition in conditions.items():
        if not isinstance(condition, Mapping) or len(condition) != 1:
            raise RefusedError(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions"
            )
        used[name] = set[str]()
        for function, argument in functions_in(condition):
            if function == "Fn::ImportValue":
                raise RefusedError("Template error: Cannot use Fn::ImportValue in Conditions.")
            if function == "Fn::Equals" and any(_gives_list(side, body) for side in argument):
                arguments.check("Fn::Equals", None)  # aws-cloudformation/cfn-lint#1639
            if function in ("Condition", "Fn::If"):
                used[name].add(argument if isinstance(argument, str) else argument[0])
    known = {*_of(body, "Parameters"), *PSEUDO}
    if strange := _unknown(conditions, known):
        raise RefusedError(
            f"Template format error: Unresolved dependencies [{', '.join(strange)}]. Cannot reference resources in the"
            " Conditions block of the template"
        )
    if strange := sorted(set().union(*used.values()) - set(conditions)):
        raise RefusedError(
            f"Template format error: Unresolved condition dependencies [{', '.join(strange)}] in the Conditions block"
            " of the template"
        )
    _no_circle(used, "Template error: Found circular condition dependency: {}")


def _gives_list(node: Any, body: Mapping[str, Any]) -> bool:
    match node:
        case {"Ref": str(name)}:
            return is_list(_of(body, "Parameters").get(name, {}).get("Type", ""))
        case list() | {"Fn::Split": _} | {"Fn::GetAZs": _} | {"Fn::Cidr": _}:
            return True
    return False


def _rules(body: Mapping[str, Any]) -> None:
    for name, rule in _of(body, "Rules").items():
        for function, argument in functions_in(rule):
            if function not in _IN_RULES:
                raise RefusedError(f"Template format error: [/Rules/{name}] Cannot use {function} in Rules.")
            named = argument[0] if function == "Fn::ValueOf" else argument if function == "Ref" else None
            if named and named not in {*_of(body, "Parameters"), *PSEUDO}:
                raise RefusedError(
                    f"Template format error: Unresolved dependencies [{named}]. Cannot reference resources in the Rules"
                    " block of the template"
                )


def _resources(body: Mapping[str, Any]) -> None:
    resources = _of(body, "Resources")
    known = {*resources, *_of(body, "Parameters"), *PSEUDO}
    for function, argument in functions_in([body["Resources"], _of(body, "Outputs")]):
        if function == "Fn::GetAtt" and (name := _described(argument)) not in resources:
            raise RefusedError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
    used = {name: set(listed(resource.get("DependsOn", []))) for name, resource in resources.items()}
    strange = {*_unknown(resources, known), *(set().union(*used.values()) - set(resources))}
    if strange:
        raise _unresolved(sorted(strange), "Resources")
    _no_circle(used, "Circular dependency between resources: [{}]")


def _outputs(body: Mapping[str, Any]) -> None:
    known = {*body["Resources"], *_of(body, "Parameters"), *PSEUDO}
    if strange := _unknown(_of(body, "Outputs"), known):
        raise _unresolved(strange, "Outputs")


def _named_conditions(body: Mapping[str, Any], section: str) -> None:
    conditions = _of(body, "Conditions")
    for member in _of(body, section).values() if section != "Conditions" else ():
        if member.get("Condition", "") not in {*conditions, ""}:
            raise RefusedError(f"Template format error: Condition {member['Condition']} is not defined.")
    for function, argument in functions_in(_of(body, section)):
        if function == "Fn::If" and argument[0] not in conditions:
            raise RefusedError(f"Template error: unresolved condition dependency {argument[0]} in Fn::If")


def _unresolved(names: list[str], section: str) -> RefusedError:
    return RefusedError(
        f"Template format error: Unresolved resource dependencies [{', '.join(names)}] in the {section} block of the"
        " template"
    )


def _unknown(node: Any, known: set[str]) -> list[str]:
    return sorted({name for name in references(node) if name not in known})


def _no_circle(used: Mapping[str, set[str]], message: str) -> None:
    try:
        TopologicalSorter(used).prepare()
    except CycleError as error:
        raise RefusedError(message.format(", ".join(sorted(set(error.args[1]))))) from None
