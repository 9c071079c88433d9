"""Resources that a stack retains when it is deleted, and records of a run: deleted separately."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from generator.errors import GeneratorError
from generator.proving.prove_scope import PREFIX
from generator.proving.proving_site import ProvingSite
from generator.proving.run_following import RECORDS
from generator.rollout.aws_program import AwsRefusalError

_DAYS = "7"
"""The minimum that KMS accepts."""
_AT_ONCE = 1000
_DELETED = ("PendingDeletion", "PendingReplicaDeletion")
_ABSENT = ("NoSuchBucket", "NotFoundException", "RepositoryNotFoundException", "404")


def remove_retained(site: ProvingSite, kind: str, physical_id: str) -> tuple[str, ...]:
    """Delete a resource. Returns lines about what AWS deletes later. A deleted resource is no error.

    GeneratorError for a type that must be removed by hand.
    """
    if kind == "AWS::S3::BucketPolicy":  # it goes with its bucket
        return ()
    if kind not in _REMOVALS:
        raise GeneratorError(f"the stack kept it: delete the {kind} {physical_id} in the console")
    try:
        return _REMOVALS[kind](site, physical_id)
    except AwsRefusalError as error:
        if error.code not in _ABSENT:
            raise
        return ()


def remove_records(site: ProvingSite) -> None:
    """Delete what the recorder has written to Parameter Store."""
    found = site.aws.call("ssm", "get-parameters-by-path", "--path", RECORDS, "--recursive") or {}
    for each in found.get("Parameters", []):
        site.aws.call("ssm", "delete-parameter", "--name", str(each["Name"]))


def _key(site: ProvingSite, key: str) -> tuple[str, ...]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html."""
    known = site.aws.call("kms", "describe-key", "--key-id", key)["KeyMetadata"]
    if known["KeyState"] in _DELETED:
        return (f"key {key}, deleted on {_day(known.get('DeletionDate', ''))}",)
    site.progress("scheduling the deletion of a key")
    done = site.aws.call("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", _DAYS)
    return (f"key {key}, deleted on {_day(done['DeletionDate'])}",)


def _day(moment: object) -> str:
    """The day of a time: version 1 of the AWS CLI prints seconds, version 2 a date."""
    if isinstance(moment, (int, float)):
        return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()
    return str(moment)[:10] or "a later day"


def _repository(site: ProvingSite, name: str) -> tuple[str, ...]:
    if not name.startswith(f"{PREFIX}/"):
        raise GeneratorError(f"its name does not begin with {PREFIX}/: nothing of it was deleted")
    site.progress(f"deleting the repository {name}")
    site.aws.call("ecr", "delete-repository", "--repository-name", name, "--force")
    return ()


def _bucket(site: ProvingSite, name: str) -> tuple[str, ...]:
    """Delete a bucket, and first every version of every object: a bucket with any of them cannot be deleted."""
    if not name.startswith(f"{PREFIX}-"):
        raise GeneratorError(f"its name does not begin with {PREFIX}-: nothing of it was deleted")
    site.progress(f"deleting the bucket {name}")
    listed = site.aws.call("s3api", "list-object-versions", *_owned(site, name)) or {}
    versions = [*(listed.get("Versions") or []), *(listed.get("DeleteMarkers") or [])]
    for first in range(0, len(versions), _AT_ONCE):
        _objects(site, name, versions[first : first + _AT_ONCE])
    site.aws.call("s3api", "delete-bucket", *_owned(site, name))
    return ()


def _owned(site: ProvingSite, bucket: str) -> tuple[str, ...]:
    """Options that limit a call to a bucket of this account: names of deleted buckets are free for everybody.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    return ("--bucket", bucket, "--expected-bucket-owner", site.place.account)


def _objects(site: ProvingSite, bucket: str, versions: Sequence[Mapping[str, Any]]) -> None:
    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
    wanted = json.dumps({"Objects": objects, "Quiet": True})
    done = site.aws.call("s3api", "delete-objects", *_owned(site, bucket), "--delete", wanted) or {}
    if wrong := done.get("Errors"):
        raise GeneratorError(f"{wrong[0]['Key']}: {wrong[0].get('Code', '')}: {wrong[0].get('Message', '')}")


_REMOVALS: dict[str, Callable[[ProvingSite, str], tuple[str, ...]]] = {
    "AWS::ECR::Repository": _repository,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
}
