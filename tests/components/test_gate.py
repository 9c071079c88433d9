"""The gate: ceilings of a platform, limits of a pipeline."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from troposphere import encode_to_dict

from generator.components.gate import (
    action_variables,
    add_ceilings,
    add_limits,
    add_own_limits,
    add_unfixed_findings,
)
from generator.model.template import new_template
from generator.publishing import render
from tests.resolved import resolved

REPOSITORY = {"name": "REPOSITORY_NAME", "value": "team/orders"}


def _own_limits(**values: str) -> list[dict[str, str]]:
    """The variables of an action in a stack with these values."""
    template = new_template("Test")
    variables = action_variables({"REPOSITORY_NAME": "team/orders"}, dict(add_own_limits(template)))
    rendered = render.to_dict(template)
    rendered["Resources"] = {"It": {"Type": "T", "Properties": {"Variables": encode_to_dict(variables)}}}
    return list(json.loads(resolved(rendered, **values)["It"]["Variables"]))


def test_a_platform_allows_no_finding_by_default() -> None:
    """Neither a critical nor a high finding, and no image without a scan result."""
    template = new_template("Test")
    ceilings = add_ceilings(template)
    parameters = render.to_dict(template)["Parameters"]
    assert {"MAX_CRITICAL_FINDINGS", "MAX_HIGH_FINDINGS", "SCAN_TIMEOUT_SECONDS"} == ceilings.keys()
    names = ("MaxCriticalFindings", "MaxHighFindings", "MissingScan", "UnsupportedScan")
    assert [0, 0, "fail", "fail"] == [parameters[name]["Default"] for name in names]


def test_findings_without_a_fix_count_by_default() -> None:
    """To ignore them is a choice of the platform."""
    template = new_template("Test")
    add_unfixed_findings(template)
    parameter = template.parameters["UnfixedFindings"].to_dict()
    assert ("count", ["count", "ignore"]) == (parameter["Default"], parameter["AllowedValues"])


def test_limits_are_numbers_for_each_severity() -> None:
    """A build without a platform has the limits alone."""
    template = new_template("Test")
    limits = {variable: encode_to_dict(limit) for variable, limit in add_limits(template).items()}
    assert {
        "MAX_CRITICAL_FINDINGS": {"Ref": "MaxCriticalFindings"},
        "MAX_HIGH_FINDINGS": {"Ref": "MaxHighFindings"},
    } == limits
    assert {"Number"} == {parameter.to_dict()["Type"] for parameter in template.parameters.values()}


def test_a_scan_is_waited_for_within_the_time_of_a_build() -> None:
    """The longest wait is shorter than the hour of the build."""
    template = new_template("Test")
    add_ceilings(template)
    assert 3600 > template.parameters["ScanTimeoutSeconds"].to_dict()["MaxValue"]


def test_a_pipeline_without_limits_leaves_them_to_the_platform() -> None:
    """An action passes no variable that is not set, so that the project's own value counts."""
    assert [REPOSITORY] == _own_limits()


def test_a_pipeline_passes_each_limit_that_it_sets() -> None:
    """The action's variables are JSON with any number of limits; 0 is a limit too."""
    assert [REPOSITORY, {"name": "MAX_HIGH_FINDINGS", "value": "0"}] == _own_limits(MaxHighFindings="0")
    assert [
        REPOSITORY,
        {"name": "MAX_CRITICAL_FINDINGS", "value": "1"},
        {"name": "MAX_HIGH_FINDINGS", "value": "22"},
        {"name": "UNSCANNED_IMAGE", "value": "fail"},
    ] == _own_limits(MaxCriticalFindings="1", MaxHighFindings="22", UnscannedImage="fail")


def test_a_pipeline_can_only_be_stricter_about_unscanned_images() -> None:
    """It can choose to stop them, but not to accept them."""
    template = new_template("Test")
    add_own_limits(template)
    pattern = template.parameters["UnscannedImage"].to_dict()["AllowedPattern"]
    assert ["", "fail"] == [value for value in ("", "fail", "allow", "Fail", "fail\n") if re.fullmatch(pattern, value)]


@pytest.mark.parametrize("value", ['"', "\\", "-1", "1.5", "10000", "1,2", "1\n", "one"])
def test_a_limit_cannot_break_the_json(value: str) -> None:
    """A limit is empty or a number of up to four digits."""
    template = new_template("Test")
    add_own_limits(template)
    for name in ("MaxCriticalFindings", "MaxHighFindings"):
        pattern = template.parameters[name].to_dict()["AllowedPattern"]
        assert not re.fullmatch(pattern, value)
        assert re.fullmatch(pattern, "")
        assert re.fullmatch(pattern, "9999")


def test_without_optional_variables_the_text_is_plain() -> None:
    """Fn::Sub then has a text and no variables of its own; parameters in it are replaced by CloudFormation."""
    text: Any = encode_to_dict(action_variables({"A": "${One}", "B": "two"}, {}))["Fn::Sub"]
    assert '[{"name":"A","value":"${One}"},{"name":"B","value":"two"}]' == text
