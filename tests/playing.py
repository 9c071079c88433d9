"""A run of a pipeline, played across stacks: all requests of services, builds and functions, and the decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from generator.authorization.authorized_calls import CallEnvironment, ServiceCall
from generator.authorization.decisions import Decision, Request
from generator.authorization.permissions import Decided
from generator.authorization.policies import PolicySet, keys_of, policies_of
from generator.authorization.policy_enforcer import PolicyEnforcer, enforcer_of
from generator.authorization.policy_patterns import is_action
from generator.authorization.requests import how_to_add, operations, requests_of
from generator.checks.buildspecs import inline
from generator.cloudformation.offline_stack import OfflineStack
from generator.model.script import script_text
from tests.playing_chat import channels, looks
from tests.playing_images import Program, assumed_by_github, move_images, pulls, pushers
from tests.playing_packages import publishing
from tests.rendered import Rendered, listed, resources
from tests.stacked import (
    SUBJECT,
    exported_kinds,
    importers,
    is_exporter,
    label_of,
    published,
    together,
    united,
)
from tests.variants import variants

# Commands whose names differ from their operations'.
COMMANDS = {
    # Git asks it for what it signs a pull or push with.
    "codecommit credential-helper": "codeconnections:UseConnection",
    "ecr get-login-password": "ecr:GetAuthorizationToken",
    "eks update-kubeconfig": "eks:DescribeCluster",
    "s3 cp": "s3:GetObject",
}
# Calls that happen only if a variable is not empty.
ONLY_WITH = {
    "codeartifact:GetAuthorizationToken": ("CODEARTIFACT",),
    "s3:GetObject": ("HELM_CHART", "accepted_bucket"),
}
PREFIXES = {"deploy": "codedeploy", "elbv2": "elasticloadbalancing", "s3api": "s3", "stepfunctions": "states"}
COMMAND = re.compile(r"(?<![\w./-])aws ([a-z0-9-]+) ([a-z0-9-]+)")
CLI = re.compile(r"\baws ([a-z0-9-]+) ")
QUOTED = re.compile(r"[\"']([a-z0-9-]+)[\"']")
WORD = re.compile(r"\b[a-z]+(?:[-_][a-z0-9]+)+\b")
METHOD = re.compile(r"\b([a-z0-9]+)\.([a-z]+)\(")
UNKNOWN = "?"
LOG_KEY_USES = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
WITH_EVERY_USER = 2  # variants: with existing things, and with things of its own
Stacks = Mapping[str, OfflineStack]  # by their labels: tests/stacked.py


def runs(template: Rendered, letter: str = "a") -> Iterator[tuple[str, Stacks]]:
    """The stacks of a run, for each variant of the template: its own, those that it imports from, those that use it.

    A template that others import from is played with the published templates that do: its first variants with each of
    them, every other variant with one of them in turn. A deployer is played with a pipeline that deploys by it.
    """
    users = list(importers(template).items()) if exported_kinds(template) else []
    for number, (variant, stack) in enumerate(variants(template, letter)):
        yield variant, together(template, stack.name, stack.parameters)
        in_turn = users if number < WITH_EVERY_USER else users[number % max(1, len(users)) :][:1]
        for name, user in in_turn:
            yield f"{variant}, with {name}", _with_user(stack, name, user)
        for name, pipeline in _deploying_by(stack):
            yield f"{variant}, with {name}", _with_pipeline(stack, name, pipeline)


def alone(stack: OfflineStack) -> Stacks:
    """The stack and those that it imports from."""
    return together(dict(stack.template), stack.name, stack.parameters)


def standing(stacks: Stacks) -> PolicySet:
    """All policies of the stacks, under the labels of `united`."""
    return _standing_once(_described(stacks))


def played(stacks: Stacks) -> tuple[Decided, ...]:
    """Every request of a run through the stacks, with the decision on it."""
    return _played_once(_described(stacks))


def _with_user(exporter: OfflineStack, name: str, user: Rendered) -> Stacks:
    """A stack that imports from the one in question, which gets the label SUBJECT."""
    template = dict(exporter.template)
    (kind,) = exported_kinds(template)
    parameters = _first_parameters(name)
    parameters |= {key: value for key, value in exporter.parameters.items() if key == kind.capitalize()}
    # Inspect of an exporter reads the repository of the run, whatever else the sample says.
    given = {key: value for key, value in exporter.parameters.items() if key != "RepositoryPattern"}
    stacks = together(user, f"{name}-stack", parameters, instead={kind: (template, given)})
    return {SUBJECT: stacks[kind], name: stacks[SUBJECT]} | {
        label: each for label, each in stacks.items() if label not in (SUBJECT, kind)
    }


def _deploying_by(deployer: OfflineStack) -> Iterator[tuple[str, Rendered]]:
    """The published pipelines whose parameter for the deployer of a stage takes the output of this stack."""
    output = deployer.outputs().get("Deployer")
    for name, template in published().items() if output else ():
        declaration = template.get("Parameters", {}).get("StagingDeployer")
        if declaration and re.fullmatch(declaration["AllowedPattern"], str(output)):
            yield name, template


def _with_pipeline(deployer: OfflineStack, name: str, pipeline: Rendered) -> Stacks:
    """A pipeline that deploys its staging by the deployer in question, which gets the label SUBJECT."""
    parameters = {**_first_parameters(name), "StagingDeployer": str(deployer.outputs()["Deployer"])}
    if "PipelineName" in deployer.parameters:
        parameters["Name"] = deployer.parameters["PipelineName"]
    stacks = together(pipeline, f"{name}-stack", parameters)
    own = together(dict(deployer.template), deployer.name, deployer.parameters)
    return {**own, **{label or name: each for label, each in stacks.items()}}


@cache
def _first_variant(name: str) -> dict[str, str]:
    return dict(next(variants(published()[name], "c"))[1].parameters)


def _first_parameters(name: str) -> dict[str, str]:
    return dict(_first_variant(name))


def _described(stacks: Stacks) -> str:
    return json.dumps(
        {label: [each.template, each.name, each.parameters, each.imports] for label, each in stacks.items()}
    )


@cache
def _stacks_once(described: str) -> Stacks:
    return {
        label: OfflineStack(template=template, name=name, parameters=parameters, imports=known)
        for label, (template, name, parameters, known) in json.loads(described).items()
    }


@cache
def _whole_once(described: str) -> OfflineStack:
    return united(_stacks_once(described))


@cache
def _standing_once(described: str) -> PolicySet:
    return policies_of(_whole_once(described))


@cache
def _played_once(described: str) -> tuple[Decided, ...]:
    stacks, whole = _stacks_once(described), _whole_once(described)
    enforcer = enforcer_of(whole)
    enforcer.play(whole, lambda of: _facts(stacks, of))
    for program in _programs(stacks, whole):
        move_images(stacks[program.label], enforcer, program)
        for operation in _operations(program):
            for known in _known(whole, program, operation):
                service, _, name = operation.partition(":")
                call = ServiceCall(service, name, _Anything(known), program.role, "inside")
                _call(whole, _standing_once(described), enforcer, call)
    for stack in stacks.values():
        for title, provider in pushers(stack):
            enforcer.decide(assumed_by_github(stack, title, provider, stack.parameters))
            for _, repository in stack.resources("AWS::ECR::Repository"):
                profile = stack.parameters.get("SigningProfileArn", "")
                enforcer.push(stack.arn(title), repository["RepositoryName"], profile)
        enforcer.decided += pulls(stack, stack.parameters)
        for request in _asked_by_people(stack):
            enforcer.decide(request)
    _encrypt_logs(whole, enforcer)
    return tuple(enforcer.decided)


def _asked_by_people(stack: OfflineStack) -> Iterator[Request]:
    """The requests of members of a channel, and of publishers of packages."""
    for _, channel in channels(stack):
        if stack.parameters.get("MembersMayRead") == "yes":
            yield from looks(stack, channel["IamRoleArn"])
    if publisher := stack.parameters.get("PublisherRoleArn"):
        yield from publishing(stack, publisher)


def _encrypt_logs(whole: OfflineStack, enforcer: PolicyEnforcer) -> None:
    """CloudWatch Logs uses the key of a log group with the permissions of its writers.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    keys = {
        whole.arn(title).removesuffix(":*"): group["KmsKeyId"]
        for title, group in whole.resources("AWS::Logs::LogGroup")
        if "KmsKeyId" in group
    }
    writers = {
        (request.principal, group)
        for request, _ in enforcer.decided
        if request.action == "logs:PutLogEvents"
        for resource in request.resources
        for group in keys
        if resource.startswith(f"{group}:")
    }
    for role, group in sorted(writers):
        through = {"kms:ViaService": f"logs.{whole.place.region}.amazonaws.com"}
        for use in LOG_KEY_USES:
            enforcer.decide(Request(principal=role, action=f"kms:{use}", resources=(keys[group],), context=through))


def _call(whole: OfflineStack, policies: PolicySet, enforcer: PolicyEnforcer, call: ServiceCall) -> None:
    """A call of a build or function. If its resource is not known, a grant on any resource is enough."""
    environment = CallEnvironment(place=whole.place, keys=keys_of(whole))
    requests = requests_of(call, environment)
    if UNKNOWN not in str([request.resources for request in requests]):
        enforcer(call)
        return
    for request in requests:
        by = [
            f"{policy.name}/{statement['Sid']}"
            for policy in policies.identity[call.role]
            for statement in policy.document["Statement"]
            if any(is_action(action, request.action) for action in listed(statement["Action"]))
        ]
        reason = f"nothing allows {call.role} {request.action}"
        enforcer.decided.append(Decided(request, Decision(bool(by), tuple(by), reason)))


class _Anything(dict[str, Any]):
    """Parameters of a call, of which only some are known."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def _programs(stacks: Stacks, whole: OfflineStack) -> Iterator[Program]:
    """The commands of each build, once for each action that runs it, and the code of each function."""
    for title, project in whole.resources("AWS::CodeBuild::Project"):
        own = {each["Name"]: each["Value"] for each in project["Environment"].get("EnvironmentVariables", ())}
        text = _without_comments(project["Source"].get("BuildSpec", ""))
        calls = list(_variables_of_actions(whole, whole.ref(title)))
        if not calls and is_exporter(stacks[label_of(title)]):
            continue  # pipelines run it, with variables of theirs: it is played with each of them
        for more in calls or [{}]:
            yield Program(label_of(title), project["ServiceRole"], text, {**own, **more, **_written(text)})
    for title, function in whole.resources("AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        given = [each for _, each in whole.resources() if each.get("ServiceToken") == whole.arn(title)]
        # The script that it writes for instances is in these quotes: it does not run that itself.
        text = re.sub(r'r""".*?"""', "", _without_comments(function["Code"].get("ZipFile", "")), flags=re.DOTALL)
        roles = stacks[label_of(title)].parameters.get("TaskRoleArns", "")
        for more in list(_services_of_actions(whole, whole.ref(title), roles)) or [{}]:
            yield Program(label_of(title), function["Role"], text, {**variables, **more}, given[0] if given else {})


def _written(text: str) -> dict[str, str]:
    """The bucket that a script has in its text instead of a variable."""
    return dict(re.findall(r"^ *(accepted_bucket)=(.*)$", text, re.MULTILINE))


def _variables_of_actions(whole: OfflineStack, project: str) -> Iterator[dict[str, str]]:
    """The variables that each action hands to the project that it runs."""
    for action in _actions(whole):
        if action["Configuration"].get("ProjectName") == project:
            variables = json.loads(action["Configuration"].get("EnvironmentVariables", "[]"))
            yield {each["name"]: each["value"] for each in variables}


def _services_of_actions(whole: OfflineStack, function: str, roles: str) -> Iterator[dict[str, str]]:
    """Each ECS service that an action lists to the function that it calls, with a family of tasks and their roles."""
    for action in _actions(whole):
        if action["Configuration"].get("FunctionName") == function:
            facts = json.loads(action["Configuration"].get("UserParameters", "{}"))
            for service in facts["services"].split(",") if "services" in facts else ():
                yield {"SERVICE": service, "FAMILY": "family", "TASK_ROLE_ARNS": roles}


def _known(stack: OfflineStack, program: Program, operation: str) -> Iterator[dict[str, Any]]:
    """The known parameters of a program's call, once for each call."""
    variables = program.variables
    known = {**program.properties, **_named(stack, variables)}
    if operation == "codeconnections:UseConnection":
        known |= {"ConnectionArn": variables["CONNECTION_ARN"], "FullRepositoryId": variables["GIT_REPOSITORY"]}
        yield from ({**known, "ProviderAction": action} for action in ("GitPull", "GitPush"))
    elif operation == "s3:GetObject" and (files := list(_fetched(variables))):
        yield from ({**known, "Bucket": file.split("/", 1)[0], "Key": file.split("/", 1)[1]} for file in files)
    else:
        yield known


def _named(stack: OfflineStack, variables: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of calls that the variables of a program hold."""
    known: dict[str, Any] = {}
    if repository := variables.get("REPOSITORY_NAME") or _source(stack):
        known["repositoryName"] = repository
    if "RECORDS" in variables:
        known["Name"] = f"{variables['RECORDS']}/staging/image"
    if "SERVICE" in variables:
        known["cluster"], known["service"] = variables["SERVICE"].split("/")
        known["services"] = [known["service"]]
    if "FAMILY" in variables:
        roles = [role for role in variables["TASK_ROLE_ARNS"].split(",") if role.startswith("arn:")]
        known |= {"family": variables["FAMILY"], "tags": [{"key": "team", "value": "a"}]}
        known |= dict(zip(("taskRoleArn", "executionRoleArn"), (*roles[:1], *roles[-1:]), strict=False))
    if variables.get("CODEARTIFACT"):
        known["domain"] = variables["CODEARTIFACT"].split("/")[0]
    for variable, parameter in (("TOPIC", "TopicArn"), ("CLUSTER", "name")):
        if variable in variables:
            known[parameter] = variables[variable]
    return known


def _fetched(variables: Mapping[str, str]) -> Iterator[str]:
    """The files that a program downloads, each as BUCKET/KEY."""
    yield from (variables[name] for name in ("HELM_ARCHIVE", "HELM_CHART") if name in variables)
    if variables.get("accepted_bucket"):
        for each in ("every-repository.txt", f"repositories/{variables['REPOSITORY_NAME']}.txt"):
            yield f"{variables['accepted_bucket']}/{each}"


def _source(stack: OfflineStack) -> str:
    """The repository that a pipeline of the stack watches."""
    watched = [each["Configuration"] for each in _actions(stack) if each["ActionTypeId"]["Provider"] == "ECR"]
    return str(watched[0]["RepositoryName"]) if watched else ""


def _stages(stack: OfflineStack) -> Iterator[dict[str, Any]]:
    for _, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        yield from pipeline["Stages"]


def _actions(stack: OfflineStack) -> Iterator[dict[str, Any]]:
    for stage in _stages(stack):
        yield from stage["Actions"]


def _operations(program: Program) -> list[str]:
    """The operations that a program calls: its words that are operations of a service that it mentions.

    Calls of a function with credentials from CodePipeline belong to the pipeline's role.
    """
    text = program.text
    services = {PREFIXES.get(service, service) for service in CLI.findall(text)}
    if "boto3" in text:
        services |= set(QUOTED.findall(text)) - ({"s3"} if "artifactCredentials" in text else set())
    by_name = {name.lower(): name for name in operations()}
    called = {f"{service}:{re.sub('[-_]', '', word)}" for service in services for word in WORD.findall(text)}
    # An operation of one word is distinguished from other words by the client before it, which is called like its
    # service.
    called |= {f"{service}:{word}" for service, word in METHOD.findall(text) if service in services}
    commands = {operation for command, operation in COMMANDS.items() if f"aws {command}" in text}
    found = sorted(commands | {by_name[name] for name in called & by_name.keys()})
    return [name for name in found if _has(program.variables, *ONLY_WITH.get(name, ()))]


def _has(variables: Mapping[str, str], *names: str) -> bool:
    """Whether one of the variables is not empty, of those that there are."""
    given = [variables[name] for name in names if name in variables]
    return not given or any(given)


def commands_unheard_of(template: Rendered) -> Iterator[str]:
    """Commands of buildspecs that are no operation of the table."""
    for _, project in resources(template, "AWS::CodeBuild::Project"):
        for service, command in COMMAND.findall(buildspec_of(template, project)):
            name = f"{PREFIXES.get(service, service)}:{command.replace('-', '')}"
            if f"{service} {command}" not in COMMANDS and name not in map(str.lower, operations()):
                yield f"aws {service} {command}: {how_to_add(name)}, or add the command to COMMANDS in tests/playing.py"


def buildspec_of(template: Rendered, project: Rendered) -> str:
    """The buildspec in the template, without comments. A word replaces values that only a stack has."""
    return _without_comments(inline(project["Source"].get("BuildSpec", ""), template.get("Mappings", {})) or "")


def code_of(function: Rendered) -> str:
    """The code of a function that the template holds, without comments."""
    return _without_comments(script_text(function["Code"].get("ZipFile", "")) or "")


def _without_comments(text: str) -> str:
    """The text without lines of comments: calls and variables in them do not count."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))


def _facts(stacks: Stacks, of: str) -> dict[str, str]:
    """The destination of a stage, as far as parameters name it: those of the stage begin with its name."""
    pipelines = [stack for stack in stacks.values() if any(_stages(stack))]
    stack = stacks[label_of(of)] if label_of(of) or of in stacks[SUBJECT].template["Resources"] else pipelines[0]
    stages = tuple(stage["Name"] for stage in _stages(stack))
    here = tuple(stage for stage in stages if of.startswith(stage))
    values = {
        name.removeprefix(stage): value
        for name, value in stack.parameters.items()
        for stage in (*here, "")
        if name.startswith(here) or not name.startswith(stages)
    }
    roles = [role for role in values.get("TaskRoleArns", "").split(",") if role.startswith("arn:")]
    facts = {
        "family": stack.name,
        "taskRoleArn": roles[0] if roles else "",
        "executionRoleArn": roles[-1] if roles else "",
        "hooks": ",".join(
            value for name, value in values.items() if name.endswith(("HookFunctionArns", "TrafficHook"))
        ),
        "registered.revision": f"{values['TaskFamily']}:1" if "TaskFamily" in values else "",
        "function": values.get("FunctionName", ""),
        "alias": values.get("AliasName", ""),
        # A deployer of instances names it as its fourth part.
        "DeploymentConfigName": "".join(values.get("Deployer", "").split("/")[3:]),
        "image": f"registry/{values.get('RepositoryName', '')}@sha256:{'0' * 64}",
    }
    return {name: value for name, value in facts.items() if value}
