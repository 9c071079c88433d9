"""Signatures: ECR signs pushed images with AWS Signer and the permissions of the role that pushes."""

from __future__ import annotations

from awacs import signer
from troposphere import If, NoValue, Template

from generator.components.image_repository import UPLOAD, ImageRepository
from generator.components.signing import add_profile_arn
from generator.model.grants import Grant, add_shared_policy
from generator.model.parameters import add_condition, is_given


def add_signing(template: Template, repository: ImageRepository) -> If:
    """The policy of every role that pushes, if the registry signs: sign, and store the signature next to the image.

    The registry's signing configuration says which images are signed.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
    """
    profile = add_profile_arn(template, "Signing profile of the registry, if it signs images.")
    signed = add_condition(template, "IsSigned", is_given(profile))
    grants = (
        Grant(
            sid="Sign",
            actions=(signer.SignPayload,),
            resources=(profile,),
            why="ECR signs what is pushed, with the permissions of the role that pushes.",
        ),
        Grant(
            sid="StoreSignature",
            actions=UPLOAD,
            resources=(repository.own.arn,),
            why="The signature is pushed to the repository of the image.",
        ),
    )
    return If(signed, add_shared_policy(template, "SigningPolicy", grants, only_if=signed), NoValue)
