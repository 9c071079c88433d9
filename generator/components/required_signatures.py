"""Required signatures of a platform: Inspect waits for the status that ECR's managed signing reports of a digest."""

from __future__ import annotations

from awacs import ecr
from awacs.aws import Action
from troposphere import Template

from generator.components.gate import GROUP
from generator.model.parameters import EACH_ONCE, add_parameter

PROFILE = "[A-Za-z0-9_]{2,64}"


def add_required_signatures(template: Template) -> tuple[Action, ...]:
    """The parameter for the profiles, one of which must have signed, and the actions that read their status.

    Inspect's script has the names in its own text. A profile is one of this account and region.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
    """
    add_parameter(
        template,
        "SigningProfiles",
        group=GROUP,
        label="Required signatures",
        description="Signing profiles of this account, one of which must have signed. Empty: none.",
        Default="",
        AllowedPattern=f"^{EACH_ONCE}({PROFILE}(,{PROFILE}){{0,4}})?$",
        ConstraintDescription="Enter names separated by commas, or leave it empty.",
    )
    return (ecr.DescribeImageSigningStatus,)
