"""Packages, assembled."""

from __future__ import annotations

from generator.blueprints.packages import packages
from generator.model.parameters import INTERFACE
from generator.publishing import render
from tests.resolved import resolved

PACKAGES = render.to_dict(packages())


def test_a_name_alone_creates_these_resources() -> None:
    """A key, a domain and an empty repository: packages from the internet are a choice."""
    assert {"Key", "KeyAlias", "Domain", "Packages"} == resolved(PACKAGES, DomainName="example").keys()


def test_only_the_domain_is_required() -> None:
    """Every other parameter has a default; the form begins with the name."""
    assert ["DomainName"] == [name for name, each in PACKAGES["Parameters"].items() if "Default" not in each]
    assert "DomainName" == PACKAGES["Metadata"][INTERFACE]["ParameterGroups"][0]["Parameters"][0]


def test_an_existing_key_takes_the_place_of_a_new_one() -> None:
    """The domain is encrypted with it."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    made = resolved(PACKAGES, DomainName="example", KmsKeyArn=key)
    assert key == made["Domain"]["EncryptionKey"]
    assert "Key" not in made
