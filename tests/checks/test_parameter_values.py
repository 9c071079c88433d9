"""Parameter files against the templates that they are for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from generator import catalog
from generator.checks import parameter_values
from generator.checks.subject import Subject
from generator.errors import GeneratorError
from generator.program_name import program
from generator.publishing import render

ROOT = Path(__file__).parent.parent.parent

BODY: dict[str, Any] = {
    "Parameters": {
        "RepositoryName": {"Type": "String", "Description": "The repository.", "AllowedPattern": "[a-z]+"},
        "VpcId": {"Type": "AWS::EC2::VPC::Id", "Description": "The network."},
        "CreateEndpoints": {
            "Type": "String",
            "Default": "true",
            "AllowedValues": ["true", "false"],
            "Description": "D",
        },
        "EndpointIds": {"Type": "CommaDelimitedList", "Default": "", "Description": "D"},
        "Token": {"Type": "String", "NoEcho": True, "Description": "A secret."},
    },
    "Rules": {
        "EndpointsBroughtAlong": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "CreateEndpoints"}, "false"]},
            "Assertions": [
                {
                    "Assert": {"Fn::Not": [{"Fn::Contains": [{"Ref": "EndpointIds"}, ""]}]},
                    "AssertDescription": "Without CreateEndpoints, EndpointIds is needed.",
                }
            ],
        }
    },
}
SUBJECT = Subject("demo", Path("templates/demo.json"), json.dumps(BODY))
GOOD = {"RepositoryName": "orders", "VpcId": "vpc-0a1b2c3d4e5f67890"}


def put(folder: Path, values: dict[str, str], *, name: str = "demo.dev.json") -> Path:
    """A parameter file with these values."""
    path = folder / name
    path.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
    return path


def found(folder: Path, *, environment: str | None = None) -> list[str]:
    """The findings for the files of the folder, without its name."""
    return [
        str(line).replace(f"{folder}/", "") for line in parameter_values.check(SUBJECT, folder, environment=environment)
    ]


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    """Keys that exist, values that are allowed, rules that hold; a secret may stay out."""
    put(tmp_path, GOOD)
    assert [] == found(tmp_path)


def test_an_unknown_key_is_reported_with_a_suggestion(tmp_path: Path) -> None:
    """A slip in a key names the parameter that it is like."""
    put(tmp_path, {**GOOD, "CreateEndpoint": "true"})
    assert [
        (
            "demo.dev.json:1: CreateEndpoint: the template has no such parameter (did you mean CreateEndpoints?)"
            " [parameters]"
        )
    ] == found(tmp_path)


def test_a_missing_key_is_reported_with_an_example(tmp_path: Path) -> None:
    """A parameter without a default must be in the file."""
    put(tmp_path, {"RepositoryName": "orders"})
    assert [
        "demo.dev.json: VpcId: is missing and has no default: The network (AWS::EC2::VPC::Id) [parameters]"
    ] == found(tmp_path)


def test_a_value_of_the_wrong_form_is_not_missing_too(tmp_path: Path) -> None:
    """One mistake is reported once."""
    (tmp_path / "demo.dev.json").write_text(
        '[{"ParameterKey": "RepositoryName", "ParameterValue": 5}, '
        '{"ParameterKey": "VpcId", "ParameterValue": "vpc-0a1b2c3d4e5f67890"}]'
    )
    assert ['demo.dev.json:1: RepositoryName: ParameterValue: given 5, allowed: a string, "5" [parameters]'] == found(
        tmp_path
    )


def test_a_broken_rule_is_reported_in_the_words_of_the_template(tmp_path: Path) -> None:
    """A combination that CloudFormation would refuse is refused here; defaults count."""
    put(tmp_path, {**GOOD, "CreateEndpoints": "false"})
    assert [
        "demo.dev.json:1: EndpointsBroughtAlong: Without CreateEndpoints, EndpointIds is needed. [parameters]"
    ] == found(tmp_path)
    put(tmp_path, {**GOOD, "CreateEndpoints": "false", "EndpointIds": "vpce-1,vpce-2"})
    assert [] == found(tmp_path)


def test_a_member_of_two_lists_that_are_kept_apart_is_found(tmp_path: Path) -> None:
    """CloudFormation would take both lists, and staging would be deployed to production."""
    given = json.loads((ROOT / "params/pipeline-ecs.prod.json").read_text(encoding="utf-8"))
    values = {each["ParameterKey"]: each["ParameterValue"] for each in given}
    path = put(
        tmp_path,
        values | {"StagingService": "apps/a,apps/b", "ProductionService": "apps/b,apps/c"},
        name="pipeline-ecs.prod.json",
    )
    subject = Subject("pipeline-ecs", Path(), render.to_json(catalog.build("pipeline-ecs")))
    [finding] = parameter_values.check(subject, tmp_path)
    assert (str(path), "StagesDiffer") == (finding.path, finding.place)
    assert "StagingService and ProductionService have apps/b in common" in finding.message
    put(tmp_path, values | {"StagingService": "apps/a", "ProductionService": "apps/b"}, name=path.name)
    assert [] == list(parameter_values.check(subject, tmp_path))


def test_a_finding_names_the_line_of_its_value(tmp_path: Path) -> None:
    """Of a rule, the line of the first value that it is about; of a key that is missing, none."""
    entries = [
        f'{{"ParameterKey": "{key}", "ParameterValue": "{value}"}}'
        for key, value in (
            ("Colour", "red"),
            ("RepositoryName", "ORDERS"),
            ("EndpointIds", ""),
            ("CreateEndpoints", "false"),
        )
    ]
    (tmp_path / "demo.dev.json").write_text("[\n" + ",\n".join(entries) + "\n]")
    assert [
        "demo.dev.json:2: Colour",
        "demo.dev.json:3: RepositoryName",
        "demo.dev.json: VpcId",
        "demo.dev.json:4: EndpointsBroughtAlong",
    ] == [": ".join(line.split(": ")[:2]) for line in found(tmp_path)]


def test_a_rule_that_cloudformation_would_refuse_is_a_finding(tmp_path: Path) -> None:
    """A template that was edited by hand does not end the check."""
    body = {**BODY, "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Contains": ["a"]}}]}}}
    put(tmp_path, GOOD)
    (finding,) = parameter_values.check(Subject("demo", Path("demo.json"), json.dumps(body)), tmp_path)
    assert ("Rules", "Template error: every Fn::Contains object requires two parameters.") == (
        finding.place,
        finding.message,
    )


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    """Not just the first."""
    put(tmp_path, {"RepositoryName": "ORDERS", "Colour": "red"})
    put(tmp_path, {**GOOD, "VpcId": "subnet-1", "Token": "hunter2"}, name="demo.prod.json")
    said = "\n".join(found(tmp_path))
    for part in (
        "demo.dev.json:1: RepositoryName: given",
        "demo.dev.json:1: Colour: the template has no such",
        "demo.dev.json: VpcId: is missing",
        "demo.prod.json:1: VpcId: given",
        "demo.prod.json:1: Token: a secret",
    ):
        assert part in said
    assert 5 == len(said.splitlines())


def test_a_file_that_is_no_json_has_one_finding(tmp_path: Path) -> None:
    """Missing keys are unknown in a file that cannot be read."""
    (tmp_path / "demo.dev.json").write_text("{")
    (finding,) = found(tmp_path)
    assert finding.startswith("demo.dev.json:1: not JSON")


def test_an_environment_limits_the_check(tmp_path: Path) -> None:
    """Only the file that is to be deployed counts."""
    put(tmp_path, GOOD)
    put(tmp_path, {}, name="demo.prod.json")
    assert [] == found(tmp_path, environment="dev")


def test_an_environment_without_a_file_is_a_finding(tmp_path: Path) -> None:
    """It says how to make the file, and which there are."""
    put(tmp_path, GOOD, name="demo.prod.json")
    (finding,) = found(tmp_path, environment="prd")
    assert finding.startswith(f"demo.prd.json: does not exist: `{program()} params new demo --env prd` creates it; ")
    assert finding.endswith("; environments: prod (did you mean prod?) [parameters]")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write to it; a device never ends."""
    os.mkfifo(tmp_path / "demo.dev.json")
    (tmp_path / "demo.prod.json").symlink_to("/dev/zero")
    told = "a pipe, a socket or a device, allowed: a file [parameters]"
    assert [f"demo.dev.json: {told}", f"demo.prod.json: {told}"] == found(tmp_path)


def test_no_folder_has_no_findings(tmp_path: Path) -> None:
    """Parameter files are not required until something is deployed."""
    assert [] == found(tmp_path / "params")


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    """It is reported, not ignored."""
    (tmp_path / "params").write_text("")
    with pytest.raises(GeneratorError, match=r"cannot read .*params: Not a directory"):
        found(tmp_path / "params")


def test_strays_are_named(tmp_path: Path) -> None:
    """A file for a template that does not exist, or with a name of another form, would never be deployed."""
    for name in ("demo.dev.json", "dmo.dev.json", "demo.json", ".hidden"):
        (tmp_path / name).write_text("[]")
    assert [
        "demo.json: allowed: <template>.<environment>.json with lower-case letters, digits and hyphens [parameters]",
        "dmo.dev.json: there is no template dmo (did you mean demo?) [parameters]",
    ] == [str(stray).replace(f"{tmp_path}/", "") for stray in parameter_values.strays(tmp_path, frozenset({"demo"}))]


def test_a_value_that_is_looked_up_decides_no_rule(tmp_path: Path) -> None:
    """The text of an SSM parameter type is a name; only the account knows its value."""
    body = {
        "Parameters": {"Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Description": "D"}},
        "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Image"}, "x"]}}]}},
    }
    put(tmp_path, {"Image": "/image"})
    assert [] == list(parameter_values.check(Subject("demo", Path("demo.json"), json.dumps(body)), tmp_path))


def test_folders_of_accounts_are_checked(tmp_path: Path) -> None:
    """Their files are checked as all others; a folder with another name is a stray."""
    folder = tmp_path / "production.111122223333"
    folder.mkdir()
    (tmp_path / "production").mkdir()
    for name in ("orders.dev.json", "nothing.dev.json"):
        (folder / name).write_text("[]", encoding="utf-8")
    subject = Subject("orders", tmp_path / "orders.json", json.dumps(BODY))
    assert [folder / "orders.dev.json"] == parameter_values.files(subject, tmp_path)
    strays = {Path(each.path): each.message for each in parameter_values.strays(tmp_path, frozenset({"orders"}))}
    assert {folder / "nothing.dev.json", tmp_path / "production"} == strays.keys()


def test_rules_say_nothing_about_values_that_are_wrong_themselves(tmp_path: Path) -> None:
    """Two values that are still empty are equal, and no contradiction: `init` leaves them for later."""
    both = {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "Enter a name.", "Description": "D"}
    differ = {"Fn::Not": [{"Fn::Equals": [{"Ref": "One"}, {"Ref": "Other"}]}]}
    body = {
        "Parameters": {"One": both, "Other": both},
        "Rules": {"Differ": {"Assertions": [{"Assert": differ, "AssertDescription": "They must differ."}]}},
    }
    subject = Subject("demo", Path("templates/demo.json"), json.dumps(body))
    put(tmp_path, {"One": "", "Other": ""})
    assert ["One", "Other"] == [each.place for each in parameter_values.check(subject, tmp_path)]
    put(tmp_path, {"One": "a", "Other": "a"})
    assert ["Differ"] == [each.place for each in parameter_values.check(subject, tmp_path)]
