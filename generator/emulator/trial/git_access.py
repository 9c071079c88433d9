"""Access to the Git repositories of an account: by a connection, with a role that may use it."""

from __future__ import annotations

from collections.abc import Callable

from moto.utilities.utils import get_partition

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.git_server import GitRequest
from generator.emulator.runs.action import PermitsCall
from generator.emulator.runs.git import Git


def git_access(cloud: Emulator, git: Git, permits: PermitsCall) -> Callable[[GitRequest], str]:
    """The function that returns the reason to refuse a request, or "".

    https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html
    """

    def decide(request: GitRequest) -> str:
        start = f"arn:{get_partition(cloud.region)}:"
        arns = [start + f"{service}:{request.connection}" for service in ("codeconnections", "codestar-connections")]
        known = [arn for arn in arns if arn in git.authorized]
        if not known:
            return f"connection {request.connection} is not available: nobody has authorized it"
        parameters = {
            "ConnectionArn": known[0],
            "FullRepositoryId": request.repository,
            "ProviderAction": request.action,
        }
        role = cloud.role_of(request.access_key)
        return permits(ServiceCall("codeconnections", "UseConnection", parameters, role))

    return decide
