"""Promises about names and places: any partition, any region, any number of stacks, no update in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from tests.rendered import Rendered, resources, strings
from tests.samples import name_of
from tests.schemas import create_only, own_names, schema
from tests.stacked import deployed, exports, naming
from tests.variants import needed, with_conditions

LONGEST_STACK_NAME = (
    "a" * 128
)  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
# Limits that the schemas do not have.
LIMITS = {
    "AWS::CodeBuild::Project.Name": 150,  # https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
    "AWS::CodePipeline::Pipeline.Name": 100,  # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
}
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/outputs-section-structure.html
LONGEST_EXPORT = 255
TOO_LONG = 1000  # the length of a name whose parameter has no MaxLength
HOLDS_DATA = ("AWS::CodeArtifact::Domain", "AWS::ECR::Repository", "AWS::KMS::Key", "AWS::S3::Bucket")
# Properties within which a name is unique: another one makes another space of names.
NAMED_WITHIN = {"AWS::CodeArtifact::Repository": {"DomainName"}}
SPELLED = re.compile(
    r"arn:aws[a-z-]*:"
    r"|\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-iso[bf]?)?-(central|north|south|east|west|northeast|southeast|northwest)-\d[a-f]?\b"
    r"|\b\d{12}\b"
)


def no_place_is_spelled_out(template: Rendered) -> Iterator[str]:
    """No partition, region, availability zone or account is written into rules, conditions, resources or outputs."""
    for section in ("Rules", "Conditions", "Resources", "Outputs"):
        for text in strings(template.get(section, {})):
            if found := SPELLED.search(text):
                yield f"{section}: {found.group()} in {text[:80]!r}"


def capability_iam_is_enough(template: Rendered) -> Iterator[str]:
    """Nothing of IAM has a name of its own, so CAPABILITY_NAMED_IAM is not needed."""
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        if kind.startswith("AWS::IAM::") and {"RoleName", "ManagedPolicyName", "GroupName"} & properties.keys():
            yield f"{name} has a name of its own"


def names_do_not_block_updates(template: Rendered) -> Iterator[str]:
    """A resource that the template names is never replaced, except when its name changes: the two would collide.

    A property that the template does not set stays unchanged. A resource with data is kept when its user types another
    name for it.
    """
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        named = own_names(kind) & properties.keys()
        typed = {key for key in named if _is_typed(template, properties[key])}
        policy = template["Resources"][name].get("UpdateReplacePolicy")
        if typed and kind in HOLDS_DATA and policy != "Retain":
            yield f"{name} is lost when another name is typed: it needs UpdateReplacePolicy Retain"
        fixed = named if kind not in HOLDS_DATA else named - typed
        others = sorted((create_only(kind) - named - NAMED_WITHIN.get(kind, set())) & properties.keys())
        # A parameter that the name contains makes another name with another value.
        inside = "".join(strings([properties[key] for key in named]))
        others = [key for key in others if f"${{{properties[key].get('Ref')}}}" not in inside] if inside else others
        if fixed and others:
            yield f"{name} is named by {', '.join(sorted(fixed))}, and {', '.join(others)} would replace it"


@with_conditions
def names_fit_for_the_longest_stack_name(template: Rendered) -> Iterator[str]:
    """Each name fits AWS's limit and pattern, for the longest name of the stack and of its pipeline or platform."""
    longest = {name: _longest(template["Parameters"][name]) for name in _name_parameters(template)}
    stack = deployed(template, LONGEST_STACK_NAME, {**needed(template), **longest})
    for name, properties in stack.resources():
        kind = template["Resources"][name]["Type"]
        for key in sorted(own_names(kind) & properties.keys()):
            known = schema(kind)["properties"][key]
            most = LIMITS.get(f"{kind}.{key}") or known["maxLength"]
            if len(properties[key]) > most:
                yield f"{name}.{key} can have {len(properties[key])} characters, AWS takes {most}: {properties[key]}"
            if not re.search(known.get("pattern", ""), properties[key]):
                yield f"{name}.{key} can be {properties[key]}, AWS takes {known['pattern']}"
    for name, output in exports(template).items():
        value = stack.value(output["Export"]["Name"])
        if len(value) > LONGEST_EXPORT:
            yield f"{name} can have {len(value)} characters, AWS takes {LONGEST_EXPORT}"


@with_conditions
def two_stacks_live_side_by_side(template: Rendered) -> Iterator[str]:
    """Two stacks of the template differ in every name that the account and region share.

    They have other stack names, and other names of their pipeline, platform, network or repository.
    """
    one, other = (
        deployed(template, f"{letter}-stack", {**needed(template, letter), **_given_names(template, letter)})
        for letter in "ab"
    )
    named = dict(_shared_names(template, other))
    for place, name in _shared_names(template, one):
        if named.get(place) == name:
            yield f"{place} is {name} in two stacks: put the stack's name, or the parameter that names it, into it"


def _shared_names(template: Rendered, stack: OfflineStack) -> Iterator[tuple[str, str]]:
    """Every physical name and every name of an export, with its place in the template."""
    for name, properties in stack.resources():
        for key in sorted(own_names(template["Resources"][name]["Type"]) & properties.keys()):
            yield f"{name}.{key}", str(properties[key])
    for name, output in exports(template).items():
        yield f"the export {name}", str(stack.value(output["Export"]["Name"]))


def _name_parameters(template: Rendered) -> set[str]:
    """The parameters that names are made of: those that must be typed, and those with a default."""
    typed = {
        properties[key]["Ref"]
        for name, properties in resources(template)
        for key in own_names(template["Resources"][name]["Type"]) & properties.keys()
        if _is_typed(template, properties[key])
    }
    return naming(template) | typed


def _given_names(template: Rendered, letter: str) -> dict[str, str]:
    return {name: name_of(template, name, letter) for name in sorted(_name_parameters(template))}


def _longest(declaration: Rendered) -> str:
    """The longest value of a parameter that is a name: letters, as many as it takes."""
    if "AllowedValues" in declaration:
        return str(max(declaration["AllowedValues"], key=len))
    return "a" * int(declaration.get("MaxLength", TOO_LONG))


def _is_typed(template: Rendered, name: Any) -> bool:
    """Whether a name is a parameter without a default, which must be typed."""
    return isinstance(name, dict) and "Default" not in template["Parameters"].get(name.get("Ref"), {"Default": ""})
