"""The effects of a parameter are those between two stacks that differ in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from generator.changesets.update_requires import replaces
from generator.cli import cli
from generator.publishing.parameter_effects import ParameterEffects, Replacement, parameter_effects
from tests.conftest import WITH_CONDITIONS
from tests.stacked import deployed
from tests.variants import refusals, variants

NAMES = sorted(WITH_CONDITIONS)
REPOSITORY: dict[str, Any] = {
    "Type": "AWS::ECR::Repository",
    "Properties": {"RepositoryName": {"Ref": "Name"}, "ImageTagMutability": {"Ref": "Mutability"}},
}


def _body(resource: dict[str, Any], **further: Any) -> dict[str, Any]:
    parameters = {name: {"Type": "String"} for name in ("Name", "Mutability", "KeyArn", "Cidr")}
    conditions = {
        "HasKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "KeyArn"}, ""]}]},
        "Both": {"Fn::And": [{"Condition": "HasKey"}, {"Fn::Equals": [{"Ref": "Name"}, "a"]}]},
    }
    return {"Parameters": parameters, "Conditions": conditions, "Resources": {"X": resource, **further}}


def _replaced(effects: ParameterEffects) -> dict[str, set[str]]:
    return {each.resource: set(each.properties) for each in effects.replaces}


@pytest.mark.parametrize("name", NAMES)
def test_no_difference_of_two_stacks_is_missing(name: str) -> None:
    """A property that another value of one parameter changes is updated, or replaces its resource as AWS says."""
    body = WITH_CONDITIONS[name]
    compared = 0
    for (_, first), (_, second) in zip(variants(body, "a"), variants(body, "b"), strict=True):
        for parameter, value in second.parameters.items():
            values = {**first.parameters, parameter: value}
            if first.parameters.get(parameter) == value or refusals(body, values):
                continue
            effects, other = parameter_effects(parameter, body), deployed(body, "a-stack", values)
            for title, resource in body["Resources"].items():
                if not (first.is_made(title) and other.is_made(title)):
                    continue
                for key, node in resource.get("Properties", {}).items():
                    if first.value(node) != other.value(node):
                        compared += 1
                        fixed = replaces(resource["Type"], key)
                        assert title in {*effects.updates, *_replaced(effects)}, (parameter, title, key)
                        assert not fixed or key in _replaced(effects)[title], (parameter, title, key)
    assert compared or name == "registry-signing"


def test_a_name_replaces_and_a_setting_does_not() -> None:
    """As the reference page of the type says; a parameter that nothing uses changes nothing."""
    body = _body(REPOSITORY)
    expected = Replacement(resource="X", properties=("RepositoryName",), meaning="its images are lost")
    assert ((expected,), ()) == (parameter_effects("Name", body).replaces, parameter_effects("Name", body).updates)
    assert ((), ("X",)) == (
        parameter_effects("Mutability", body).replaces,
        parameter_effects("Mutability", body).updates,
    )
    assert ParameterEffects(replaces=(), updates=(), exports=()) == parameter_effects("Cidr", body)


def test_a_condition_that_chooses_a_property_counts() -> None:
    """Also one that is made of others. The name stays, so that AWS refuses the second repository."""
    encryption = {"Fn::If": ["Both", {"EncryptionType": "KMS"}, {"Ref": "AWS::NoValue"}]}
    named = {**REPOSITORY, "Properties": {**REPOSITORY["Properties"], "EncryptionConfiguration": encryption}}
    (found,) = parameter_effects("KeyArn", _body(named)).replaces
    assert ("EncryptionConfiguration",) == found.properties
    assert "AWS refuses that as long as RepositoryName stays the same: change it as well" == found.meaning
    unnamed = {**named, "Properties": {"EncryptionConfiguration": encryption}, "UpdateReplacePolicy": "Retain"}
    (found,) = parameter_effects("KeyArn", _body(unnamed)).replaces
    assert found.meaning.startswith("the old one stays in the account")


def test_what_refers_to_a_replaced_resource_changes_with_it() -> None:
    """A subnet moves to the new VPC; the export of its id changes too. An alias of the VPC's tags does not."""
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}}}
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "X"}, "CidrBlock": "10.0.0.0/24"}}
    link = {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {"SubnetId": {"Fn::Sub": "${Subnet}"}}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"Fn::GetAtt": ["Subnet", "SubnetId"]}]}}
    outputs = {
        "VpcId": {"Value": {"Ref": "X"}, "Export": {"Name": "a"}},
        "Named": {"Value": "b", "Export": {"Name": {"Fn::Sub": "x:${Cidr}"}}},
        "Other": {"Value": "c", "Export": {"Name": "c"}},
        "Private": {"Value": {"Ref": "X"}},
    }
    body = {**_body(vpc, Subnet=subnet, Link=link, Role=role, Other=REPOSITORY), "Outputs": outputs}
    found = parameter_effects("Cidr", body)
    assert {"X": {"CidrBlock"}, "Subnet": {"VpcId"}, "Link": {"SubnetId"}} == _replaced(found)
    assert (("Role",), ("VpcId", "Named")) == (found.updates, found.exports)


def test_explain_shows_what_a_change_replaces() -> None:
    """Before anybody has an account: as text, and as data."""

    def shown(*words: str) -> str:
        return " ".join(CliRunner().invoke(cli, ["explain", *words]).stdout.split())

    assert "A change replaces Repository (RepositoryName): the old one stays in the account" in shown(
        "registry", "RepositoryName"
    )
    assert "Pipeline (Name): its history is lost, and runs that wait for an approval end" in shown(
        "pipeline-ecs", "Name"
    )
    assert "A change updates in place RecorderRole, Recorder," in shown("pipeline-ecs", "Name")
    network = shown("network", "VpcCidr")
    assert "Vpc (CidrBlock): everything in it is replaced as well" in network
    assert "refused while another stack imports them VpcId, SubnetIds, EndpointSecurityGroupId" in network
    found = json.loads(CliRunner().invoke(cli, ["explain", "registry", "RepositoryName", "--json"]).stdout)
    assert ["Repository"] == [each["resource"] for each in found["replaces"]]
    assert ["RepositoryName"] == found["replaces"][0]["properties"]
    assert found["replaces"][0]["meaning"].startswith("the old one stays")
    assert ([], True) == (found["exports"], "Replication" in found["updates"])
