"""An image of one small file, pushed by the API of Amazon ECR: no Docker is needed.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
        """The name of the image."""
        return _digest(self.manifest.encode())


def tiny_image(text: str) -> TinyImage:
    """The image: it is for linux/amd64, and its layer has the file /ecr-pipeline-prove with the text."""
    layer = _layer(text)
    packed = gzip.compress(layer, mtime=0)
    config = _json(
        {
            "created": "1970-01-01T00:00:00Z",
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/ecr-pipeline-prove"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(f"{_OCI}.config.v1+json", config),
            "layers": [_descriptor(f"{_OCI}.layer.v1.tar+gzip", packed)],
        }
    )
    return TinyImage(manifest=manifest.decode(), blobs={_digest(each): each for each in (config, packed)})


def push(site: ProvingSite, repository: str, tag: str, image: TinyImage) -> None:
    """Uploads the blobs, then the manifest under the tag."""
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
    """One part is enough: a part may have many megabytes."""
    where = ("--repository-name", repository)
    upload = str(site.aws.call("ecr", "initiate-layer-upload", *where)["uploadId"])
    site.aws.call(
        *("ecr", "upload-layer-part", *where, "--upload-id", upload),
        *("--part-first-byte", "0", "--part-last-byte", str(size - 1), "--layer-part-blob", f"fileb://{file}"),
    )
    completion = ("ecr", "complete-layer-upload", *where, "--upload-id", upload, "--layer-digests", digest)
    once(site, "LayerAlreadyExistsException", *completion)


def _layer(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("ecr-pipeline-prove")
        entry.size = len(text.encode())
        tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
