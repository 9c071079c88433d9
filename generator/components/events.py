"""The pipeline's events: an image with a matching tag starts it with its digest, and failed runs are reported."""

from __future__ import annotations

import json
from typing import Any

from troposphere import Ref, Split, Template
from troposphere.events import InputTransformer

from generator.components.lost_pushes import DeadLetters
from generator.components.notices import add_failure_notice, add_rules_role
from generator.components.pipeline import Pipeline
from generator.components.pull_policy import ACCOUNT_ID
from generator.components.source import GROUP, Source
from generator.components.start_rule import add_start_rule, may_start
from generator.components.topic import Topic
from generator.model.grants import ServiceRole
from generator.model.parameters import EACH_ONCE, add_parameter
from generator.model.stages import Variable

# CodePipeline outputs no ImageTag for a run that starts with a digest, so the tag is a variable of the pipeline. It has
# a default, because a start without a value fails otherwise.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
# https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
PUSHED_TAG = Variable(name="PushedTag", default="none", description="The tag of the push; none after a start by hand")

# A deletion and a change of the storage class have the same detail type as a push.
PUSHES: dict[str, Any] = {"action-type": ["PUSH"]}
LITERAL = "[A-Za-z0-9._-]+"
# Tags of the pipeline's own are an underscore and lower-case letters (_production). A pattern that begins with a letter
# or a digit, or holds a character that such tags have not, can never match one: the pipeline cannot start itself.
# A pattern without a literal would match untagged pushes too. EventBridge refuses `**`, and patterns that are too
# complex: with many stars, or with sequences that repeat after a star. It documents no limit; what is known is in
# generator/eventbridge/wildcards.py. With four stars, and no pair of characters more than twice after the first one,
# at most nine prefixes of a pattern match one text: four stars, the first characters of three literals, two pairs.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
NO_PAIR_THREE_TIMES = r"(?![^*]*\*.*(?=([^*][^*])).(?:.*(?=\1).){2})"
TAG_PATTERN = rf"^(?=[A-Za-z0-9]|.*[A-Z0-9.-]){NO_PAIR_THREE_TIMES}\*?{LITERAL}(\*{LITERAL}){{0,2}}\*?$"
TAG_PATTERN_HINT = (
    "Enter a pattern such as v* or *-prod: letters, digits, . _ - and up to four single *. "
    "If it begins with * or _, it also needs a digit, a capital letter, a dot or a hyphen. "
    "No two characters in a row may occur three times after a *."
)


def add_events(
    template: Template,
    source: Source,
    pipeline: Pipeline,
    topic: Topic,
    dead_letters: DeadLetters,
    *,
    replicas: bool = True,
) -> None:
    """The rule that starts the pipeline, the alarm for undelivered events, and the rule on failed runs.

    Both rules act with one role. With `replicas` the pipeline starts on replicated images as well.
    """
    role = add_rules_role(template, topic, may_start(pipeline))
    _add_trigger(template, source, pipeline, topic, role, dead_letters=dead_letters, replicas=replicas)
    add_failure_notice(template, pipeline, topic, role)


def _add_trigger(
    template: Template,
    source: Source,
    pipeline: Pipeline,
    topic: Topic,
    role: ServiceRole,
    *,
    dead_letters: DeadLetters,
    replicas: bool,
) -> None:
    """A rule on images that are pushed to the repository. The tags that start the pipeline are a parameter.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
    """
    pattern = add_parameter(
        template,
        "ImageTagPattern",
        group=GROUP,
        label="Tags that start the pipeline",
        description="Each pushed tag that matches starts a run; * matches any characters.",
        Default="v*",
        MaxLength=128,
        AllowedPattern=TAG_PATTERN,
        ConstraintDescription=TAG_PATTERN_HINT,
    )
    add_start_rule(
        template,
        pipeline,
        topic,
        role,
        dead_letters,
        event_pattern={
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Action", *(["ECR Replication Action"] if replicas else ())],
            "detail": {
                **(_pushes_and_replicas(_add_replicating_accounts(template)) if replicas else PUSHES),
                "result": ["SUCCESS"],
                # The list of resources in the event of a push is empty, so the rule matches the name.
                "repository-name": [source.repository_name],
                "image-tag": [{"wildcard": pattern}],
            },
        },
        transformer=_start_with_the_pushed_digest(source),
    )


def _add_replicating_accounts(template: Template) -> Ref:
    """The parameter for the accounts whose replicas start the pipeline: ECR accepts replicas from more than these."""
    return add_parameter(
        template,
        "ReplicatingAccountIds",
        group=GROUP,
        label="Accounts that replicate",
        description="Accounts, separated by commas, whose replicated images also start runs.",
        Default="none",
        AllowedPattern=f"^{EACH_ONCE}(none|{ACCOUNT_ID}(,{ACCOUNT_ID}){{0,4}})$",
        ConstraintDescription="Enter account IDs of twelve digits, separated by commas, or none.",
    )


def _pushes_and_replicas(accounts: Ref) -> dict[str, Any]:
    """A push has no source account; a replica must come from a listed one.

    EventBridge refuses an empty list: `none` is a text that no event has. The two alternatives share the pattern of the
    tag, so that the rule is not more complex than for pushes alone.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or
    """
    return {"$or": [PUSHES, {"action-type": ["REPLICATE"], "source-account": Split(",", accounts)}]}


def _start_with_the_pushed_digest(source: Source) -> InputTransformer:
    """The input of the target: StartPipelineExecution with the digest of the event instead of the configured tag.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-console.html
    """
    # InputTemplate is a text and sourceRevisions a list, unlike in AWS's sample for CloudFormation.
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-cfn.html
    revision = {"actionName": source.action_name, "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
    start = {"sourceRevisions": [revision], "variables": [{"name": PUSHED_TAG.name, "value": "<tag>"}]}
    return InputTransformer(
        InputPathsMap={"digest": "$.detail.image-digest", "tag": "$.detail.image-tag"}, InputTemplate=json.dumps(start)
    )
