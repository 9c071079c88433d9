"""The reference of a template: its picture, parameters, permissions and outputs as Markdown, made from the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from troposphere import Template

from generator.conditions import chosen, optional
from generator.iam import WHY
from generator.listed import listed
from generator.parameters import INTERFACE
from generator.render import to_dict

Rendered = dict[str, Any]


def page(name: str, template: Template) -> str:
    """The page of a template in docs/templates/."""
    rendered = to_dict(template)
    sections = [
        f"# {name}\n\n{rendered['Description']}.",
        "Made from the generator: `make template` writes this page, `make test` fails when it is out of date.",
    ]
    if picture := diagram(rendered):
        sections.append(f"## The way of a push\n\n{picture}")
    sections += [
        f"## Parameters\n\n{parameter_table(rendered)}",
        f"## Permissions\n\n{_permissions(template, rendered)}",
        f"## Outputs\n\n{_outputs(rendered)}",
    ]
    return "\n\n".join(sections) + "\n"


def parameter_table(rendered: Rendered) -> str:
    """Every parameter in the order of the console's form: what it is, what it is by default, what can be typed."""
    rows = []
    for group in rendered["Metadata"][INTERFACE]["ParameterGroups"]:
        rows.append((f"**{group['Label']['default']}**", "", "", ""))
        for name in group["Parameters"]:
            parameter = rendered["Parameters"][name]
            rows.append((f"`{name}`", parameter["Description"], _default(parameter), _allowed(parameter)))
    return _table(("Parameter", "What it is", "Default", "Allowed"), rows)


# How a push comes to start a pipeline, and what it starts with, by the provider of the source.
STARTS = {
    "ECR": ('  push(["docker push"]) --> rule{{"EventBridge: tag matches?"}}', "digest"),
    "CodeStarSourceConnection": (
        '  push(["git push"]) --> rule{{"CodePipeline: branch and paths, or Git tag, match?"}}',
        "commit",
    ),
    "CodeCommit": ('  push(["git push"]) --> rule{{"EventBridge: branch matches?"}}', "commit"),
}


def diagram(rendered: Rendered) -> str:
    """The pipeline as a Mermaid flow chart: what starts it, its stages and actions. Empty without a pipeline."""
    pipelines = [r["Properties"] for r in rendered["Resources"].values() if r["Type"] == "AWS::CodePipeline::Pipeline"]
    if not pipelines:
        return ""
    start, what = STARTS[pipelines[0]["Stages"][0]["Actions"][0]["ActionTypeId"]["Provider"]]
    lines = ["flowchart LR", start]
    before = ["rule"]
    if _has(rendered, "AWS::SQS::Queue"):
        lines += ['  rule -. not delivered .-> queue[("queue and alarm")]']
    for number, item in enumerate(pipelines[0]["Stages"]):
        condition, stage = optional(item)
        lines.append(f'  subgraph s{number}["{stage["Name"]}{" (if chosen)" if condition else ""}"]')
        orders: dict[int, list[str]] = {}
        for position, (_, action) in enumerate(map(optional, stage["Actions"])):
            node = f"s{number}a{position}"
            orders.setdefault(action["RunOrder"], []).append(node)
            lines.append(f'    {node}["{action["Name"]}<br/><small>{action["ActionTypeId"]["Provider"]}</small>"]')
        lines.append("  end")
        for order in sorted(orders):
            lines += [f"  {a} -->{f'|{what}|' if a == 'rule' else ''} {b}" for a in before for b in orders[order]]
            before = orders[order]
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def _has(rendered: Rendered, kind: str) -> bool:
    return any(resource["Type"] == kind for resource in rendered["Resources"].values())


def _permissions(template: Template, rendered: Rendered) -> str:
    """One table for each role and shared policy: what it allows, where, under which condition, and why."""
    parts = []
    for name, resource in chosen(rendered)["Resources"].items():
        if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
            reasons = template.resources[name].resource["Metadata"][WHY]
            rows = [
                (statement["Sid"], _code(listed(statement["Action"])), _where(statement), reasons[statement["Sid"]])
                for document in _documents(resource["Properties"])
                for statement in document["Statement"]
            ]
            table = _table(("Statement", "Actions", "On", "Why"), rows)
            parts.append(f"### {name}\n\n{_whose(name, resource, rendered)}\n\n{table}")
    return "\n\n".join(parts) or "This template has no roles."


def _documents(properties: Rendered) -> list[Rendered]:
    return [policy["PolicyDocument"] for policy in properties.get("Policies", [properties])]


def _whose(name: str, resource: Rendered, rendered: Rendered) -> str:
    """Who has what the role or policy allows."""
    if resource["Type"] == "AWS::IAM::Role":
        statement = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        shared = [f"`{policy['Ref']}`" for policy in resource["Properties"].get("ManagedPolicyArns", [])]
        also = f" It has {' and '.join(shared)} as well." if shared else ""
        (trusted,) = statement["Principal"].values()
        return f"Assumed by `{_plain(trusted)}`.{also}"
    roles = [
        f"`{role}`"
        for role, other in rendered["Resources"].items()
        if {"Ref": name} in other.get("Properties", {}).get("ManagedPolicyArns", [])
    ]
    return f"Shared by {', '.join(roles)}."


def _outputs(rendered: Rendered) -> str:
    rows = [(f"`{name}`", output["Description"]) for name, output in rendered.get("Outputs", {}).items()]
    return "Exported as `<stack name>-<output>`.\n\n" + _table(("Output", "What it is"), rows)


def _default(parameter: Rendered) -> str:
    if "Default" not in parameter:
        return "*required*"
    return "*empty*" if parameter["Default"] == "" else f"`{parameter['Default']}`"


def _allowed(parameter: Rendered) -> str:
    if "AllowedValues" in parameter:
        return _code(parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    if "ConstraintDescription" in parameter:
        return str(parameter["ConstraintDescription"])
    return f"`{parameter['Type']}`"


def _where(statement: Rendered) -> str:
    """The resources of a statement in words, its condition behind them."""
    where = ", ".join(f"`{_plain(resource)}`" for resource in listed(statement["Resource"]))
    if "Condition" in statement:
        where += " when " + " and ".join(
            f"`{key}` {operator} `{_plain(value)}`"
            for operator, tests in statement["Condition"].items()
            for key, value in tests.items()
        )
    return where


def _plain(value: Any) -> str:
    """An intrinsic function as a person writes it; the usual beginning of an ARN is left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    function, argument = next(iter(value.items()))
    if function == "Ref":
        return f"${{{argument}}}"
    if function == "Fn::GetAtt":
        return f"${{{'.'.join(argument)}}}"
    if function == "Fn::Sub":
        text = argument if isinstance(argument, str) else argument[0]
        return str(text).replace("arn:${AWS::Partition}:", "").replace("${AWS::Region}:${AWS::AccountId}:", "")
    if function == "Fn::Split":
        return _plain(argument[1])
    if function == "Fn::Join":
        return "".join(_plain(item) for item in argument[1]) if isinstance(argument[1], list) else _plain(argument[1])
    if function == "Fn::If":
        return f"{_plain(argument[1])} or {_plain(argument[2])}"
    return json.dumps(value)


def _code(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(_row(cells) for cells in _with_rule(head, rows))


def _with_rule(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield head
    yield ("---",) * len(head)
    yield from rows


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
