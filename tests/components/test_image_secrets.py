"""Secrets of a build."""

from __future__ import annotations

import re

import pytest
from troposphere import encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.build import Part
from generator.components.image_network import add_image_network
from generator.components.image_secrets import add_image_secrets, add_packages, add_registry_credentials
from generator.model.template import new_template
from generator.publishing import render

SECRETS = add_image_secrets(TEMPLATE := new_template("Test"))
PACKAGES = add_packages(TEMPLATE)
add_image_network(TEMPLATE)
CREDENTIALS = add_registry_credentials(TEMPLATE)


def _matches(parameter: str, value: str) -> bool:
    return re.fullmatch(TEMPLATE.parameters[parameter].to_dict()["AllowedPattern"], value) is not None


def test_codebuild_fetches_secrets_itself() -> None:
    """As variables of the types that CodeBuild reads and masks; without a secret the variable is an empty text."""
    assert [
        {
            "Name": "BUILD_SECRET",
            "Type": {"Fn::If": ["HasSecret", "SECRETS_MANAGER", "PLAINTEXT"]},
            "Value": {"Ref": "SecretArn"},
        },
        {
            "Name": "BUILD_PARAMETER",
            "Type": {"Fn::If": ["HasSecretParameter", "PARAMETER_STORE", "PLAINTEXT"]},
            "Value": {"Ref": "SecretParameter"},
        },
    ] == encode_to_dict(list(SECRETS.secrets))


def test_the_build_reads_packages_of_one_repository() -> None:
    """The token is for the domain, the packages come from the repository; both are in the parameter."""
    read = next(grant for grant in PACKAGES.grants if not grant.everywhere)
    domain, repository = encode_to_dict(read.statement())["Resource"]
    assert domain["Fn::Sub"][0].endswith(":domain/${Domain}")
    assert repository["Fn::Sub"].endswith(":repository/${CodeArtifact}")


@pytest.mark.parametrize("part", [SECRETS, PACKAGES, CREDENTIALS])
def test_without_a_parameter_nothing_is_granted(part: Part) -> None:
    """Each permission exists only with its parameter."""
    assert all(grant.only_if for grant in part.grants)


def test_only_this_secret_and_this_parameter_are_read() -> None:
    """By its ARN, and by its path."""
    secret, parameter = (encode_to_dict(grant.statement())["Resource"] for grant in SECRETS.grants)
    assert {"Ref": "SecretArn"} == secret
    assert parameter["Fn::Sub"].endswith(":parameter${SecretParameter}")


def test_the_token_is_codeartifacts_alone() -> None:
    """A bearer token knows no resource: the condition names the service."""
    bearer = next(grant for grant in PACKAGES.grants if grant.everywhere)
    assert {"sts:AWSServiceName": "codeartifact.amazonaws.com"} == (
        encode_to_dict(bearer.statement())["Condition"]["StringEquals"]
    )


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SecretArn", "orders/build"),
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*"),
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/build"),
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/build-AbCdE"),
        ("SecretParameter", "token"),
        ("SecretParameter", "/"),
        ("SecretParameter", "/orders/*"),
        ("CodeArtifact", "packages"),
        ("CodeArtifact", "packages/*"),
        ("CodeArtifact", "-packages/python"),
    ],
)
def test_names_are_whole(parameter: str, value: str) -> None:
    """A name for an ARN, a pattern, half a name: refused."""
    assert not _matches(parameter, value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/build-AbCdEf"),
        ("SecretParameter", "/orders/build/token"),
        ("CodeArtifact", "packages/python"),
    ],
)
def test_names_are_taken_or_left_empty(parameter: str, value: str) -> None:
    """The names that AWS uses."""
    assert _matches(parameter, value)
    assert _matches(parameter, "")


def test_docker_hub_is_reached_from_the_internet_only() -> None:
    """In the network of the platform a login would wait for an answer that cannot come: the rule refuses it."""
    rules = render.to_dict(TEMPLATE)["Rules"]
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
    said = [
        [message for _, message in broken(rules, {"RegistryCredentialsArn": value, "BuildNetwork": network})]
        for value, network in ((secret, "platform"), (secret, "internet"), ("", "platform"))
    ]
    assert [["RegistryCredentialsArn requires BuildNetwork=internet."], [], []] == said


def test_only_the_secret_of_docker_hub_is_read() -> None:
    """CodeBuild reads the secret as a variable, with a permission for this secret alone."""
    [variable], [grant] = CREDENTIALS.secrets, CREDENTIALS.grants
    assert {"Ref": "RegistryCredentialsArn"} == encode_to_dict(variable)["Value"]
    assert {"Ref": "RegistryCredentialsArn"} == encode_to_dict(grant.statement())["Resource"]
