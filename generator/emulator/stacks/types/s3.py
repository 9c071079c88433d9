"""Amazon S3."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from generator.cloudformation.refusals import NotEmulatedError
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler
from generator.emulator.stacks.shapes import request
from generator.model.partitions import url_suffix

# How the template and the API name the same, where they differ.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
_RULE = {"Id": "ID"}


def _encryption(value: Any) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            **{key: rule[key] for key in rule if key != "ServerSideEncryptionByDefault"},
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(value: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_rule(rule) for rule in value["Rules"]]}}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    told = {_RULE.get(key, key): value for key, value in rule.items()}
    if "ExpirationInDays" in told:
        told["Expiration"] = {"Days": told.pop("ExpirationInDays")}
    if not {"Prefix", "Filter"} & told.keys():
        told["Filter"] = {"Prefix": ""}  # the API requires one of them, and this is what AWS answers for a rule for all
    return told


def _tags(value: Any) -> dict[str, Any]:
    return {"Tagging": {"TagSet": value}}


# Property -> operation that sets it, operation that takes it away ("" where there is none), its parameters.
_SETTINGS: dict[str, tuple[str, str, Callable[[Any], dict[str, Any]]]] = {
    "BucketEncryption": ("PutBucketEncryption", "DeleteBucketEncryption", _encryption),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", _lifecycle),
    "OwnershipControls": (
        "PutBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        lambda value: {"OwnershipControls": value},
    ),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "DeletePublicAccessBlock",
        lambda value: {"PublicAccessBlockConfiguration": value},
    ),
    "Tags": ("PutBucketTagging", "DeleteBucketTagging", _tags),
    "VersioningConfiguration": ("PutBucketVersioning", "", lambda value: {"VersioningConfiguration": value}),
}


def _create_bucket(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("BucketName") or work.name(63).lower())
    # us-east-1 is not a value of LocationConstraint: a bucket without one is created there.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    place = {} if work.region == "us-east-1" else {"LocationConstraint": work.region}
    configuration = {"CreateBucketConfiguration": place} if place else {}
    work.client("s3").create_bucket(Bucket=name, **configuration)
    return name


def _settle_bucket(work: ResourceContext, bucket: str, new: Properties, old: Properties) -> None:
    client = work.client("s3")
    unknown = (new.keys() | old.keys()) - _SETTINGS.keys() - {"BucketName"}
    if unknown:
        raise NotEmulatedError(f"properties of a bucket that are not emulated: {', '.join(sorted(unknown))}")
    for name, (put, delete, parameters) in _SETTINGS.items():
        if name in new and new[name] != old.get(name):
            request(client, put, parameters(new[name]), Bucket=bucket)
        elif name in old and name not in new:
            if not delete:
                raise NotEmulatedError(f"{name} of a bucket cannot be taken away")
            request(client, delete, {}, Bucket=bucket)


def _bucket_attributes(work: ResourceContext, bucket: str, _properties: Properties) -> dict[str, str]:
    return {
        "Arn": work.own_arn(bucket),
        "DomainName": f"{bucket}.s3.{url_suffix(work.partition)}",
        "RegionalDomainName": f"{bucket}.s3.{work.region}.{url_suffix(work.partition)}",
    }


def _put_policy(work: ResourceContext, properties: Properties) -> str:
    bucket = str(properties["Bucket"])
    work.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
    return bucket


TYPES = {
    "AWS::S3::Bucket": ResourceHandler(
        create=_create_bucket,
        settle=_settle_bucket,
        delete=lambda work, bucket, _: work.client("s3").delete_bucket(Bucket=bucket),
        attributes=_bucket_attributes,
    ),
    "AWS::S3::BucketPolicy": ResourceHandler(
        create=_put_policy,
        update=lambda work, _, new, _old: _put_policy(work, new),
        delete=lambda work, bucket, _: work.client("s3").delete_bucket_policy(Bucket=bucket),
    ),
}
