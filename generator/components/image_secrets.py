"""What a build may know and an image must not: secrets, and the token for packages. They reach it as secret mounts."""

from __future__ import annotations

from awacs import codeartifact, secretsmanager, ssm, sts
from awacs.aws import Condition, StringEquals
from troposphere import NoValue, Ref, Select, Split, Sub, Template
from troposphere.codebuild import EnvironmentVariable

from generator.arn import arn
from generator.components.build import GROUP, Part
from generator.iam import Grant
from generator.parameters import add_condition, add_parameter, is_given

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
        description="ARN of a secret in Secrets Manager for RUN --mount=type=secret,id=secret. Empty: none.",
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+)?$",
        ConstraintDescription="Type the ARN of a secret, or nothing.",
    )
    parameter = add_parameter(
        template,
        "SecretParameter",
        group=GROUP,
        label="Secret parameter",
        description="Path of a SecureString in Parameter Store for RUN --mount=type=secret,id=parameter. Empty: none.",
        Default="",
        AllowedPattern=r"^((/[\w.-]+)+)?$",
        ConstraintDescription="Type a path such as /orders/build/token, or nothing.",
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
                actions=(ssm.GetParameters,),
                resources=(arn("ssm", "parameter${SecretParameter}"),),
                why="The parameter is mounted while the image is built.",
                only_if=has_parameter,
            ),
        ),
    )


def add_packages(template: Template) -> Part:
    """A repository of CodeArtifact: its token is `id=codeartifact` in a Dockerfile.

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
        ConstraintDescription="Type domain/repository, or nothing.",
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
                sid="GetPackageToken",
                actions=(codeartifact.GetAuthorizationToken,),
                resources=(domain,),
                why="The token for the domain of packages.",
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
            Grant(
                sid="ReadPackages",
                actions=(codeartifact.ReadFromRepository,),
                resources=(arn("codeartifact", "repository/${CodeArtifact}"),),
                why="The build installs packages.",
                only_if=has_packages,
            ),
        ),
    )


def _variable(condition: str, name: str, kind: str, value: Ref) -> dict[str, object]:
    # troposphere takes no If among the variables, but the same as data.
    return {"Fn::If": [condition, EnvironmentVariable(Name=name, Type=kind, Value=value), NoValue]}
