"""Images as the AWS CLI prints them."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import GeneratorError
from generator.lifecycle import stored_images
from generator.lifecycle.stored_images import INDEX_TYPES, StoredImage

DIGEST = "sha256:" + "0a1b2c3d" * 8
# The output of describe-images, version 2 of the CLI and, for the times, version 1.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
DETAIL = {
    "registryId": "111122223333",
    "repositoryName": "team/orders",
    "imageDigest": DIGEST,
    "imageTags": ["v1.4.2", "_production"],
    "imageSizeInBytes": 57001234,
    "imagePushedAt": "2026-11-01T09:00:00.500000+01:00",
    "imageManifestMediaType": INDEX_TYPES[0],
    "artifactMediaType": "application/vnd.docker.container.image.v1+json",
    "lastRecordedPullTime": 1793520000.25,
    "imageStatus": "ACTIVE",
}


def problems(document: Any) -> list[str]:
    """The problems of a list, one per line, without the name of the file."""
    try:
        stored_images.read(json.dumps(document), "images.json")
    except GeneratorError as error:
        return [line.removeprefix("images.json: ") for line in str(error).splitlines()]
    return []


def test_an_image_as_it_is_printed() -> None:
    """The properties that policies use are read, all others are ignored."""
    (image,) = stored_images.read(json.dumps({"imageDetails": [DETAIL]}), "images.json")
    assert image.is_index
    assert (
        StoredImage(
            digest=DIGEST,
            tags=("v1.4.2", "_production"),
            pushed_at=datetime(2026, 11, 1, 8, 0, 0, 500000, tzinfo=timezone.utc),
            media_type=INDEX_TYPES[0],
            pulled_at=datetime(2026, 11, 1, 8, 0, 0, 250000, tzinfo=timezone.utc),
        )
        == image
    )


def test_no_images() -> None:
    """A repository can be empty."""
    assert () == stored_images.read('{"imageDetails": []}', "images.json")


@pytest.mark.parametrize(
    ("status", "storage_class"), [("ACTIVE", "standard"), ("ARCHIVED", "archive"), ("ACTIVATING", "archive")]
)
def test_where_an_image_is_stored(status: str, storage_class: str) -> None:
    """While it is restored, an image is in the archive still.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/restore-image.html
    """
    detail = {**DETAIL, "imageStatus": status, "lastArchivedAt": "2026-01-01T00:00:00Z", "lastActivatedAt": 0}
    (image,) = stored_images.read(json.dumps({"imageDetails": [detail]}), "images.json")
    assert storage_class == image.storage_class
    assert (datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(1970, 1, 1, tzinfo=timezone.utc)) == (
        image.archived_at,
        image.activated_at,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"imageDigest": ...}, ".imageDigest: is missing"),
        ({"imageDigest": "0a1b"}, '.imageDigest: given "0a1b", allowed: a digest such as sha256:0a1b2c...'),
        ({"subjectManifestDigest": 5}, ".subjectManifestDigest: given 5, allowed: a digest such as sha256:0a1b2c..."),
        ({"imagePushedAt": ...}, ".imagePushedAt: is missing"),
        ({"imageTags": "v1"}, '.imageTags: given "v1", allowed: a list of texts'),
        ({"imageTags": ["v1", None]}, '.imageTags: given ["v1", null], allowed: a list of texts'),
        ({"imageStatus": "GONE"}, '.imageStatus: given "GONE", allowed: ACTIVE, ARCHIVED, ACTIVATING'),
        ({"imageStatus": []}, ".imageStatus: given [], allowed: ACTIVE, ARCHIVED, ACTIVATING"),
        ({"imageStatus": "ARCHIVED"}, ".lastArchivedAt: is missing"),
        ({"imageManifestMediaType": 1}, ".imageManifestMediaType: given 1, allowed: a text"),
    ],
)
def test_an_invalid_image_is_refused(change: dict[str, Any], said: str) -> None:
    """Place, given value, allowed values."""
    detail = {key: value for key, value in {**DETAIL, **change}.items() if value is not ...}
    assert [f"imageDetails[0]{said}"] == problems({"imageDetails": [detail]})


def test_all_problems_are_reported_at_once() -> None:
    """Over all images; each time by its name."""
    found = problems({"imageDetails": [7, {"imagePushedAt": "soon", "lastRecordedPullTime": None}, DETAIL, DETAIL]})
    assert [
        "imageDetails[0]: given 7, allowed: an object",
        'imageDetails[1].imagePushedAt: given "soon"',
        "imageDetails[1].lastRecordedPullTime: given null",
        "imageDetails[1].imageDigest: is missing",
        f"{DIGEST}: given 2 times, allowed: once",
    ] == [line.split(", allowed: a time")[0] for line in found]


def test_a_part_of_a_list_is_refused() -> None:
    """Of a part of the images the numbers would be wrong; so they would be of two repositories."""
    for key in ("nextToken", "NextToken"):
        said = f"{key}: the list is not whole: leave out --max-items and --no-paginate"
        assert [said] == problems({"imageDetails": [DETAIL], key: "abc"})
    other = {**DETAIL, "repositoryName": "team/other", "imageDigest": "sha256:b"}
    assert ['repositoryName: given "team/orders", "team/other", allowed: one repository'] == problems(
        {"imageDetails": [DETAIL, other]}
    )


@pytest.mark.parametrize("document", [[], {}, {"imageIds": []}, {"imageDetails": {}}, None])
def test_text_that_is_no_list_of_images_is_refused(document: Any) -> None:
    """The output of list-images, for example, has no dates."""
    assert [
        f'given {json.dumps(document)}, allowed: what `aws ecr describe-images` prints, {{"imageDetails": [...]}}'
    ] == problems(document)


# The output of batch-get-image.
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": INDEX_TYPES[1],
    "manifests": [{"digest": "sha256:arm", "platform": {"architecture": "arm64"}}, {"digest": "sha256:x86"}],
}
FETCHED = {
    "images": [
        {"imageId": {"imageDigest": "sha256:index", "imageTag": "v1"}, "imageManifest": json.dumps(MANIFEST)},
        {"imageId": {"imageDigest": "sha256:image"}, "imageManifest": json.dumps({"schemaVersion": 2, "layers": []})},
    ],
    "failures": [],
}


def test_the_images_of_an_index_are_read() -> None:
    """The digests of its manifests; an image that is no index holds nothing.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
    """
    assert {"sha256:index": frozenset({"sha256:arm", "sha256:x86"})} == stored_images.read_manifests(
        json.dumps(FETCHED), "x"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"failures": [{"failureCode": "ImageNotFound"}]}, 'failures: [{"failureCode": "ImageNotFound"}]'),
        ({"images": [5]}, "images[0]: given 5, allowed: imageId.imageDigest and imageManifest"),
        ({"images": [{"imageId": {}, "imageManifest": "{}"}]}, "images[0]: given "),
        ({"images": [{"imageId": {"imageDigest": "a"}, "imageManifest": "{"}]}, "images[0]: given "),
        ({"images": [{"imageId": {"imageDigest": "a"}, "imageManifest": "[]"}]}, "images[0]: given "),
        ({"images": [{"imageId": {"imageDigest": "a"}, "imageManifest": '{"manifests": [1]}'}]}, "images[0]: given "),
        ({"images": None}, 'allowed: what `aws ecr batch-get-image` prints, {"images": [...]}'),
    ],
)
def test_an_invalid_manifest_is_refused(change: dict[str, Any], said: str) -> None:
    """It is reported, because without the index its images would count as unprotected."""
    with pytest.raises(GeneratorError) as error:
        stored_images.read_manifests(json.dumps({**FETCHED, **change}), "manifests.json")
    assert said in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([*DETAIL, "subjectManifestDigest", "lastArchivedAt"]), JSON)
def test_any_image_is_read_or_refused(key: str, value: Any) -> None:
    """An image with any contents is accepted or refused with a message."""
    detail = {**copy.deepcopy(DETAIL), key: value}
    assert all(line.startswith("imageDetails[0].") for line in problems({"imageDetails": [detail]}))


@given(st.sampled_from(["images", "failures"]), JSON)
def test_any_manifest_is_read_or_refused(key: str, value: Any) -> None:
    """Any output of batch-get-image is accepted or refused with a message."""
    try:
        stored_images.read_manifests(json.dumps({**FETCHED, key: value}), "x")
    except GeneratorError as error:
        assert "x: " in str(error)  # noqa: PT017  (it may be taken)
