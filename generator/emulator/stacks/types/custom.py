"""Custom resources, which a function creates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import FailedError
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler


def _ask(work: ResourceContext, request: str, properties: Properties, **further: Any) -> dict[str, Any]:
    """The response of the function, which it uploads to the given URL."""
    bucket, key = _place(work, request)
    s3 = work.inside("s3")
    if bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        place = {} if work.region == "us-east-1" else {"LocationConstraint": work.region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {}))
    s3.delete_object(Bucket=bucket, Key=key)
    event = {
        "RequestType": request,
        "ResponseURL": s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key}),
        "StackId": work.stack_id,
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": work.logical_id,
        "ResourceType": work.type,
        "ResourceProperties": _texts(properties),
        **further,
    }
    payload = json.dumps(event).encode()
    work.client("lambda").invoke(FunctionName=properties["ServiceToken"], InvocationType="Event", Payload=payload)
    # CloudFormation waits for ServiceTimeout seconds. Here the function has ended: there is nothing to wait for.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    response = _response(work, request)
    if response["Status"] != "SUCCESS":
        raise FailedError(
            f"Received response status [FAILED] from custom resource. Message returned: {response['Reason']}"
        )
    return response


def _response(work: ResourceContext, request: str) -> dict[str, Any]:
    bucket, key = _place(work, request)
    try:
        body = work.inside("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError:
        raise FailedError("CloudFormation did not receive a response from your Custom Resource.") from None
    return dict(json.loads(body))


def _place(work: ResourceContext, request: str) -> tuple[str, str]:
    """The place of responses: a bucket, which in AWS does not belong to the account.

    The one to a deletion has a place of its own: when a resource was replaced, the old one is deleted after that.
    """
    kind = "deletion" if request == "Delete" else "data"
    bucket = f"custom-resource-response-{work.region}-{work.account}"
    return bucket, f"{work.stack_id}/{work.logical_id}/{kind}"


def _texts(value: Any) -> Any:
    """The value as the function receives it: every number and boolean as text."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _update(work: ResourceContext, physical_id: str, new: Properties, old: Properties) -> str:
    further = {"PhysicalResourceId": physical_id, "OldResourceProperties": _texts(old)}
    return str(_ask(work, "Update", new, **further)["PhysicalResourceId"])


def _data(work: ResourceContext, _id: str, _properties: Properties) -> dict[str, Any]:
    """The data that the function returned last."""
    return dict(_response(work, "").get("Data") or {})


TYPES = {
    "AWS::CloudFormation::CustomResource": ResourceHandler(
        create=lambda work, properties: str(_ask(work, "Create", properties)["PhysicalResourceId"]),
        update=_update,
        delete=lambda work, physical_id, properties: _ask(work, "Delete", properties, PhysicalResourceId=physical_id),
        attributes=_data,
    ),
}
