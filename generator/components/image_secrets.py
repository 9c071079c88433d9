"""Secrets of a build, and the token for packages. A build mounts them, so that the image does not contain them."""

from __future__ import annotations

from awacs import codeartifact, secretsmanager, ssm, sts
from awacs.aws import Condition, StringEquals
from troposphere import Equals, If, Ref, Select, Split, Sub, Template

from generator.components.build import GROUP, Part
from generator.components.image_network import INTERNET
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

OF_SECRETS = r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+-\w{6}"
BEARER_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html"


def add_image_secrets(template: Template) -> Part:
    """A secret and a parameter, `id=secret` and `id=parameter` in a Dockerfile. CodeBuild reads them and masks its log.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    """
    secret = add_parameter(
        template,
        "SecretArn",
        group=GROUP,
        label="Secret",
        description="ARN of a secret for RUN --mount=type=secret,id=secret. Empty: none.",
        Default="",
        AllowedPattern=f"^({OF_SECRETS})?$",
        ConstraintDescription="Enter the ARN with its last six characters, or leave it empty.",
    )
    parameter = add_parameter(
        template,
        "SecretParameter",
        group=GROUP,
        label="Secret parameter",
        description="Path of a SecureString for RUN --mount=type=secret,id=parameter. Empty: none.",
        Default="",
        AllowedPattern=r"^((/[\w.-]+)+)?$",
        ConstraintDescription="Enter a path such as /orders/build/token, or leave it empty.",
    )
    has_secret = add_condition(template, "HasSecret", is_given(secret))
    has_parameter = add_condition(template, "HasSecretParameter", is_given(parameter))
    return Part(
        secrets=(
            _variable(has_secret, "BUILD_SECRET", "SECRETS_MANAGER", secret),
            _variable(has_parameter, "BUILD_PARAMETER", "PARAMETER_STORE", parameter),
        ),
        grants=(
            Grant(
                sid="ReadSecret",
                actions=(secretsmanager.GetSecretValue,),
                resources=(secret,),
                why="The secret is mounted while the image is built.",
                only_if=has_secret,
            ),
            Grant(
                sid="ReadSecretParameter",
                # CodeBuild calls GetParameters for a single parameter as well.
                actions=(ssm.GetParameters,),
                resources=(arn("ssm", "parameter${SecretParameter}"),),
                why="The parameter is mounted while the image is built.",
                only_if=has_parameter,
            ),
        ),
    )


def add_registry_credentials(template: Template) -> Part:
    """Credentials for Docker Hub, which limits anonymous pulls. The parameter `BuildNetwork` must exist.

    The secret is JSON with the keys that CodeBuild defines for private registries. ECR needs none.
    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-private-registry.html
    """
    name = "RegistryCredentialsArn"
    secret = add_parameter(
        template,
        name,
        group=GROUP,
        label="Docker Hub",
        description="ARN of a secret with username and password for Docker Hub. Empty: no login.",
        Default="",
        AllowedPattern=f"^({OF_SECRETS})?$",
        ConstraintDescription="Enter the ARN of a secret, or leave it empty.",
    )
    given = add_condition(template, "HasCredentials", is_given(secret))
    add_rule(
        template,
        "CredentialsNeedInternet",
        (Equals(Ref("BuildNetwork"), INTERNET), f"{name} requires BuildNetwork={INTERNET}."),
        when=is_given(secret),
    )
    return Part(
        secrets=(_variable(given, "DOCKER_HUB", "SECRETS_MANAGER", secret),),
        grants=(
            Grant(
                sid="ReadCredentials",
                actions=(secretsmanager.GetSecretValue,),
                resources=(secret,),
                why="Docker logs in to Docker Hub.",
                only_if=given,
            ),
        ),
    )


def add_packages(template: Template) -> Part:
    """A repository of CodeArtifact. Its token is `id=codeartifact` in a Dockerfile.

    https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
    """
    packages = add_parameter(
        template,
        "CodeArtifact",
        group=GROUP,
        label="CodeArtifact",
        description="Domain and repository of packages for RUN --mount=type=secret,id=codeartifact. Empty: none.",
        Default="",
        AllowedPattern=r"^([a-z][a-z0-9-]{0,48}[a-z0-9]/[A-Za-z0-9][\w.-]{1,99})?$",
        ConstraintDescription="Enter domain/repository, or leave it empty.",
    )
    has_packages = add_condition(template, "HasPackages", is_given(packages))
    domain = Sub(
        "arn:${AWS::Partition}:codeartifact:${AWS::Region}:${AWS::AccountId}:domain/${Domain}",
        Domain=Select(0, Split("/", packages)),
    )
    return Part(
        variables={"CODEARTIFACT": packages},
        grants=(
            Grant(
                sid="ReadPackages",
                actions=(codeartifact.GetAuthorizationToken, codeartifact.ReadFromRepository),
                resources=(domain, arn("codeartifact", "repository/${CodeArtifact}")),
                why="The build gets a token for the domain, and installs packages from the repository.",
                only_if=has_packages,
            ),
            Grant(
                sid="BearPackageToken",
                actions=(sts.GetServiceBearerToken,),
                condition=Condition(StringEquals({"sts:AWSServiceName": "codeartifact.amazonaws.com"})),
                why="CodeArtifact's token is a bearer token.",
                everywhere=BEARER_PAGE,
                only_if=has_packages,
            ),
        ),
    )


def _variable(condition: str, name: str, kind: str, value: Ref) -> dict[str, object]:
    """A variable that CodeBuild fetches, or an empty one.

    It is plain data, because troposphere does not accept an If as a type.
    """
    return {"Name": name, "Type": If(condition, kind, "PLAINTEXT"), "Value": value}
