"""The signatures that a platform requires."""

from __future__ import annotations

import re

import pytest

from generator.components.required_signatures import add_required_signatures
from generator.model.template import new_template
from generator.publishing import render

TEMPLATE = new_template("Test")
READS = add_required_signatures(TEMPLATE)
PARAMETER = render.to_dict(TEMPLATE)["Parameters"]["SigningProfiles"]


@pytest.mark.parametrize("value", ["", "releases", "ab", "a" * 64, "releases,hotfixes", "a1,b2,c3,d4,e5"])
def test_names_of_profiles_are_taken(value: str) -> None:
    """Up to five, as AWS Signer names them; nothing means that no signature is required."""
    assert re.search(PARAMETER["AllowedPattern"], value)


@pytest.mark.parametrize(
    "value", ["a", "a" * 65, "a-b", "a b", "releases,releases", "ab,", "arn:aws:signer:x", "a1,b2,c3,d4,e5,f6"]
)
def test_other_texts_are_refused(value: str) -> None:
    """Among them an ARN: a profile is one of this account. The text becomes part of a script."""
    assert not re.search(PARAMETER["AllowedPattern"], value)


def test_only_reading_the_status_is_granted() -> None:
    """Inspect neither signs images nor changes signatures."""
    assert ["ecr:DescribeImageSigningStatus"] == [str(action.JSONrepr()) for action in READS]
