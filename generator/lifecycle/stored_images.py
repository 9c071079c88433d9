"""Images in the output of `aws ecr describe-images`, and images of an index in that of `aws ecr batch-get-image`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from generator import json_text
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.lifecycle.moments import moment

INDEX_TYPES = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
# While it is restored, an image remains in the archived state:
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/restore-image.html
STORAGE_CLASSES = {"ACTIVE": "standard", "ARCHIVED": "archive", "ACTIVATING": "archive"}
_TIMES = ("imagePushedAt", "lastRecordedPullTime", "lastArchivedAt", "lastActivatedAt")
_DIGESTS = ("imageDigest", "subjectManifestDigest")
# https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
_DIGEST = re.compile(r"[a-z0-9]+([+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")


@dataclass(frozen=True)
class StoredImage:
    """The properties of an image that lifecycle rules use.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """

    digest: str
    tags: tuple[str, ...]
    pushed_at: datetime
    media_type: str = ""
    storage_class: str = "standard"
    pulled_at: datetime | None = None
    archived_at: datetime | None = None
    activated_at: datetime | None = None
    subject: str = ""
    """The digest of the image that this one (a signature, an SBOM) refers to."""

    @property
    def is_index(self) -> bool:
        """Whether the image is a list of images."""
        return self.media_type in INDEX_TYPES


def read(text: str, name: str) -> tuple[StoredImage, ...]:
    """All images of one repository: counts over a part would be wrong. All problems are one error."""
    document = json_text.parse(text, name)
    details = document.get("imageDetails") if isinstance(document, dict) else None
    if not isinstance(details, list):
        raise GeneratorError(
            f"{name}: given {quoted(document)}, allowed: what `aws ecr describe-images` prints,"
            ' {"imageDetails": [...]}'
        )
    images, problems = [], list(_of_the_list(document, details))
    for number, detail in enumerate(details):
        try:
            images.append(_image(detail))
        except GeneratorError as error:
            problems.extend(f"imageDetails[{number}]{line}" for line in str(error).splitlines())
    digests = Counter(image.digest for image in images)
    problems += [f"{digest}: given {times} times, allowed: once" for digest, times in digests.items() if times > 1]
    if problems:
        raise GeneratorError("\n".join(f"{name}: {problem}" for problem in problems))
    return tuple(images)


def read_manifests(text: str, name: str) -> dict[str, frozenset[str]]:
    """For each index in the output of batch-get-image, the digests of the images in it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
    """
    document = json_text.parse(text, name)
    entries = document.get("images") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise GeneratorError(
            f'{name}: given {quoted(document)}, allowed: what `aws ecr batch-get-image` prints, {{"images": [...]}}'
        )
    failures = document.get("failures")
    found, problems = {}, [f"failures: {quoted(failures)}"] if failures else []
    for number, entry in enumerate(entries):
        try:
            digest, held = _manifest(entry)
            if held is not None:
                found[digest] = held
        except (TypeError, KeyError, ValueError, AttributeError, RecursionError):
            problems.append(f"images[{number}]: given {quoted(entry)}, allowed: imageId.imageDigest and imageManifest")
    if problems:
        raise GeneratorError("\n".join(f"{name}: {problem}" for problem in problems))
    return found


def _of_the_list(document: Mapping[str, Any], details: Iterable[Any]) -> Iterator[str]:
    for key in ("nextToken", "NextToken"):  # the API's, and the CLI's with --max-items
        if document.get(key):
            yield f"{key}: the list is not whole: leave out --max-items and --no-paginate"
    names = {
        str(detail["repositoryName"]) for detail in details if isinstance(detail, dict) and "repositoryName" in detail
    }
    if len(names) > 1:
        yield f"repositoryName: given {', '.join(map(quoted, sorted(names)))}, allowed: one repository"


def _image(detail: Any) -> StoredImage:
    if not isinstance(detail, dict):
        raise GeneratorError(f": given {quoted(detail)}, allowed: an object")
    times, problems = _times(detail)
    problems += _problems(detail)
    if problems:
        raise GeneratorError("\n".join(problems))
    return StoredImage(
        digest=detail["imageDigest"],
        tags=tuple(detail.get("imageTags", ())),
        pushed_at=times["imagePushedAt"],
        media_type=detail.get("imageManifestMediaType", ""),
        storage_class=STORAGE_CLASSES[detail.get("imageStatus", "ACTIVE")],
        pulled_at=times.get("lastRecordedPullTime"),
        archived_at=times.get("lastArchivedAt"),
        activated_at=times.get("lastActivatedAt"),
        subject=detail.get("subjectManifestDigest", ""),
    )


def _times(detail: Mapping[str, Any]) -> tuple[dict[str, datetime], list[str]]:
    times, problems = {}, []
    for key in _TIMES:
        if key in detail:
            try:
                times[key] = moment(detail[key])
            except GeneratorError as error:
                problems.append(f".{key}: {error}")
    return times, problems


def _problems(detail: Mapping[str, Any]) -> Iterator[str]:
    """All problems except those of the times."""
    tags, status = detail.get("imageTags", []), detail.get("imageStatus", "ACTIVE")
    archived = ("lastArchivedAt",) if status in ("ARCHIVED", "ACTIVATING") else ()
    for key in ("imageDigest", "imagePushedAt", *archived):
        if key not in detail:
            yield f".{key}: is missing"
    for key in _DIGESTS:
        digest = detail.get(key)
        if key in detail and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            yield f".{key}: given {quoted(digest)}, allowed: a digest such as sha256:0a1b2c..."
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
        yield f".imageTags: given {quoted(tags)}, allowed: a list of texts"
    if status not in list(STORAGE_CLASSES):  # a list also takes in what has no hash
        yield f".imageStatus: given {quoted(status)}, allowed: {', '.join(STORAGE_CLASSES)}"
    media_type = detail.get("imageManifestMediaType", "")
    if not isinstance(media_type, str):
        yield f".imageManifestMediaType: given {quoted(media_type)}, allowed: a text"


def _manifest(entry: Any) -> tuple[str, frozenset[str] | None]:
    manifest = json.loads(entry["imageManifest"])
    listed = manifest.get("manifests")
    held = None if listed is None else frozenset(str(one["digest"]) for one in listed)
    return str(entry["imageId"]["imageDigest"]), held
