"""Secrets of a build."""

from __future__ import annotations

import re

import pytest
from troposphere import encode_to_dict

from generator.components.build import Part
from generator.components.image_secrets import add_image_secrets, add_packages
from generator.template import new_template

SECRETS = add_image_secrets(TEMPLATE := new_template("Test"))
PACKAGES = add_packages(TEMPLATE)


def _matches(parameter: str, value: str) -> bool:
    return re.fullmatch(TEMPLATE.parameters[parameter].to_dict()["AllowedPattern"], value) is not None


def test_codebuild_fetches_secrets_itself() -> None:
    """As variables of the types that CodeBuild reads and masks; without a secret there is no variable."""
    told = [encode_to_dict(secret)["Fn::If"] for secret in SECRETS.secrets]
    assert [("HasSecret", "SECRETS_MANAGER"), ("HasSecretParameter", "PARAMETER_STORE")] == [
        (condition, variable["Type"]) for condition, variable, _ in told
    ]
    assert all(otherwise == {"Ref": "AWS::NoValue"} for _, _, otherwise in told)


@pytest.mark.parametrize("part", [SECRETS, PACKAGES])
def test_what_is_not_given_is_not_granted(part: Part) -> None:
    """Each permission is there with its parameter."""
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
    """What AWS calls them."""
    assert _matches(parameter, value)
    assert _matches(parameter, "")
