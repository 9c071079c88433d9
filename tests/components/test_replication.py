"""Copies of the images elsewhere."""

from __future__ import annotations

from generator import render
from generator.checks.assertions import broken
from generator.components.replication import add_replication
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE, REPOSITORY, _ = new_repository()
add_replication(TEMPLATE, REPOSITORY)
RENDERED = render.to_dict(TEMPLATE)


def test_nothing_is_copied_by_default() -> None:
    """There is one configuration for an account and region: a stack takes it over only when a region is typed."""
    assert "Replication" not in resolved(RENDERED)


def test_this_repository_is_copied_to_the_region() -> None:
    """To this account, or to the one that is named; other repositories are not copied."""
    for account, registry in (("", "AWS::AccountId"), ("111122223333", "111122223333")):
        values = {"ReplicationRegion": "eu-west-1", "ReplicationAccountId": account}
        (rule,) = resolved(RENDERED, **values)["Replication"]["ReplicationConfiguration"]["Rules"]
        assert [{"Region": "eu-west-1", "RegistryId": registry}] == rule["Destinations"]
        assert [{"Filter": "Repository", "FilterType": "PREFIX_MATCH"}] == rule["RepositoryFilters"]


def test_an_account_without_a_region_is_refused() -> None:
    """Half of a destination is told before anything is made."""
    values = {"ReplicationRegion": "", "ReplicationAccountId": "111122223333"}
    ((rule, message),) = broken({"CopiesNeedARegion": RENDERED["Rules"]["CopiesNeedARegion"]}, values)
    assert ("CopiesNeedARegion", True) == (rule, "ReplicationRegion" in message)
    assert [] == list(broken(RENDERED["Rules"], {**values, "ReplicationRegion": "eu-west-1"}))
