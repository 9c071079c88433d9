"""E9702: features of V2."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_rules import action, findings, messages, pipeline, with_action

V2_ACTIONS = (
    "Build/ECRBuildAndPublish",
    "Compute/Commands",
    "Deploy/EC2",
    "Deploy/EKS",
    "Deploy/Lambda",
    "Invoke/CodePipeline",
)
CONDITIONS = {"Conditions": [{"Result": "ROLLBACK"}]}


def everything() -> dict[str, Any]:
    """A pipeline that uses all that V2 brought."""
    body = with_action(*(action(provider, provider.replace("/", ""), {}) for provider in V2_ACTIONS))
    pipeline(body)["ExecutionMode"] = "PARALLEL"
    pipeline(body)["Triggers"] = [{"ProviderType": "CodeStarSourceConnection"}]
    pipeline(body)["Stages"][1] |= {"BeforeEntry": CONDITIONS, "OnSuccess": CONDITIONS}
    pipeline(body)["Stages"][2] |= {"OnFailure": {"Result": "ROLLBACK"}}
    return body


def test_v2_may_do_all() -> None:
    """A pipeline of type V2 is not complained about."""
    assert [] == findings(everything(), "E9702")


@pytest.mark.parametrize(("kind", "said"), [(None, "is not set, which means V1"), ("V1", "is V1")], ids=["unset", "V1"])
def test_each_feature_is_named_for_v1(kind: str | None, said: str) -> None:
    """V1, declared or by default, has one complaint for every feature and every action of V2."""
    body = everything()
    pipeline(body).pop("PipelineType")
    if kind:
        pipeline(body)["PipelineType"] = kind
    features = [
        "ExecutionMode PARALLEL",
        "Variables",
        "Triggers",
        "BeforeEntry of a stage",
        "OnSuccess of a stage",
        "OnFailure of a stage",
        *(f"The action {provider}" for provider in V2_ACTIONS),
    ]

    assert [f"{feature} requires PipelineType V2, and PipelineType {said}" for feature in features] == messages(
        body, "E9702"
    )


def test_a_feature_is_found_at_its_place() -> None:
    """The finding points at the feature, not at the pipeline."""
    body = everything()
    pipeline(body)["PipelineType"] = "V1"

    places = [finding.place for finding in findings(body, "E9702")]
    assert "Resources/Pipeline/Properties/ExecutionMode" in places
    assert "Resources/Pipeline/Properties/Stages/2/OnFailure" in places
    assert "Resources/Pipeline/Properties/Stages/2/Actions/1/ActionTypeId" in places


def test_features_of_v1_are_no_finding() -> None:
    """A superseding V1 pipeline with Lambda invocations and ECS deployments is good."""
    body = with_action(action("Invoke/Lambda", "A", {}), action("Deploy/ECS", "B", {}))
    pipeline(body).update(PipelineType="V1", ExecutionMode="SUPERSEDED", Variables=[], Triggers={"Ref": "AWS::NoValue"})

    assert [] == findings(body, "E9702")


def test_a_type_that_is_known_at_deployment_is_no_finding() -> None:
    """A parameter may say V2, and a mode that is a parameter may be SUPERSEDED."""
    body = everything()
    pipeline(body)["PipelineType"] = {"Ref": "Type"}
    assert [] == findings(body, "E9702")

    body = with_action()
    pipeline(body).update(PipelineType="V1", ExecutionMode={"Ref": "Mode"}, Variables=[])
    assert [] == findings(body, "E9702")


def test_type_and_feature_under_one_condition_fit() -> None:
    """V2 under a condition covers features under the same condition, and no others."""
    body = with_action()
    pipeline(body).update(
        PipelineType={"Fn::If": ["Modern", "V2", "V1"]},
        ExecutionMode={"Fn::If": ["Modern", "QUEUED", "SUPERSEDED"]},
        Variables=[],
    )
    body["Conditions"] = {"Modern": {"Fn::Equals": [{"Ref": "RepositoryName"}, "orders"]}}
    assert [] == findings(body, "E9702")

    pipeline(body)["ExecutionMode"] = {"Fn::If": ["Modern", "SUPERSEDED", "QUEUED"]}
    assert ["Resources/Pipeline/Properties/ExecutionMode/Fn::If/2"] == [
        finding.place for finding in findings(body, "E9702")
    ]
