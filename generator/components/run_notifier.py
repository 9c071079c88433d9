"""The function that turns the events of one pipeline into messages, and the rules that call it."""

from __future__ import annotations

from awacs import awslambda, codepipeline
from troposphere import Equals, If, NoValue, Ref, Template
from troposphere.events import Rule, Target

from generator.components.function import add_function
from generator.components.record import LOG_DAYS
from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, trust
from generator.model.owner import Owner
from generator.model.parameters import add_choice, add_condition, under

ALL = "NotifyAll"


def add_run_notifier(
    template: Template, name: Ref, topic: Topic, owner: Owner, *, readers: str = "mail and chat"
) -> None:
    """The messages: of failed runs, or of everything that people wait for.

    With `readers="chat"` there is only the form for chat.

    A function and not an input transformer: the events have no digest, a transformer does not escape quotes, and only a
    publisher of its own can give mail and chat different texts in one topic.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    """
    choice = add_choice(
        template,
        "Notices",
        group="Notices",
        label="Messages about",
        description="failures: failed and canceled runs. all: also runs that start, need an approval or succeed.",
        choices=("failures", "all"),
    )
    add_condition(template, ALL, Equals(choice, "all"))
    notifier = add_function(
        template,
        "Notifier",
        description="Publishes messages about runs of a pipeline",
        grants=(
            Grant(
                sid="ReadRun",
                actions=(codepipeline.GetPipelineExecution,),
                resources=(arn("codepipeline", f"${{{name.data['Ref']}}}"),),
                why="The events of a run have neither the digest nor the tag of its image.",
            ),
            topic.publish("The topic gets the messages."),
            topic.key.publish(),
        ),
        owner=owner,
        key=topic.key,
        log_retention_days=LOG_DAYS,
        variables={"TOPIC": topic.arn, "READERS": readers},
    )
    role = add_service_role(
        template,
        "EventsRole",
        trusted=trust("events.amazonaws.com", arn("events", "rule/*")),
        grants=(
            Grant(
                sid="CallNotifier",
                actions=(awslambda.InvokeFunction,),
                resources=(notifier.arn,),
                why="EventBridge calls the function with the events.",
            ),
        ),
    )
    target = Target(Id="Notifier", Arn=notifier.arn, RoleArn=role.arn)
    states = ["FAILED", "CANCELED", If(ALL, "SUCCEEDED", NoValue)]
    # A run is announced when its source has ended, because its digest is not known before.
    started = {"stage": ["Source"], "state": ["SUCCEEDED"]}
    asked = {"type": {"category": ["Approval"]}, "state": ["STARTED"]}
    for title, kind, detail, only_if in (
        ("RunNotice", "Pipeline", {"state": states}, ""),
        ("StartNotice", "Stage", started, ALL),
        ("ApprovalNotice", "Action", asked, ALL),
    ):
        pattern = {
            "source": ["aws.codepipeline"],
            "detail-type": [f"CodePipeline {kind} Execution State Change"],
            "detail": {"pipeline": [name], **detail},
        }
        # With its role the rule needs no policy of the function.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        template.add_resource(Rule(title, EventPattern=pattern, Targets=[target], **under(only_if)))
