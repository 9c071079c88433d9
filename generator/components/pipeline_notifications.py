"""Events of a pipeline as CodePipeline's own notifications: a chat shows them, unlike the events of EventBridge."""

from __future__ import annotations

from awacs import kms, sns
from awacs.aws import Allow, Condition, Principal, Statement, StringEquals
from awacs.aws import StringEqualsIfExists as EqualsIfSent
from troposphere import If, NoValue, Ref, Sub, Template
from troposphere.codestarnotifications import NotificationRule
from troposphere.codestarnotifications import Target as NotificationTarget

from generator.components.run_notifier import ALL
from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import ACCOUNT
from generator.model.owner import STACK_SUFFIX

SERVICE = "codestar-notifications.amazonaws.com"
# Events that the notifier does not cover: which action failed and why, the answer to an approval, a replaced run.
# https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#events-ref-pipeline
FAILURES = ("codepipeline-pipeline-action-execution-failed",)
OTHERS = (
    "codepipeline-pipeline-manual-approval-succeeded",
    "codepipeline-pipeline-manual-approval-failed",
    "codepipeline-pipeline-pipeline-execution-superseded",
)


def for_notifications() -> Statement:
    """In the policy of a key: the service of notification rules, for messages to encrypted topics.

    AWS documents the condition on SNS. The account is compared where it is sent.
    https://docs.aws.amazon.com/dtconsole/latest/userguide/set-up-sns.html
    """
    through_sns = {"kms:ViaService": Sub("sns.${AWS::Region}.amazonaws.com")}
    return Statement(
        Sid="Notifications",
        Effect=Allow,
        Principal=Principal("Service", SERVICE),
        Action=[kms.Decrypt, kms.GenerateDataKey],
        Resource=["*"],
        Condition=Condition([StringEquals(through_sns), EqualsIfSent({"aws:SourceAccount": ACCOUNT})]),
    )


def notifications_publish(topic: Ref) -> Statement:
    """In the policy of a topic: notification rules of this account may publish.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/troubleshooting.html#troubleshooting-no-SNS
    """
    return Statement(
        Sid="Notifications",
        Effect=Allow,
        Principal=Principal("Service", SERVICE),
        Action=[sns.Publish],
        Resource=[topic],
        Condition=Condition(StringEquals({"aws:SourceAccount": ACCOUNT})),
    )


def add_pipeline_notifications(template: Template, name: Ref, topic: Topic) -> None:
    """The rule. It needs a topic in the region of the pipeline, whose name `name` holds.

    CodePipeline adds the message of an error to a failure only with the detail type FULL.
    https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#detail-type
    """
    pipeline = name.data["Ref"]
    template.add_resource(
        NotificationRule(
            "PipelineNotifications",
            # The name is unique in the account and region, and has at most 64 characters.
            Name=Sub(f"${{{pipeline}}}-${{Suffix}}", Suffix=STACK_SUFFIX),
            Resource=arn("codepipeline", f"${{{pipeline}}}"),
            DetailType="FULL",
            EventTypeIds=[*FAILURES, *(If(ALL, each, NoValue) for each in OTHERS)],
            Targets=[NotificationTarget(TargetType="SNS", TargetAddress=topic.arn)],
        )
    )
