"""Amazon ECR: layers, tags that move, scans, signing and replication, which moto lacks or only pretends to have."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from moto.core.exceptions import ServiceException
from moto.ecr import models
from moto.ecr.models import ecr_backends
from moto.utilities.utils import get_partition

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.programs.images import Image
from generator.lifecycle.mutability import Mutability
from generator.model.partitions import url_suffix

# As the API has it: moto's pattern, of an earlier release, knows neither two underscores nor hyphens in a row.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html (repositoryName)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY_NAME = rf"{_PART}(?:/{_PART})*"
models.ECR_REPOSITORY_NAME_PATTERN = REPOSITORY_NAME


def _holders(_backend: models.ECRBackend, repository: models.Repository, tag: str) -> list[models.Image]:
    """The images that have the tag. `_put` decides whether it can move.

    moto treats exclusion filters as regular expressions: `_*` excludes every tag, so that nothing is immutable.
    """
    return [image for image in repository.images if tag in image.image_tags]


models.ECRBackend._resolve_image_tag_mutability = _holders  # type: ignore[assignment, method-assign]  # noqa: SLF001


def registry_host(account: str, region: str) -> str:
    """The host of a registry.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
    """
    return f"{account}.dkr.ecr.{region}.{url_suffix(get_partition(region))}"


class _Repository(models.Repository):
    """A repository whose URI has the DNS suffix of its partition. In moto, every URI has that of the partition aws."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.uri = f"{registry_host(self.registry_id, self.region_name)}/{self.name}"


models.Repository = _Repository  # type: ignore[misc]


class ImagePut(NamedTuple):
    """An image that a role has put with a tag."""

    repository: str
    digest: str
    tag: str


class ImagePuts:
    """Images that roles put: for ECR, each of them is a push."""

    def __init__(self) -> None:
        self._new: list[ImagePut] = []
        self._lock = threading.Lock()

    def add(self, put: ImagePut) -> None:
        """Remember an image until it is taken."""
        with self._lock:
            self._new.append(put)

    def take(self) -> list[ImagePut]:
        """The new images, each once, even if several runs ask at the same time."""
        with self._lock:
            taken, self._new = self._new, []
        return taken


@dataclass(frozen=True, kw_only=True)
class ImageScan:
    """The result of a scan: the number of findings of each severity."""

    counts: Mapping[str, int] = field(default_factory=dict)
    status: str = "COMPLETE"


class ImageScans:
    """The scans of pushed images, by digest."""

    def __init__(self) -> None:
        self.by_digest: dict[str, ImageScan] = {}

    def add(self, image: Image, scan: ImageScan | None) -> None:
        """An image and its scan; None is an image without a scan. ECR scans the images of an index, not the index."""
        # Inspector scans manifests of single images only.
        # https://docs.aws.amazon.com/inspector/latest/user/scanning-ecr.html
        if scan:
            self.by_digest |= dict.fromkeys((each.digest for each in image.children or (image,)), scan)


@dataclass
class RegistrySigning:
    """The signing configuration of a registry."""

    configuration: Any = None


@dataclass
class ImageSignatures:
    """The results of managed signing, by digest: the status for each call, one after another; the last one stays.

    An image that is not named here is signed with each profile whose rule matches its repository.
    """

    by_digest: dict[str, list[list[dict[str, str]]]] = field(default_factory=dict)


def _token(context: OperationContext) -> Mapping[str, Any]:
    """The password of each registry, and its address.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
    """
    call = context.call
    return {
        "authorizationData": [
            {
                "authorizationToken": base64.b64encode(f"AWS:{account}-auth-token".encode()).decode(),
                "expiresAt": datetime.now(timezone.utc) + _TOKEN_LIFETIME,
                "proxyEndpoint": f"https://{registry_host(account, call.region)}",
            }
            for account in call.parameters.get("registryIds") or [call.account]
        ]
    }


def _layer(context: OperationContext) -> Mapping[str, Any]:
    """The address of a layer at AWS. Here it comes from the registry of this machine.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
    """
    digest, region = context.call.parameters["layerDigest"], context.call.region
    bucket = f"prod-{region}-starport-layer-bucket.s3.{region}.{url_suffix(get_partition(region))}"
    return {"downloadUrl": f"https://{bucket}/{digest}", "layerDigest": digest}


def _put(context: OperationContext) -> Mapping[str, Any]:
    """Put an image. The image that had the tag before stays without it, while moto loses that image.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    asked = context.call.parameters
    name = asked["repositoryName"]
    tag: Any = asked.get("imageTag")
    backend = context.backend(ecr_backends)
    try:
        [repository] = backend.describe_repositories(repository_names=[name])
        _refuse_taken(repository, tag, asked["imageManifest"])
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
    if context.call.role:
        context.memory(ImagePuts).add(ImagePut(name, str(put.image_digest), tag or ""))
    return {
        "image": {
            "registryId": put.registry_id,
            "repositoryName": name,
            "imageId": {"imageDigest": put.image_digest, "imageTag": tag},
            "imageManifest": put.image_manifest,
            "imageManifestMediaType": put.image_manifest_media_type,
        }
    }


def _refuse_taken(repository: models.Repository, tag: str | None, manifest: str) -> None:
    """RefusedError for an immutable tag of another image.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    filters = tuple(each["filter"] for each in repository.image_tag_mutability_exclusion_filters or ())
    setting = models.RepoTagMutability(repository.image_tag_mutability).value
    if not tag or not Mutability(setting, filters).fixes(tag):
        return
    if any(tag in image.image_tags and image.image_manifest != manifest for image in repository.images):
        message = (
            f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten"
            " because the tag is immutable."
        )
        raise RefusedError(message, "ImageTagAlreadyExistsException")


def _findings(context: OperationContext) -> Mapping[str, Any]:
    """The findings of a scan. Its status says whether there are any.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
    """
    asked = context.call.parameters
    digest = asked["imageId"].get("imageDigest", "")
    scan = context.memory(ImageScans).by_digest.get(digest)
    if scan is None:
        message = f"Image scan does not exist for the image with '{{imageDigest:'{digest}'}}'"
        raise RefusedError(message, "ScanNotFoundException")
    return {
        "registryId": context.call.account,
        "repositoryName": asked["repositoryName"],
        "imageId": {"imageDigest": digest},
        "imageScanStatus": {"status": scan.status, "description": "set by ecr-pipeline try"},
        **({"imageScanFindings": _found(scan)} if scan.status in ("COMPLETE", "ACTIVE") else {}),
    }


def _found(scan: ImageScan) -> Mapping[str, Any]:
    findings = [
        {"name": f"SAMPLE-{severity}-{number}", "severity": severity, "uri": "https://example.com", "attributes": []}
        for severity, count in scan.counts.items()
        for number in range(1, count + 1)
    ]
    return {
        "imageScanCompletedAt": datetime.now(timezone.utc),
        "findingSeverityCounts": dict(scan.counts),
        "findings": findings[:50],
    }


def _put_signing(context: OperationContext) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutSigningConfiguration.html."""
    signing = context.memory(RegistrySigning)
    signing.configuration = context.call.parameters["signingConfiguration"]
    return {"signingConfiguration": signing.configuration}


def _get_signing(context: OperationContext) -> dict[str, Any]:
    configuration = context.memory(RegistrySigning).configuration
    if configuration is None:
        raise RefusedError("The registry has no signing configuration.", "SigningConfigurationNotFoundException")
    return {"registryId": context.call.account, "signingConfiguration": configuration}


def _signing_status(context: OperationContext) -> dict[str, Any]:
    """A status for each profile whose rule matches.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageSigningStatus.html
    """
    asked = context.call.parameters
    digest, repository = asked["imageId"].get("imageDigest", ""), asked["repositoryName"]
    told = context.memory(ImageSignatures).by_digest.get(digest)
    if told:
        statuses = told.pop(0) if len(told) > 1 else told[0]
    else:
        rules = (context.memory(RegistrySigning).configuration or {}).get("rules", ())
        statuses = [
            {"signingProfileArn": rule["signingProfileArn"], "status": "COMPLETE"}
            for rule in rules
            if any(fnmatchcase(repository, each["filter"]) for each in rule.get("repositoryFilters", ()))
        ]
    return {"repositoryName": repository, "imageId": asked["imageId"], "signingStatuses": statuses}


def _delete_signing(context: OperationContext) -> dict[str, Any]:
    deleted = _get_signing(context)
    context.memory(RegistrySigning).configuration = None
    return deleted


class CreationTemplates:
    """The repository creation templates of a registry, by prefix."""

    def __init__(self) -> None:
        self.by_prefix: dict[str, dict[str, Any]] = {}

    def of(self, repository: str) -> dict[str, Any]:
        """The template for a repository that replication creates: of the longest prefix, ROOT last, or an empty one.

        A prefix includes everything beneath it: `team` is `team/`.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
        """
        fitting = [
            each
            for prefix, each in self.by_prefix.items()
            if "REPLICATION" in each["appliedFor"] and (prefix == _ROOT or repository.startswith(prefix))
        ]
        return max(fitting, key=lambda each: 0 if each["prefix"] == _ROOT else len(each["prefix"]), default={})

    def keep(self, template: dict[str, Any]) -> None:
        """Store a template for its prefix."""
        self.by_prefix[_prefix(template)] = template


_ROOT = "ROOT"
_TOKEN_LIFETIME = timedelta(hours=12)
_SHORTEST_LIFECYCLE = 100


def _prefix(asked: Mapping[str, Any]) -> str:
    prefix = str(asked["prefix"])
    return prefix if prefix == _ROOT or prefix.endswith("/") else f"{prefix}/"


def _create_template(context: OperationContext) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html."""
    asked, known = context.call.parameters, context.memory(CreationTemplates).by_prefix
    if _prefix(asked) in known:
        message = f"The repository creation template with prefix '{_prefix(asked)}' already exists."
        raise RefusedError(message, "TemplateAlreadyExistsException")
    now = datetime.now(timezone.utc)
    return _keep_template(context, {"createdAt": now, "updatedAt": now, **asked})


def _update_template(context: OperationContext) -> dict[str, Any]:
    """Change only the given settings."""
    found = _template(context)
    return _keep_template(context, {**found, **context.call.parameters, "updatedAt": datetime.now(timezone.utc)})


def _delete_template(context: OperationContext) -> dict[str, Any]:
    found = _template(context)
    del context.memory(CreationTemplates).by_prefix[_prefix(found)]
    return {"registryId": context.call.account, "repositoryCreationTemplate": found}


def _describe_templates(context: OperationContext) -> dict[str, Any]:
    known, asked = context.memory(CreationTemplates).by_prefix, context.call.parameters.get("prefixes")
    wanted = known if asked is None else [_prefix({"prefix": each}) for each in asked]
    found = [known[prefix] for prefix in wanted if prefix in known]
    return {"registryId": context.call.account, "repositoryCreationTemplates": found}


def _template(context: OperationContext) -> dict[str, Any]:
    prefix = _prefix(context.call.parameters)
    try:
        return context.memory(CreationTemplates).by_prefix[prefix]
    except KeyError:
        message = f"The repository creation template with prefix '{prefix}' does not exist."
        raise RefusedError(message, "TemplateNotFoundException") from None


def _keep_template(context: OperationContext, template: dict[str, Any]) -> dict[str, Any]:
    """Store the template. A role is required for tags and for a key.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html
    """
    if not template.get("customRoleArn") and (
        template.get("resourceTags") or "KMS" in template.get("encryptionConfiguration", {}).get("encryptionType", "")
    ):
        raise RefusedError("A custom role is required for resource tags and KMS keys.", "ValidationException")
    lifecycle = template.get("lifecyclePolicy", "")
    if lifecycle and len(lifecycle) < _SHORTEST_LIFECYCLE:
        raise RefusedError(f"lifecyclePolicy needs {_SHORTEST_LIFECYCLE} characters.", "ValidationException")
    context.memory(CreationTemplates).keep(template)
    return {"registryId": context.call.account, "repositoryCreationTemplate": template}


_MOST_DESTINATIONS = 25


def _put_replication(context: OperationContext) -> dict[str, Any]:
    """The replication configuration of the registry. moto accepts one rule.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationConfiguration.html
    """
    call = context.call
    configuration = call.parameters["replicationConfiguration"]
    destinations = [
        (one["registryId"], one["region"]) for rule in configuration["rules"] for one in rule["destinations"]
    ]
    refused = ""
    if (call.account, call.region) in destinations:
        refused = "Replication destination cannot be the same as the source registry"
    if len(set(destinations)) > _MOST_DESTINATIONS:
        refused = f"Member must have at most {_MOST_DESTINATIONS} unique destinations"
    if refused:
        message = f"Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: '{refused}'"
        raise RefusedError(message, "InvalidParameterException")
    context.backend(ecr_backends).replication_config = configuration
    return {"replicationConfiguration": configuration}


OPERATIONS: dict[str, Operation] = {
    "ecr:CreateRepositoryCreationTemplate": _create_template,
    "ecr:DeleteRepositoryCreationTemplate": _delete_template,
    "ecr:DeleteSigningConfiguration": _delete_signing,
    "ecr:DescribeImageScanFindings": _findings,
    "ecr:DescribeImageSigningStatus": _signing_status,
    "ecr:DescribeRepositoryCreationTemplates": _describe_templates,
    "ecr:GetAuthorizationToken": _token,
    "ecr:GetDownloadUrlForLayer": _layer,
    "ecr:GetSigningConfiguration": _get_signing,
    "ecr:PutImage": _put,
    "ecr:PutReplicationConfiguration": _put_replication,
    "ecr:PutSigningConfiguration": _put_signing,
    "ecr:UpdateRepositoryCreationTemplate": _update_template,
}
