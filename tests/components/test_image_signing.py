"""Signatures."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.image_repository import add_image_repository
from generator.components.image_signing import add_signing
from generator.model.template import new_template
from generator.publishing.render import to_dict

REPOSITORY = add_image_repository(TEMPLATE := new_template("Test"))
POLICY = add_signing(TEMPLATE, REPOSITORY)
RESOURCE = to_dict(TEMPLATE)["Resources"]["SigningPolicy"]


def test_without_a_profile_nothing_is_signed() -> None:
    """The policy exists, and roles have it, if there is a profile."""
    assert "IsSigned" == RESOURCE["Condition"]
    assert {"Fn::If": ["IsSigned", {"Ref": "SigningPolicy"}, {"Ref": "AWS::NoValue"}]} == encode_to_dict(POLICY)


def test_signing_is_for_one_profile_and_one_repository() -> None:
    """ECR signs with the permissions of the role that pushes: with this profile, into this repository."""
    sign, store = RESOURCE["Properties"]["PolicyDocument"]["Statement"]
    assert ("signer:SignPayload", {"Ref": "SigningProfileArn"}) == (sign["Action"], sign["Resource"])
    assert encode_to_dict(REPOSITORY.own.arn) == store["Resource"]
    assert "ecr:PutImage" not in store["Action"]
