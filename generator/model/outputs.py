"""Outputs of a stack that its user copies or looks up. Exports for other stacks are in export_names.py."""

from __future__ import annotations

from troposphere import Output, Template

from generator.model.parameters import under


def add_output(template: Template, name: str, value: object, description: str, only_if: str = "") -> None:
    """An output; `only_if` is the condition under which it exists."""
    template.add_output(Output(name, Description=description, Value=value, **under(only_if)))
