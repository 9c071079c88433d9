"""The approval."""

from __future__ import annotations

import json

from troposphere import Ref, encode_to_dict

from generator.components.approval import add_approval_timeout, approval
from generator.components.record import add_recorder
from generator.model.stages import Stage
from generator.model.template import new_template
from tests.ground import OWNER, Ground


def _stage(ground: Ground, where: Ref | None = None) -> Stage:
    recorder = add_recorder(ground.template, ground.source, OWNER, ground.key)
    return approval(
        ground.inspection,
        recorder,
        ground.topic,
        before=Stage(name="Production", actions=(), only_if="DeployProduction"),
        where=where,
        pushed_tag="#{variables.PushedTag}",
        timeout_minutes=77,
    )


def test_the_approver_reads_what_would_be_released(ground: Ground) -> None:
    """The message has repository, pushed tag, digest and findings, well within CodePipeline's 1,000 characters."""
    text = encode_to_dict(_stage(ground).actions[-1])["Configuration"]["CustomData"]
    assert "Repository #{Inspect.REPOSITORY}. Digest #{Inspect.IMAGE_DIGEST}." in text
    assert text.endswith("'#{variables.PushedTag}'")
    assert "#{Inspect.CRITICAL_FINDINGS} critical, #{Inspect.HIGH_FINDINGS} high" in text
    assert "Exceptions: #{Inspect.EXCEPTIONS}." in text
    assert 500 > len(text)


def test_the_approver_reads_what_would_be_replaced(ground: Ground) -> None:
    """The record of the next stage is read right before the approval, and is a part of the message."""
    compare, approve = map(encode_to_dict, _stage(ground).actions)
    assert (1, 2) == (compare["RunOrder"], approve["RunOrder"])
    assert '"production"' in compare["Configuration"]["UserParameters"]
    assert f"It would replace in #{{{compare['Namespace']}.RELEASE}}. Pushed" in approve["Configuration"]["CustomData"]


def test_the_approver_reads_where_it_is_deployed(ground: Ground) -> None:
    """The function gets the parameter of the next stage, and names what it lists."""
    compare, approve = map(encode_to_dict, _stage(ground, Ref("ProductionService")).actions)
    text = compare["Configuration"]["UserParameters"]["Fn::Sub"]
    assert {"do": "read", "stage": "production", "where": "${ProductionService}"} == json.loads(text)
    assert "It would replace in production (#{Released.RELEASE})." in approve["Configuration"]["CustomData"]


def test_without_the_next_stage_there_is_no_approval(ground: Ground) -> None:
    """The approval depends on the condition of the stage that it is for."""
    assert "DeployProduction" == _stage(ground).only_if


def test_the_time_to_approve_can_be_chosen() -> None:
    """By a parameter within the limits of CodePipeline, with a day as its default."""
    template = new_template("Test")
    assert {"Ref": "ApprovalTimeoutMinutes"} == encode_to_dict(add_approval_timeout(template))
    timeout = template.parameters["ApprovalTimeoutMinutes"].to_dict()
    assert (5, 24 * 60, 86400) == (timeout["MinValue"], timeout["Default"], timeout["MaxValue"])


def test_the_approval_waits_for_that_time(ground: Ground) -> None:
    """The stage itself adds no parameter."""
    before = set(ground.template.parameters)
    stage = _stage(ground)
    assert 77 == encode_to_dict(stage.actions[-1])["TimeoutInMinutes"]
    assert before | {"PermissionsBoundaryArn"} == set(ground.template.parameters)


def test_the_pipeline_may_publish_the_request(ground: Ground) -> None:
    """CodePipeline publishes with the pipeline's role, which has the permissions on the key for artifacts."""
    grants = _stage(ground).grants
    assert ["CallRecorder", "SeeFunctions", "Publish"] == [grant.sid for grant in grants]
    publish = {action.action for action in ground.topic.key.publish().actions}
    assert publish <= {action.action for action in ground.key.use().actions}
