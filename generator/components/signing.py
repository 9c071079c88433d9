"""Managed signing: ECR signs pushed images with a profile of AWS Signer, as the role that pushes."""

from __future__ import annotations

from typing import NamedTuple

from awacs import signer
from troposphere import Equals, GetAtt, If, Ref, Template
from troposphere.ecr import RepositoryFilter, Rule, SigningConfiguration
from troposphere.signer import SigningProfile

from generator.components.source import NO_HOST
from generator.model.grants import Grant
from generator.model.outputs import add_output
from generator.model.parameters import add_condition, add_parameter, is_given

GROUP = "Signing"
PLATFORM = "Notation-OCI-SHA384-ECDSA"


class Signing(NamedTuple):
    """The profile that images are signed with, under the condition that they are."""

    profile_arn: Ref
    only_if: str

    def sign(self) -> Grant:
        """Sign the images that the role pushes.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
        """
        return Grant(
            sid="SignImage",
            actions=(signer.SignPayload,),
            resources=(self.profile_arn,),
            why="Managed signing signs with the permissions of the role that pushes.",
            only_if=self.only_if,
        )


def add_signing(template: Template) -> Signing:
    """The profile with which the registry signs, if it does."""
    profile = add_profile_arn(
        template, "Signing profile of the registry, if it signs images (template registry-signing)."
    )
    return Signing(profile, add_condition(template, "SignImages", is_given(profile)))


def add_managed_signing(template: Template) -> None:
    """The registry's signing configuration. There is one for an account and region.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
    """
    names = add_parameter(
        template,
        "RepositoryFilter",
        group=GROUP,
        label="Repositories",
        description="Images of matching repositories are signed; * matches any characters. An account has one signing "
        "configuration in a region: this stack sets it.",
        Default="*",
        AllowedPattern=r"^" + NO_HOST + r"([a-z0-9*]+([._-][a-z0-9*]+)*/)*[a-z0-9*]+([._-][a-z0-9*]+)*$",
        MaxLength=256,
        ConstraintDescription="Enter a name or a pattern without the registry's host, such as team/* or *.",
    )
    given = add_profile_arn(template, "ARN of a signing profile for container images. Empty: create one.")
    own = add_condition(template, "CreateProfile", Equals(given, ""))
    profile = SigningProfile("SigningProfile", Condition=own, PlatformId=PLATFORM)
    template.add_resource(profile)
    profile_arn = If(own, GetAtt(profile, "Arn"), given)
    template.add_resource(
        SigningConfiguration(
            "ManagedSigning",
            Rules=[
                Rule(
                    SigningProfileArn=profile_arn,
                    RepositoryFilters=[RepositoryFilter(Filter=names, FilterType="WILDCARD_MATCH")],
                )
            ],
        )
    )
    add_output(
        template, "SigningProfileArn", profile_arn, "Signing profile. A role that pushes needs signer:SignPayload on it"
    )


def add_profile_arn(template: Template, description: str) -> Ref:
    """The parameter for the profile of AWS Signer."""
    return add_parameter(
        template,
        "SigningProfileArn",
        group=GROUP,
        label="Signing profile",
        description=description,
        Default="",
        MaxLength=200,
        AllowedPattern=r"^(arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:/signing-profiles/[A-Za-z0-9_]{2,64})?$",
        ConstraintDescription="Enter the ARN of a signing profile, or leave it empty.",
    )
