"""Lambda: the log of a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.authorization.shared_routines import WRITE_LOG
from generator.cloudformation.offline_stack import OfflineStack

FUNCTION_LOG = Routine(
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html", WRITE_LOG.operations
)


def _function(stack: OfflineStack, title: str, function: Mapping[str, Any], _facts: Facts) -> Iterator[ServiceCall]:
    log_group = function.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{stack.ref(title)}")
    return calls_in(FUNCTION_LOG, function["Role"], {"LogGroup": log_group})


ROLE_USERS: RoleUsers = {"AWS::Lambda::Function": _function}
