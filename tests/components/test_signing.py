"""Managed signing."""

from __future__ import annotations

from troposphere import Template

from generator import render
from generator.components.signing import add_managed_signing, add_signing
from tests.ground import new_repository
from tests.resolved import resolved

PROFILE = "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/orders"


def test_who_pushes_signs_with_the_profile_that_is_given() -> None:
    """ECR signs in the name of who pushes; without a profile the grant names what nobody can sign with."""
    template, repository, _ = new_repository()
    (resource,) = add_signing(template, repository).sign().resources
    rendered = render.to_dict(template)
    rendered["Resources"]["Asked"] = {"Type": "Test", "Properties": {"On": resource.to_dict()}}  # type: ignore[attr-defined]
    assert PROFILE == resolved(rendered, SigningProfileArn=PROFILE)["Asked"]["On"]
    assert "Repository.Arn" == resolved(rendered)["Asked"]["On"]


def test_the_registry_signs_what_matches() -> None:
    """With a profile for container images, a new one or the one that is given."""
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
