"""Layers uploaded by the API of Amazon ECR, as `docker push` does through the registry. moto lacks them.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.oci import digest_of

_PART_SIZE = 10 * 1024 * 1024


@dataclass
class UploadedLayers:
    """The layers of each repository, by digest, and the uploads that are not complete."""

    by_repository: dict[str, dict[str, bytes]] = field(default_factory=dict)
    open: dict[str, bytes] = field(default_factory=dict)


def _initiate(context: OperationContext) -> Mapping[str, Any]:
    name = context.call.parameters["repositoryName"]
    _check_repository(context, name)
    upload = str(uuid.uuid4())
    context.memory(UploadedLayers).open[upload] = b""
    return {"uploadId": upload, "partSize": _PART_SIZE}


def _upload(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html."""
    asked, uploads = context.call.parameters, context.memory(UploadedLayers).open
    upload, blob = asked["uploadId"], bytes(asked["layerPartBlob"])
    begun = _begun(context, upload)
    first, last = int(asked["partFirstByte"]), int(asked["partLastByte"])
    if first != len(begun) or last - first + 1 != len(blob):
        raise RefusedError(
            f"The layer part size is not valid: bytes {first} to {last} after {len(begun)}", "InvalidLayerPartException"
        )
    uploads[upload] = begun + blob
    return {
        "registryId": context.call.account,
        "repositoryName": asked["repositoryName"],
        "uploadId": upload,
        "lastByteReceived": last,
    }


def _complete(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html."""
    asked, layers = context.call.parameters, context.memory(UploadedLayers)
    content = _begun(context, asked["uploadId"])
    if not content:
        raise RefusedError("The upload does not contain any parts", "EmptyUploadException")
    digest = digest_of(content)
    if asked["layerDigests"] != [digest]:
        raise RefusedError(f"Layer digests do not match the content, which is {digest}", "InvalidLayerException")
    known = layers.by_repository.setdefault(asked["repositoryName"], {})
    del layers.open[asked["uploadId"]]
    if digest in known:
        raise RefusedError(f"The layer {digest} already exists", "LayerAlreadyExistsException")
    known[digest] = content
    return {
        "registryId": context.call.account,
        "repositoryName": asked["repositoryName"],
        "uploadId": asked["uploadId"],
        "layerDigest": digest,
    }


def _begun(context: OperationContext, upload: str) -> bytes:
    try:
        return context.memory(UploadedLayers).open[upload]
    except KeyError:
        raise RefusedError(f"The upload {upload} does not exist", "UploadNotFoundException") from None


def _check_repository(context: OperationContext, name: str) -> None:
    ecr = context.inside("ecr")
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException as error:
        raise RefusedError(error.response["Error"]["Message"], "RepositoryNotFoundException") from None


OPERATIONS: dict[str, Operation] = {
    "ecr:CompleteLayerUpload": _complete,
    "ecr:InitiateLayerUpload": _initiate,
    "ecr:UploadLayerPart": _upload,
}
