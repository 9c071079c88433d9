"""Where stages deploy, and which stages exist."""

from __future__ import annotations

import re
from typing import Any

from troposphere import Ref, Template

from generator.cloudformation.template_rules import broken
from generator.components.stage_parameters import Where, add_completeness, add_places
from generator.model.stages import Stage
from generator.model.template import new_template
from generator.publishing import render

SERVICE = Where("Service", "Service", "Service", "[a-z]+", "a service")


def _rendered() -> dict[str, Any]:
    template = new_template("Test")
    places = add_places(template, ("Staging", "Production"), SERVICE)
    roles = [
        place.add_parameter(template, "Role", label="Role", description="Role.", pattern="[a-z]+", example="a role")
        for place in places
    ]
    stages = [Stage(name=p.name, actions=(), needs=(role,)) for p, role in zip(places, roles, strict=True)]
    add_completeness(template, places, stages)
    return render.to_dict(template)


def _complaints(**values: str) -> list[str]:
    return [message for _, message in broken(_rendered()["Rules"], values)]


def test_a_stage_is_left_out_by_a_decision() -> None:
    """The parameter has no default: nothing, and half a value, are refused; `none` is a value."""
    parameter = _rendered()["Parameters"]["StagingService"]
    assert "Default" not in parameter
    typed = {value: bool(re.fullmatch(parameter["AllowedPattern"], value)) for value in ("", "a", "a,b", "none")}
    assert {"": False, "a": True, "a,b": False, "none": True} == typed
    assert "Enter a service, or none to leave out staging." == parameter["ConstraintDescription"]


def test_one_stage_must_exist() -> None:
    """A pipeline without any deployment is refused before anything is created."""
    none = dict.fromkeys(("StagingService", "ProductionService", "StagingRole", "ProductionRole"), "none")
    assert ["StagingService and ProductionService must differ, or one of them must be none."] == _complaints(**none)
    assert [] == _complaints(**none | {"StagingService": "a", "StagingRole": "r"})


def test_a_stage_is_complete() -> None:
    """Half a stage is refused with the name of the missing parameter; a stage that is left out needs none."""
    given = {"StagingService": "a", "StagingRole": "none", "ProductionService": "none", "ProductionRole": "none"}
    assert ["StagingService and StagingRole: enter none for both, or for neither."] == _complaints(**given)


def test_two_stages_are_two_places() -> None:
    """Staging and production in one place would deploy before the approval."""
    same = dict.fromkeys(("StagingService", "ProductionService", "StagingRole", "ProductionRole"), "a")
    assert ["StagingService and ProductionService must differ, or one of them must be none."] == _complaints(**same)


def test_a_stage_that_is_left_out_has_no_parameters() -> None:
    """A value for a stage that does not exist would have no effect: it is refused."""
    given = {"StagingService": "none", "StagingRole": "r", "ProductionService": "a", "ProductionRole": "r"}
    assert ["StagingService and StagingRole: enter none for both, or for neither."] == _complaints(**given)


def test_a_stage_that_always_exists_has_no_condition() -> None:
    """A target without a place adds no parameter, condition or rule."""
    template = Template()
    (place,) = add_places(template, ("Release",), None)
    assert ("Release", None, "") == tuple(place)
    assert not template.parameters
    add_completeness(template, [place], [Stage(name=place.name, actions=())])
    assert not template.rules


def test_every_stage_has_parameters_of_its_own() -> None:
    """The names of parameters begin with the name of the stage, and they are in its group."""
    template = new_template("Test")
    staging, production = add_places(template, ("Staging", "Production"), SERVICE)
    assert (Ref("StagingService").to_dict(), "DeployStaging") == (staging.where.to_dict(), staging.only_if)  # type: ignore[union-attr]
    assert "DeployProduction" == production.only_if
    groups = template.metadata["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert ["Staging", "Production"] == [group["Label"]["default"] for group in groups]
