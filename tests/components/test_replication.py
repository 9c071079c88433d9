"""Copies of images in other regions and accounts."""

from __future__ import annotations

import pytest

from generator.cloudformation.template_rules import broken
from generator.components.replication import add_replication
from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE, REPOSITORY, _ = new_repository()
add_replication(TEMPLATE, REPOSITORY)
RENDERED = render.to_dict(TEMPLATE)


def test_nothing_is_copied_by_default() -> None:
    """There is one configuration for an account and region: a stack sets it only if a region is given."""
    assert "Replication" not in resolved(RENDERED)


def test_this_repository_is_copied_to_the_region() -> None:
    """To this account, or to the named one; other repositories are not copied."""
    for account, registry in (("", "AWS::AccountId"), ("111122223333", "111122223333")):
        values = {"ReplicationRegion": "eu-west-1", "ReplicationAccountId": account}
        (rule,) = resolved(RENDERED, **values)["Replication"]["ReplicationConfiguration"]["Rules"]
        assert [{"Region": "eu-west-1", "RegistryId": registry}] == rule["Destinations"]
        assert [{"Filter": "Repository", "FilterType": "PREFIX_MATCH"}] == rule["RepositoryFilters"]


def test_an_account_without_a_region_is_refused() -> None:
    """Half a destination is refused before anything is created."""
    values = {"ReplicationRegion": "", "ReplicationAccountId": "111122223333"}
    ((rule, message),) = broken({"CopiesNeedARegion": RENDERED["Rules"]["CopiesNeedARegion"]}, values)
    assert ("CopiesNeedARegion", True) == (rule, "ReplicationRegion" in message)
    assert [] == list(broken(RENDERED["Rules"], {**values, "ReplicationRegion": "eu-west-1"}))


def _refused(region: str, account: str = "") -> list[str]:
    """The rules that refuse this destination, in a stack of account 111122223333 in eu-west-1."""
    here = {"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}
    typed = {"ReplicationRegion": region, "ReplicationAccountId": account}
    return [f"{rule}: {message}" for rule, message in broken(RENDERED["Rules"], {**here, **typed})]


@pytest.mark.parametrize("account", ["", "111122223333"])
def test_copies_into_their_own_registry_are_refused(account: str) -> None:
    """A registry is no copy of itself: the message has another value to type."""
    (refusal,) = _refused("eu-west-1", account)
    assert refusal.startswith("CopiesGoElsewhere: ReplicationRegion is the region of the stack: enter another one")


@pytest.mark.parametrize("destination", [("eu-central-1", ""), ("eu-west-1", "999988887777"), ("", "")])
def test_another_region_or_another_account_is_elsewhere(destination: tuple[str, str]) -> None:
    """The same region of another account is a destination; without copies nothing is required."""
    assert [] == _refused(*destination)
