"""Container images as bytes: small ones, made here, and the folder that holds what was pushed.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(content: bytes) -> str:
    """The name of these bytes in every registry."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True)
class Image:
    """A manifest with all that it names."""

    media_type: str
    manifest: bytes
    blobs: Mapping[str, bytes] = field(repr=False)
    platform: str = ""
    """Such as linux/arm64/v8; an index has none."""
    children: tuple[Image, ...] = ()
    """The images of an index."""

    @property
    def digest(self) -> str:
        """What the image is called wherever it goes."""
        return digest_of(self.manifest)


def image(platform: str, content: str) -> Image:
    """An image of one layer with one file, /content. The same arguments give the same digest."""
    system, architecture, *variant = platform.split("/")
    layer = _layer(content)
    config = _json(
        {
            "created": "1970-01-01T00:00:00Z",
            "architecture": architecture,
            "os": system,
            **({"variant": variant[0]} if variant else {}),
            "config": {"Cmd": ["cat", "/content"], "Labels": {"org.opencontainers.image.title": "sample"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
            "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "ecr-pipeline try"}],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer)],
        }
    )
    blobs = {digest_of(each): each for each in (config, layer)}
    return Image(MANIFEST, manifest, blobs, platform)


def index(images: Sequence[Image]) -> Image:
    """An image for several platforms."""
    manifests = []
    for each in images:
        names = zip(("os", "architecture", "variant"), each.platform.split("/"), strict=False)
        manifests.append({**_descriptor(each.media_type, each.manifest), "platform": dict(names)})
    manifest = _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    return Image(INDEX, manifest, {}, children=tuple(images))


def sample(platforms: Sequence[str], content: str) -> Image:
    """An image of one platform, or an index of several."""
    images = [image(platform, f"{content} on {platform}\n") for platform in platforms]
    return images[0] if len(images) == 1 else index(images)


def store(pushed: Image, folder: Path) -> None:
    """Put the image into a folder of blobs; what others need to read it back is its digest alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (pushed, *pushed.children):
        for content in (each.manifest, *each.blobs.values()):
            (folder / digest_of(content).removeprefix("sha256:")).write_bytes(content)


def _layer(content: str) -> bytes:
    """A tar of one file. Compressed, it would not be the same bytes on every machine."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("content")
        entry.size = len(content.encode())
        tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
