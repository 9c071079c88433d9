"""What moto lacks of AWS Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import lambda_backends

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _no_concurrency(_desk: Desk) -> Mapping[str, Any]:
    """No alias here has provisioned concurrency.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
    """
    code = "ProvisionedConcurrencyConfigNotFoundException"
    raise RefusedError("No Provisioned Concurrency Config found for this function", code, status=404)


def _publish(desk: Desk) -> Mapping[str, Any]:
    """A version keeps its code; moto's follows the next update of the function.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    given, backend = desk.call.parameters, lambda_backends[desk.call.account][desk.call.region]
    latest = backend.get_function(given["FunctionName"])
    if given.get("CodeSha256", latest.code_sha_256) != latest.code_sha_256:
        code = "InvalidParameterValueException"
        raise RefusedError(f"CodeSHA256 ({given['CodeSha256']}) is different from current CodeSHA256 in $LATEST", code)
    version: Any = backend.publish_version(latest.function_name, given.get("Description", ""))
    version.code = dict(version.code)
    configuration: Mapping[str, Any] = version.get_configuration()
    return configuration


OPERATIONS: dict[str, Operation] = {
    "lambda:GetProvisionedConcurrencyConfig": _no_concurrency,
    "lambda:PublishVersion": _publish,
}
