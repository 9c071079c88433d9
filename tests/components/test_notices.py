"""The role of a stack's rules, and the rule on failed runs."""

from __future__ import annotations

import json

from awacs import codepipeline
from troposphere import Ref, Sub

from generator.components.notices import add_failure_notice, add_rules_role
from generator.components.pipeline import Pipeline
from generator.model.grants import Grant
from tests.ground import Ground

START = Grant(sid="Start", actions=(codepipeline.StartPipelineExecution,), resources=("arn:p",), why="Test.")


def test_rules_publish_and_do_what_they_are_granted(ground: Ground) -> None:
    """The role publishes to the topic with its key, and has the further grants."""
    add_rules_role(ground.template, ground.topic, START)
    assert ["Start", "Publish", "UseTopicKey"] == list(ground.statements("EventsRole"))


def test_failed_and_canceled_runs_of_this_pipeline_are_reported(ground: Ground) -> None:
    """The rule is for this pipeline, and its message has the run and its state."""
    running = Pipeline(Ref("Pipeline"), Sub("arn:${Pipeline}"))
    add_failure_notice(ground.template, running, ground.topic, add_rules_role(ground.template, ground.topic))
    rule = ground.properties("FailureNotice")
    assert {"pipeline": [{"Ref": "Pipeline"}], "state": ["FAILED", "CANCELED"]} == rule["EventPattern"]["detail"]
    (target,) = rule["Targets"]
    assert "Run <run> of pipeline <pipeline>: <state>." in json.loads(target["InputTransformer"]["InputTemplate"])
