"""Promises about where things lead: what is typed goes where its name says, and is asked for by its own condition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.emulator.deployed import Stack
from tests.playing import buildspec_of, refusals, variants, with_conditions
from tests.rendered import Rendered, actions, alternatives, listed, resources
from tests.samples import sample

# The parameter of a variable, where it is not called like it.
TOLD_AS = {
    "BUILD_PARAMETER": "SecretParameter",
    "BUILD_SECRET": "SecretArn",
    "CACHE_REPOSITORY": "CacheRepositoryName",
    "CLUSTER": "ClusterName",
    "CONTEXT": "BuildContext",
}
# A word of the parameters that a property may have, where none of its own words is in their names.
MEANS = {
    "AWS": {"account"},
    "ApplicationName": {"deployer"},
    "ClusterName": {"service"},
    "DeploymentGroupName": {"deployer"},
    "DeploymentTimeout": {"rollout"},
    "Domain": {"artifact"},
    "Endpoint": {"email"},
    "Federated": {"provider"},
    "FunctionName": {"deployer"},
    "Id": {"key"},
    "Includes": {"branch", "path", "tag"},
    "Name": {"alarm", "group"},
    "ProjectName": {"deployer"},
    "RegistryId": {"account"},
    "StateMachineArn": {"deployer"},
    "Value": {"target"},
    "referenceName": {"branch"},
    "wildcard": {"pattern"},
}
SAYS_NOTHING = {"arn", "id", "name", "type"}
# What may be empty and has a default all the same.
ALWAYS_GIVEN = {"MovingTags": "latest"}  # a tag that everybody moves
STAGES = ("Staging", "Production")
# What is only there to be used by something else of the stack.
SERVES_OTHERS = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
)


def variables_are_told_the_parameter_of_their_name(template: Rendered) -> Iterator[str]:
    """A variable of a build that holds a parameter is called like it: SCAN_IMAGE holds ScanImage."""
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        for variable in project["Environment"].get("EnvironmentVariables", ()):
            for parameter in _parameters(template, variable["Value"]):
                wanted = TOLD_AS.get(variable["Name"], variable["Name"].replace("_", ""))
                if parameter.lower() != wanted.lower():
                    yield f"{name} is told {parameter} as {variable['Name']}"


def properties_have_a_parameter_that_fits(template: Rendered) -> Iterator[str]:
    """A property that takes a parameter has a word with it in common; a stage takes no parameter of another stage.

    What a role may do, a run tells: authorization.py.
    """
    for name, properties in resources(template):
        for keys, parameter in _taken(template, properties):
            words = _words(keys[-1]) | MEANS.get(keys[-1], set())
            if not {"Resource", "EnvironmentVariables"} & {*keys} and not words & _words(parameter):
                yield f"{name} takes {parameter} as {keys[-1]}"
    for _, stage, action in actions(template):
        for parameter in _parameters(template, action["Configuration"]):
            if parameter.startswith(STAGES) and stage in STAGES and not parameter.startswith(stage):
                yield f"{stage}/{action['Name']} takes {parameter}"


@with_conditions
def conditions_ask_for_what_they_guard(template: Rendered) -> Iterator[str]:
    """What is there only when a parameter is given has that parameter in it."""
    for name, condition in template.get("Conditions", {}).items():
        guarded = list(_guarded(template, name))
        for parameter in _given(template, condition) if guarded else ():
            if parameter not in {each for part in guarded for each in _parameters(template, part)}:
                yield f"{name} asks for {parameter}, and nothing under it has it"


@with_conditions
def a_stage_that_is_not_wanted_is_left_out(template: Rendered) -> Iterator[str]:
    """`none` leaves out a stage, and what is given makes it; nothing is ever called none."""
    needed = sample(template, "a")
    for stage in STAGES:
        own = [name for name in needed if name.startswith(stage)]
        for values in (needed, {**needed, **dict.fromkeys(own, "none")}) if own else ():
            stack = Stack(template=template, name="a-stack", parameters=values)
            for title, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
                is_there = any(each["Name"] == stage for each in pipeline["Stages"])
                if is_there is not (values is needed):
                    yield f"{title} {'has' if is_there else 'lacks'} {stage} with {values[own[0]]}"
                for refusal in refusals(template, values):
                    yield f"{title} cannot have {stage} with {values[own[0]]}: {refusal}"
                if '"none"' in json.dumps([each["Actions"] for each in pipeline["Stages"]]):
                    yield f"{title} hands on none"


@with_conditions
def what_is_asked_for_is_made(template: Rendered) -> Iterator[str]:
    """CreateSsmEndpoint=yes makes SsmEndpoint, and no leaves it out; so it is with every such parameter."""
    for name, declaration in template.get("Parameters", {}).items():
        if name.startswith("Create") and declaration.get("AllowedValues") in (["no", "yes"], ["yes", "no"]):
            for chosen in ("no", "yes"):
                parameters = {**sample(template, "a"), name: chosen}
                made = Stack(template=template, name="a-stack", parameters=parameters).is_made(name[len("Create") :])
                if made is not (chosen == "yes"):
                    yield f"{name}={chosen} and it is {'made' if made else 'not made'}"


@with_conditions
def nothing_is_made_for_nobody(template: Rendered) -> Iterator[str]:
    """Roles, shared policies, groups and subnets are made only where something has them."""
    for variant, stack in variants(template):
        made = dict(stack.resources())
        for title, _ in stack.resources(*SERVES_OTHERS):
            names = {stack.arn(title), stack.ref(title)}
            others = json.dumps([stack.outputs(), *(each for other, each in made.items() if other != title)])
            if not any(f'"{name}"' in others for name in names):
                yield f"{variant}: {title} is for nobody"


@with_conditions
def the_way_to_s3_is_made_once(template: Rendered) -> Iterator[str]:
    """A gateway endpoint of S3 is made when it is chosen, and not beside one that a VPC has: routes would collide.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    """
    for chosen in template.get("Parameters", {}).get("S3GatewayEndpoint", {}).get("AllowedValues", ()):
        parameters = {**sample(template, "a", optional=True), "S3GatewayEndpoint": chosen}
        stack = Stack(template=template, name="a-stack", parameters=parameters)
        made = [each for _, each in stack.resources("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Gateway"]
        if len(made) != (chosen == "create"):
            yield f"with {chosen} {len(made)} are made"


def what_may_be_empty_is_empty_by_default(template: Rendered) -> Iterator[str]:
    """Who leaves a field as it is gets nothing that has to be asked for."""
    for name, declaration in template.get("Parameters", {}).items():
        may_be_empty = "AllowedPattern" in declaration and re.fullmatch(declaration["AllowedPattern"], "") is not None
        if may_be_empty and declaration.get("Default") not in ("", ALWAYS_GIVEN.get(name)):
            yield f"{name} is {declaration.get('Default')!r} by default"


@with_conditions
def what_is_read_was_made_in_the_run(template: Rendered) -> Iterator[str]:
    """Whatever is left out of a pipeline, an action reads no variable of it; and each image that is built is read."""
    for variant, stack in variants(template):
        for name, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
            made = {each.get("Namespace"): stage["Name"] for stage in pipeline["Stages"] for each in stage["Actions"]}
            text = json.dumps(pipeline["Stages"])
            read = set(re.findall(r"#\{(\w+)\.", text)) - {"codepipeline", "variables"}
            for space in sorted(read - made.keys()):
                yield f"{variant}: {name} reads {space}, which did not run"
            for space, stage in made.items():
                if stage == "Build" and f"#{{{space}.IMAGE}}" not in text:
                    yield f"{variant}: {name} publishes nothing of {space}"


def stages_are_deployed_alike(template: Rendered) -> Iterator[str]:
    """What production is deployed with, staging is deployed with: the one differs from the other by its name alone."""
    told = {
        stage: json.dumps(action["Configuration"], sort_keys=True).replace(stage, "X").replace(stage.lower(), "X")
        for _, stage, action in actions(template)
        if action["Name"] == "Deploy"
    }
    if len(set(told.values())) > 1:
        yield f"stages are deployed in several ways: {told}"


def builds_of_the_same_commands_are_told_the_same(template: Rendered) -> Iterator[str]:
    """Where two builds run the same commands, for two architectures, both have the same variables and settings."""
    projects = dict(resources(template, "AWS::CodeBuild::Project"))
    told: dict[str, dict[str, Any]] = {}
    for name, project in projects.items():
        calls = [
            {key: value for key, value in action["Configuration"].items() if key != "ProjectName"}
            for _, _, action in actions(template)
            if action["Configuration"].get("ProjectName") == {"Ref": name}
        ]
        variables = [each for each in project["Environment"].get("EnvironmentVariables", ()) if not _is_own(each)]
        told.setdefault(buildspec_of(template, project), {})[name] = [variables, calls]
    for alike in told.values():
        first, *others = alike.items()
        for name, settings in others:
            if settings != first[1]:
                yield f"{name} is told something else than {first[0]}"


def _is_own(variable: Rendered) -> bool:
    """Whether a variable is what makes a build another one than its twin."""
    return bool(variable["Name"] == "ARCHITECTURE")


def _words(name: str) -> set[str]:
    """`SubnetIds` is about a subnet."""
    found = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return {word.lower().rstrip("s") for word in found} - SAYS_NOTHING


def _parameters(template: Rendered, node: Any) -> Iterator[str]:
    """The parameters that are below the node, by Ref or in a text."""
    yield from (parameter for _, parameter in _taken(template, node, ("",)))
    for name in re.findall(r"\$\{(\w+)\}", json.dumps(node)):
        if name in template.get("Parameters", {}):
            yield name


def _taken(template: Rendered, node: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every Ref to a parameter below the node, with the keys that lead to it, functions left out."""
    if isinstance(node, dict):
        if node.get("Ref") in template.get("Parameters", {}):
            yield keys, node["Ref"]
        for key, value in node.items():
            yield from _taken(template, value, keys if key.startswith("Fn::") else (*keys, key))
    elif isinstance(node, list):
        for value in node:
            yield from _taken(template, value, keys)


def _guarded(template: Rendered, condition: str) -> Iterator[Any]:
    """What is there only under the condition."""
    for section in ("Resources", "Outputs"):
        for part in template.get(section, {}).values():
            if part.get("Condition") == condition:
                yield part
            yield from _chosen(part, condition)


def _chosen(node: Any, condition: str) -> Iterator[Any]:
    if isinstance(node, dict):
        if "Fn::If" in node and node["Fn::If"][0] == condition:
            yield from alternatives(node["Fn::If"][1])
        for value in node.values():
            yield from _chosen(value, condition)
    elif isinstance(node, list):
        for value in node:
            yield from _chosen(value, condition)


def _given(template: Rendered, condition: Any) -> Iterator[str]:
    """The parameters that are not empty, and not `none`, where the condition holds."""
    ((function, arguments),) = condition.items()
    if function == "Fn::Not":
        compared = arguments[0].get("Fn::Equals", (None, None))
        if compared[1] in ("", "none"):
            yield from _parameters(template, compared[0])
    elif function in ("Fn::And", "Fn::Or"):
        for part in listed(arguments):
            yield from _given(template, part)
