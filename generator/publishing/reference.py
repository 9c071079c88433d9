"""The reference page of a template in Markdown, generated from the model: picture, parameters, permissions, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from troposphere import Template

from generator.cloudformation.conditional_parts import optional
from generator.model.export_names import thing_of
from generator.model.parameters import INTERFACE
from generator.prose import in_words, plain
from generator.publishing.granted_statements import OWNERS, ROLE, Rendered, statements_of
from generator.publishing.render import to_dict
from generator.publishing.trust_statements import trust_statements

EMPTY = "*empty*"
"""An empty value among others, in Markdown."""


def page(name: str, template: Template) -> str:
    """The page of a template in docs/templates/."""
    rendered = to_dict(template)
    sections = [
        f"# {name}\n\n{rendered['Description']}.",
        "Generated: `make template` writes this page, and `make test` fails if it is out of date.",
    ]
    if picture := diagram(rendered):
        sections.append(f"## What a push starts\n\n{picture}")
    sections += [
        f"## Parameters\n\n{parameter_table(rendered)}",
        f"## Permissions\n\n{_permissions(template, rendered)}",
        f"## Outputs\n\n{_outputs(rendered)}",
    ]
    return "\n\n".join(sections) + "\n"


def parameter_table(rendered: Rendered) -> str:
    """Every parameter in the order of the console's form: description, default, allowed values."""
    rows = []
    for group in rendered["Metadata"][INTERFACE]["ParameterGroups"]:
        rows.append((f"**{group['Label']['default']}**", "", "", ""))
        for name in group["Parameters"]:
            parameter = rendered["Parameters"][name]
            rows.append((f"`{name}`", parameter["Description"], _default(parameter), allowed(parameter)))
    return _table(("Parameter", "Description", "Default", "Allowed"), rows)


# How a push starts a pipeline, and what the run gets, by the provider of the source.
STARTS = {
    "ECR": ('  push(["docker push"]) --> rule{{"EventBridge: tag matches?"}}', "digest"),
    "CodeStarSourceConnection": (
        '  push(["git push"]) --> rule{{"CodePipeline: branch and paths, or Git tag, match?"}}',
        "commit",
    ),
    "CodeCommit": ('  push(["git push"]) --> rule{{"EventBridge: branch matches?"}}', "commit"),
}


def diagram(rendered: Rendered) -> str:
    """The pipeline as a Mermaid flow chart: its trigger, stages and actions. Empty without a pipeline."""
    pipelines = [r["Properties"] for r in rendered["Resources"].values() if r["Type"] == "AWS::CodePipeline::Pipeline"]
    if not pipelines:
        return ""
    start, what = STARTS[pipelines[0]["Stages"][0]["Actions"][0]["ActionTypeId"]["Provider"]]
    lines = ["flowchart LR", start]
    before = ["rule"]
    if queue := _queue(rendered):
        lines += [f'  rule -. not delivered .-> queue[("{queue}")]']
    for number, item in enumerate(pipelines[0]["Stages"]):
        condition, stage = optional(item)
        lines.append(f'  subgraph s{number}["{stage["Name"]}{" (optional)" if condition else ""}"]')
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


def _queue(rendered: Rendered) -> str:
    """The queue of events that could not start the pipeline. Empty without a queue."""
    for resource in rendered["Resources"].values():
        for target in resource.get("Properties", {}).get("Targets", ()):
            if "DeadLetterConfig" in target:
                own = "Fn::GetAtt" in target["DeadLetterConfig"]["Arn"]
                return "queue, alarm" if own else "queue of the platform, alarm"
    return ""


def _permissions(template: Template, rendered: Rendered) -> str:
    """A table for each role and shared policy: actions, resources, conditions and reasons.

    A role with only shared policies has a sentence instead.
    """
    own = {name: list(each) for name, each in groupby(statements_of(template, rendered), key=lambda each: each.owner)}
    parts = []
    for name in (name for name, resource in rendered["Resources"].items() if resource["Type"] in OWNERS):
        rows = [
            (each.sid, each.refused + _code(each.actions), each.where, each.only_if, each.why)
            for each in own.get(name, ())
        ]
        table = [_table(("Statement", "Actions", "On", "Only if", "Why"), rows)] if rows else []
        parts.append("\n\n".join([f"### {name}", whose(name, rendered), *table]))
    return "\n\n".join(parts) or "This template has no roles."


def _if(condition: str, rendered: Rendered) -> str:
    """A condition of the template in words; "" for something that always exists."""
    return in_words(condition, rendered["Conditions"]) if condition else ""


def whose(name: str, rendered: Rendered) -> str:
    """The holders of a role or a shared policy, and the condition under which it exists: sentences in Markdown."""
    resource = rendered["Resources"][name]
    sentences = _of_role(resource) if resource["Type"] == ROLE else _of_policy(name, rendered)
    if condition := _if(resource.get("Condition", ""), rendered):
        sentences.append(f"It exists only if {condition}.")
    return " ".join(sentences)


def _of_role(role: Rendered) -> list[str]:
    properties = role["Properties"]
    policies = [_policy_name(optional(item)[1]) for item in properties.get("ManagedPolicyArns", [])]
    assumed = [each.sentence for each in trust_statements(role)]
    if not policies:
        return assumed
    *first, last = policies
    names = f"policies {', '.join(first)} and {last}" if first else f"policy {last}"
    return [*assumed, f"It {'also has' if properties.get('Policies') else 'has only'} the {names}."]


def _policy_name(policy: Rendered) -> str:
    if "Fn::ImportValue" in policy:
        thing, _, kind = thing_of(plain(policy["Fn::ImportValue"])).partition(" of the ")
        return f"`{thing}` of the [{kind}]({kind}.md#permissions)"
    return f"`{policy['Ref']}`"


def _of_policy(name: str, rendered: Rendered) -> list[str]:
    roles = [
        f"`{role}`"
        for role, other in rendered["Resources"].items()
        if {"Ref": name} in [optional(each)[1] for each in other.get("Properties", {}).get("ManagedPolicyArns", [])]
    ]
    exports = [
        f"`{plain(output['Export']['Name'])}`"
        for output in rendered.get("Outputs", {}).values()
        if output["Value"] == {"Ref": name} and "Export" in output
    ]
    return [
        *([f"Shared by {', '.join(roles)}."] if roles else []),
        *([f"For roles of other stacks, which import it as {', '.join(exports)}."] if exports else []),
    ]


def _outputs(rendered: Rendered) -> str:
    rows = [
        (
            f"`{name}`",
            output["Description"],
            _if(output.get("Condition", ""), rendered),
            f"`{plain(output['Export']['Name'])}`" if "Export" in output else "",
        )
        for name, output in rendered.get("Outputs", {}).items()
    ]
    return (
        _table(("Output", "Description", "Only if", "Exported as"), rows) if rows else "This template has no outputs."
    )


def _default(parameter: Rendered) -> str:
    if "Default" not in parameter:
        return "*required*"
    return _code([parameter["Default"]])


def allowed(parameter: Mapping[str, Any]) -> str:
    """The values that a parameter accepts."""
    if "AllowedValues" in parameter:
        return _code(parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    if "ConstraintDescription" in parameter:
        return str(parameter["ConstraintDescription"])
    return f"`{parameter['Type']}`"


def _code(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" if value != "" else EMPTY for value in values)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """The rows below their headings, without the columns that are empty in every row."""
    used = [number for number in range(len(head)) if any(row[number] for row in rows)]
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(_row(tuple(line[number] for number in used)) for line in lines)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
