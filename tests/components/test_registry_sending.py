"""Replication from a registry."""

from __future__ import annotations

import re

import pytest
from troposphere import Template

from generator.components.registry_sending import add_registry_sending
from generator.publishing import render
from tests.resolved import resolved

add_registry_sending(TEMPLATE := Template())
RENDERED = render.to_dict(TEMPLATE)
PATTERN = re.compile(RENDERED["Parameters"]["Destinations"]["AllowedPattern"])


def test_one_rule_has_all_destinations() -> None:
    """Two accounts, one of them in two regions; the prefixes are filters of the rule."""
    places = "222233334444/eu-west-1,333344445555/eu-west-1,333344445555/us-east-1"
    made = resolved(RENDERED, Destinations=places, RepositoryPrefixes="team/,base/")["Replication"]
    [rule] = made["ReplicationConfiguration"]["Rules"]
    told = [f"{each['RegistryId']}/{each['Region']}" for each in rule["Destinations"]]
    assert (places.split(","), ["team/", "base/"]) == (told, [each["Filter"] for each in rule["RepositoryFilters"]])


def test_deletions_are_not_replicated() -> None:
    """ECR replicates them only if a rule requires it."""
    assert "DeleteReplication" not in str(RENDERED)


@pytest.mark.parametrize("typed", ["", "222233334444", "eu-west-1", "222233334444/", "22223333444/eu-west-1",
                                   "222233334444/eu-west-1,222233334444/eu-west-1"])  # fmt: skip
def test_a_destination_is_an_account_and_a_region(typed: str) -> None:
    """Each once."""
    assert not PATTERN.fullmatch(typed)
