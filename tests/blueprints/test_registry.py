"""The registry, assembled."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.blueprints.registry import registry, registry_signing
from generator.model.parameters import INTERFACE
from generator.publishing import render
from tests.conftest import RENDERED
from tests.resolved import resolved

REGISTRY = render.to_dict(registry())


def test_a_name_alone_creates_these_resources() -> None:
    """A key, a repository and notices of its scans, but no setting of the whole registry."""
    made = resolved(REGISTRY, RepositoryName="team/orders")
    assert {
        *("Key", "KeyAlias", "Repository", "NotificationTopic", "NotificationTopicPolicy", "NoticesRole"),
        *("ScanNotice", "FindingNotice", "FailedScanNotice", "UnscannedNotice"),
    } == made.keys()
    assert "team/orders" == made["Repository"]["RepositoryName"]


def test_only_the_name_is_required() -> None:
    """Every other parameter has a default; the form begins with the name."""
    assert ["RepositoryName"] == [name for name, each in REGISTRY["Parameters"].items() if "Default" not in each]
    assert "RepositoryName" == REGISTRY["Metadata"][INTERFACE]["ParameterGroups"][0]["Parameters"][0]


PIPELINE_NAME = RENDERED["pipeline-release"]["Parameters"]["RepositoryName"]


@pytest.mark.slow
@given(st.from_regex(REGISTRY["Parameters"]["RepositoryName"]["AllowedPattern"], fullmatch=True))
def test_a_pipeline_accepts_every_name_of_a_registry(name: str) -> None:
    """The two templates take the same names."""
    assert re.fullmatch(PIPELINE_NAME["AllowedPattern"], name)


def test_signing_is_a_template_of_its_own() -> None:
    """Regions without managed signing would refuse a template that contains it."""
    types = {resource["Type"] for resource in REGISTRY["Resources"].values()}
    assert "AWS::ECR::SigningConfiguration" not in types
    assert {"SigningProfile", "ManagedSigning"} == render.to_dict(registry_signing())["Resources"].keys()
