"""The repository of a template: its lifecycle policy, and which of its tags can move.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.checks import parameters as parameter_checks
from generator.cloudformation.parameter_files import ParameterFile
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.lifecycle.mutability import Mutability
from generator.lifecycle.resolution import NO_VALUE, Scope, holds, resolved, unknown_parameters
from generator.suggestion import did_you_mean

TYPE = "AWS::ECR::Repository"


@dataclass(frozen=True)
class Repository:
    """What a template says of a repository, with the values of its parameters."""

    logical_id: str
    policy_text: str
    mutability: Mutability


def read(body: Mapping[str, Any], file: ParameterFile | None, name: str, logical_id: str | None = None) -> Repository:
    """The repository of that logical id, or the only one that has a lifecycle policy.

    Parameters have the values of the file, which must suit the template, else their defaults. The template's name is
    for the messages.
    """
    try:
        return _chosen(body, _scope(body, file), name, logical_id)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a section or a function of another shape
        raise GeneratorError(f"{name}: CloudFormation would not take this template: ask cfn-lint why") from error


def _scope(body: Mapping[str, Any], file: ParameterFile | None) -> Scope:
    if file and (problems := list(parameter_checks.problems(file, body))):
        raise GeneratorError("\n".join(map(str, problems)))
    given = dict(file.entries) if file else {}
    return Scope(
        parameters=parameter_checks.meanings(body, given),
        conditions=body.get("Conditions", {}),
        mappings=body.get("Mappings", {}),
    )


def _chosen(body: Mapping[str, Any], known: Scope, name: str, logical_id: str | None) -> Repository:
    there = {
        key: resource.get("Properties", {})
        for key, resource in body["Resources"].items()
        if resource.get("Type") == TYPE and ("Condition" not in resource or holds(resource["Condition"], known))
    }
    wanted = [key for key, properties in there.items() if "LifecyclePolicy" in properties]
    if logical_id is not None:
        if logical_id not in wanted:
            raise GeneratorError(
                f"{name}: there is no repository {logical_id!r} with a lifecycle policy"
                f"{did_you_mean(logical_id, wanted)}. Repositories: {', '.join(wanted) or 'none'}."
            )
        wanted = [logical_id]
    if len(wanted) != 1:
        told = f"several: {', '.join(wanted)}. Choose one with --repository" if wanted else "none"
        raise GeneratorError(f"{name}: the repositories ({TYPE}) with a lifecycle policy are {told}")
    return _repository(wanted[0], there[wanted[0]], known, name)


def _repository(logical_id: str, properties: Mapping[str, Any], known: Scope, name: str) -> Repository:
    parts = [
        properties.get(key) for key in ("LifecyclePolicy", "ImageTagMutability", "ImageTagMutabilityExclusionFilters")
    ]
    if missing := sorted(set(unknown_parameters(parts, known))):
        raise GeneratorError(f"{name}: {', '.join(missing)}: without a value, give it in --params FILE")
    try:
        policy, setting, filters = (resolved(part, known) for part in parts)
    except GeneratorError as error:
        raise GeneratorError(f"{name}: {logical_id}: {error}") from error
    text = policy.get("LifecyclePolicyText") if isinstance(policy, dict) else None
    if not isinstance(text, str):
        given = "nothing" if policy is NO_VALUE else quoted(policy)
        raise GeneratorError(f"{name}: {logical_id}.LifecyclePolicy: given {given}, allowed: a LifecyclePolicyText")
    exclusions = tuple(
        str(one.get("ImageTagMutabilityExclusionFilterValue", ""))
        for one in (filters if isinstance(filters, list) else ())
    )
    return Repository(logical_id, text, Mutability(setting if isinstance(setting, str) else "MUTABLE", exclusions))
