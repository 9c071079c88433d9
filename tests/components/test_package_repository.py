"""A repository of packages in CodeArtifact."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from generator.authorization.decisions import Policy, Request
from generator.authorization.policies import policies_of
from generator.blueprints.image_build import image_build
from generator.blueprints.packages import packages
from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.parameter_types import problems
from generator.publishing import render
from tests.resolved import resolved

TEMPLATE = render.to_dict(packages())
PUBLISHER = "arn:aws:iam::111122223333:role/publish"
ARN = "arn:aws:codeartifact:eu-central-1:111122223333:"


def _stack(**parameters: str) -> OfflineStack:
    return OfflineStack(template=TEMPLATE, name="packages", parameters={"DomainName": "example", **parameters})


def _allowed(action: str, resource: str, principal: str = PUBLISHER, **parameters: str) -> bool:
    """Whether the policies of domain and repository alone allow it."""
    asked = Request(principal=principal, action=f"codeartifact:{action}", resources=(ARN + resource,))
    return policies_of(_stack(**parameters)).decide(asked).allowed


def test_public_packages_are_copied_if_that_is_chosen() -> None:
    """Each public registry that is chosen has a repository of its own, which is called as the console calls it."""
    made = resolved(TEMPLATE, DomainName="example", PublicNpm="yes", PublicMaven="yes")
    assert {"NpmStore", "MavenStore"} == {name for name in made if name.endswith("Store")}
    assert ["NpmStore.Name", "MavenStore.Name"] == made["Packages"]["Upstreams"]
    connections = [each["ExternalConnections"] for name, each in made.items() if name.endswith("Store")]
    assert [["public:npmjs"], ["public:maven-central"]] == connections
    assert [] == resolved(TEMPLATE, DomainName="example")["Packages"]["Upstreams"]


def test_the_publisher_publishes_to_the_repository_alone() -> None:
    """Its own policies need no more than sts:GetServiceBearerToken: those of domain and repository allow the rest."""
    given: dict[str, Any] = {"PublisherRoleArn": PUBLISHER, "PublicNpm": "yes"}
    assert _allowed("GetAuthorizationToken", "domain/example", **given)
    assert _allowed("ReadFromRepository", "repository/example/packages", **given)
    assert _allowed("PublishPackageVersion", "package/example/packages/npm//orders", **given)
    assert not _allowed("PublishPackageVersion", "package/example/npm-store/npm//orders", **given)
    assert not _allowed("DeletePackageVersions", "package/example/packages/npm//orders", **given)


def test_without_a_publisher_publishing_is_refused() -> None:
    """Without a publisher the domain refuses everybody, and the repository has no policy."""
    made = resolved(TEMPLATE, DomainName="example")
    assert "PermissionsPolicyDocument" not in made["Packages"]
    [statement] = made["Domain"]["PermissionsPolicyDocument"]["Statement"]
    assert ("Deny", "*") == (statement["Effect"], statement["Principal"])
    anything = Policy("administrator", {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    policies = replace(policies_of(_stack()), identity={PUBLISHER: (anything,)})
    arn = f"{ARN}package/example/packages/npm//orders"
    for action, allowed in (("PublishPackageVersion", False), ("DeletePackageVersions", True)):
        asked = Request(principal=PUBLISHER, action=f"codeartifact:{action}", resources=(arn,))
        assert allowed is policies.decide(asked).allowed


def test_the_outputs_are_what_is_typed_elsewhere() -> None:
    """The value of CodeArtifact of an image build, and the addresses of three package managers."""
    host = "https://example-111122223333.d.codeartifact.eu-central-1.amazonaws.com"
    assert {
        "CodeArtifact": "example/shop",
        "PythonIndex": f"{host}/pypi/shop/simple/",
        "NpmRegistry": f"{host}/npm/shop/",
        "MavenRepository": f"{host}/maven/shop/",
    } == _stack(PackageRepository="shop").outputs()


def test_an_image_build_takes_the_output() -> None:
    """The longest names that this form takes are a value that CodeArtifact of an image build takes."""
    pattern = image_build().parameters["CodeArtifact"].to_dict()["AllowedPattern"]
    for domain, repository in (("ab", "ab"), ("a" * 50, "A_." + "z" * 97)):
        declared = TEMPLATE["Parameters"]
        assert [] == [*problems(declared["DomainName"], domain), *problems(declared["PackageRepository"], repository)]
        assert re.fullmatch(pattern, f"{domain}/{repository}")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("DomainName", "Example"),
        ("DomainName", "-example"),
        ("DomainName", "a" * 51),
        ("PackageRepository", "npm-store"),
        ("PackageRepository", "maven-central-store"),
        ("PackageRepository", "shop/python"),
        ("PublisherRoleArn", "publish"),
        ("PublisherRoleArn", "arn:aws:iam::111122223333:user/publish"),
        ("PublisherRoleArn", "arn:aws:iam::111122223333:role/*"),
    ],
)
def test_wrong_values_are_refused(parameter: str, value: str) -> None:
    """A name that CodeArtifact refuses, the name of a copy, and a value that is not one role."""
    [problem] = problems(TEMPLATE["Parameters"][parameter], value)
    assert "Enter" in problem or "50" in problem
