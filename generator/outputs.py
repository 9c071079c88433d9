"""What a stack tells: outputs that other stacks can import."""

from __future__ import annotations

from troposphere import Export, Output, Sub, Template


def add_output(template: Template, name: str, value: object, description: str, condition: str = "") -> None:
    """An output, exported as `<stack name>-<name>`; with `condition`, only where that holds."""
    output = Output(name, Description=description, Value=value, Export=Export(Sub(f"${{AWS::StackName}}-{name}")))
    if condition:
        output.Condition = condition
    template.add_output(output)
