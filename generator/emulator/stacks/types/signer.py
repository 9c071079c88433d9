"""AWS Signer."""

from __future__ import annotations

import uuid

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request


def _create_profile(work: ResourceContext, properties: Properties) -> str:
    # Letters, digits and underscores alone.
    name = properties.get("ProfileName") or f"{work.logical_id}_{uuid.uuid4().hex[:12]}"
    made = request(
        work.client("signer"), "PutSigningProfile", without(properties, "ProfileName", "Tags"), profileName=name
    )
    return str(made["arn"])


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def _described(work: ResourceContext, arn: str, _properties: Properties) -> dict[str, str]:
    found = work.client("signer").get_signing_profile(profileName=_name(arn))
    return {
        "Arn": arn,
        "ProfileName": _name(arn),
        "ProfileVersion": found["profileVersion"],
        "ProfileVersionArn": found["profileVersionArn"],
    }


TYPES = {
    "AWS::Signer::SigningProfile": ResourceHandler(
        create=_create_profile,
        delete=lambda work, arn, _: work.client("signer").cancel_signing_profile(profileName=_name(arn)),
        attributes=_described,
    ),
}
