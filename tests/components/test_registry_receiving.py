"""Replicas that a registry receives."""

from __future__ import annotations

from generator import catalog
from generator.publishing import render
from tests.resolved import resolved

RENDERED = render.to_dict(catalog.build("registry-receiving"))
GIVEN = {"ReplicatingAccountIds": "111122223333,444455556666", "RepositoryPrefixes": "team/,base/"}


def test_accounts_that_are_named_may_replicate_below_the_prefixes() -> None:
    """They may make repositories there and put images into them, and nothing else."""
    [statement] = resolved(RENDERED, **GIVEN)["Policy"]["PolicyText"]["Statement"]
    assert {"AWS": ["111122223333", "444455556666"]} == statement["Principal"]
    assert ["ecr:CreateRepository", "ecr:ReplicateImage"] == statement["Action"]
    assert ["repository/team/*", "repository/base/*"] == [each.rpartition(":")[2] for each in statement["Resource"]]


def test_the_role_makes_repositories_with_the_key() -> None:
    """ECR uses the key through a grant, which only ECR makes."""
    made = resolved(RENDERED, **GIVEN)
    document = made["CreationRole"]["Policies"][0]["PolicyDocument"]
    *_, encrypt = document["Statement"]
    assert {"StringEquals": {"kms:ViaService": "ecr.AWS::Region.amazonaws.com"}} == encrypt["Condition"]
    assert encrypt["Resource"] == made["CreationTemplate"]["EncryptionConfiguration"]["KmsKey"] == "Key.Arn"


def test_the_registry_is_scanned_by_choice() -> None:
    """One setting is for all repositories of an account: it is not changed by default."""
    assert "EnhancedScanning" not in resolved(RENDERED, **GIVEN)
    assert "EnhancedScanning" in resolved(RENDERED, **GIVEN, RegistryScanning="continuous")
