"""The role of a stack's rules, and the rule on failed runs."""

from __future__ import annotations

import json

from awacs import codepipeline

from generator.components.notices import add_failure_notice, add_rules_role
from generator.components.pipeline import add_pipeline
from generator.iam import Grant
from tests.ground import Ground

START = Grant(sid="Start", actions=(codepipeline.StartPipelineExecution,), resources=("arn:p",), why="Test.")


def test_rules_publish_and_do_what_they_are_granted(ground: Ground) -> None:
    """The role publishes to the topic with its key; anything else is asked for."""
    add_rules_role(ground.template, ground.topic, START)
    statements = ground.properties("EventsRole")["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["Start", "Publish", "EncryptMessages"] == [statement["Sid"] for statement in statements]


def test_failed_and_canceled_runs_of_this_pipeline_are_told(ground: Ground) -> None:
    """The rule is for this pipeline, and its message says which run and what became of it."""
    running = add_pipeline(ground.template, ground.store, [])
    add_failure_notice(ground.template, running, ground.topic, add_rules_role(ground.template, ground.topic))
    rule = ground.properties("FailureNotice")
    assert {"pipeline": [{"Ref": "Pipeline"}], "state": ["FAILED", "CANCELED"]} == rule["EventPattern"]["detail"]
    (target,) = rule["Targets"]
    assert "Run <run> of pipeline <pipeline>: <state>." in json.loads(target["InputTransformer"]["InputTemplate"])
