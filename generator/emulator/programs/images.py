"""Container images as bytes: small generated ones, and the folder of pushed content.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.oci import descriptor, digest_of, json_of, layer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Image:
    """A manifest with everything that it names."""

    media_type: str
    manifest: bytes
    blobs: Mapping[str, bytes] = field(repr=False)
    platform: str = ""
    """Such as linux/arm64/v8; an index has none."""
    children: tuple[Image, ...] = ()
    """The images of an index."""

    @property
    def digest(self) -> str:
        """The digest of the manifest, which names the image everywhere."""
        return digest_of(self.manifest)


def image(platform: str, content: str) -> Image:
    """An image of one layer with one file, /content. The same arguments give the same digest."""
    system, architecture, *variant = platform.split("/")
    files = layer("content", content)
    config = json_of(
        {
            "created": "1970-01-01T00:00:00Z",
            "architecture": architecture,
            "os": system,
            **({"variant": variant[0]} if variant else {}),
            "config": {"Cmd": ["cat", "/content"], "Labels": {"org.opencontainers.image.title": "sample"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(files)]},
            "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "ecr-pipeline try"}],
        }
    )
    manifest = json_of(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, config),
            "layers": [descriptor(LAYER, files)],
        }
    )
    blobs = {digest_of(each): each for each in (config, files)}
    return Image(MANIFEST, manifest, blobs, platform)


def index(images: Sequence[Image]) -> Image:
    """An image for several platforms."""
    manifests = []
    for each in images:
        names = zip(("os", "architecture", "variant"), each.platform.split("/"), strict=False)
        manifests.append({**descriptor(each.media_type, each.manifest), "platform": dict(names)})
    manifest = json_of({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    return Image(INDEX, manifest, {}, children=tuple(images))


def sample(platforms: Sequence[str], content: str) -> Image:
    """An image of one platform, or an index of several."""
    images = [image(platform, f"{content} on {platform}\n") for platform in platforms]
    return images[0] if len(images) == 1 else index(images)


def store(pushed: Image, folder: Path) -> None:
    """Put the image into a folder of blobs. Its digest is enough to read it back."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (pushed, *pushed.children):
        for content in (each.manifest, *each.blobs.values()):
            (folder / digest_of(content).removeprefix("sha256:")).write_bytes(content)
