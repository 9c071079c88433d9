"""The artifact bucket."""

from __future__ import annotations

from tests.ground import Ground


def test_moving_artifacts_takes_the_key_along(ground: Ground) -> None:
    """Whoever may move artifacts may use their key, and nothing else of the bucket."""
    assert ["FindArtifacts", "MoveArtifacts", "UseKey"] == [grant.sid for grant in ground.store.use()]


def test_old_versions_go_soon_and_artifacts_when_they_are_told_to(ground: Ground) -> None:
    """Artifacts expire after the days of the parameter, replaced ones and broken uploads after one."""
    (rule,) = ground.properties("ArtifactBucket")["LifecycleConfiguration"]["Rules"]
    assert {"Ref": "ArtifactRetentionDays"} == rule["ExpirationInDays"]
    assert 1 == rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    assert 1 == rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
