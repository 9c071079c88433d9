"""The Inspect stage."""

from __future__ import annotations

import re

import yaml

from generator.buildspec import INSPECT, buildspec
from generator.components.inspection import add_inspection
from tests.ground import Ground


def test_the_facts_of_the_stage_are_what_the_buildspec_exports(ground: Ground) -> None:
    """Every variable that later stages can read is exported by buildspec.yml."""
    inspection = add_inspection(ground.template, ground.source, ground.environment, {})
    exported = yaml.safe_load(buildspec(INSPECT))["env"]["exported-variables"]
    facts = [value for value in inspection if isinstance(value, str) and value.startswith("#{")]
    assert {f"#{{Inspect.{name}}}" for name in exported} == set(facts)


def test_every_setting_of_the_buildspec_is_given(ground: Ground) -> None:
    """The project sets exactly the variables that the buildspec expects from it."""
    add_inspection(ground.template, ground.source, ground.environment, {})
    given = {v["Name"] for v in ground.properties("InspectProject")["Environment"]["EnvironmentVariables"]}
    expected = {
        "REGISTRY",
        "REPOSITORY_NAME",
        "MAX_CRITICAL_FINDINGS",
        "MAX_HIGH_FINDINGS",
        "MISSING_SCAN",
        "SCAN_TIMEOUT_SECONDS",
    }
    assert expected == given
    assert all(re.search(rf"\b{name}\b", buildspec(INSPECT)) for name in given)


def test_an_image_without_limits_given_may_have_no_finding(ground: Ground) -> None:
    """By default no critical and no high finding is allowed, and an image that was not scanned is stopped."""
    add_inspection(ground.template, ground.source, ground.environment, {})
    defaults = [
        ground.template.parameters[name].to_dict()["Default"]
        for name in ("MaxCriticalFindings", "MaxHighFindings", "MissingScan")
    ]
    assert [0, 0, "fail"] == defaults
