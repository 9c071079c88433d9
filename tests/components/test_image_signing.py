"""Signatures."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.image_repository import add_image_repository
from generator.components.image_signing import add_signing
from generator.template import new_template

REPOSITORY = add_image_repository(TEMPLATE := new_template("Test"))
SIGN, STORE = add_signing(TEMPLATE, REPOSITORY)


def test_nobody_signs_without_a_profile() -> None:
    """Both permissions are there with the profile."""
    assert {"IsSigned"} == {SIGN.only_if, STORE.only_if}


def test_signing_is_for_one_profile_and_one_repository() -> None:
    """ECR signs in the name of who pushes: with this profile, into this repository."""
    assert {"Ref": "SigningProfileArn"} == encode_to_dict(SIGN.statement())["Resource"]
    assert (REPOSITORY.own.arn,) == STORE.resources
