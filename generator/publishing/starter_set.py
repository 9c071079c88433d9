"""The parameter files to start with for a template: its own, and those of the stacks that it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cloudformation.distinct_lists import shared_members
from generator.cloudformation.imports import needs, provides
from generator.cloudformation.parameter_file_problems import meanings
from generator.cloudformation.parameter_types import problems
from generator.cloudformation.references import references
from generator.cloudformation.template_rules import contradictions
from generator.publishing.skeleton import in_order, needed

TemplateBody = Mapping[str, Any]
REPOSITORY = "RepositoryName"
APPROVERS = {"NotificationEmail"}
"""It has a default, but without an answer nobody would be notified that an image waits for an approval."""
SHARED = "main"
"""The environment of stacks that others share: a network, a platform."""


@dataclass(kw_only=True)
class StarterFile:
    """A parameter file that is being prepared: the values known so far, by parameter."""

    template: str
    environment: str
    body: TemplateBody
    values: dict[str, str] = field(default_factory=dict)
    """The values. "" for a required parameter means that it is filled in later."""

    stage: str = ""
    """The stage that a deployer is for: production; "" for every other template."""

    @property
    def called(self) -> str:
        """The template, and for which stage it is: two files of one template have the same questions."""
        return f"{self.template} of {self.stage}" if self.stage else self.template

    @property
    def stack(self) -> str:
        """The name that `make deploy` gives the stack."""
        return f"{self.template}-{self.environment}"

    def questions(self) -> list[str]:
        """The required parameters without a value, in the order of the form.

        The repository is first, because other answers follow from it.
        """
        wanted = {*needed(self.body, self.values), *(APPROVERS & self.body["Parameters"].keys())}
        asked = [name for name in in_order(self.body) if name in wanted and name not in self.values]
        return sorted(asked, key=lambda name: name != REPOSITORY)

    def unanswered(self) -> list[str]:
        """The parameters that must be filled in before the stack can be deployed."""
        wanted = needed(self.body, self.values)
        return [name for name in self.body["Parameters"] if name in wanted and not self.values.get(name)]

    def complaints(self) -> Iterator[tuple[str, list[str]]]:
        """The problems of the values, each with the parameters to ask for again.

        A value that is filled in later is none, and it can decide a combination.
        """
        later = set(self.unanswered())
        strange = [
            (f"{name}: {each}", [name])
            for name, value in self.values.items()
            if name not in later
            for each in problems(self.body["Parameters"][name], value)
        ]
        undecided = later.union(*(names for _, names in strange))
        known = meanings(self.body, self.values)
        values = {name: None if name in undecided else value for name, value in known.items()}
        rules = self.body.get("Rules", {})
        yield from (*strange, *contradictions(rules, values))
        yield from ((message, [*references(rules[name])]) for name, message in shared_members(self.body, values))


def starter_set(name: str, templates: Mapping[str, TemplateBody], existing: Collection[str]) -> list[str]:
    """The templates to deploy for a template, in the order of deployment; the template itself is last.

    `existing` are the templates that have a stack, or will have one: these need no other stacks.
    """
    kinds = {kind: each for each, body in templates.items() for kind in provides(body)}
    below: list[str] = []

    def need(template: str) -> None:
        for kind in sorted(needs(templates[template])):
            if (exporter := kinds[kind]) not in existing and exporter not in below:
                need(exporter)
                below.append(exporter)

    need(name)
    return [*below, name]


def deployer_of(name: str, templates: Collection[str]) -> str:
    """The template of the deployers of a pipeline; "" if it has none."""
    deployer = name.replace("pipeline-", "deployer-", 1)
    return deployer if deployer != name and deployer in templates else ""


def suggested(parameter: str, earlier: Mapping[str, str]) -> str:
    """A value that follows from earlier answers; "" if none does."""
    repository = earlier.get(REPOSITORY, "")
    if parameter == "Name":
        return repository.rpartition("/")[2]
    if parameter == "PipelineName":
        return earlier.get("Name", "")
    if parameter == "RepositoryPattern" and repository:
        return f"{repository.rpartition('/')[0]}/*" if "/" in repository else "*"
    return earlier.get(parameter, "")
