"""The repository of a template: its lifecycle policy, and whether its tags can move.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.cloudformation import parameter_file_problems
from generator.cloudformation.parameter_files import ParameterFile
from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.cloudformation.resolver import resolve, verdict
from generator.cloudformation.scope import ABSENT, Scope, unknowns
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.lifecycle.mutability import Mutability
from generator.suggestion import did_you_mean

TYPE = "AWS::ECR::Repository"


@dataclass(frozen=True)
class DeclaredRepository:
    """The repository that a template declares, with the values of its parameters."""

    logical_id: str
    policy_text: str
    mutability: Mutability


def read(
    body: Mapping[str, Any], file: ParameterFile | None, name: str, logical_id: str | None = None
) -> DeclaredRepository:
    """The repository with that logical id, or the only one that has a lifecycle policy.

    Parameters have the values of the file, which must match the template, or else their defaults. The template's name
    is for messages.
    """
    try:
        return _chosen(body, _scope(body, file), name, logical_id)
    except RefusedError as error:
        raise GeneratorError(f"{name}: CloudFormation would refuse this template: {error}") from error
    except NotEmulatedError as error:
        raise GeneratorError(f"{name}: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a section of another shape
        raise GeneratorError(f"{name}: CloudFormation would refuse this template: run cfn-lint to see why") from error


def _scope(body: Mapping[str, Any], file: ParameterFile | None) -> Scope:
    """The parameters as far as they have values. Resources, exports and the account are unknown."""
    if file and (problems := list(parameter_file_problems.problems(file, body))):
        raise GeneratorError("\n".join(map(str, problems)))
    meanings = parameter_file_problems.meanings(body, dict(file.entries) if file else {})
    return Scope(
        values={key: value for key, value in meanings.items() if value is not None},
        conditions=body.get("Conditions", {}),
        mappings=body.get("Mappings", {}),
    )


def _chosen(body: Mapping[str, Any], known: Scope, name: str, logical_id: str | None) -> DeclaredRepository:
    there = {
        key: resource.get("Properties", {})
        for key, resource in body["Resources"].items()
        if resource.get("Type") == TYPE and _is_made(key, resource, body, known, name)
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
    return _repository(wanted[0], there[wanted[0]], body, known, name)


def _is_made(key: str, resource: Mapping[str, Any], body: Mapping[str, Any], known: Scope, name: str) -> bool:
    """Whether the condition of the resource holds."""
    found = verdict({"Condition": resource["Condition"]}, known) if "Condition" in resource else True
    _must_be_known([found], body, f"{name}: {key}")
    return found is True


def _must_be_known(values: list[Any], body: Mapping[str, Any], where: str) -> None:
    """GeneratorError for parameters that the values depend on and that have no value in a file or as default."""
    names = sorted({name for each in unknowns(values) for name in each.names})
    if missing := [name for name in names if name in body.get("Parameters", {})]:
        raise GeneratorError(f"{where}: {', '.join(missing)}: no value is known; set it in --params FILE")
    if names:
        raise GeneratorError(f"{where}: {', '.join(names)}: known only when the stack exists")


def _repository(
    logical_id: str, properties: Mapping[str, Any], body: Mapping[str, Any], known: Scope, name: str
) -> DeclaredRepository:
    policy, setting, filters = (
        resolve(properties.get(key), known)
        for key in ("LifecyclePolicy", "ImageTagMutability", "ImageTagMutabilityExclusionFilters")
    )
    _must_be_known([policy, setting, filters], body, f"{name}: {logical_id}")
    text = policy.get("LifecyclePolicyText") if isinstance(policy, dict) else None
    if not isinstance(text, str):
        given = "nothing" if policy in (None, ABSENT) else quoted(policy)
        raise GeneratorError(f"{name}: {logical_id}.LifecyclePolicy: given {given}, allowed: a LifecyclePolicyText")
    exclusions = tuple(
        str(one.get("ImageTagMutabilityExclusionFilterValue", ""))
        for one in (filters if isinstance(filters, list) else ())
    )
    return DeclaredRepository(
        logical_id, text, Mutability(setting if isinstance(setting, str) else "MUTABLE", exclusions)
    )
