"""The empty template."""

from __future__ import annotations

from troposphere import Template


def new_template(description: str) -> Template:
    """A template with a description and nothing else."""
    template = Template(Description=description)
    template.set_version("2010-09-09")
    return template
