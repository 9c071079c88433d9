"""The repositories that Inspect reads."""

from __future__ import annotations

import re

import pytest
from troposphere import encode_to_dict

from generator.components.repositories import add_repository_pattern, one_repository
from generator.model.template import new_template
from generator.publishing import render

PATTERN = add_repository_pattern(TEMPLATE := new_template("Test"))
PARAMETER = render.to_dict(TEMPLATE)["Parameters"]["RepositoryPattern"]


def test_a_pattern_is_a_part_of_the_arn() -> None:
    """Grants on repositories apply to those of this account and region that match."""
    arn = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${RepositoryPattern}"
    assert {"Fn::Sub": arn} == encode_to_dict(PATTERN.arn)
    _, pull = PATTERN.pull()
    _, read, _ = PATTERN.inspect()
    assert [(PATTERN.arn,), (PATTERN.arn,)] == [pull.resources, read.resources]


def test_a_single_repository_is_named_by_its_parameter() -> None:
    """A stack with one repository grants that one."""
    assert encode_to_dict(one_repository("RepositoryName").arn)["Fn::Sub"].endswith(":repository/${RepositoryName}")


def test_findings_include_those_of_inspector() -> None:
    """With enhanced scanning ECR asks Inspector with the permissions of the caller."""
    *_, enhanced = PATTERN.inspect()
    assert ["inspector2:ListCoverage", "inspector2:ListFindings"] == encode_to_dict(enhanced.statement())["Action"]


def test_the_pattern_of_repositories_has_no_default() -> None:
    """Reading every repository is a decision: the parameter has no default."""
    assert "Default" not in PARAMETER


@pytest.mark.parametrize("value", ["*", "team/*", "*/orders", "team/orders", "a", "team/*-api"])
def test_names_and_patterns_are_taken(value: str) -> None:
    """A star alone, one in any place, or none."""
    assert re.fullmatch(PARAMETER["AllowedPattern"], value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "/team", "team/", "Team/*", "a,b", "${x}", "a?", "a b", "a\n", "a" * 257),
        *("repository/*:", "111122223333:x"),
    ],
)
def test_text_that_is_no_pattern_of_names_is_refused(value: str) -> None:
    """Capitals, lists, variables, other wildcards and parts of an ARN."""
    assert not re.fullmatch(PARAMETER["AllowedPattern"], value)
