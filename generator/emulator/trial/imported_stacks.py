"""The stacks that another one imports from: deployed first, from the published templates that export.

The names of exports identify these stacks (generator/cloudformation/imports.py); no list is kept here.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from generator import catalog
from generator.cloudformation.imports import export, provides
from generator.cloudformation.offline_stack import OfflineStack
from generator.emulator.stacks.stack_records import Body
from generator.emulator.trial import deployment
from generator.emulator.trial.deploy_context import DeployContext
from generator.errors import GeneratorError
from generator.publishing import render

Given = Mapping[str, Mapping[str, str]]
"""Parameters of stacks, by the name of their template."""

# The fewest parameters that a published template can be deployed with, where they are not given.
DEFAULTS: Given = {"platform": {"RepositoryPattern": "*"}}


@functools.cache
def exporting() -> dict[str, Body]:
    """The published templates that export, by name."""
    rendered = {name: render.to_dict(build()) for name, build in catalog.templates().items()}
    return {name: body for name, body in rendered.items() if provides(body)}


class Foundations:
    """The stacks of an account that others import from. Each is deployed once, when the first stack needs it."""

    def __init__(self, site: DeployContext, templates: Mapping[str, Body] | None = None) -> None:
        self._site = site
        self._templates = exporting() if templates is None else templates

    def lay(self, stack: str, body: Body, parameters: Mapping[str, str], given: Given) -> None:
        """Deploy the missing stacks that a stack of the template imports from, those without imports first.

        `given` has parameters of the stacks that are deployed.
        """
        for name in OfflineStack(template=body, name=stack, parameters=parameters).imported():
            if name not in deployment.exports(self._site.cloud):
                self._deploy(stack, name, given)

    def _deploy(self, importer: str, wanted: str, given: Given) -> None:
        """Deploy the stack that exports a name."""
        found = export(wanted)
        template = next((each for each, body in self._templates.items() if found and found.kind in provides(body)), "")
        if not found or not template:
            raise GeneratorError(f"{importer} imports {wanted}, which no published template exports")
        if found in {export(name) for name in deployment.exports(self._site.cloud)}:
            raise GeneratorError(f"{importer} imports {wanted}, which the {found.kind} {found.name} does not export")
        body = self._templates[template]
        own, parameter = dict(given.get(template, DEFAULTS.get(template, {}))), provides(body)[found.kind]
        if own.get(parameter, found.name) != found.name:
            raise GeneratorError(
                f"{importer} imports {wanted}, but the parameters of {template} set {parameter}={own[parameter]}:"
                f" allowed: {found.name}"
            )
        own[parameter] = found.name
        stack = self._free_name(template, found.name)
        self.lay(stack, body, own, given)
        self._site.progress(f"deploying {stack} with the AWS CLI")
        deployment.deploy(self._site.cloud, stack, body, own)

    def _free_name(self, template: str, name: str) -> str:
        """The template's name for its first stack, otherwise with the name of the network or platform."""
        existing = {each["StackName"] for each in self._site.cloud.inside("cloudformation").describe_stacks()["Stacks"]}
        return f"{template}-{name}" if template in existing else template
