"""AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, each_on, needed
from generator.authorization.needs.ecr import REPOSITORY

_FUNCTION = arn("lambda", "function:{FunctionName}")


def _update_code(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Lambda checks that its caller may pull the image.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
    """
    yield needed(call, environment, call.name, _FUNCTION)
    if image := call.parameters.get("ImageUri"):
        repository = {"repositoryName": str(image).partition("/")[2].partition("@")[0].partition(":")[0]}
        for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            yield needed(Asked(call.name, repository), environment, action, REPOSITORY)


def _see_function(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """A version or alias has an ARN of its own.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    qualified = ":{Qualifier}" if call.parameters.get("Qualifier") else ""
    action = "lambda:InvokeFunction" if call.name == "lambda:Invoke" else call.name
    yield needed(call, environment, action, _FUNCTION + qualified)


NEEDS: Needs = {
    "lambda:GetFunction": _see_function,
    "lambda:GetFunctionConfiguration": _see_function,
    "lambda:Invoke": _see_function,
    "lambda:UpdateFunctionCode": _update_code,
    **each_on("*", "lambda:ListFunctions"),
    **each_on(
        _FUNCTION, "lambda:GetAlias", "lambda:ListVersionsByFunction", "lambda:PublishVersion", "lambda:UpdateAlias"
    ),
    **each_on(_FUNCTION + ":{Qualifier}", "lambda:GetProvisionedConcurrencyConfig"),
}
