"""A connection to a Git server: its parameters, and the permission to use it for one repository."""

from __future__ import annotations

from collections.abc import Sequence

from awacs import codeconnections, codestar_connections
from awacs.aws import Condition
from awacs.aws import StringEqualsIfExists as EqualsIfSent
from troposphere import Ref, Template

from generator.model.grants import Grant
from generator.model.parameters import add_parameter


def add_connection(template: Template, group: str) -> Ref:
    """The parameter for the connection."""
    return add_parameter(
        template,
        "ConnectionArn",
        group=group,
        label="Connection",
        description="ARN of a connection to the Git server. Its status must be Available.",
        AllowedPattern=r"^arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]+$",
        ConstraintDescription="Enter the ARN of a connection.",
    )


def add_git_repository(template: Template, name: str, *, group: str, description: str, example: str) -> Ref:
    """The parameter for a repository on the Git server."""
    return add_parameter(
        template,
        name,
        group=group,
        label="Git repository",
        description=description,
        AllowedPattern=r"^(?![\w-]+\.(com|org|net)/)(?!.*\.git$)[\w.-]+(/[\w.-]+)+$",
        ConstraintDescription=f"Enter owner/repository without host and .git, such as {example}.",
    )


def add_branch(template: Template, name: str, *, group: str, description: str) -> Ref:
    """The parameter for a branch."""
    return add_parameter(
        template,
        name,
        group=group,
        label="Branch",
        description=description,
        Default="main",
        AllowedPattern=r"^(?!refs/)[\w.-]+(/[\w.-]+)*$",
        ConstraintDescription="Enter a branch without refs/heads/, such as main.",
    )


def use_connection(sid: str, connection: Ref, repository: Ref, why: str, only: Sequence[str] = ()) -> Grant:
    """Use the connection: for this repository, if the request names one, and `only` for these actions of the provider.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
    https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html
    """
    services = ("codeconnections", "codestar-connections")
    # IfExists, because AWS does not say that every use of a connection sends these keys.
    keys: dict[str, object] = {f"{service}:FullRepositoryId": repository for service in services}
    if only:
        keys |= {f"{service}:ProviderAction": list(only) for service in services}
    return Grant(
        sid=sid,
        actions=(codeconnections.UseConnection, codestar_connections.UseConnection),
        resources=(connection,),
        condition=Condition(EqualsIfSent(keys)),
        why=f"{why} AWS checks the action under both names of the service.",
    )
