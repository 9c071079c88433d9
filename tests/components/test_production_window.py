"""The stage before production: its window, its alarm, and its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from troposphere import encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.production_window import add_window
from generator.components.record import add_recorder
from generator.components.stage_parameters import Where, add_places
from generator.model.owner import Owner
from generator.model.stages import Stage
from generator.publishing import render
from tests.ground import Ground


@pytest.fixture
def stage(ground: Ground) -> Stage:
    """The stage in front of production."""
    where = Where("Service", "Service", "Service", "[a-z]+", "a service")
    places = add_places(ground.template, ("Staging", "Production"), where)
    recorder = add_recorder(ground.template, ground.source, Owner("pipeline", "${Name}"), ground.key)
    return add_window(ground.template, recorder, places[1])


def test_the_window_is_the_entry_and_the_alarm_the_end(stage: Stage) -> None:
    """One rule each: an alarm next to the window would not be evaluated when the window opens."""
    declared: dict[str, Any] = encode_to_dict(stage.declaration())["Fn::If"][1]
    [window] = declared["BeforeEntry"]["Conditions"][0]["Rules"]
    [alarm] = declared["OnSuccess"]["Fn::If"][1]["Conditions"][0]["Rules"]
    assert ("DeploymentWindow", "CloudWatchAlarm") == (
        window["RuleTypeId"]["Provider"],
        alarm["RuleTypeId"]["Provider"],
    )
    assert ["Look"] == [each["Name"] for each in declared["Actions"]]


def test_the_alarm_can_be_seen_if_there_is_one(stage: Stage) -> None:
    """And no other alarm."""
    [grant] = [each for each in stage.granted() if each.sid == "WatchAlarm"]
    assert "HasHoldAlarm" == grant.only_if
    [resource] = encode_to_dict(list(grant.resources))
    assert resource["Fn::Sub"].endswith(":alarm:${ProductionAlarm}")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ProductionService": "none", "ProductionWindow": "always"}, "Production is left out"),
        ({"ProductionAlarm": "errors"}, "ProductionAlarm needs ProductionWindow"),
        ({"ProductionAlarm": "errors", "ProductionWindow": "always"}, ""),
        ({"ProductionService": "none"}, ""),
    ],
)
def test_parameters_without_effect_are_refused(
    ground: Ground, stage: Stage, values: dict[str, str], message: str
) -> None:
    """A window of a stage that is left out, an alarm without a window."""
    assert stage.name == "Window"
    rules = render.to_dict(ground.template)["Rules"]
    given = {"StagingService": "a", "ProductionService": "b", "ProductionWindow": "", "ProductionAlarm": "", **values}
    found = [text for name, text in broken(rules, given) if name == "WindowIsUsed"]
    assert ([True] if message else []) == [text.startswith(message) for text in found]
