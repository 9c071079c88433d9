"""Tags that move against the registries that receive them."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.checks import received_tags
from generator.findings import Finding
from tests.checks.filling import fill, subjects


def _found(folder: Path, name: str = "registry-receiving", environment: str | None = None) -> list[Finding]:
    return list(received_tags.check(subjects(name), folder, environment=environment))


@pytest.mark.parametrize("name", ["registry", "registry-receiving"])
def test_a_tag_that_moves_and_is_immutable_at_its_destination_is_found(tmp_path: Path, name: str) -> None:
    """Either file can be the checked one; the files are of two accounts."""
    source = fill(tmp_path, "registry", "orders", MovingTags="latest,main")
    receiving = fill(tmp_path, "registry-receiving", "production", MovingTags="latest")
    (finding,) = _found(tmp_path, name)
    assert (str(receiving), "MovingTags", "received-tags") == (finding.path, finding.place, finding.check)
    assert f"main moves in team/orders ({source}) and is immutable here" in finding.message


@pytest.mark.parametrize(
    ("source", "receiving", "prefix"),
    [("latest", "latest", "team/"), ("main", "ma*", "team/"), ("", "", "team/"), ("latest", "", "base/")],
)
def test_equal_settings_are_fine(tmp_path: Path, source: str, receiving: str, prefix: str) -> None:
    """An exclusion may be wider. A repository that is not below a prefix is not received."""
    fill(tmp_path, "registry", "orders", MovingTags=source)
    fill(tmp_path, "registry-receiving", "production", MovingTags=receiving, RepositoryPrefixes=prefix)
    assert [] == _found(tmp_path)


def test_a_pipeline_that_waits_for_a_replica_of_one_tag_is_found(tmp_path: Path) -> None:
    """In an immutable repository it starts once. Without an account that replicates it waits for pushes."""
    fill(tmp_path, "registry-receiving", "production", MovingTags="")
    given = {"RepositoryName": "team/orders", "ImageTagPattern": "latest"}
    fill(tmp_path, "pipeline-release", "production", **given, ReplicatingAccountIds="111122223333")
    (finding,) = _found(tmp_path)
    assert ("ImageTagPattern", True) == (finding.place, "for one run" in finding.message)
    fill(tmp_path, "pipeline-release", "production", **given, ReplicatingAccountIds="none")
    assert [] == _found(tmp_path)


def test_one_environment_is_checked_with_all_others(tmp_path: Path) -> None:
    """`--env` names the file that is deployed; its counterpart is of another account."""
    fill(tmp_path, "registry", "orders", MovingTags="latest")
    fill(tmp_path, "registry-receiving", "production", MovingTags="")
    assert [1, 1, 0] == [len(_found(tmp_path, environment=each)) for each in ("orders", "production", "billing")]
