"""AWS CodeArtifact."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, each_on, needed


def _package_token(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The token needs a permission of STS as well, because services other than CodeArtifact's API accept it.

    https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
    """
    yield needed(call, environment, call.name, arn("codeartifact", "domain/{domain}"))
    yield Need("sts:GetServiceBearerToken", context={"sts:AWSServiceName": "codeartifact.amazonaws.com"})


NEEDS: Needs = {
    "codeartifact:GetAuthorizationToken": _package_token,
    # Requests of package managers, which call no API.
    # https://docs.aws.amazon.com/codeartifact/latest/ug/security_iam_id-based-policy-examples.html
    **each_on(arn("codeartifact", "repository/{domain}/{repository}"), "codeartifact:ReadFromRepository"),
}
