"""The network as it is published."""

from __future__ import annotations

import pytest

from generator.authorization.policy_enforcer import enforcer_of
from generator.blueprints.network import network
from generator.components.existing_vpc import TEXTS
from generator.publishing import render
from tests.conftest import WITH_CONDITIONS
from tests.rendered import strings
from tests.samples import sample
from tests.stacked import together, united

RENDERED = render.to_dict(network())


def test_every_parameter_has_a_default() -> None:
    """A network can be created without a decision; its name is the first parameter."""
    assert [] == [name for name, parameter in RENDERED["Parameters"].items() if "Default" not in parameter]
    assert "Network" == next(iter(RENDERED["Parameters"]))


def test_it_exports_what_builds_of_other_stacks_need() -> None:
    """Its exports are the parameters that describe an existing VPC, and nothing else."""
    exports = {
        name: each["Export"]["Name"]["Fn::Sub"] for name, each in RENDERED["Outputs"].items() if "Export" in each
    }
    assert {thing: f"ecr-pipeline:network:${{Network}}:v1:{thing}" for thing in TEXTS} == exports


@pytest.mark.parametrize("name", ["platform", "deployer-eks"])
def test_templates_with_builds_take_its_exports_or_parameters(name: str) -> None:
    """Every export of the network is imported, or a parameter of the same name used in its place."""
    template = WITH_CONDITIONS[name]
    assert TEXTS.keys() <= template["Parameters"].keys()
    texts = set(strings(template["Resources"]))
    assert [] == [thing for thing in TEXTS if f"ecr-pipeline:network:${{Network}}:v1:{thing}" not in texts]


OPTIONAL = ("CreateCodebuildEndpoint", "CreateSecretsmanagerEndpoint", "CreateSsmEndpoint")


def _missing_of_an_image_build(answer: str) -> set[str]:
    """The reasons why calls of an image build with secrets fail in a network with this answer for each endpoint."""
    endpoints = dict.fromkeys(OPTIONAL, answer)
    build = WITH_CONDITIONS["image-build"]
    stacks = together(build, "build", sample(build, "a", optional=True), instead={"network": (RENDERED, endpoints)})
    whole = united(stacks)
    enforcer = enforcer_of(whole)
    enforcer.play(whole, lambda _: {})
    return {each.decision.reason for each in enforcer.decided if not each.decision.allowed}


def test_secrets_and_reports_of_a_build_find_their_endpoints() -> None:
    """The calls of CodeBuild's agent for a private image build pass, if the endpoints are chosen."""
    assert set() == _missing_of_an_image_build("yes")


def test_without_its_endpoints_a_build_has_neither_secrets_nor_reports() -> None:
    """A service without its endpoint cannot be reached: no build has another way out."""
    reasons = {reason.partition(" finds ")[2] for reason in _missing_of_an_image_build("no")}
    assert {"no endpoint codebuild", "no endpoint secretsmanager", "no endpoint ssm"} == reasons
