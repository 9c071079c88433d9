"""The pipeline's events: a push of a matching tag starts it with exactly the pushed digest, a failed run is told."""

from __future__ import annotations

import json

from awacs import codepipeline, sqs
from awacs.aws import Allow, ArnEquals, Condition, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.events import DeadLetterConfig, InputTransformer, RetryPolicy, Rule, Target
from troposphere.sqs import Queue, QueuePolicy

from generator.arn import arn
from generator.components.pipeline import Pipeline
from generator.components.source import GROUP, Source
from generator.components.topic import Topic
from generator.iam import Grant, ServiceRole, add_service_role, trust
from generator.outputs import add_output
from generator.parameters import add_parameter
from generator.stages import Variable

PUSHED_TAG = Variable(name="PushedTag", default="none", description="The tag of the push; none after a start by hand")

LITERAL = "[A-Za-z0-9._-]+"
# Tags of the pipeline's own are an underscore and lower-case letters (_production). A pattern that begins with a letter
# or a digit, or holds a character that such tags have not, can never match one: the pipeline cannot start itself.
# A pattern without a literal would match untagged pushes too. EventBridge refuses `**`, and patterns of many stars.
TAG_PATTERN = rf"^(?=[A-Za-z0-9]|.*[A-Z0-9.-])\*?{LITERAL}(\*{LITERAL}){{0,2}}\*?$"
TAG_PATTERN_HINT = (
    "Type a pattern such as v* or *-prod: letters, digits, . _ - and up to four single *; "
    "after a leading * or _ also a digit, a capital, a dot or a dash."
)


def add_events(template: Template, source: Source, pipeline: Pipeline, topic: Topic) -> None:
    """The rule that starts the pipeline, the queue and alarm for what it could not deliver, the rule on failed runs.

    Both rules act by one role: a topic policy for EventBridge, and a key policy, could carry no condition.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    role = add_service_role(
        template,
        "EventsRole",
        trusted=trust("events.amazonaws.com", arn("events", "rule/*")),
        grants=(
            Grant(
                sid="StartPipeline",
                actions=(codepipeline.StartPipelineExecution,),
                resources=(pipeline.arn,),
                why="A matching push starts a run.",
            ),
            *topic.publish("Failed runs are told through the topic."),
        ),
    )
    _add_trigger(template, source, pipeline, topic, role)
    _add_failure_notice(template, pipeline, topic, role)


def _add_trigger(template: Template, source: Source, pipeline: Pipeline, topic: Topic, role: ServiceRole) -> None:
    """A rule on pushes to the repository. What it cannot deliver waits in a queue, and an alarm says so.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
    """
    pattern = add_parameter(
        template,
        "ImageTagPattern",
        group=GROUP,
        label="Tags that start the pipeline",
        description="A pushed tag that matches starts a run; * stands for any characters.",
        Default="v*",
        MaxLength=128,
        AllowedPattern=TAG_PATTERN,
        ConstraintDescription=TAG_PATTERN_HINT,
    )
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
        EventPattern={
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Action"],
            "detail": {
                "action-type": ["PUSH"],
                "result": ["SUCCESS"],
                "repository-name": [source.repository_name],
                "image-tag": [{"wildcard": pattern}],
            },
        },
        Targets=[
            Target(
                Id="Pipeline",
                Arn=pipeline.arn,
                RoleArn=role.arn,
                InputTransformer=_start_with_the_pushed_digest(source),
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


def _add_failure_notice(template: Template, pipeline: Pipeline, topic: Topic, role: ServiceRole) -> None:
    """A rule that tells failed runs (findings, a refused approval, an error) and those that an update has canceled.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    """
    template.add_resource(
        Rule(
            "FailureNotice",
            EventPattern={
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
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
                        InputTemplate='"Run <run> of pipeline <pipeline>: <state>. The console says where and why."',
                    ),
                )
            ],
        )
    )


def _start_with_the_pushed_digest(source: Source) -> InputTransformer:
    """What the target gets: StartPipelineExecution with the digest of the event instead of the configured tag.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-console.html
    """
    revision = {"actionName": source.action_name, "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
    start = {"sourceRevisions": [revision], "variables": [{"name": PUSHED_TAG.name, "value": "<tag>"}]}
    return InputTransformer(
        InputPathsMap={"digest": "$.detail.image-digest", "tag": "$.detail.image-tag"}, InputTemplate=json.dumps(start)
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
