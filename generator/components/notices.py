"""The role of a stack's rules, and the rule that reports failed runs."""

from __future__ import annotations

from troposphere import Template
from troposphere.events import InputTransformer, Rule, Target

from generator.components.pipeline import Pipeline
from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import Grant, ServiceRole, add_service_role, trust


def add_rules_role(template: Template, topic: Topic, *grants: Grant) -> ServiceRole:
    """The role of the stack's rules: they publish to the topic, and have `grants`.

    A topic policy for EventBridge, and a key policy, could carry no condition.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    return add_service_role(
        template,
        "EventsRole",
        trusted=trust("events.amazonaws.com", arn("events", "rule/*")),
        grants=(*grants, topic.publish("The topic announces failed runs."), topic.key.publish()),
    )


def add_failure_notice(template: Template, pipeline: Pipeline, topic: Topic, role: ServiceRole) -> None:
    """A rule that reports failed runs (findings, a refused approval, an error) and those that an update has canceled.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    """
    template.add_resource(
        Rule(
            "FailureNotice",
            EventPattern={
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                # A run that a newer one has replaced has a state of its own, SUPERSEDED. It is not a failure.
                "detail": {"pipeline": [pipeline.name], "state": ["FAILED", "CANCELED"]},
            },
            Targets=[
                Target(
                    Id="Topic",
                    Arn=topic.arn,
                    RoleArn=role.arn,
                    InputTransformer=InputTransformer(
                        InputPathsMap={
                            "pipeline": "$.detail.pipeline",
                            "run": "$.detail.execution-id",
                            "state": "$.detail.state",
                        },
                        # The quotes are part of the template: EventBridge takes a text only as a JSON string.
                        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
                        InputTemplate='"Run <run> of pipeline <pipeline>: <state>. The console shows where and why."',
                    ),
                )
            ],
        )
    )
