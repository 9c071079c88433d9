"""W9702: pipelines without a type."""

from __future__ import annotations

import pytest

from tests.rules.test_rules import findings, pipeline, template


def test_a_pipeline_without_type_is_warned_of() -> None:
    """A pipeline that does not say its type gets one warning."""
    body = template()
    del pipeline(body)["PipelineType"]

    assert [
        ("W9702", "Resources/Pipeline/Properties", "Set PipelineType, V2 or V1: without it the pipeline is V1")
    ] == findings(body, "W9702")


def test_a_type_that_is_unset_under_a_condition_is_warned_of() -> None:
    """NoValue in a branch is no type."""
    body = template()
    pipeline(body)["PipelineType"] = {"Fn::If": ["Modern", "V2", {"Ref": "AWS::NoValue"}]}
    body["Conditions"] = {"Modern": {"Fn::Equals": [{"Ref": "RepositoryName"}, "orders"]}}

    assert 1 == len(findings(body, "W9702"))


@pytest.mark.parametrize("kind", ["V1", "V2", {"Ref": "Type"}])
def test_any_type_will_do(kind: object) -> None:
    """An explicit V1 is a choice, and so is a parameter."""
    body = template()
    pipeline(body)["PipelineType"] = kind

    assert [] == findings(body, "W9702")
