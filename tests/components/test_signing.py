"""Managed signing."""

from __future__ import annotations

from typing import Any

from troposphere import Template

from generator.components.signing import add_managed_signing, add_signing
from generator.model.grants import add_service_role, trust_quiet
from generator.publishing import render
from tests.resolved import resolved

PROFILE = "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/orders"


def test_a_push_signs_with_the_profile() -> None:
    """ECR signs with the permissions of the role that pushes; without a profile nothing is granted."""
    add_service_role(
        template := Template(),
        "Pusher",
        trusted=trust_quiet("lambda.amazonaws.com"),
        grants=[add_signing(template).sign()],
    )

    def granted(**given: str) -> list[Any]:
        role = resolved(render.to_dict(template), PermissionsBoundaryArn="", **given)["Pusher"]
        return list(role["Policies"][0]["PolicyDocument"]["Statement"])

    assert [PROFILE] == [each["Resource"] for each in granted(SigningProfileArn=PROFILE)]
    assert [] == granted()


def test_the_registry_signs_matching_repositories() -> None:
    """With a profile for container images, a new one or an existing one."""
    add_managed_signing(template := Template())
    rendered = render.to_dict(template)
    made = resolved(rendered, RepositoryFilter="team/*")
    assert {"PlatformId": "Notation-OCI-SHA384-ECDSA"} == made["SigningProfile"]
    assert [
        {
            "SigningProfileArn": "SigningProfile.Arn",
            "RepositoryFilters": [{"Filter": "team/*", "FilterType": "WILDCARD_MATCH"}],
        }
    ] == made["ManagedSigning"]["Rules"]
    brought = resolved(rendered, SigningProfileArn=PROFILE)
    assert "SigningProfile" not in brought
    assert PROFILE == brought["ManagedSigning"]["Rules"][0]["SigningProfileArn"]
