"""Promises about wiring: a parameter is used where its name says, and a condition depends on what it guards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from tests.playing import buildspec_of
from tests.rendered import Rendered, actions, alternatives, listed, refs, resources, variables_of
from tests.samples import sample
from tests.stacked import deployed
from tests.variants import refusals, variants, with_conditions

# A word of the parameters that a property may have, where none of its own words is in their names.
MEANS = {
    "AWS": {"account", "publisher"},
    "ApplicationName": {"deployer"},
    "ClusterName": {"service"},
    "Cron": {"window"},
    "DeploymentGroupName": {"deployer"},
    "DeploymentTimeout": {"rollout"},
    "Domain": {"artifact"},
    "Endpoint": {"email"},
    "Federated": {"provider"},
    "Filter": {"repository"},
    "FunctionName": {"deployer"},
    "Id": {"key"},
    "Key": {"tag"},
    "Includes": {"branch", "path", "tag"},
    "Name": {"alarm", "group"},
    "ProjectName": {"deployer"},
    "Region": {"destination"},
    "RegistryId": {"account", "destination"},
    "StateMachineArn": {"deployer"},
    "TimeZone": {"window"},
    "Value": {"healthy", "tag", "target"},
    "aws:PrincipalArn": {"role"},
    "referenceName": {"branch"},
    "wildcard": {"pattern"},
}
SAYS_NOTHING = {"arn", "id", "name", "type"}
# Parameters that may be empty and whose default is another value.
ALWAYS_GIVEN = {"MovingTags": "latest"}  # a tag that everybody moves
STAGES = ("Staging", "Production")
# Types that exist only to be used by other resources of the stack.
SERVES_OTHERS = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
)


def variables_hold_the_parameter_that_fits_best(template: Rendered) -> Iterator[str]:
    """No other parameter fits the name of a build's variable better than the one that it holds.

    MAX_HIGH_FINDINGS does not hold MaxCriticalFindings if MaxHighFindings exists. CLUSTER may hold ClusterName, and a
    variable whose name is like no parameter may hold any.
    """
    given = [
        (name, variable["Name"], variable["Value"])
        for name, project in resources(template, "AWS::CodeBuild::Project")
        for variable in project["Environment"].get("EnvironmentVariables", ())
    ]
    given += [
        (f"{stage}/{action['Name']}", name, {"Fn::Sub": value})
        for _, stage, action in actions(template)
        for name, value in variables_of(action)
    ]
    for place, variable, value in given:
        for parameter in _parameters(template, value):
            best = max(template["Parameters"], key=lambda each: _likeness(variable, each))
            if _likeness(variable, best) > _likeness(variable, parameter):
                yield f"{place}: {variable} holds {parameter}; {best} fits better: pass that, or rename the variable"


def properties_have_a_parameter_that_fits(template: Rendered) -> Iterator[str]:
    """A property that takes a parameter has a word with it in common; a stage takes no parameter of another stage.

    Policies are left out: a run shows whether they fit, in authorization.py.
    """
    for name, properties in resources(template):
        for keys, parameter in _taken(template, properties):
            words = _words(keys[-1]) | MEANS.get(keys[-1], set())
            is_left_out = {"Resource", "EnvironmentVariables"} & {*keys} or parameter == keys[-1]
            if not is_left_out and not words & _words(parameter):
                yield f"{name}: {keys[-1]} takes {parameter}, whose name says something else; MEANS has exceptions"
    for _, stage, action in actions(template):
        for parameter in _parameters(template, action["Configuration"]):
            if parameter.startswith(STAGES) and stage in STAGES and not parameter.startswith(stage):
                yield f"{stage}/{action['Name']} takes {parameter}, which is of another stage"


@with_conditions
def conditions_ask_for_what_they_guard(template: Rendered) -> Iterator[str]:
    """A resource that exists only with a parameter contains that parameter, or runs a build or function that does."""
    for name, condition in template.get("Conditions", {}).items():
        guarded = list(_guarded(template, name))
        guarded += [template["Resources"][each] for each in refs(guarded) if _is_program(template, each)]
        for parameter in _given(template, condition) if guarded else ():
            if parameter not in {each for part in guarded for each in _parameters(template, part)}:
                yield f"{name} asks for {parameter}, and nothing that it guards contains that parameter"


@with_conditions
def a_stage_can_be_left_out(template: Rendered) -> Iterator[str]:
    """`none` leaves out a stage, any other value makes it; no action ever gets `none` as a value."""
    needed = sample(template, "a")
    for stage in STAGES:
        own = [name for name in needed if name.startswith(stage)]
        for values in (needed, {**needed, **dict.fromkeys(own, "none")}) if own else ():
            stack = deployed(template, "a-stack", values)
            for title, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
                is_there = any(each["Name"] == stage for each in pipeline["Stages"])
                if is_there is not (values is needed):
                    yield f"{title} {'has' if is_there else 'lacks'} {stage} with {values[own[0]]}"
                for refusal in refusals(template, values):
                    yield f"{title} cannot have {stage} with {values[own[0]]}: {refusal}"
                if '"none"' in json.dumps([each["Actions"] for each in pipeline["Stages"]]):
                    yield f"an action of {title} gets none as a value with {values[own[0]]}"


@with_conditions
def requested_resources_are_created(template: Rendered) -> Iterator[str]:
    """CreateSsmEndpoint=yes creates SsmEndpoint, and no leaves it out; the same holds for every such parameter."""
    for name, declaration in template.get("Parameters", {}).items():
        if name.startswith("Create") and declaration.get("AllowedValues") in (["no", "yes"], ["yes", "no"]):
            for chosen in ("no", "yes"):
                parameters = {**sample(template, "a"), name: chosen}
                made = OfflineStack(template=template, name="a-stack", parameters=parameters).is_made(
                    name[len("Create") :]
                )
                if made is not (chosen == "yes"):
                    yield f"with {name}={chosen}, {name[len('Create') :]} is {'made' if made else 'not made'}"


@with_conditions
def every_resource_is_used(template: Rendered) -> Iterator[str]:
    """Roles, shared policies, groups and subnets are created only if a resource of the stack or an export uses them."""
    for variant, stack in variants(template):
        made = dict(stack.resources())
        for title, _ in stack.resources(*SERVES_OTHERS):
            names = {stack.arn(title), stack.ref(title)}
            others = json.dumps([stack.outputs(), *(each for other, each in made.items() if other != title)])
            if not any(f'"{name}"' in others for name in names):
                yield f"{variant}: nothing uses {title}"


def optional_parameters_are_empty_by_default(template: Rendered) -> Iterator[str]:
    """A field that may be empty is empty by default: no optional resource is created by default."""
    for name, declaration in template.get("Parameters", {}).items():
        may_be_empty = "AllowedPattern" in declaration and re.fullmatch(declaration["AllowedPattern"], "") is not None
        if may_be_empty and declaration.get("Default") not in ("", ALWAYS_GIVEN.get(name)):
            yield f"{name} is {declaration.get('Default')!r} by default"


@with_conditions
def variables_that_are_read_were_set_in_the_run(template: Rendered) -> Iterator[str]:
    """An action reads no variable of an action that is left out; and each image that is built is published."""
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
    """Production is deployed as staging is: the configurations differ by the name of the stage alone."""
    configured = {
        stage: json.dumps(action["Configuration"], sort_keys=True).replace(stage, "X").replace(stage.lower(), "X")
        for _, stage, action in actions(template)
        if action["Name"] == "Deploy"
    }
    if len(set(configured.values())) > 1:
        yield f"stages are deployed in several ways: {configured}"


def builds_of_the_same_commands_get_the_same_variables(template: Rendered) -> Iterator[str]:
    """Two builds that run the same commands have variables of the same names, by their project and by their action.

    The values may differ: one build is for each architecture, or for each stage. Whether a value fits the name of its
    variable is another promise.
    """
    names: dict[str, tuple[str, set[str]]] = {}
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        own = {variable["Name"] for variable in project["Environment"].get("EnvironmentVariables", ())}
        for _, _, action in actions(template):
            if action["Configuration"].get("ProjectName") == {"Ref": name}:
                own |= {variable for variable, _ in variables_of(action)}
        first, wanted = names.setdefault(buildspec_of(template, project), (name, own))
        for variable in sorted(own ^ wanted):
            lacks, has = (first, name) if variable in own else (name, first)
            yield f"{lacks} and {has} run the same commands, but only {has} gets {variable}: give it to both"


def _likeness(variable: str, parameter: str) -> float:
    """How alike two names are: the share of words that both have. CLUSTER and ClusterName are the same."""
    if variable.replace("_", "").lower() == parameter.lower():
        return 1
    one, other = {word.lower().rstrip("s") for word in variable.split("_")} - SAYS_NOTHING, _words(parameter)
    return len(one & other) / max(1, len(one | other))


def _is_program(template: Rendered, name: str) -> bool:
    kind = template["Resources"].get(name, {}).get("Type")
    return kind in ("AWS::CodeBuild::Project", "AWS::Lambda::Function")


def _words(name: str) -> set[str]:
    """`SubnetIds` is about a subnet."""
    found = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return {word.lower().rstrip("s") for word in found} - SAYS_NOTHING


def _parameters(template: Rendered, node: Any) -> Iterator[str]:
    """The parameters that the node refers to, by Ref or in a text."""
    yield from (parameter for _, parameter in _taken(template, node, ("",)))
    for name in re.findall(r"\$\{(\w+)\}", json.dumps(node)):
        if name in template.get("Parameters", {}):
            yield name


def _taken(template: Rendered, node: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every Ref to a parameter below the node, with the keys that lead to it, without functions."""
    if isinstance(node, dict):
        if node.get("Ref") in template.get("Parameters", {}):
            yield keys, node["Ref"]
        for key, value in node.items():
            yield from _taken(template, value, keys if key.startswith("Fn::") else (*keys, key))
    elif isinstance(node, list):
        for value in node:
            yield from _taken(template, value, keys)


def _guarded(template: Rendered, condition: str) -> Iterator[Any]:
    """The parts that exist only under the condition."""
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
