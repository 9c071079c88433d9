"""The approval."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.approval import add_approval
from generator.components.inspection import add_inspection
from generator.stages import Stage
from tests.ground import Ground


def _stage(ground: Ground) -> Stage:
    inspection = add_inspection(ground.template, ground.source, ground.environment, {})
    return add_approval(ground.template, inspection, ground.topic, "#{variables.PushedTag}")


def test_the_approver_reads_what_would_be_released(ground: Ground) -> None:
    """Repository, pushed tag, digest and findings stand in the message, well within CodePipeline's 1,000 characters."""
    (action,) = _stage(ground).actions
    text = action.properties["Configuration"]["CustomData"]
    assert "Repository #{Inspect.REPOSITORY}. Digest #{Inspect.IMAGE_DIGEST}." in text
    assert text.endswith("'#{variables.PushedTag}'")
    assert "#{Inspect.CRITICAL_FINDINGS} critical, #{Inspect.HIGH_FINDINGS} high" in text
    assert 500 > len(text)


def test_the_approval_waits_as_long_as_it_is_told(ground: Ground) -> None:
    """The time to approve is a parameter, within what CodePipeline allows."""
    (action,) = _stage(ground).actions
    assert {"Ref": "ApprovalTimeoutMinutes"} == encode_to_dict(action)["TimeoutInMinutes"]
    timeout = ground.template.parameters["ApprovalTimeoutMinutes"].to_dict()
    assert (5, 86400) == (timeout["MinValue"], timeout["MaxValue"])


def test_the_pipeline_may_publish_the_request(ground: Ground) -> None:
    """CodePipeline publishes in the name of the pipeline's role, to the encrypted topic."""
    assert ["Publish", "EncryptMessages"] == [grant.sid for grant in _stage(ground).grants]
