"""What moto lacks of Amazon ECR: it tells nobody where layers are, and loses an image when its only tag moves away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.models import ecr_backends

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _layer(desk: Desk) -> Mapping[str, Any]:
    """Where a layer can be downloaded at AWS. Here it comes from the registry of this machine.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
    """
    digest, region = desk.call.parameters["layerDigest"], desk.call.region
    bucket = f"prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com"
    return {"downloadUrl": f"https://{bucket}/{digest}", "layerDigest": digest}


def _put(desk: Desk) -> Mapping[str, Any]:
    """Put an image; the one that had its tag until now stays, without it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    asked = desk.call.parameters
    name = asked["repositoryName"]
    tag: Any = asked.get("imageTag")
    backend = ecr_backends[desk.call.account][desk.call.region]
    try:
        [repository] = backend.describe_repositories(repository_names=[name])
        holders = [image for image in repository.images if image.image_tags == [tag]]
        put = backend.put_image(
            name, asked["imageManifest"], tag, asked.get("imageManifestMediaType"), asked.get("imageDigest")
        )
    except ServiceException as error:
        raise RefusedError(str(error.message), str(error.code)) from None
    for image in holders:
        if image not in repository.images:
            image.remove_tag(tag)
            repository.images.append(image)
    return {
        "image": {
            "registryId": put.registry_id,
            "repositoryName": name,
            "imageId": {"imageDigest": put.image_digest, "imageTag": tag},
            "imageManifest": put.image_manifest,
            "imageManifestMediaType": put.image_manifest_media_type,
        }
    }


OPERATIONS: dict[str, Operation] = {"ecr:GetDownloadUrlForLayer": _layer, "ecr:PutImage": _put}
