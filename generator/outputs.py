"""What a stack tells: outputs that other stacks can import."""

from __future__ import annotations

from troposphere import Export, Output, Sub, Template


def add_output(template: Template, name: str, value: object, description: str) -> None:
    """An output, exported as `<stack name>-<name>`."""
    export = Export(Sub(f"${{AWS::StackName}}-{name}"))
    template.add_output(Output(name, Description=description, Value=value, Export=export))
