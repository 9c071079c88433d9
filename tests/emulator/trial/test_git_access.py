"""Access to the Git repositories of an account."""

from __future__ import annotations

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.aws import emulator
from generator.emulator.programs.git_server import GitRequest
from generator.emulator.runs.git import Git
from generator.emulator.trial.git_access import git_access

CONNECTION = "eu-central-1:111122223333:connection/1a2b3c4d"


def test_the_role_is_asked_for_the_use_of_an_authorized_connection() -> None:
    """The call names connection, repository and action, and the answer of the policies is the answer."""
    asked: list[ServiceCall] = []

    def permits(call: ServiceCall) -> str:
        asked.append(call)
        return "no"

    git = Git(authorized={f"arn:aws:codestar-connections:{CONNECTION}"})
    with emulator() as cloud:
        decide = git_access(cloud, git, permits)
        assert "no" == decide(GitRequest("ASIA", CONNECTION, "example/deployments", "GitPush"))
    [call] = asked
    assert ("codeconnections", "UseConnection") == (call.service, call.operation)
    assert {
        "ConnectionArn": f"arn:aws:codestar-connections:{CONNECTION}",
        "FullRepositoryId": "example/deployments",
        "ProviderAction": "GitPush",
    } == call.parameters


def test_an_unauthorized_connection_is_refused() -> None:
    """The permissions of the role do not matter."""
    with emulator() as cloud:
        decide = git_access(cloud, Git(), lambda _: "")
        assert "nobody has authorized it" in decide(GitRequest("ASIA", CONNECTION, "example/deployments", "GitPull"))
