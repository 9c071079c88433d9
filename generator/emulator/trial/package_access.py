"""Access of package managers to the repositories of an account: with a token, if its role may read.

https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html
"""

from __future__ import annotations

from http import HTTPStatus

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.package_server import AnswerPackage, PackageAnswer, PackageRequest
from generator.emulator.runs.action import PermitsCall
from generator.emulator.services.codeartifact import Packages

# https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html
NOT_IN_S3 = ("pypi", "swift")


def package_access(cloud: Emulator, permits: PermitsCall) -> AnswerPackage:
    """The function that answers a package manager."""

    def answer(request: PackageRequest) -> PackageAnswer:
        packages = cloud.memory(Packages)
        domain, role = packages.tokens.get(request.token, ("", ""))
        if domain != request.domain or request.owner != cloud.account:
            return PackageAnswer(HTTPStatus.UNAUTHORIZED, f"401 Unauthorized: no token for domain {request.domain}")
        names = {"domain": request.domain, "repository": request.repository}
        if request.format not in NOT_IN_S3:
            names["s3BucketArn"] = packages.domains[domain]["s3BucketArn"]
        host = f"{request.domain}-{request.owner}.d.codeartifact.{cloud.region}.amazonaws.com"
        if reason := permits(ServiceCall("codeartifact", "ReadFromRepository", names, role, host)):
            return PackageAnswer(HTTPStatus.FORBIDDEN, f"403 Forbidden: {reason}")
        sources = list(packages.sources(request.domain, request.repository))
        if not sources:
            return PackageAnswer(HTTPStatus.NOT_FOUND, f"404 Not Found: no repository {request.repository}")
        public = {each["packageFormat"] for source in sources for each in source["externalConnections"]}
        own = {package for source in sources for package in packages.published.get(source["arn"], ())}
        if request.format in public or (request.format, request.package) in own:
            return PackageAnswer(HTTPStatus.OK, f"{request.package} of {request.repository}")
        return PackageAnswer(HTTPStatus.NOT_FOUND, f"404 Not Found: no package {request.package}")

    return answer
