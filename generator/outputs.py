"""What a stack tells: outputs that other stacks can import."""

from __future__ import annotations

from troposphere import Export, Output, Sub, Template

from generator.parameters import under


def add_output(template: Template, name: str, value: object, description: str, only_if: str = "") -> None:
    """An output, exported as `<stack name>-<name>`; `only_if` is the condition under which it is told."""
    export = Export(Sub(f"${{AWS::StackName}}-{name}"))
    template.add_output(Output(name, Description=description, Value=value, Export=export, **under(only_if)))
