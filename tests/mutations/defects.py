"""The kinds of defects. Each finds its places in a rendered template, and damages one of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from generator.cloudformation.conditional_parts import optional
from tests.promises.encryption import ENCRYPTED_BY, KEY_OF_THE_PLATFORM, OWN_KEY, OWN_OR_EXISTING_KEY
from tests.rendered import Rendered, listed
from tests.stacked import EXPORT, imports

Path = tuple[Any, ...]
Damage = Callable[[Any], Any]


class Change(NamedTuple):
    """A place in a template, and the replacement for its value."""

    place: Path
    value: Any


Defect = Callable[[Rendered], Iterator[Change]]
DEFECTS: dict[str, Defect] = {}
GONE = None  # nothing in a template is null
EXTRA = {
    "codebuild": "UpdateProject",
    "codedeploy": "DeleteApplication",
    "codepipeline": "DeletePipeline",
    "ec2": "RunInstances",
    "ecr": "DeleteRepository",
    "ecs": "DeleteService",
    "eks": "DeleteCluster",
    "iam": "CreateRole",
    "kms": "ScheduleKeyDeletion",
    "lambda": "UpdateFunctionCode",
    "logs": "DeleteLogGroup",
    "s3": "DeleteObject",
    "sns": "DeleteTopic",
    "sqs": "DeleteQueue",
    "ssm": "DeleteParameter",
    "states": "DeleteStateMachine",
}
OPPOSITE = {
    "StringEquals": "StringNotEquals",
    "StringNotEquals": "StringEquals",
    "ArnLike": "ArnNotLike",
    "ArnEquals": "ArnNotEquals",
    "StringEqualsIfExists": "StringNotEqualsIfExists",
}


def apply(template: Rendered, change: Change) -> Rendered:
    """The template with the change."""
    damaged = copy.deepcopy(template)
    holder: Any = damaged
    for step in change.place[:-1]:
        holder = holder[step]
    if change.value is GONE:
        del holder[change.place[-1]]
    else:
        holder[change.place[-1]] = copy.deepcopy(change.value)
    return damaged


def is_change(template: Rendered, change: Change) -> bool:
    """Whether the change makes another template. The replacement may already be there."""
    found: Any = template
    for step in change.place:
        if isinstance(found, dict) and step not in found:
            return change.value is not GONE
        found = found[step]
    return bool(found != change.value)


def defect(name: str) -> Callable[[Defect], Defect]:
    """Registers a kind of defect under its description."""

    def register(function: Defect) -> Defect:
        DEFECTS[name] = function
        return function

    return register


def walk(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place below the node, with its value."""
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, item in items:
        yield from walk(item, (*path, step))


def at(template: Rendered, section: str, *types: str) -> Iterator[tuple[Path, Any]]:
    """Every place of a section, or of the properties of resources of the types."""
    for name, item in template.get(section, {}).items():
        if not types or item["Type"] in types:
            yield from walk(item, (section, name))


def statements(template: Rendered) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every statement of every policy, with lists of actions and resources."""
    for path, node in at(template, "Resources"):
        if len(path) > 2 and path[-2] == "Statement" and isinstance(node, dict):
            condition, statement = optional(node)
            lists = {key: listed(statement[key]) for key in ("Action", "Resource") if key in statement}
            yield (*path, "Fn::If", 1) if condition else path, {**statement, **lists}


def whole(path: Path) -> Path:
    """The place of a statement, with the condition under which it exists."""
    return path[:-2] if path[-2] == "Fn::If" else path


def with_resource(statement: dict[str, Any], number: int, resource: Any) -> list[Any]:
    """The resources of the statement, with another one in a place."""
    return [*statement["Resource"][:number], resource, *statement["Resource"][number + 1 :]]


# Permissions


@defect("drop an action")
def _drop_action(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for number, _ in enumerate(statement["Action"]):
            rest = [action for other, action in enumerate(statement["Action"]) if other != number]
            yield Change((*path, "Action"), rest) if rest else Change(whole(path), GONE)


@defect("drop a statement")
def _drop_statement(template: Rendered) -> Iterator[Change]:
    for path, _ in statements(template):
        yield Change(whole(path), GONE)


@defect("allow more")
def _allow_more(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        service = statement["Action"][0].partition(":")[0]
        more = f"{service}:{EXTRA.get(service)}"
        if statement["Effect"] == "Allow" and service in EXTRA and more not in statement["Action"]:
            yield Change((*path, "Action"), [*statement["Action"], more])


@defect("allow every action of a service")
def _allow_service(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        if statement["Effect"] == "Allow":
            yield Change((*path, "Action"), [statement["Action"][0].partition(":")[0] + ":*"])


@defect("allow it on everything")
def _any_resource(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        if statement["Effect"] == "Allow" and statement.get("Resource", ["*"]) != ["*"]:
            yield Change((*path, "Resource"), ["*"])


@defect("widen a resource")
def _widen(template: Rendered) -> Iterator[Change]:
    """The last name in an ARN becomes a star: every repository, every project, every parameter."""
    for path, statement in statements(template):
        for number, resource in enumerate(statement.get("Resource", ())):
            text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else ""
            if isinstance(text, str) and re.search(r"[/:]\$\{\w+\}|[/:][\w-]*\$\{AWS::StackName\}", text):
                wide = re.sub(r"([/:])[\w-]*\$\{(?!AWS::(?!StackName))[^}]*\}.*", r"\1*", text)
                yield Change((*path, "Resource"), with_resource(statement, number, {"Fn::Sub": wide}))


@defect("leave the account open")
def _open_account(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for number, resource in enumerate(statement.get("Resource", ())):
            if "${AWS::AccountId}" in json.dumps(resource) and statement["Effect"] == "Allow":
                wide = json.loads(json.dumps(resource).replace("${AWS::AccountId}", "*"))
                yield Change((*path, "Resource"), with_resource(statement, number, wide))


@defect("name another resource")
def _other_resource(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for number, resource in enumerate(statement.get("Resource", ())):
            if isinstance(resource, dict):
                yield Change((*path, "Resource"), with_resource(statement, number, {"Ref": "AWS::StackId"}))


@defect("drop a condition")
def _drop_condition(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        if "Condition" in statement:
            yield Change((*path, "Condition"), GONE)


@defect("drop a key of a condition")
def _drop_key(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for operator in statement.get("Condition", {}):
            if len(statement["Condition"]) > 1:
                yield Change((*path, "Condition", operator), GONE)


@defect("turn a condition round")
def _opposite(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for operator, keys in statement.get("Condition", {}).items():
            if operator in OPPOSITE:
                rest = {name: each for name, each in statement["Condition"].items() if name != operator}
                yield Change((*path, "Condition"), {**rest, OPPOSITE[operator]: keys})


@defect("let a condition hold for anything")
def _any_value(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                like = operator.replace("Equals", "Like")
                rest = {name: each for name, each in statement["Condition"].items() if name != operator}
                anything = "arn:*:*:*:*:*" if operator.startswith("Arn") else "*"
                yield Change((*path, "Condition"), {**rest, like: {**keys, key: anything}})


@defect("let in another service")
def _other_service(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        if "Service" in statement.get("Principal", {}):
            yield Change((*path, "Principal"), {"Service": "ec2.amazonaws.com"})


@defect("let in anybody")
def _anybody(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        if isinstance(statement.get("Principal"), dict):
            yield Change((*path, "Principal"), "*")


@defect("turn an effect round")
def _effect(template: Rendered) -> Iterator[Change]:
    for path, statement in statements(template):
        yield Change((*path, "Effect"), "Deny" if statement["Effect"] == "Allow" else "Allow")


# Encryption, settings


@defect("drop encryption")
def _drop_encryption(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        if resource["Type"] in ENCRYPTED_BY:
            yield Change(("Resources", name, "Properties", ENCRYPTED_BY[resource["Type"]].split(".")[0]), GONE)


@defect("encrypt with another key")
def _other_key(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        if node in (OWN_OR_EXISTING_KEY, KEY_OF_THE_PLATFORM) or (node == OWN_KEY and "Fn::If" not in path):
            yield Change(path, "alias/aws/s3")


@defect("switch a setting")
def _switch(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        if isinstance(node, bool):
            yield Change(path, not node)


@defect("choose another word")
def _word(template: Rendered) -> Iterator[Change]:
    words = {
        "Enabled": "Suspended",
        "ENABLED": "DISABLED",
        "V2": "V1",
        "tcp": "udp",
        "Interface": "GatewayLoadBalancer",
    }
    for path, node in at(template, "Resources"):
        if isinstance(node, str) and node in words:
            yield Change(path, words[node])


@defect("keep it for another time")
def _number(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        is_index = path[-2:-1] == ("Fn::Select",)  # of a list, which a template has no number for
        if isinstance(node, int) and not isinstance(node, bool) and not is_index:
            yield Change(path, node + 1)


@defect("let it go with the stack")
def _deletion(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if policy in resource:
                other = "Retain" if resource[policy] == "Delete" else "Delete"
                yield Change(("Resources", name, policy), other)


# Network


@defect("open the way out")
def _egress(template: Rendered) -> Iterator[Change]:
    everywhere = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            path = ("Resources", name, "Properties", "SecurityGroupEgress")
            yield Change(path, [*resource["Properties"].get("SecurityGroupEgress", ()), everywhere])
            yield Change(path, [{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}])
            yield Change(path, GONE)


@defect("open the way in")
def _ingress(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            anybody = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}]
            yield Change(("Resources", name, "Properties", "SecurityGroupIngress"), anybody)
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            rest = {key: each for key, each in resource["Properties"].items() if key != "SourceSecurityGroupId"}
            yield Change(("Resources", name, "Properties"), {**rest, "CidrIp": "10.0.0.0/8"})


@defect("remove an endpoint")
def _endpoint(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::EC2::VPCEndpoint":
            yield Change(("Resources", name), GONE)


@defect("name another service of an endpoint")
def _endpoint_service(template: Rendered) -> Iterator[Change]:
    for path, _ in at(template, "Resources", "AWS::EC2::VPCEndpoint"):
        if path[-1] == "ServiceName":
            yield Change(path, {"Fn::Sub": "com.amazonaws.${AWS::Region}.ssm"})


# Pipeline


@defect("rename an artifact")
def _artifact(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if path[-1] == "Name" and "Artifacts" in str(path[-3:]):
            yield Change(path, f"{node}X")


@defect("drop a stage")
def _stage(template: Rendered) -> Iterator[Change]:
    for path, _ in _in_pipelines(template, "Stages"):
        yield Change(path, GONE)


@defect("drop an action of the pipeline")
def _pipeline_action(template: Rendered) -> Iterator[Change]:
    for path, _ in _in_pipelines(template, "Actions"):
        yield Change(path, GONE)


@defect("swap two stages")
def _swap_stages(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if path[-1] == "Stages":
            for number in range(len(node) - 1):
                yield Change(path, [*node[:number], node[number + 1], node[number], *node[number + 2 :]])


@defect("let actions run at once")
def _run_order(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if path[-1] == "RunOrder" and node > 1:
            yield Change(path, 1)


@defect("drop a key of an action's configuration")
def _configuration(template: Rendered) -> Iterator[Change]:
    for path, _ in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if len(path) > 1 and path[-2] == "Configuration":
            yield Change(path, GONE)


@defect("misspell a key of an action's configuration")
def _misspelt(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if path[-1] == "Configuration":
            for key in node:
                yield Change(path, {name if name != key else f"{name}s": each for name, each in node.items()})


@defect("read another variable")
def _variable(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        for found in re.findall(r"#\{[\w.]+\}", node) if isinstance(node, str) else ():
            other = "#{Inspect.PLATFORMS}" if found != "#{Inspect.PLATFORMS}" else "#{Inspect.IMAGE_URI}"
            yield Change(path, node.replace(found, other))


@defect("let a failed stage stay")
def _on_failure(template: Rendered) -> Iterator[Change]:
    for path, _ in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if path[-1] == "OnFailure":
            yield Change(path, GONE)


def _in_pipelines(template: Rendered, items: str) -> Iterator[tuple[Path, Any]]:
    for path, node in at(template, "Resources", "AWS::CodePipeline::Pipeline"):
        if len(path) > 1 and path[-2] == items:
            yield path, node


# Events


@defect("drop a filter of an event pattern")
def _filter(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::Events::Rule"):
        if "EventPattern" in path and isinstance(node, list):
            yield Change(path, GONE)


@defect("filter for something else")
def _other_filter(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::Events::Rule"):
        if "EventPattern" in path and isinstance(node, str) and "Ref" not in path:
            yield Change(path, f"{node}X")


@defect("hand over something else")
def _transformer(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources", "AWS::Events::Rule"):
        if "InputPathsMap" in path and isinstance(node, str):
            yield Change(path, "$.detail.image-tag" if "digest" in node else "$.id")


@defect("deliver carelessly")
def _delivery(template: Rendered) -> Iterator[Change]:
    for path, _ in at(template, "Resources", "AWS::Events::Rule"):
        if path[-1] in ("RetryPolicy", "DeadLetterConfig", "RoleArn", "InputTransformer"):
            yield Change(path, GONE)


# Builds


@defect("do not export a variable")
def _export(template: Rendered) -> Iterator[Change]:
    for path, lines in _scripts(template):
        text = "\n".join(line if isinstance(line, str) else "" for line in lines)
        exported = re.search(r"exported-variables:([^:]*)\n *[\w-]+:", text)
        first = text[: exported.start()].count("\n") if exported else 0
        for number, line in enumerate(exported[1].split("\n") if exported else (), start=first):
            for name in re.findall(r"[A-Z][A-Z_]+", line):
                yield Change((*path, number), lines[number].replace(name, f"{name}X"))


@defect("drop a variable of a build")
def _environment(template: Rendered) -> Iterator[Change]:
    for path, _ in at(template, "Resources", "AWS::CodeBuild::Project"):
        if len(path) > 1 and path[-2] == "EnvironmentVariables":
            yield Change(path, GONE)


@defect("call one more service")
def _command(template: Rendered) -> Iterator[Change]:
    for path, lines in _scripts(template):
        for number, line in enumerate(lines):
            if isinstance(line, str) and (begin := re.match(r" +(?=set -)", line)):
                yield Change((*path, number), f"{line}\n{begin[0]}aws ssm get-parameter --name x")


def _scripts(template: Rendered) -> Iterator[tuple[Path, list[Any]]]:
    """The lines of every buildspec that a project has for itself."""
    for path, node in at(template, "Resources", "AWS::CodeBuild::Project"):
        if path[-3:] == ("BuildSpec", "Fn::Join", 1):
            yield path, node


# Anywhere


@defect("refer to another parameter")
def _ref(template: Rendered) -> Iterator[Change]:
    parameters = template.get("Parameters", {})
    names = list(parameters)
    for section in ("Rules", "Conditions", "Resources"):
        for path, node in at(template, section):
            if path[-1] == "Ref" and node in parameters:
                alike = [
                    name for name in names if parameters[name]["Type"] == parameters[node]["Type"] and name != node
                ]
                if alike:
                    yield Change(path, alike[(names.index(node)) % len(alike)])


@defect("refer to another resource")
def _get_att(template: Rendered) -> Iterator[Change]:
    kinds = {name: resource["Type"] for name, resource in template["Resources"].items()}
    for path, node in at(template, "Resources"):
        name = node[0] if path[-1] == "Fn::GetAtt" else node if path[-1] == "Ref" else None
        others = [other for other, kind in kinds.items() if kind == kinds.get(name) and other != name]
        if others:
            yield Change(path, [others[0], *node[1:]] if isinstance(node, list) else others[0])


@defect("swap the branches of an If")
def _branches(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        if path[-1] == "Fn::If":
            yield Change(path, [node[0], node[2], node[1]])


@defect("ask another condition")
def _condition(template: Rendered) -> Iterator[Change]:
    names = list(template.get("Conditions", {}))
    for name, resource in template["Resources"].items():
        if "Condition" in resource:
            other = names[(names.index(resource["Condition"]) + 1) % len(names)]
            yield Change(("Resources", name, "Condition"), other)
            yield Change(("Resources", name, "Condition"), GONE)


@defect("negate a condition")
def _negate(template: Rendered) -> Iterator[Change]:
    for name, condition in template.get("Conditions", {}).items():
        yield Change(("Conditions", name), condition.get("Fn::Not", [{"Fn::Not": [condition]}])[0])


@defect("drop a property")
def _property(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        for key, value in resource.get("Properties", {}).items():
            if value != []:  # which limits nothing
                yield Change(("Resources", name, "Properties", key), GONE)


@defect("drop a resource")
def _resource(template: Rendered) -> Iterator[Change]:
    for name in template["Resources"]:
        yield Change(("Resources", name), GONE)


@defect("drop what a resource waits for")
def _depends(template: Rendered) -> Iterator[Change]:
    for name, resource in template["Resources"].items():
        if "DependsOn" in resource:
            yield Change(("Resources", name, "DependsOn"), GONE)


@defect("spell out a place")
def _place(template: Rendered) -> Iterator[Change]:
    places = {"${AWS::Region}": "eu-west-1", "${AWS::Partition}": "aws", "${AWS::AccountId}": "111122223333"}
    for path, node in at(template, "Resources"):
        for pseudo, place in places.items():
            if isinstance(node, str) and pseudo in node:
                yield Change(path, node.replace(pseudo, place))


@defect("forget the name that tells two stacks apart")
def _stack_name(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        for name in ("${AWS::StackName}", "${Name}", "${Network}", "${Platform}"):
            if isinstance(node, str) and name in node and "Fn::ImportValue" not in path:
                yield Change(path, node.replace(name, "orders"))


# Between stacks


@defect("import another thing")
def _import(template: Rendered) -> Iterator[Change]:
    for path, node in at(template, "Resources"):
        if found := EXPORT.fullmatch(node) if isinstance(node, str) else None:
            others = sorted({each.thing for each in imports(template) if each.kind == found["kind"]} - {found["thing"]})
            if others:
                yield Change(path, node.replace(f":{found['thing']}", f":{others[0]}"))


@defect("name an export or an import otherwise")
def _export_name(template: Rendered) -> Iterator[Change]:
    for section in ("Resources", "Outputs"):
        for path, node in at(template, section):
            if isinstance(node, str) and EXPORT.fullmatch(node):
                yield Change(path, node.replace(":v1:", ":v2:"))
                yield Change(path, EXPORT.sub(r"${AWS::StackName}-\g<thing>", node))


@defect("export nothing")
def _unexported(template: Rendered) -> Iterator[Change]:
    for name, output in template.get("Outputs", {}).items():
        if "Export" in output:
            yield Change(("Outputs", name, "Export"), GONE)


# Parameters, rules, outputs


@defect("change a default")
def _default(template: Rendered) -> Iterator[Change]:
    for name, parameter in template.get("Parameters", {}).items():
        if "Default" in parameter:
            default = parameter["Default"]
            others = [value for value in parameter.get("AllowedValues", ()) if value != default]
            other = others[-1] if others else default + 1 if isinstance(default, int) else f"{default}x"
            yield Change(("Parameters", name, "Default"), other)


@defect("take any value")
def _constraint(template: Rendered) -> Iterator[Change]:
    for name, parameter in template.get("Parameters", {}).items():
        for key in ("AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength"):
            if key in parameter:
                yield Change(("Parameters", name, key), GONE)


@defect("loosen a pattern")
def _pattern(template: Rendered) -> Iterator[Change]:
    for name, parameter in template.get("Parameters", {}).items():
        if "AllowedPattern" in parameter:
            yield Change(("Parameters", name, "AllowedPattern"), ".*")


@defect("drop a rule")
def _rule(template: Rendered) -> Iterator[Change]:
    for name in template.get("Rules", {}):
        yield Change(("Rules", name), GONE)


@defect("put out something else")
def _output(template: Rendered) -> Iterator[Change]:
    names = list(template.get("Outputs", {}))
    for number, name in enumerate(names):
        other = names[(number + 1) % len(names)]
        yield Change(("Outputs", name, "Value"), template["Outputs"][other]["Value"])
        yield Change(("Outputs", name), GONE)
