"""The reason for each permission of a template. Reasons stay with the model, and are not in the JSON."""

from __future__ import annotations

from collections.abc import Mapping

from troposphere import Template

from generator.model.grants import WHY


def reasons(template: Template) -> dict[str, Mapping[str, str]]:
    """By role and shared policy, the reason for each statement by Sid."""
    return {
        name: resource.resource["Metadata"][WHY]
        for name, resource in template.resources.items()
        if WHY in resource.resource.get("Metadata", {})
    }
