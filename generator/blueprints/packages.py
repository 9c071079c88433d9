"""Packages for builds without internet: a domain and a repository in CodeArtifact."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.encryption import add_chosen_key
from generator.components.package_repository import add_package_names, add_package_repository
from generator.model.owner import Owner
from generator.model.template import new_template


def packages() -> Template:
    """A repository from which builds read packages: a team's own, and copies of public ones."""
    template = new_template("Packages for image builds: a repository in CodeArtifact, with copies of public packages")
    names = add_package_names(template)
    key = add_chosen_key(template, Owner("packages"), services=(), encrypts="packages")
    add_package_repository(template, names, key)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"packages": packages}
