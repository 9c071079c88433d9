"""Enhanced scanning of the whole registry."""

from __future__ import annotations

from troposphere import Template

from generator.components.registry_scanning import add_registry_scanning
from generator.publishing import render
from tests.resolved import resolved

add_registry_scanning(TEMPLATE := Template())
RENDERED = render.to_dict(TEMPLATE)


def test_the_registry_stays_as_it_is_by_default() -> None:
    """There is one configuration for an account and region: a stack sets it only if that is chosen."""
    assert "EnhancedScanning" not in resolved(RENDERED)
    assert "all repositories in this account and region" in RENDERED["Parameters"]["RegistryScanning"]["Description"]


def test_enhanced_scanning_covers_every_repository() -> None:
    """A repository that no filter matches would not be scanned at all, so the filter is for all."""
    for choice, frequency in (("on-push", "SCAN_ON_PUSH"), ("continuous", "CONTINUOUS_SCAN")):
        scanning = resolved(RENDERED, RegistryScanning=choice)["EnhancedScanning"]
        assert "ENHANCED" == scanning["ScanType"]
        assert [
            {"ScanFrequency": frequency, "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}
        ] == scanning["Rules"]


def test_inspector_survives_the_stack() -> None:
    """CloudFormation would disable Inspector for the account if it deleted the setting, so it is kept."""
    scanning = RENDERED["Resources"]["EnhancedScanning"]
    assert ("Retain", "Retain") == (scanning["DeletionPolicy"], scanning["UpdateReplacePolicy"])
