"""Amazon Inspector: SBOMs are exported to a bucket, if the policies of the bucket and the key allow Inspector.

https://docs.aws.amazon.com/inspector/latest/user/sbom-export.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.services.ecr import ImageScans

PRINCIPAL = "inspector2.amazonaws.com"
FORMATS = {
    "CYCLONEDX_1_4": {"bomFormat": "CycloneDX", "specVersion": "1.4"},
    "SPDX_2_3": {"spdxVersion": "SPDX-2.3"},
}
# The contents of every sample image of the emulator.
PACKAGE = {"type": "library", "name": "libssl3", "purl": "pkg:dpkg/libssl3@3.0.15-1"}
Images = list[tuple[str, str]]  # repository and digest


@dataclass
class SbomExports:
    """Exports and how they ended, by report id."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)


def _create(context: OperationContext) -> Mapping[str, Any]:
    """Create an export, which is executed at once."""
    asked = context.call.parameters
    report = str(uuid.uuid4())
    ended: dict[str, Any] = {"reportId": report, "format": asked["reportFormat"], "status": "SUCCEEDED"}
    ended |= {"s3Destination": asked["s3Destination"], "filterCriteria": asked.get("resourceFilterCriteria", {})}
    if code := _export(context, report, _images(context, ended["filterCriteria"])):
        ended |= {"status": "FAILED", "errorCode": code}
    context.memory(SbomExports).by_id[report] = ended
    return {"reportId": report}


def _get(context: OperationContext) -> Mapping[str, Any]:
    found = context.memory(SbomExports).by_id.get(context.call.parameters["reportId"])
    if not found:
        raise RefusedError("There is no such report", "ResourceNotFoundException", status=404)
    return found


def _export(context: OperationContext, report: str, images: Images) -> str:
    """Write a file for each image. Returns the error code, or ""."""
    destination, format = context.call.parameters["s3Destination"], context.call.parameters["reportFormat"]
    bucket, key = destination["bucketName"], destination["kmsKeyArn"]
    s3 = context.inside("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        return "BUCKET_NOT_FOUND"
    if not key.startswith("arn:"):
        return "MALFORMED_KMS_KEY"
    if not _is_let_in(context, bucket, key, report):
        return "INVALID_PERMISSIONS"
    for repository, digest in images:
        # As in real exports; AWS does not document the names of the files.
        name = f"{format}_outputs_{report}/account={context.call.account}/resource=AWS_ECR_CONTAINER_IMAGE"
        image = f"{context.call.region}:{context.call.account}:repository_{repository.replace('/', '_')}_{digest}"
        arn = f"arn:{get_partition(context.call.region)}:ecr:{image}"
        place = f"{destination.get('keyPrefix', '')}/{name}/{arn}_{format}.json".lstrip("/")
        body = json.dumps({**FORMATS[format], "components": [PACKAGE]}).encode()
        s3.put_object(Bucket=bucket, Key=place, Body=body)
    return "" if images else "NO_FINDINGS_FOUND"


def _is_let_in(context: OperationContext, bucket: str, key: str, report: str) -> bool:
    """Whether the policies of the bucket and of the key allow Inspector to write this report."""
    try:
        own = json.loads(context.inside("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError:
        return False
    keys = json.loads(context.inside("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    source = {"aws:SourceAccount": context.call.account, "aws:SourceArn": context.arn(f"report/{report}")}
    uses = [
        (
            Policy("bucket", own),
            f"arn:{get_partition(context.call.region)}:s3:::{bucket}/x",
            ("s3:PutObject", "s3:PutObjectAcl"),
        )
    ]
    uses += [(Policy("key", keys), key, ("kms:Decrypt", "kms:GenerateDataKey"))]
    return all(
        decide(
            Request(principal=PRINCIPAL, action=action, resources=(resource,), context=source),
            Policies(resource=policy),
        ).allowed
        for policy, resource, actions in uses
        for action in actions
    )


def _images(context: OperationContext, criteria: Mapping[str, Any]) -> Images:
    """The scanned images that match every part of the filter."""
    ecr, scanned = context.inside("ecr"), context.memory(ImageScans).by_digest
    wanted = {name: {each["value"] for each in listed} for name, listed in criteria.items()}
    if unknown := wanted.keys() - {"ecrRepositoryName", "ecrImageTags"}:
        raise NotImplementedError(f"not emulated: {', '.join(sorted(unknown))}")

    def found() -> Iterator[tuple[str, str]]:
        for repository in ecr.describe_repositories()["repositories"]:
            name = repository["repositoryName"]
            if name not in wanted.get("ecrRepositoryName", {name}):
                continue
            for image in ecr.describe_images(repositoryName=name)["imageDetails"]:
                tags = set(image.get("imageTags", ()))
                if image["imageDigest"] in scanned and tags & wanted.get("ecrImageTags", tags or {""}):
                    yield name, image["imageDigest"]

    return list(found())


OPERATIONS: dict[str, Operation] = {
    "inspector2:CreateSbomExport": _create,
    "inspector2:GetSbomExport": _get,
}
