"""The approval."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.approval import add_approval
from generator.components.inspection import add_inspection
from generator.components.record import add_recorder
from generator.stages import Stage
from tests.ground import Ground


def _stage(ground: Ground) -> Stage:
    inspection = add_inspection(ground.template, ground.source, ground.environment, {})
    recorder = add_recorder(ground.template, ground.source, ground.environment)
    return add_approval(
        ground.template,
        inspection,
        recorder,
        ground.topic,
        before=Stage(name="Production", actions=(), only_if="DeployProduction"),
        pushed_tag="#{variables.PushedTag}",
    )


def test_the_approver_reads_what_would_be_released(ground: Ground) -> None:
    """Repository, pushed tag, digest and findings stand in the message, well within CodePipeline's 1,000 characters."""
    text = encode_to_dict(_stage(ground).actions[-1])["Configuration"]["CustomData"]
    assert "Repository #{Inspect.REPOSITORY}. Digest #{Inspect.IMAGE_DIGEST}." in text
    assert text.endswith("'#{variables.PushedTag}'")
    assert "#{Inspect.CRITICAL_FINDINGS} critical, #{Inspect.HIGH_FINDINGS} high" in text
    assert 500 > len(text)


def test_the_approver_reads_what_would_be_replaced(ground: Ground) -> None:
    """Right before the question the record of the stage that follows is read, and stands in the message."""
    compare, approve = map(encode_to_dict, _stage(ground).actions)
    assert (1, 2) == (compare["RunOrder"], approve["RunOrder"])
    assert '"production"' in compare["Configuration"]["UserParameters"]
    assert (
        f"It would replace in production: #{{{compare['Namespace']}.RELEASE}}."
        in approve["Configuration"]["CustomData"]
    )


def test_nobody_is_asked_where_nothing_follows(ground: Ground) -> None:
    """The approval is there under the condition of the stage that it stands before."""
    assert "DeployProduction" == _stage(ground).only_if


def test_the_approval_waits_as_long_as_it_is_told(ground: Ground) -> None:
    """The time to approve is a parameter, within what CodePipeline allows."""
    assert {"Ref": "ApprovalTimeoutMinutes"} == encode_to_dict(_stage(ground).actions[-1])["TimeoutInMinutes"]
    timeout = ground.template.parameters["ApprovalTimeoutMinutes"].to_dict()
    assert (5, 86400) == (timeout["MinValue"], timeout["MaxValue"])


def test_the_pipeline_may_publish_the_request(ground: Ground) -> None:
    """CodePipeline publishes in the name of the pipeline's role, to the encrypted topic."""
    assert ["CallRecorder", "SeeFunctions", "Publish", "EncryptMessages"] == [
        grant.sid for grant in _stage(ground).grants
    ]
