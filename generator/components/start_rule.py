"""A rule that starts the pipeline, and the alarm for events that it could not deliver."""

from __future__ import annotations

from typing import Any

from awacs import codepipeline
from troposphere import Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.events import DeadLetterConfig, InputTransformer, RetryPolicy, Rule, Target

from generator.components.lost_pushes import DeadLetters
from generator.components.pipeline import Pipeline
from generator.components.topic import Topic
from generator.model.grants import Grant, ServiceRole


def may_start(pipeline: Pipeline) -> Grant:
    """Start the pipeline."""
    return Grant(
        sid="StartPipeline",
        actions=(codepipeline.StartPipelineExecution,),
        resources=(pipeline.arn,),
        why="A matching push starts a run.",
    )


def add_start_rule(
    template: Template,
    pipeline: Pipeline,
    topic: Topic,
    role: ServiceRole,
    dead_letters: DeadLetters,
    *,
    event_pattern: dict[str, Any],
    transformer: InputTransformer,
) -> None:
    """The rule, and an alarm for events that it could not deliver, which are in the dead-letter queue.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    rule = Rule(
        "Trigger",
        EventPattern=event_pattern,
        Targets=[
            Target(
                Id="Pipeline",
                Arn=pipeline.arn,
                # EventBridge does not retry a call that is denied: it sends the event to the queue at once.
                RoleArn=role.arn,
                InputTransformer=transformer,
                # The default is 185 attempts in 24 hours: a run would start a day after its push.
                # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
                RetryPolicy=RetryPolicy(MaximumEventAgeInSeconds=3600, MaximumRetryAttempts=20),
                DeadLetterConfig=DeadLetterConfig(Arn=dead_letters.arn),
            )
        ],
    )
    template.add_resource(rule)
    template.add_resource(_alarm(rule, topic))


def _alarm(rule: Rule, topic: Topic) -> Alarm:
    """An alarm on the rule's own metric, because many rules can share a queue. EventBridge sends no zeros.

    The user guide's page on dead-letter queues spells the metric with DLQ; CloudWatch has it with Dlq.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return Alarm(
        "LostPushAlarm",
        AlarmDescription="An event did not start the pipeline: it is in the queue of lost pushes",
        AlarmActions=[topic.arn],
        Namespace="AWS/Events",
        MetricName="InvocationsSentToDlq",
        Dimensions=[MetricDimension(Name="RuleName", Value=Ref(rule))],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
