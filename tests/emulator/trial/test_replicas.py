"""Replication between registries: which images are copied, and what the other side does with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.images import Image, sample
from generator.emulator.services.ecr import ImagePut, ImageScan, ImageScans
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.replicas import Replica, replicas

HERE = TrialPlace("111122223333", "eu-central-1")
THERE = TrialPlace("222233334444", "eu-west-1")
NAME = "team/orders"


@pytest.fixture
def source() -> Iterator[Emulator]:
    """A registry that sends everything below team/ to another account and region."""
    with emulator(**HERE._asdict()) as cloud:
        _sends(cloud, THERE)
        yield cloud


def _sends(cloud: Emulator, *places: TrialPlace, prefix: str = "team/") -> None:
    rule: dict[str, Any] = {"destinations": [{"region": each.region, "registryId": each.account} for each in places]}
    rule |= {"repositoryFilters": [{"filter": prefix, "filterType": "PREFIX_MATCH"}]}
    # A second rule for the same images adds nothing.
    cloud.client("ecr").put_replication_configuration(replicationConfiguration={"rules": [rule, rule]})


def _at(cloud: Emulator, place: TrialPlace) -> Emulator:
    return cloud.elsewhere(**place._asdict())


def _receives(cloud: Emulator, *actions: str, prefix: str = "team/", account: str = HERE.account) -> None:
    resource = f"arn:aws:ecr:{cloud.region}:{cloud.account}:repository/{prefix}*"
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": [*actions], "Resource": [resource]}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("ecr").put_registry_policy(policyText=text)


BOTH = ("ecr:CreateRepository", "ecr:ReplicateImage")


def _push(cloud: Emulator, image: Image, tag: str, name: str = NAME) -> list[Replica]:
    ecr = cloud.inside("ecr")
    if name not in [each["repositoryName"] for each in ecr.describe_repositories()["repositories"]]:
        ecr.create_repository(repositoryName=name)
    ecr.put_image(
        repositoryName=name,
        imageManifest=image.manifest.decode(),
        imageManifestMediaType=image.media_type,
        imageDigest=image.digest,
        imageTag=tag,
    )
    cloud.memory(ImageScans).add(image, ImageScan())
    return list(replicas(cloud, ImagePut(name, image.digest, tag), {}))


def _images(cloud: Emulator, name: str = NAME) -> dict[str, list[str]]:
    found = cloud.inside("ecr").describe_images(repositoryName=name)["imageDetails"]
    return {each["imageDigest"]: each.get("imageTags", []) for each in found}


def test_an_image_is_copied_once_with_its_tag(source: Emulator) -> None:
    """The event in the other account names both; an image outside the prefix is not copied."""
    there, image = _at(source, THERE), sample(["linux/amd64"], "copied")
    _receives(there, *BOTH)
    [copied] = _push(source, image, "v1")
    assert (THERE, "", {image.digest: ["v1"]}) == (copied.place, copied.why, _images(there))
    assert (THERE.account, "SUCCESS") == (copied.event["account"], copied.event["detail"]["result"])
    assert HERE == (copied.event["detail"]["source-account"], copied.event["detail"]["source-region"])
    assert [] == _push(source, image, "v1", "teamwork/orders")


def test_a_second_tag_is_copied_too(source: Emulator) -> None:
    """A retag is a push to ECR."""
    there, image = _at(source, THERE), sample(["linux/amd64"], "twice")
    _receives(there, *BOTH)
    _push(source, image, "v1")
    [copied] = _push(source, image, "v2")
    assert ("v2", {image.digest: ["v1", "v2"]}) == (copied.event["detail"]["image-tag"], _images(there))


@pytest.mark.parametrize(
    ("actions", "prefix", "account", "refused"),
    [
        ((), "", "", "ecr:CreateRepository"),
        (("ecr:ReplicateImage",), "team/", HERE.account, "ecr:CreateRepository"),
        (("ecr:CreateRepository",), "team/", HERE.account, "ecr:ReplicateImage"),
        (BOTH, "base/", HERE.account, "ecr:CreateRepository"),
        (BOTH, "team/", "999999999999", "ecr:CreateRepository"),
    ],
    ids=["no policy", "no creation", "no replication", "another prefix", "another account"],
)
def test_the_policy_of_the_other_registry_decides(
    source: Emulator, actions: tuple[str, ...], prefix: str, account: str, refused: str
) -> None:
    """Replication that it does not allow fails, with an event and without an image."""
    if actions:
        _receives(_at(source, THERE), *actions, prefix=prefix, account=account)
    [failed] = _push(source, sample(["linux/amd64"], "refused"), "v1")
    assert ("FAILED", True) == (failed.event["detail"]["result"], refused in failed.why)


def test_an_existing_repository_needs_no_creation(source: Emulator) -> None:
    """It keeps its own settings."""
    there = _at(source, THERE)
    _receives(there, "ecr:ReplicateImage")
    there.client("ecr").create_repository(repositoryName=NAME, imageTagMutability="IMMUTABLE")
    [copied] = _push(source, sample(["linux/amd64"], "existing"), "v1")
    assert "" == copied.why


def test_another_region_of_the_account_needs_no_policy(source: Emulator) -> None:
    """The policy of a registry is for other accounts."""
    other = TrialPlace(HERE.account, "eu-west-3")
    _sends(source, other)
    image = sample(["linux/amd64"], "own")
    [copied] = _push(source, image, "v1")
    assert ("", {image.digest: ["v1"]}) == (copied.why, _images(_at(source, other)))


def test_a_taken_tag_that_cannot_move_is_left_out(source: Emulator) -> None:
    """Except for the tags that an exclusion lets move."""
    there = _at(source, THERE)
    _receives(there, *BOTH)
    there.client("ecr").create_repository(
        repositoryName=NAME,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "_*"}],
    )
    first, second = (sample(["linux/amd64"], content) for content in ("first", "second"))
    for tag in ("v1", "_production"):
        _push(source, first, tag)
    source.client("ecr").batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "v1"}])
    [fixed], [moved] = _push(source, second, "v1"), _push(source, second, "_production")
    assert ["", "_production"] == [each.event["detail"]["image-tag"] for each in (fixed, moved)]
    assert {first.digest: ["v1"], second.digest: ["_production"]} == _images(there)


def test_the_template_of_the_longest_prefix_makes_the_repository(source: Emulator) -> None:
    """ROOT is for repositories without another template; one for caches is for no replica."""
    there = _at(source, THERE)
    _receives(there, *BOTH)
    ecr = there.client("ecr")
    for prefix, applied, setting in (
        ("ROOT", "REPLICATION", "IMMUTABLE"),
        ("team", "REPLICATION", "MUTABLE"),
        ("team/orders", "PULL_THROUGH_CACHE", "IMMUTABLE"),
    ):
        ecr.create_repository_creation_template(prefix=prefix, appliedFor=[applied], imageTagMutability=setting)
    _receives(there, *BOTH, prefix="")
    _sends(source, THERE, prefix="te")
    for name in (NAME, "teamwork/orders"):
        _push(source, sample(["linux/amd64"], name), "v1", name)
    made = {each["repositoryName"]: each["imageTagMutability"] for each in ecr.describe_repositories()["repositories"]}
    assert {NAME: "MUTABLE", "teamwork/orders": "IMMUTABLE"} == made


@pytest.mark.parametrize("is_scanned", [False, True])
def test_the_receiving_registry_decides_about_scans(source: Emulator, *, is_scanned: bool) -> None:
    """The result of a scan is not copied."""
    there, image = _at(source, THERE), sample(["linux/amd64"], f"scan {is_scanned}")
    _receives(there, *BOTH)
    if is_scanned:
        rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
        there.client("ecr").put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    _push(source, image, "v1")
    assert is_scanned is (image.digest in there.memory(ImageScans).by_digest)


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        (
            "create_repository_creation_template",
            {"prefix": "team", "appliedFor": ["REPLICATION"], "encryptionConfiguration": {"encryptionType": "KMS"}},
            "ValidationException",
        ),
        ("delete_repository_creation_template", {"prefix": "team"}, "TemplateNotFoundException"),
        (
            "put_replication_configuration",
            {
                "replicationConfiguration": {
                    "rules": [{"destinations": [{"region": HERE.region, "registryId": HERE.account}]}]
                }
            },
            "InvalidParameterException",
        ),
    ],
)
def test_settings_that_ecr_refuses_are_refused(
    source: Emulator, operation: str, parameters: dict[str, Any], code: str
) -> None:
    """A key without a role, a template that does not exist, a registry that replicates to itself."""
    with pytest.raises(ClientError) as refused:
        getattr(source.client("ecr"), operation)(**parameters)
    assert code == refused.value.response["Error"]["Code"]
