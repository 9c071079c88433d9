"""A rule that starts the pipeline, and what becomes of an event that it could not deliver."""

from __future__ import annotations

from typing import Any

from awacs import codepipeline, sqs
from awacs.aws import Allow, ArnEquals, Condition, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.events import DeadLetterConfig, InputTransformer, RetryPolicy, Rule, Target
from troposphere.sqs import Queue, QueuePolicy

from generator.components.pipeline import Pipeline
from generator.components.topic import Topic
from generator.iam import Grant, ServiceRole
from generator.outputs import add_output


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
    *,
    event_pattern: dict[str, Any],
    transformer: InputTransformer,
) -> None:
    """The rule. What it cannot deliver waits in a queue, and an alarm says so.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    queue = Queue(
        "LostPushes",
        DeletionPolicy="Delete",
        UpdateReplacePolicy="Delete",
        KmsMasterKeyId=topic.key.arn,
        MessageRetentionPeriod=1209600,
    )
    template.add_resource(queue)
    rule = Rule(
        "Trigger",
        EventPattern=event_pattern,
        Targets=[
            Target(
                Id="Pipeline",
                Arn=pipeline.arn,
                RoleArn=role.arn,
                InputTransformer=transformer,
                RetryPolicy=RetryPolicy(MaximumEventAgeInSeconds=3600, MaximumRetryAttempts=20),
                DeadLetterConfig=DeadLetterConfig(Arn=GetAtt(queue, "Arn")),
            )
        ],
    )
    template.add_resource(rule)
    template.add_resource(
        QueuePolicy("LostPushesPolicy", Queues=[Ref(queue)], PolicyDocument=_queue_policy(queue, rule))
    )
    add_output(
        template, "LostPushesQueueUrl", Ref(queue), "Pushes that could not start the pipeline wait here for 14 days"
    )
    template.add_resource(
        Alarm(
            "LostPushAlarm",
            AlarmDescription="A push did not start the pipeline: it lies in the queue of lost pushes",
            AlarmActions=[topic.arn],
            Namespace="AWS/SQS",
            MetricName="NumberOfMessagesSent",  # each lost push anew, however many lie there already
            Dimensions=[MetricDimension(Name="QueueName", Value=GetAtt(queue, "QueueName"))],
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
    )


def _queue_policy(queue: Queue, rule: Rule) -> PolicyDocument:
    """Only the rule puts in what it could not deliver. An encrypted queue refuses plain HTTP by itself.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(
                Sid="KeepLostPushes",
                Effect=Allow,
                Principal=Principal("Service", "events.amazonaws.com"),
                Action=[sqs.SendMessage],
                Resource=[GetAtt(queue, "Arn")],
                Condition=Condition(ArnEquals({"aws:SourceArn": GetAtt(rule, "Arn")})),
            ),
        ],
    )
