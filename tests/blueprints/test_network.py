"""The network as it is published."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from generator import catalog, render
from generator.blueprints.network import network
from generator.emulator.deployed import Stack
from generator.emulator.guard import Guard
from generator.emulator.policies import keys_of, policies_of
from generator.emulator.requests import Surroundings
from tests.conftest import RENDERED, WITH_CONDITIONS
from tests.samples import sample

SAMPLES = {
    "VpcId": "vpc-0a1b2c3d4e5f60718",
    "SubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728",
    "S3PrefixListId": "pl-6da54004",
    "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
    "S3GatewayEndpoint": "existing",
}


def test_nothing_has_to_be_typed() -> None:
    """Every parameter has a default: a network is made without a question."""
    assert [] == [name for name, parameter in network().parameters.items() if not hasattr(parameter, "Default")]


@pytest.mark.parametrize("name", [name for name in catalog.templates() if name.startswith("pipeline-")])
def test_its_outputs_fit_the_parameters_of_a_pipeline(name: str) -> None:
    """Every output with the name of a parameter is what that parameter takes."""
    parameters = RENDERED[name]["Parameters"]
    outputs = render.to_dict(network())["Outputs"].keys() - {"KeyArn"}
    assert SAMPLES.keys() == outputs
    assert {"VpcId", "SubnetIds", "S3PrefixListId", "EndpointSecurityGroupId"} <= parameters.keys()
    for output in outputs & parameters.keys():
        declared = parameters[output]
        assert re.fullmatch(declared.get("AllowedPattern", ".*"), SAMPLES[output])
        assert SAMPLES[output] in declared.get("AllowedValues", [SAMPLES[output]])


ASKED_FOR = dict.fromkeys(("CreateCodebuildEndpoint", "CreateSecretsmanagerEndpoint", "CreateSsmEndpoint"), "yes")


def _missing_of_an_image_build(**endpoints: str) -> set[str]:
    """What a build of images with secrets asks for in the network, and does not get."""
    made = Stack(template=WITH_CONDITIONS["network"], name="network", parameters=endpoints)
    typed = {**sample(WITH_CONDITIONS["image-build"], "a", optional=True), "BuildNetwork": "private"}
    build = Stack(template=WITH_CONDITIONS["image-build"], name="build", parameters={**typed, "VpcId": made.ref("Vpc")})
    standing = replace(policies_of(build), endpoints=policies_of(made).endpoints)
    roles = [each["ServiceRole"] for _, each in build.resources("AWS::CodeBuild::Project")]
    networks = {role: made.ref("Vpc") for role in roles}
    asked = Guard(standing, Surroundings(place=build.place, keys=keys_of(build)), networks)
    asked.play(build, lambda _: {})
    return {each.decision.reason for each in asked.decided if not each.decision.allowed}


def test_secrets_and_reports_of_a_build_find_their_endpoints() -> None:
    """What CodeBuild's agent does for a private build of images gets through, once the endpoints are asked for."""
    assert set() == _missing_of_an_image_build(**ASKED_FOR)


def test_without_its_endpoints_a_build_has_neither_secrets_nor_reports() -> None:
    """What was not asked for cannot be reached: no build goes another way."""
    told = {reason.partition(" finds ")[2] for reason in _missing_of_an_image_build()}
    assert {"no endpoint codebuild", "no endpoint secretsmanager", "no endpoint ssm"} == told
