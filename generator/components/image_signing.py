"""Signatures: ECR makes them with AWS Signer when something is pushed, in the name of who pushes."""

from __future__ import annotations

from awacs import signer
from troposphere import Template

from generator.components.image_repository import UPLOAD, ImageRepository
from generator.components.signing import add_profile_arn
from generator.iam import Grant
from generator.parameters import add_condition, is_given


def add_signing(template: Template, repository: ImageRepository) -> tuple[Grant, Grant]:
    """What it takes to have pushes signed: to sign, and to store the signature, which who may push may already.

    The registry's signing configuration says what is signed.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
    """
    profile = add_profile_arn(template, "The profile that the registry signs with, if it signs (registry-signing).")
    signed = add_condition(template, "IsSigned", is_given(profile))
    return (
        Grant(
            sid="Sign",
            actions=(signer.SignPayload,),
            resources=(profile,),
            why="ECR signs what is pushed, in the name of who pushes.",
            only_if=signed,
        ),
        Grant(
            sid="StoreSignature",
            actions=UPLOAD,
            resources=(repository.own.arn,),
            why="The signature is pushed beside the image.",
            only_if=signed,
        ),
    )
