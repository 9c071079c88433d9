"""Exports named after a network or a platform, and imports of them: the coupling of the stacks of an account.

A name is `ecr-pipeline:KIND:NAME:v1:THING`. KIND is `network` or `platform`; NAME is what the parameter `Network` or
`Platform` holds, on both sides. The name never depends on a stack's name, so that the exporting stack can come from a
StackSet. Export only what is never replaced: CloudFormation refuses to change an export that is imported. A thing that
must change gets a new version beside the old one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from troposphere import Export, ImportValue, Output, Ref, Sub, Template

from generator.model.parameters import add_parameter

NAME = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
NAME_HINT = "Enter up to 20 lower-case letters, digits and single hyphens, a letter first, such as {example}."
LONGEST_NAME = 20
DEFAULT = "main"


def export_name(kind: str, thing: str, version: int = 1) -> Sub:
    """The name of an export. The parameter that holds NAME is called like the kind: `Platform` for `platform`."""
    # Names of exports have letters, digits, colons and hyphens only (https://github.com/aws/aws-cdk/issues/28563).
    return Sub(f"ecr-pipeline:{kind}:${{{kind.capitalize()}}}:v{version}:{thing}")


def add_export(template: Template, kind: str, thing: str, value: object, description: str) -> None:
    """An output, and its export for the stacks that use this one."""
    export = Export(export_name(kind, thing))
    template.add_output(Output(thing, Description=description, Value=value, Export=export))


def imported(kind: str, thing: str) -> ImportValue:
    """The value of an export. It can be used in properties of resources, not in conditions and rules."""
    # Fn::ImportValue is not among the functions that rules and conditions take.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
    # In the branch of Fn::If that is not taken the export need not exist. No page says so; templates that many people
    # use rely on it: https://github.com/widdix/aws-cf-templates/blob/master/state/elasticache-redis.yaml
    return ImportValue(export_name(kind, thing))


def thing_of(name: str) -> str:
    """An export in words, from its name: `KeyArn of the platform`."""
    _, kind, _, _, thing = name.rsplit(":", 4)
    return f"{thing} of the {kind}"


def coupling_of(name: str) -> tuple[str, str] | None:
    """The parameter that selects an export, and its value; None for an export of another product.

    `name` is the name in an account, such as ecr-pipeline:network:main:v1:VpcId: it is imported with Network=main.
    """
    match name.split(":"):
        case ["ecr-pipeline", kind, value, _, _]:
            return kind.capitalize(), value
    return None


def add_coupling_name(template: Template, kind: str, *, group: str, description: str, others: str = "") -> Ref:
    """The parameter `Network` or `Platform`. `others` is a pattern of further allowed values."""
    return add_parameter(
        template,
        kind.capitalize(),
        group=group,
        label=kind.capitalize(),
        description=description,
        Default=DEFAULT,
        AllowedPattern=f"^({others}|{NAME})$" if others else f"^{NAME}$",
        MaxLength=LONGEST_NAME,
        ConstraintDescription=NAME_HINT.format(example=DEFAULT),
    )
