"""Images as bytes: https://github.com/opencontainers/image-spec/blob/main/manifest.md."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile


def digest_of(content: bytes) -> str:
    """The digest of the content: its name in every registry."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def json_of(value: object) -> bytes:
    """The value as JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def descriptor(media_type: str, content: bytes) -> dict[str, object]:
    """The descriptor with which a manifest refers to this content."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def layer(name: str, content: str) -> bytes:
    """A tar of one file. It is not compressed, so that it is the same on every machine."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content.encode())
        tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()
