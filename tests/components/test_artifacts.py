"""The artifact bucket."""

from __future__ import annotations

from typing import Any

from troposphere import ImportValue, encode_to_dict

from generator.components.artifacts import ArtifactStore, add_artifact_retention, add_artifact_store
from generator.components.encryption import Key
from generator.model.grants import Grant
from generator.model.template import new_template
from generator.publishing import render

TEMPLATE = new_template("Test")
MADE = add_artifact_store(TEMPLATE, Key("arn:key"), add_artifact_retention(TEMPLATE))
IMPORTED = ArtifactStore(ImportValue("bucket"), Key("arn:key"))
BUCKET = render.to_dict(TEMPLATE)["Resources"]["ArtifactBucket"]["Properties"]


def _resource(grant: Grant) -> Any:
    return encode_to_dict(grant.statement())["Resource"]


def test_using_the_store_includes_its_key() -> None:
    """A role that moves artifacts may also use their key, and nothing else of the bucket."""
    assert ["FindArtifacts", "MoveArtifacts", "UseKey"] == [grant.sid for grant in MADE.use()]


def test_a_store_of_this_stack_is_named_by_its_bucket() -> None:
    """Without a place, the grant covers every object; the bucket's own ARN has no objects."""
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactBucket}/*"} == _resource(MADE.move())
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactBucket}"} == _resource(MADE.find())


def test_an_imported_store_is_named_by_its_export() -> None:
    """The name of the bucket is a value of another stack, which Fn::Sub takes as a variable."""
    bucket = {"Bucket": {"Fn::ImportValue": "bucket"}}
    assert {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}", bucket]} == _resource(IMPORTED.find())
    assert {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}/${Name}/*", bucket]} == _resource(
        IMPORTED.move("${Name}/")
    )


def test_a_place_limits_a_grant() -> None:
    """Fetching and storing are granted at the places named, each with its own resource."""
    bucket = "arn:${AWS::Partition}:s3:::${ArtifactBucket}"
    assert {"Fn::Sub": f"{bucket}/*/Image/*"} == _resource(MADE.fetch("*/Image/"))
    assert [{"Fn::Sub": f"{bucket}/a/*"}, {"Fn::Sub": f"{bucket}/b/*"}] == _resource(MADE.put("a/", "b/"))


def test_only_moving_reads_and_writes() -> None:
    """Fetching does not write, storing does not read."""
    fetch, put, move = (
        {f"{action.prefix}:{action.action}" for action in grant.actions}
        for grant in (MADE.fetch(), MADE.put(), MADE.move())
    )
    assert {"s3:GetObject", "s3:GetObjectVersion"} == fetch
    assert {"s3:PutObject"} == put
    assert fetch | put == move


def test_old_versions_expire_soon_and_artifacts_after_the_chosen_time() -> None:
    """Artifacts expire after the days of the parameter, replaced ones and incomplete uploads after one."""
    (rule,) = BUCKET["LifecycleConfiguration"]["Rules"]
    assert ("Enabled", {"Ref": "ArtifactRetentionDays"}) == (rule["Status"], rule["ExpirationInDays"])
    assert 1 == rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    assert 1 == rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]


def test_without_the_parameter_artifacts_are_kept_for_90_days() -> None:
    """A template that asks for as little as possible has no parameter for it."""
    template = new_template("Test")
    add_artifact_store(template, Key("arn:key"))
    assert {} == template.parameters
    (rule,) = render.to_dict(template)["Resources"]["ArtifactBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert 90 == rule["ExpirationInDays"]


def test_an_artifact_outlives_the_longest_approval() -> None:
    """The least number of days is above the 60 days that an approval can wait."""
    parameter = TEMPLATE.parameters["ArtifactRetentionDays"].to_dict()
    assert (61, 90) == (parameter["MinValue"], parameter["Default"])


def test_an_imported_bucket_has_no_policy_to_wait_for() -> None:
    """The policy of a bucket of another stack exists already."""
    assert ("ArtifactBucketPolicy", "") == (MADE.policy, IMPORTED.policy)
