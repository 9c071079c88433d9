"""The parameters of an existing VPC."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.cloudformation.template_rules import broken
from generator.components.existing_vpc import TEXTS, add_existing_vpc
from generator.model.parameters import add_choice
from generator.model.template import new_template
from generator.publishing import render
from tests.resolved import resolved

VPC = add_existing_vpc(
    TEMPLATE := new_template("Test"),
    chosen_by=add_choice(TEMPLATE, "Where", group="G", label="Where", description="Where.", choices=("new", "old")),
    value="old",
)
RENDERED: dict[str, Any] = render.to_dict(TEMPLATE)
GIVEN = {
    "VpcId": "vpc-0a1b2c3d4e5f60718",
    "SubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728",
    "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
    "S3PrefixListId": "pl-6da54004",
}


def _refused(**values: str) -> list[str]:
    empty = {"Where": "new", **dict.fromkeys(GIVEN, "")}
    return [message for _, message in broken(RENDERED["Rules"], empty | values)]


def test_an_existing_vpc_must_be_described_completely() -> None:
    """If it is chosen, each missing part is named."""
    assert [f"Where=old: enter {name}." for name in GIVEN] == _refused(Where="old")
    for name in GIVEN:
        assert [f"Where=old: enter {name}."] == _refused(Where="old", **{**GIVEN, name: ""})
    assert [] == _refused(Where="old", **GIVEN)


@pytest.mark.parametrize("name", GIVEN)
def test_a_vpc_that_is_not_used_is_refused(name: str) -> None:
    """A parameter of an existing VPC without any effect is probably a mistake."""
    assert [f"Where is not old: leave {', '.join(GIVEN)} empty."] == _refused(**{name: GIVEN[name]})
    assert [] == _refused()


def test_the_condition_holds_for_a_complete_vpc_only() -> None:
    """Resources use the parameters under the condition, so that none of them is empty then."""
    rendered = RENDERED | {"Resources": {"It": {"Type": "T", "Condition": VPC.condition, "Properties": {}}}}
    assert ["It"] == list(resolved(rendered, Where="old", **GIVEN))
    assert [] == list(resolved(rendered, **GIVEN))
    assert [] == list(resolved(rendered, Where="old", **{**GIVEN, "SubnetIds": ""}))


def test_parameters_are_named_after_the_exports_of_a_network() -> None:
    """One can replace the other. All are empty by default."""
    assert list(GIVEN) == list(TEXTS) == list(VPC.given)
    assert {""} == {RENDERED["Parameters"][name]["Default"] for name in TEXTS}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VpcId", "subnet-0a1b2c3d4e5f60718"),
        ("VpcId", "vpc-xyz"),
        ("SubnetIds", "subnet-0a1b2c3d, subnet-0a1b2c3e"),
        ("SubnetIds", "subnet-0a1b2c3d,"),
        ("SubnetIds", ",".join(["subnet-0a1b2c3d"] * 7)),
        ("EndpointSecurityGroupId", "default"),
        ("S3PrefixListId", "com.amazonaws.eu-west-1.s3"),
        ("S3PrefixListId", "pl-6da54004\n"),
    ],
)
def test_text_that_is_no_id_is_refused(name: str, value: str) -> None:
    """A text has the form of its id, or is empty."""
    pattern = RENDERED["Parameters"][name]["AllowedPattern"]
    assert not re.fullmatch(pattern, value)
    assert all(re.fullmatch(pattern, good) for good in ("", GIVEN[name]))


def test_every_example_is_allowed() -> None:
    """The message shows a value that the pattern takes."""
    for name, text in TEXTS.items():
        assert re.fullmatch(RENDERED["Parameters"][name]["AllowedPattern"], text.example)
        assert text.example in RENDERED["Parameters"][name]["ConstraintDescription"]
