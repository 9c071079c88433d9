"""An image of one small file, pushed by the API of Amazon ECR: no Docker is needed.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.oci import descriptor, digest_of, json_of, layer
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import once

_OCI = "application/vnd.oci.image"
MANIFEST = f"{_OCI}.manifest.v1+json"


@dataclass(frozen=True, kw_only=True)
class TinyImage:
    """A manifest, and the blobs that it names, by digest."""

    manifest: str
    blobs: Mapping[str, bytes] = field(repr=False)

    @property
    def digest(self) -> str:
        """The digest of the manifest: the name of the image."""
        return digest_of(self.manifest.encode())


def tiny_image(text: str) -> TinyImage:
    """The image: it is for linux/amd64, and its layer has the file /ecr-pipeline-prove with the text."""
    files = layer("ecr-pipeline-prove", text)
    packed = gzip.compress(files, mtime=0)
    config = json_of(
        {
            "created": "1970-01-01T00:00:00Z",
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/ecr-pipeline-prove"]},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(files)]},
        }
    )
    manifest = json_of(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(f"{_OCI}.config.v1+json", config),
            "layers": [descriptor(f"{_OCI}.layer.v1.tar+gzip", packed)],
        }
    )
    return TinyImage(manifest=manifest.decode(), blobs={digest_of(each): each for each in (config, packed)})


def push(site: ProvingSite, repository: str, tag: str, image: TinyImage) -> None:
    """Upload the blobs, then the manifest with the tag."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-prove-") as folder:
        for digest, blob in image.blobs.items():
            file = Path(folder, digest.removeprefix("sha256:"))
            file.write_bytes(blob)
            _upload(site, repository, digest, file, len(blob))
    once(
        site,
        "ImageAlreadyExistsException",
        *("ecr", "put-image", "--repository-name", repository, "--image-tag", tag),
        *("--image-manifest", image.manifest, "--image-manifest-media-type", MANIFEST),
        *("--image-digest", image.digest),
    )


def _upload(site: ProvingSite, repository: str, digest: str, file: Path, size: int) -> None:
    """Upload a blob in one part, which may have many megabytes."""
    where = ("--repository-name", repository)
    upload = str(site.aws.call("ecr", "initiate-layer-upload", *where)["uploadId"])
    site.aws.call(
        *("ecr", "upload-layer-part", *where, "--upload-id", upload),
        *("--part-first-byte", "0", "--part-last-byte", str(size - 1), "--layer-part-blob", f"fileb://{file}"),
    )
    completion = ("ecr", "complete-layer-upload", *where, "--upload-id", upload, "--layer-digests", digest)
    once(site, "LayerAlreadyExistsException", *completion)
