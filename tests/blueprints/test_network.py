"""The network as it is published."""

from __future__ import annotations

import re

import pytest

from generator import catalog, render
from generator.blueprints.network import network
from tests.conftest import RENDERED

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
