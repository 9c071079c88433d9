"""Promises about the size of forms, and about the limits of CodePipeline and StackSets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.parameter_types import problems
from tests.longest import longest
from tests.rendered import Rendered, actions, has_own_vpc_and_pipeline, strings
from tests.stacked import deployed, exported_kinds, is_on_a_platform
from tests.variants import needed, with_conditions

MOST_FIELDS, MOST_REQUIRED = 22, 8  # of a pipeline on a platform
REQUIRED_OF_STANDALONE = 2  # the repository and an e-mail address
NOT_IN_STACK_SETS = ("AWS::CloudFormation::Macro", "AWS::CloudFormation::Stack")
# An ARN, an account, an id that AWS gives out, a region or zone.
OF_ONE_ACCOUNT = re.compile(r"arn:|[0-9]{12}|^[a-z]+-[0-9a-f]{8,17}$|^[a-z]{2}(-[a-z]+)+-[0-9]")
# CodePipeline cuts longer names in the keys of artifacts, and policies name these keys.
LONGEST_ARTIFACT_NAME = 10
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
HANDED_ON = ("EnvironmentVariables", "UserParameters")
LONGEST_VARIABLES = 1000


def forms_are_short(template: Rendered) -> Iterator[str]:
    """A pipeline on a platform has at most 22 parameters, at most 8 of them required; `standalone` requires two."""
    declared = template.get("Parameters", {})
    required = [name for name, declaration in declared.items() if "Default" not in declaration]
    if is_on_a_platform(template):
        if len(declared) > MOST_FIELDS:
            yield f"{len(declared)} parameters, at most {MOST_FIELDS} are allowed: move what services share to platform"
        if len(required) > MOST_REQUIRED:
            yield f"{len(required)} required parameters, at most {MOST_REQUIRED} are allowed: {', '.join(required)}"
    if has_own_vpc_and_pipeline(template) and len(required) != REQUIRED_OF_STANDALONE:
        yield f"{', '.join(required)} are required, but {REQUIRED_OF_STANDALONE} must be enough"


def stack_sets_can_deploy_what_is_shared(template: Rendered) -> Iterator[str]:
    """A stack that others import from is fit for StackSets: valid defaults, no transform, no name of the stack's name.

    A StackSet gives its stacks names of its own. With the permissions of an organization it takes no transforms and no
    nested stacks. An account that joins later gets the values of the StackSet: they must be valid in every account.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """
    if not exported_kinds(template):
        return
    if "Transform" in template or "Fn::Transform" in json.dumps(template):
        yield f"it has a transform: {template.get('Transform', 'Fn::Transform')}"
    for name, resource in template["Resources"].items():
        if resource["Type"] in NOT_IN_STACK_SETS:
            yield f"{name} is a {resource['Type']}: StackSets of an organization do not take it"
    for name, declaration in template.get("Parameters", {}).items():
        yield from _unfit_for_every_account(name, declaration)
    for section in ("Resources", "Outputs"):
        for name, part in template.get(section, {}).items():
            if any("AWS::StackName" in text for text in strings(part)):
                yield f"{name} depends on the stack's name: use the parameter that names the stack"


def _unfit_for_every_account(name: str, declaration: Rendered) -> Iterator[str]:
    """A default that is not valid in every account and region; a value that no StackSet can give to all of them."""
    if "Default" not in declaration:
        if declaration["Type"] not in ("String", "Number", "CommaDelimitedList"):
            yield f"{name} needs a {declaration['Type']}, which differs from account to account: give it a default"
        return
    default = str(declaration["Default"])
    if any(problems(declaration, default)):
        yield f"{name} does not take its default {default!r}"
    if OF_ONE_ACCOUNT.search(default):
        yield f"the default of {name} exists in one account or region only: {default}"


def artifact_names_are_not_cut(template: Rendered) -> Iterator[str]:
    """An artifact of a pipeline whose policies name places of the bucket has a name of at most 10 characters."""
    if not is_on_a_platform(template) and not has_own_vpc_and_pipeline(template):
        return
    for _, stage, action in actions(template):
        for artifact in action.get("OutputArtifacts", ()):
            if len(artifact["Name"]) > LONGEST_ARTIFACT_NAME:
                yield f"{stage}/{action['Name']}: the name {artifact['Name']} is longer than {LONGEST_ARTIFACT_NAME}"


@with_conditions
def variables_of_actions_fit(template: Rendered) -> Iterator[str]:
    """The input of a build or a function fits CodePipeline's limit, for the longest values of parameters."""
    texts = [each["Configuration"].get(key) for _, _, each in actions(chosen(template)) for key in HANDED_ON]
    values = needed(template)
    for name in sorted(set(re.findall(r"\$\{(\w+)\}", json.dumps(texts))) & template.get("Parameters", {}).keys()):
        most = longest(template["Parameters"][name])
        if most is None:
            yield f"{name} is part of an action's variables and has no longest value: give it a MaxLength"
        elif "AllowedValues" in template["Parameters"][name]:
            values[name] = most
        else:
            end = values.get(name, "")  # of a value that is accepted: Fn::Select needs its separators
            values[name] = most[len(end) :] + end
    stack = deployed(template, "a-stack", values)
    for _, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                text = max((action.get("Configuration", {}).get(key, "") for key in HANDED_ON), key=len)
                if len(text) > LONGEST_VARIABLES:
                    place = f"{stage['Name']}/{action['Name']}"
                    yield f"the variables of {place} can have {len(text)} characters, at most {LONGEST_VARIABLES}"
