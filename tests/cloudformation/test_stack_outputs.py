"""Outputs of stacks as parameters of other stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.cloudformation import stack_outputs
from generator.errors import GeneratorError


def _stack(name: str, **outputs: Any) -> dict[str, Any]:
    listed = [{"OutputKey": key, "OutputValue": value, "Description": "Test."} for key, value in outputs.items()]
    return {"StackName": name, "StackStatus": "CREATE_COMPLETE", "Outputs": listed}


def _network(stack: str, name: str) -> dict[str, Any]:
    """A stack that exports its outputs under this name."""
    made = _stack(stack, VpcId="vpc-1", SubnetIds="subnet-1")
    for output in made["Outputs"]:
        output["ExportName"] = f"ecr-pipeline:network:{name}:v1:{output['OutputKey']}"
    return made


def _document(*stacks: Any) -> str:
    return json.dumps({"Stacks": stacks})


def test_outputs_of_several_stacks_come_together() -> None:
    """Two stacks in one document, or in two: all their outputs, also one that both have."""
    network, registry = (
        _stack("network", VpcId="vpc-1", Zone="a"),
        _stack("registry", RepositoryName="team/x", Zone="a"),
    )
    expected = {"VpcId": "vpc-1", "Zone": "a", "RepositoryName": "team/x"}
    assert expected == stack_outputs.read([("both", _document(network, registry))], expected)
    assert expected == stack_outputs.read([("one", _document(network)), ("other", _document(registry))], expected)


def test_stacks_that_disagree_are_an_error() -> None:
    """Of two values for one parameter, none can be chosen."""
    documents = [("one", _document(_stack("a", VpcId="vpc-1"))), ("other", _document(_stack("b", VpcId="vpc-2")))]
    with pytest.raises(GeneratorError, match='VpcId is "vpc-1" by a, "vpc-2" by b'):
        stack_outputs.read(documents, {"VpcId"})


def test_stacks_may_disagree_on_what_is_no_parameter() -> None:
    """Two stacks have a key each: a template without such a parameter takes their other outputs."""
    documents = [
        ("one", _document(_stack("network", VpcId="vpc-1", KeyArn="key-1"))),
        ("other", _document(_stack("registry", RepositoryName="team/x", KeyArn="key-2"))),
    ]
    found = stack_outputs.read(documents, {"VpcId", "RepositoryName"})
    assert ("vpc-1", "team/x") == (found["VpcId"], found["RepositoryName"])


def test_an_exported_output_becomes_the_name_of_its_stack() -> None:
    """A stack imports the values by itself: all that it needs is the name of the network."""
    assert {"Network": "shared"} == stack_outputs.read([("one", _document(_network("net", "shared")))], {"Network"})


def test_an_export_of_another_product_is_an_output() -> None:
    """Its value is used like any other."""
    other = _stack("other", VpcId="vpc-1")
    other["Outputs"][0]["ExportName"] = "other-VpcId"
    assert {"VpcId": "vpc-1"} == stack_outputs.read([("one", _document(other))], {"VpcId"})


def test_two_networks_are_one_problem() -> None:
    """However many values each of them exports, the problem is stated once."""
    document = _document(_network("a", "one"), _network("b", "two"))
    with pytest.raises(GeneratorError) as error:
        stack_outputs.read([("both", document)], {"Network"})
    assert 'Network is "one" by a, "two" by b' == str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON: it is empty"),
        ('{"Stacks": [], "Stacks": []}', 'given the key "Stacks" 2 times'),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no stacks in []"),
        ('{"Stacks": []}', 'no stacks in {"Stacks": []}'),
        ('{"Stacks": [{"StackName": "a"}]}', 'no outputs in {"StackName": "a"}'),
        ('{"Stacks": ["a"]}', 'no outputs in "a"'),
        (_document(_stack("a", VpcId=1)), "an output whose value is not a text"),
        ('{"Stacks": [{"StackName": "a", "Outputs": [1]}]}', "no outputs in"),
        (
            '{"Stacks": [{"StackName": "a", "Outputs": [{"OutputKey": "A", "OutputValue": "b", "ExportName": 1}]}]}',
            "no outputs in",
        ),
    ],
)
def test_output_that_describe_stacks_never_prints_is_refused(content: str, said: str) -> None:
    """The message has the file, the fault and the form that is allowed."""
    with pytest.raises(GeneratorError) as error:
        stack_outputs.read([("file.json", content)], ())
    message = str(error.value)
    assert message.startswith("file.json:")
    assert said in message
    assert "allowed: what `aws cloudformation describe-stacks --output json` prints" in message


def test_all_problems_are_stated_at_once() -> None:
    """Two bad files are two lines."""
    with pytest.raises(GeneratorError) as error:
        stack_outputs.read([("one", "{"), ("other", "{}")], ())
    assert ["one", "other"] == [line.partition(":")[0] for line in str(error.value).splitlines()]
