"""AWS API calls as they reach the emulator: caller, service, operation and parameters.

Requests are read with moto's own parsers, which follow botocore's service models.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from generator.emulator.front.clients import session

Environ = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One AWS API call."""

    access_key: str
    """The caller: the credentials identify the role."""
    service: str
    """The prefix of the service in IAM policies: "ecr", "s3", "cloudwatch"."""
    operation: str
    """The operation of the API: "BatchGetImage"."""
    parameters: Mapping[str, Any]
    """The parameters under botocore's names, as far as they could be read."""
    endpoint: str
    """The host of this service at AWS, "" if a service calls another one. The actual host is the loopback interface."""
    role: str
    """ARN of the calling role, "" for the user who deploys."""
    account: str
    """The account of the caller."""
    region: str
    """The region that the request was signed for."""
    via: str = ""
    """The AWS service that calls with the caller's credentials ("cloudformation"), "" for a direct call."""
    client: str
    """The service's name in botocore: "cloudwatch"."""
    protocol: str
    """The protocol of the client and so of the answer: "json", "rest-xml", ..."""


class Signature(NamedTuple):
    """The contents of a request's signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""

    access_key: str
    region: str
    service: str


class _Service(NamedTuple):
    client: str
    prefix: str


# Services whose name in the signature is not the one of botocore, or not the one of IAM.
_SERVICES = {
    "access-analyzer": _Service("accessanalyzer", "access-analyzer"),
    "elasticloadbalancing": _Service("elbv2", "elasticloadbalancing"),
    "servicequotas": _Service("service-quotas", "servicequotas"),
    "monitoring": _Service("cloudwatch", "cloudwatch"),
    "states": _Service("stepfunctions", "states"),
    "tagging": _Service("resourcegroupstaggingapi", "tag"),
}
_SCOPE = re.compile(
    r"(?:Credential=)?(?P<access_key>[^/,\s]+)/[0-9]{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)


def signature(environ: Environ) -> Signature | None:
    """The signature of the request, in a header or in the query of its address; None if it is not signed."""
    presigned = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or _SCOPE.search(presigned)
    return Signature(**match.groupdict()) if match else None


def read(environ: Environ, body: bytes, signed: Signature, *, role: str, account: str) -> Call | None:
    """The call that the request makes; None if the service has no such operation. The stream is not changed."""
    service = _SERVICES.get(signed.service, _Service(signed.service, signed.service))
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    try:
        protocol = determine_request_protocol(get_service_model(service.client), request.content_type)
        operation, labels = get_service_router(service.client).match(request)
    except (NotFound, NotImplementedError, UnknownServiceError):
        return None
    agent = environ.get("HTTP_USER_AGENT", "")
    via = next((name.partition(".")[0] for name in (CLOUDFORMATION, CODEBUILD) if name in agent), "")
    return Call(
        access_key=signed.access_key,
        service=service.prefix,
        operation=operation.name,
        parameters=_parameters(request, operation, labels, protocol),
        endpoint="" if via else _endpoint(service.client, signed.region, agent, account),
        role=role,
        account=account,
        region=signed.region,
        via=via,
        client=service.client,
        protocol=protocol,
    )


# CloudFormation's name in CloudTrail when it uses the caller's credentials.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-api-logging-cloudtrail.html
CLOUDFORMATION = "cloudformation.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
ENGINE = "docker/"
"""The user agent of a container engine, which calls ECR's registry and not its API."""


def _parameters(request: Request, operation: Any, labels: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    try:
        return dict(
            PROTOCOL_PARSERS[protocol](operation).parse(
                {
                    "method": request.method,
                    "values": request.values,
                    "headers": request.headers,
                    "body": request.data,
                    "url_path": request.path,
                    "url_params": dict(labels),
                }
            )
        )
    except Exception:  # noqa: BLE001  a client may send rubbish, which the service must reject, not we
        return dict(labels)


def _endpoint(client: str, region: str, agent: str, account: str) -> str:
    host = _host(client, region)
    return host.replace("api.ecr", f"{account}.dkr.ecr") if ENGINE in agent else host


@functools.cache
def _host(client: str, region: str) -> str:
    config = Config(ignore_configured_endpoint_urls=True, signature_version=UNSIGNED)
    url = session().client(client, region_name=region, config=config).meta.endpoint_url
    return str(urlsplit(url).hostname)
