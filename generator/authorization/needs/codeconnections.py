"""AWS CodeConnections, formerly CodeStar Connections."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, needed


def _use_connection(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The service has two prefixes. The ARN does not say which of them IAM checks, so both are needed.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
    """
    sent = {key: call.parameters[key] for key in ("FullRepositoryId", "ProviderAction") if call.parameters.get(key)}
    for service in ("codeconnections", "codestar-connections"):
        context = {f"{service}:{key}": str(value) for key, value in sent.items()}
        yield needed(call, environment, f"{service}:UseConnection", "{ConnectionArn}", context=context)


NEEDS: Needs = {"codeconnections:UseConnection": _use_connection}
