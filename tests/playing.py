"""A run of a stack, played: all that AWS's services, the commands of builds and the code of functions ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from generator.checks.assertions import broken
from generator.checks.buildspecs import inline
from generator.emulator.authorization import Decision
from generator.emulator.deployed import Stack
from generator.emulator.guard import Guard, guard_of
from generator.emulator.patterns import is_action
from generator.emulator.permissions import Decided
from generator.emulator.policies import keys_of, policies_of
from generator.emulator.requests import OPERATIONS, Surroundings, requests_of
from generator.emulator.service_calls import ServiceCall
from tests.playing_images import Program, assumed_by_github, move_images, pulls, pushers
from tests.rendered import Rendered, listed, resources
from tests.samples import choices, sample

# What a command is called, where its operation is called otherwise.
COMMANDS = {
    "ecr get-login-password": "ecr:GetAuthorizationToken",
    "eks update-kubeconfig": "eks:DescribeCluster",
    "s3 cp": "s3:GetObject",
}
# What is called only where a variable is not empty.
ONLY_WITH = {"codeartifact:GetAuthorizationToken": "CODEARTIFACT", "s3:GetObject": "HELM_CHART"}
PREFIXES = {"deploy": "codedeploy", "elbv2": "elasticloadbalancing", "stepfunctions": "states"}
COMMAND = re.compile(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)")
CLI = re.compile(r"\baws ([a-z0-9-]+) ")
QUOTED = re.compile(r"[\"']([a-z0-9-]+)[\"']")
WORD = re.compile(r"\b[a-z]+(?:[-_][a-z0-9]+)+\b")
UNKNOWN = "?"
Trial = Callable[[Rendered], Iterator[str]]


def with_conditions(promise: Trial) -> Trial:
    """Marks a promise that decides conditions by itself: it is shown the template with all of them."""
    promise.with_conditions = True  # type: ignore[attr-defined]
    return promise


def variants(template: Rendered, letter: str = "a") -> Iterator[tuple[str, Stack]]:
    """Stacks with everything that may be given: with what can be brought along, without it, and with each choice.

    Where rules refuse that, some of it is left out, in each way that they let pass.
    """
    given = sample(template, letter, optional=True)
    conditions = template.get("Conditions", {})
    brought = [each for each in given if {"Fn::Equals": [{"Ref": each}, ""]} in conditions.values()]
    made = {each: value for each, value in given.items() if each not in brought}
    wanted = {"with things brought along": given, "with things of its own": made}
    for name, value in choices(template):
        if f'"{name}"' in json.dumps(conditions):
            wanted[f"{name}={value}"] = {**made, name: value}
    for variant, values in wanted.items():
        for accepted in _accepted(template, values):
            yield variant, Stack(template=template, name=f"{letter}-stack", parameters=accepted)


def _accepted(template: Rendered, values: dict[str, str]) -> list[dict[str, str]]:
    """The values, or those that are left when one after the other goes that a rule does not want."""
    refused = refusals(template, values)
    if not refused:
        return [values]
    optional = [name for name in values if template["Parameters"][name].get("Default") == ""]
    fewer = [{name: value for name, value in values.items() if name != left} for left in optional]
    better = [each for each in fewer if len(refusals(template, each)) < len(refused)]
    found = [accepted for each in better for accepted in _accepted(template, each)]
    return [each for number, each in enumerate(found) if each not in found[:number]]


def refusals(template: Rendered, values: Mapping[str, str]) -> list[str]:
    """What the rules say of the values, and of the defaults of all others."""
    declared = template.get("Parameters", {})
    defaults = {name: str(declaration.get("Default", "")) for name, declaration in declared.items()}
    return [message for _, message in broken(template.get("Rules", {}), {**defaults, **values})]


def played(stack: Stack) -> tuple[Decided, ...]:
    """Every request of a run, with the decision on it."""
    return _played_once(json.dumps([stack.template, stack.name, stack.parameters]))


@cache
def _played_once(described: str) -> tuple[Decided, ...]:
    template, name, parameters = json.loads(described)
    stack = Stack(template=template, name=name, parameters=parameters)
    bucket = f"arn:{stack.place.partition}:s3:::{parameters.get('ArtifactBucketName')}"
    guard = guard_of(stack, keys={bucket: parameters.get("ArtifactKeyArn", "")})
    guard.play(stack, lambda of: _facts(stack, of))
    for program in _programs(stack):
        move_images(stack, guard, program)
        for operation in _operations(program):
            for known in _known(stack, program, operation):
                _call(stack, guard, program.role, operation, known)
    for title, provider in pushers(stack):
        guard.decide(assumed_by_github(stack, title, provider, stack.parameters))
        for _, repository in stack.resources("AWS::ECR::Repository"):
            guard.push(stack.arn(title), repository["RepositoryName"], parameters.get("SigningProfileArn", ""))
    guard.decided += pulls(stack, stack.parameters)
    return tuple(guard.decided)


def _call(stack: Stack, guard: Guard, role: str, name: str, known: Mapping[str, str]) -> None:
    """A call of a build or function. Where it is not known on what, it is asked for on anything at all."""
    service, operation = name.split(":")
    parameters = _Anything(known)
    call = ServiceCall(service, operation, parameters, role, "inside")
    surroundings = Surroundings(place=stack.place, keys=keys_of(stack))
    if UNKNOWN not in str([request.resources for request in requests_of(call, surroundings)]):
        guard(call)
        return
    for request in requests_of(call, surroundings):
        by = [
            f"{policy.name}/{statement['Sid']}"
            for policy in policies_of(stack).identity[role]
            for statement in policy.document["Statement"]
            if any(is_action(action, request.action) for action in listed(statement["Action"]))
        ]
        guard.decided.append(Decided(request, Decision(bool(by), tuple(by), f"nothing allows {role} {request.action}")))


class _Anything(dict[str, Any]):
    """Parameters of a call, of which only some are known."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def _programs(stack: Stack) -> Iterator[Program]:
    """The commands of each build and the code of each function."""
    for _, project in stack.resources("AWS::CodeBuild::Project"):
        variables = {v["Name"]: v["Value"] for v in project["Environment"].get("EnvironmentVariables", ())}
        yield Program(project["ServiceRole"], project["Source"].get("BuildSpec", ""), variables)
    for title, function in stack.resources("AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        told = [each for _, each in stack.resources() if each.get("ServiceToken") == stack.arn(title)]
        text = function["Code"].get("ZipFile", "")
        yield Program(function["Role"], text, variables, told[0] if told else {})


def _known(stack: Stack, program: Program, operation: str) -> Iterator[dict[str, Any]]:
    """What is known of the parameters of a program's call; once for each call of it."""
    variables = program.variables
    known: dict[str, Any] = dict(program.told)
    if source := _source(stack):
        known["repositoryName"] = source
    if "REPOSITORY_NAME" in variables:
        known["repositoryName"] = variables["REPOSITORY_NAME"]
    if "RECORDS" in variables:
        known["Name"] = f"{variables['RECORDS']}/staging/image"
    if "SERVICE" in variables:
        known["cluster"], known["service"] = variables["SERVICE"].split("/")
        known["services"] = [known["service"]]
    if "CLUSTER" in variables:
        known["name"] = variables["CLUSTER"]
    if variables.get("CODEARTIFACT"):
        known["domain"] = variables["CODEARTIFACT"].split("/")[0]
    files = [variables[name] for name in ("HELM_ARCHIVE", "HELM_CHART") if name in variables]
    if operation == "s3:GetObject" and files:
        yield from ({**known, "Bucket": file.split("/", 1)[0], "Key": file.split("/", 1)[1]} for file in files)
    else:
        yield known


def _source(stack: Stack) -> str:
    """The repository that a pipeline of the stack watches."""
    actions = [action for stage in _stages(stack) for action in stage["Actions"]]
    watched = [action["Configuration"] for action in actions if action["ActionTypeId"]["Provider"] == "ECR"]
    return str(watched[0]["RepositoryName"]) if watched else ""


def _stages(stack: Stack) -> Iterator[dict[str, Any]]:
    for _, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        yield from pipeline["Stages"]


def _operations(program: Program) -> list[str]:
    """The operations that a program calls: its words that are one of a service that it mentions.

    What a function does with credentials that CodePipeline lends it, the pipeline's role does.
    """
    text = program.text
    services = {PREFIXES.get(service, service) for service in CLI.findall(text)}
    if "boto3" in text:
        services |= set(QUOTED.findall(text)) - ({"s3"} if "artifactCredentials" in text else set())
    by_name = {name.lower(): name for name in OPERATIONS}
    called = {f"{service}:{re.sub('[-_]', '', word)}" for service in services for word in WORD.findall(text)}
    commands = {operation for command, operation in COMMANDS.items() if f"aws {command}" in text}
    found = sorted(commands | {by_name[name] for name in called & by_name.keys()})
    return [name for name in found if program.variables.get(ONLY_WITH.get(name, ""), "given")]


def commands_unheard_of(template: Rendered) -> Iterator[str]:
    """Commands of buildspecs that are no operation of the table."""
    for _, project in resources(template, "AWS::CodeBuild::Project"):
        for service, command in COMMAND.findall(buildspec_of(template, project)):
            name = f"{PREFIXES.get(service, service)}:{command.replace('-', '')}"
            if f"{service} {command}" not in COMMANDS and name not in map(str.lower, OPERATIONS):
                yield f"aws {service} {command}"


def buildspec_of(template: Rendered, project: Rendered) -> str:
    """The buildspec that stands in the template, with words for what is joined in; nothing, where there is none."""
    return inline(project["Source"].get("BuildSpec", ""), template.get("Mappings", {})) or ""


def _facts(stack: Stack, of: str) -> dict[str, str]:
    """What a stage deploys to, as far as parameters tell: its own ones begin with its name."""
    stages = tuple(stage["Name"] for stage in _stages(stack))
    here = tuple(stage for stage in stages if of.startswith(stage))
    told = {
        name.removeprefix(stage): value
        for name, value in stack.parameters.items()
        for stage in (*here, "")
        if name.startswith(here) or not name.startswith(stages)
    }
    roles = told.get("TaskRoleArns", "").split(",")
    facts = {
        "family": stack.name,
        "taskRoleArn": roles[0],
        "executionRoleArn": roles[-1],
        "hook": told.get("HookFunctionArns", "").split(",")[0],
        "function": told.get("FunctionName", ""),
        "alias": told.get("AliasName", ""),
        "artifacts": told.get("ArtifactBucketName", ""),
        "image": f"registry/{told.get('RepositoryName', '')}@sha256:{'0' * 64}",
    }
    return {name: value for name, value in facts.items() if value}
