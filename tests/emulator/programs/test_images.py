"""The images that are pushed are real ones."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from generator.emulator.programs.images import INDEX, MANIFEST, image, sample, store
from generator.oci import digest_of


def test_an_image_names_its_bytes_by_their_digest() -> None:
    """Manifest, config and layer refer to each other as the image specification has it."""
    made = image("linux/arm64/v8", "hello")
    manifest = json.loads(made.manifest)
    assert MANIFEST == made.media_type == manifest["mediaType"]
    for descriptor in (manifest["config"], *manifest["layers"]):
        content = made.blobs[descriptor["digest"]]
        assert (digest_of(content), len(content)) == (descriptor["digest"], descriptor["size"])
    config = json.loads(made.blobs[manifest["config"]["digest"]])
    assert ("linux", "arm64", "v8") == (config["os"], config["architecture"], config["variant"])
    assert [layer["digest"] for layer in manifest["layers"]] == config["rootfs"]["diff_ids"]


def test_the_layer_holds_the_content() -> None:
    """The one file of the image has the content."""
    made = image("linux/amd64", "hello")
    layer = made.blobs[json.loads(made.manifest)["layers"][0]["digest"]]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        file = tar.extractfile("content")
        assert file is not None
        assert b"hello" == file.read()


def test_equal_images_are_equal_and_others_are_not() -> None:
    """A digest follows from platform and content alone."""
    assert image("linux/amd64", "a").digest == image("linux/amd64", "a").digest
    assert 3 == len(
        {image("linux/amd64", "a").digest, image("linux/amd64", "b").digest, image("linux/arm64", "a").digest}
    )


def test_several_platforms_are_an_index() -> None:
    """The index lists each image with digest, size and platform."""
    made = sample(["linux/amd64", "linux/arm/v7"], "hello")
    listed = json.loads(made.manifest)["manifests"]
    assert INDEX == made.media_type
    assert [child.digest for child in made.children] == [each["digest"] for each in listed]
    assert [len(child.manifest) for child in made.children] == [each["size"] for each in listed]
    assert {"os": "linux", "architecture": "arm", "variant": "v7"} == listed[1]["platform"]


@pytest.mark.parametrize("platforms", [["linux/amd64"], ["linux/amd64", "linux/arm64"]])
def test_stored_content_can_be_read_by_its_digest(tmp_path: Path, platforms: list[str]) -> None:
    """Every manifest and blob is a file with its own name."""
    made = sample(platforms, "hello")
    store(made, tmp_path / "blobs")
    stored = {f"sha256:{file.name}": file.read_bytes() for file in (tmp_path / "blobs").iterdir()}
    assert stored.keys() == {digest_of(content) for content in stored.values()}
    assert {made.digest, *(child.digest for child in made.children)} <= stored.keys()
    assert len(platforms) * 3 + (len(platforms) > 1) == len(stored)
