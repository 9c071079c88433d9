"""The stages of a target: which ones exist, and where each deploys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from troposphere import And, Equals, Not, Or, Ref, Template

from generator.model.parameters import EACH_ONCE, add_condition, add_parameter, add_rule
from generator.model.stages import Stage

NONE = "none"


class Where(NamedTuple):
    """The parameter for the destination of a stage: `<stage><name>`, with a pattern and what to type.

    `longest` and `each_once` are as in `Place.add_parameter`.
    """

    name: str
    label: str
    description: str
    pattern: str
    example: str
    longest: int = 0
    each_once: bool = False


class Place(NamedTuple):
    """A stage that is about to be added. Its name begins the ids of all its resources.

    `only_if` is the condition under which the stage exists, and with it all its resources and outputs; a stage that
    always exists has neither this nor `where`.
    """

    name: str
    where: Ref | None = None
    only_if: str = ""

    def left_out(self) -> Equals:
        """True if the stage was switched off."""
        return Equals(self.where, NONE)

    def add_parameter(
        self,
        template: Template,
        name: str,
        *,
        label: str,
        description: str,
        pattern: str,
        example: str,
        longest: int = 0,
        each_once: bool = False,
    ) -> Ref:
        """A parameter of the stage, `<stage><name>`: it matches the pattern, or is `none` if the stage is left out.

        `each_once` is for a list with commas. It has no default, because a stage must be left out explicitly.
        """
        stage = self.name.lower()
        length: dict[str, Any] = {"MaxLength": longest} if longest else {}
        return add_parameter(
            template,
            self.name + name,
            group=self.name,
            label=label,
            description=description,
            AllowedPattern=f"^{EACH_ONCE if each_once else ''}({NONE}|{pattern})$",
            ConstraintDescription=f"Enter {example}, or {NONE} to leave out {stage}.",
            **length,
        )


def add_places(template: Template, stages: Iterable[str], where: Where | None) -> tuple[Place, ...]:
    """The places of the stages. The user types `none` for a stage that does not exist."""
    if where is None:
        return tuple(Place(stage) for stage in stages)
    places = tuple(_add_place(template, stage, where) for stage in stages)
    for place in places:
        add_condition(template, place.only_if, Not(place.left_out()))
    one, other = places
    add_rule(
        template,
        "StagesDiffer",
        (
            Not(Equals(one.where, other.where)),
            f"{one.name}{where.name} and {other.name}{where.name} must differ, or one of them must be {NONE}.",
        ),
    )
    return places


def _add_place(template: Template, stage: str, where: Where) -> Place:
    parameter = Place(stage).add_parameter(
        template,
        where.name,
        label=where.label,
        description=f"{where.description} of {stage.lower()}.",
        pattern=where.pattern,
        example=where.example,
        longest=where.longest,
        each_once=where.each_once,
    )
    return Place(stage, parameter, f"Deploy{stage}")


def add_completeness(template: Template, places: Iterable[Place], stages: Iterable[Stage]) -> None:
    """A rule: a stage has all its parameters, and one that is left out has none.

    Otherwise CloudFormation refuses the stack.
    """
    for place, stage in zip(places, stages, strict=True):
        if stage.needs:
            add_rule(template, f"{place.name}IsComplete", *(_both_or_none(place, each) for each in stage.needs))


def _both_or_none(place: Place, parameter: Ref) -> tuple[object, str]:
    left_out = (place.left_out(), Equals(parameter, NONE))
    names = f"{place.where.data['Ref']} and {parameter.data['Ref']}" if place.where else ""
    return Or(And(*left_out), Not(Or(*left_out))), f"{names}: enter {NONE} for both, or for neither."
