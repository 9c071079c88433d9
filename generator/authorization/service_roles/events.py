"""EventBridge: its calls with the role of a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.cloudformation.offline_stack import OfflineStack

_PAGE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html"
# By the service in the ARN of the target.
TARGETS: dict[str, Routine] = {
    "codepipeline": Routine(
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-cfn.html",
        (("codepipeline:StartPipelineExecution", {"name": "{Name}"}),),
    ),
    "sns": Routine(_PAGE, (("sns:Publish", {"TopicArn": "{Arn}"}),)),
    "lambda": Routine(_PAGE, (("lambda:Invoke", {"FunctionName": "{Arn}"}),)),
    "states": Routine(_PAGE, (("states:StartExecution", {"stateMachineArn": "{Arn}"}),)),
}


def _rule(_stack: OfflineStack, _title: str, rule: Mapping[str, Any], _facts: Facts) -> Iterator[ServiceCall]:
    for target in rule.get("Targets", ()):
        if "RoleArn" in target:
            _, _, service, _, _, name = target["Arn"].split(":", 5)
            yield from calls_in(TARGETS[service], target["RoleArn"], {"Arn": target["Arn"], "Name": name})


ROLE_USERS: RoleUsers = {"AWS::Events::Rule": _rule}
