"""Answers to package managers by the repositories of an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.aws import emulator
from generator.emulator.programs.package_server import PackageAnswer, PackageRequest
from generator.emulator.trial.package_access import package_access


def _asked(permits: Callable[[ServiceCall], str], **other: str) -> PackageAnswer:
    """The answer for a package of PyPI, asked with a token of the domain, unless `other` says differently."""
    with emulator() as cloud:
        codeartifact = cloud.client("codeartifact")
        codeartifact.create_domain(domain="example")
        codeartifact.create_repository(domain="example", repository="store")
        codeartifact.associate_external_connection(
            domain="example", repository="store", externalConnection="public:pypi"
        )
        upstreams = [{"repositoryName": "store"}]
        codeartifact.create_repository(domain="example", repository="shop", upstreams=upstreams)
        token = codeartifact.get_authorization_token(domain="example")["authorizationToken"]
        request = PackageRequest(token, "example", cloud.account, "shop", "pypi", "requests")
        return package_access(cloud, permits)(request._replace(**other))


def test_the_role_of_the_token_needs_the_permission() -> None:
    """For reading from the repository, by way of the host of the domain. Files of npm also come from AWS's bucket."""
    asked: list[ServiceCall] = []

    def permits(call: ServiceCall) -> str:
        asked.append(call)
        return ""

    assert 200 == _asked(permits).status
    assert 404 == _asked(permits, format="npm").status
    first, second = asked
    assert {"domain": "example", "repository": "shop"} == first.parameters
    assert "s3BucketArn" in second.parameters
    assert "example-111122223333.d.codeartifact.eu-central-1.amazonaws.com" == first.endpoint


def test_a_role_without_the_right_is_refused() -> None:
    """With the reason of the policies."""
    answer = _asked(lambda _: "nothing allows it")
    assert (403, True) == (answer.status, "nothing allows it" in answer.text)


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"token": "another"}, 401),
        ({"domain": "nobody"}, 401),
        ({"owner": "999988887777"}, 401),
        ({"repository": "missing"}, 404),
        ({"format": "maven", "package": "com.example/orders"}, 404),
    ],
)
def test_a_token_a_repository_or_a_package_that_does_not_exist(other: dict[str, str], status: int) -> None:
    """A token of another domain, a repository that does not exist, a package that does not exist."""
    assert status == _asked(lambda _: "", **other).status
