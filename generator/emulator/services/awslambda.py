"""AWS Lambda: images are checked and identified by digest, functions run, published versions keep their code."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from moto.awslambda.models import lambda_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import function_run

# Of a single image, as Docker and the Open Container Initiative write it. An index has no configuration.
CONFIGURATIONS = (
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.config.v1+json",
)


Containers = Callable[[str, bytes], tuple[bool, bytes]]
"""The answer of an image's container to an event: whether it failed, and its result as JSON."""


@dataclass
class ImageFunctions:
    """The answers of images, which are not run here: tests set them."""

    answer: Containers | None = None


def _no_concurrency(_context: OperationContext) -> Mapping[str, Any]:
    """No alias here has provisioned concurrency.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
    """
    code = "ProvisionedConcurrencyConfigNotFoundException"
    raise RefusedError("No Provisioned Concurrency Config found for this function", code, status=404)


def _publish(context: OperationContext) -> Mapping[str, Any]:
    """A version keeps its code; moto's follows the next update of the function.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    given, backend = context.call.parameters, context.backend(lambda_backends)
    latest = backend.get_function(given["FunctionName"])
    if given.get("CodeSha256", latest.code_sha_256) != latest.code_sha_256:
        code = "InvalidParameterValueException"
        raise RefusedError(f"CodeSHA256 ({given['CodeSha256']}) is different from current CodeSHA256 in $LATEST", code)
    _check_revision(given, latest)
    version: Any = backend.publish_version(latest.function_name, given.get("Description", ""))
    version.code = dict(version.code)
    configuration: Mapping[str, Any] = version.get_configuration()
    return configuration


def _invoke(context: OperationContext) -> Mapping[str, Any]:
    """Run the function to its end, even if the caller does not wait for it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    asked = context.call.parameters
    name = asked["FunctionName"].rpartition(":function:")[2].partition(":")[0]
    function = context.backend(lambda_backends).get_function(name)
    payload = asked.get("Payload") or b"{}"
    payload = payload if isinstance(payload, bytes) else payload.encode()
    if function.package_type == "Image" and (answer := context.memory(ImageFunctions).answer):
        code = context.inside("lambda").get_function(FunctionName=name, **_qualifier(asked))["Code"]
        failed, result = answer(code["ImageUri"], payload)
        return {"StatusCode": 200, "Payload": result, **({"FunctionError": "Unhandled"} if failed else {})}
    if function.package_type != "Zip" or not str(function.run_time).startswith("python"):
        raise RefusedError("Only functions in Python are run here.", "NotImplemented", status=501)
    failed, result = function_run.run(context.cloud, function, payload)
    if asked.get("InvocationType") == "Event":
        return {"StatusCode": 202, "Payload": b""}
    return {"StatusCode": 200, "Payload": result, **({"FunctionError": "Unhandled"} if failed else {})}


def _qualifier(asked: Mapping[str, Any]) -> dict[str, str]:
    return {"Qualifier": asked["Qualifier"]} if asked.get("Qualifier") else {}


def _get_function(context: OperationContext) -> Mapping[str, Any]:
    """The image by its digest; moto derives a digest from its address.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
    """
    given = context.call.parameters
    backend = context.backend(lambda_backends)
    function = backend.get_function(given["FunctionName"], given.get("Qualifier"))
    found: dict[str, Any] = function.get_code()
    found["Configuration"] = {**found["Configuration"], "RevisionId": _revision(function)}
    repository, _, digest = str(found["Code"].get("ImageUri", "")).partition("@")
    return {**found, "Code": {**found["Code"], "ResolvedImageUri": f"{repository}@{digest}"}} if digest else found


def _update_code(context: OperationContext) -> Mapping[str, Any]:
    """Give the function an image, if Lambda can run images of its type. A dry run changes nothing.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    given = context.call.parameters
    backend = context.backend(lambda_backends)
    _check_package(given, backend.get_function(given["FunctionName"]).package_type)
    if image := given.get("ImageUri"):
        _check_type(context, str(image))
    function = backend.get_function(given["FunctionName"], given.get("Qualifier", "$LATEST"))
    _check_revision(given, function)
    if given.get("DryRun"):
        unchanged: Mapping[str, Any] = function.get_configuration()
        return unchanged
    function.architectures = given.get("Architectures", function.architectures)
    code = dict(given)
    if "ZipFile" in given:
        code["ZipFile"] = base64.b64encode(given["ZipFile"]).decode()  # moto takes it as the request has it
    updated = backend.update_function_code(given["FunctionName"], given.get("Qualifier", "$LATEST"), code)
    return updated or {}


def _update_alias(context: OperationContext) -> Mapping[str, Any]:
    """An alias has another revision after each change; moto keeps its first one, and compares none.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
    """
    given, backend = context.call.parameters, context.backend(lambda_backends)
    alias = backend.get_alias(given["Name"], given["FunctionName"])
    _compare_revision(given, alias.revision_id)
    settings: Iterator[Any] = (given.get(name) for name in ("FunctionVersion", "Description", "RoutingConfig"))
    backend.update_alias(given["Name"], given["FunctionName"], *settings)
    alias.revision_id = str(uuid4())
    return {name: value for name, value in alias.to_json().items() if value is not None}


def _revision(function: Any) -> str:
    """The id of the revision, which moto lacks. It changes with each change of code or configuration."""
    return str(uuid5(NAMESPACE_URL, json.dumps(function.get_configuration(), sort_keys=True, default=str)))


def _check_revision(given: Mapping[str, Any], function: Any) -> None:
    """Refuse a call about a function that has changed since its caller looked.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    _compare_revision(given, _revision(function))


def _compare_revision(given: Mapping[str, Any], revision: str) -> None:
    if given.get("RevisionId", "") not in ("", revision):
        raise RefusedError(
            "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
            "retrieve the latest RevisionId",
            "PreconditionFailedException",
            status=412,
        )


def _check_package(given: Mapping[str, Any], package: str) -> None:
    """A function is made of images or of archives until it is deleted.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-images.html
    """
    if (package == "Image") != ("ImageUri" in given):
        what = "Please provide ImageUri" if package == "Image" else "Please don't provide ImageUri"
        message = f"{what} when updating a function with packageType {package}."
        raise RefusedError(message, "InvalidParameterValueException")


def _check_type(context: OperationContext, uri: str) -> None:
    """Refuse an index, and a configuration that is not of a container image, with Lambda's message.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-reqs
    https://github.com/aws/aws-lambda-roadmap/issues/82
    """
    repository, _, digest = uri.partition("/")[2].partition("@")
    if not digest:
        return  # a tag: functions are set up here with images that were never pushed
    found = context.inside("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    for image in found["images"]:
        configuration = json.loads(image["imageManifest"]).get("config", {})
        if configuration.get("mediaType") not in CONFIGURATIONS:
            raise RefusedError(
                f"The image manifest, config or layer media type for the source image {uri} is not supported.",
                "InvalidParameterValueException",
            )


OPERATIONS: dict[str, Operation] = {
    "lambda:GetFunction": _get_function,
    "lambda:GetProvisionedConcurrencyConfig": _no_concurrency,
    "lambda:Invoke": _invoke,
    "lambda:PublishVersion": _publish,
    "lambda:UpdateAlias": _update_alias,
    "lambda:UpdateFunctionCode": _update_code,
}
