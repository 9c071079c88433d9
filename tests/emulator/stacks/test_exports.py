"""Exports and imports between stacks: which ones AWS accepts and refuses, and how it records them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.programs.aws_cli import aws_cli
from tests.emulator.small_stacks import Stacks


def topic(**properties: Any) -> dict[str, Any]:
    """A topic."""
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def shown(value: Any) -> dict[str, Any]:
    """A topic whose display name is this value."""
    return topic(DisplayName=value)


def exporting(**values: Any) -> dict[str, Any]:
    """The sections of a template that exports these values, each under the name `shared:NAME`."""
    outputs = {
        name: {"Value": value, "Export": {"Name": {"Fn::Sub": f"shared:{name}"}}} for name, value in values.items()
    }
    return {"Resources": {"Topic": topic()}, "Outputs": outputs}


def importing(name: str = "Name") -> dict[str, Any]:
    """The sections of a template that imports one of them."""
    return {"Resources": {"Topic": shown({"Fn::ImportValue": f"shared:{name}"})}}


def display_name(stacks: Stacks, stack: str) -> str:
    """The display name of the topic of a stack."""
    arn = stacks.ids(stack)["Topic"]
    return str(stacks.aws.inside("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"])


def refusal(stacks: Stacks, name: str, **sections: Any) -> str:
    """The message with which CloudFormation refuses a template before it makes a stack."""
    with pytest.raises(ClientError) as caught:
        stacks.make(name, **sections)
    assert [] == [each for each in stacks.all() if each["StackName"] == name]
    return str(caught.value.response["Error"]["Message"])


def users(stacks: Stacks, name: str = "shared:Name") -> list[str]:
    """The stacks that import an export, as ListImports returns them; none if it reports that there are none."""
    client = stacks.aws.client("cloudformation")
    try:
        return list(client.list_imports(ExportName=name)["Imports"])
    except ClientError as error:
        if f"Export '{name}' is not imported by any stack." != error.response["Error"]["Message"]:
            raise
        return []


# Allowed imports


@pytest.mark.parametrize(
    ("value", "gives"),
    [
        ({"Fn::ImportValue": "shared:Name"}, "one,two"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Owner}:Name"}}, "one,two"),
        ({"Fn::ImportValue": {"Fn::Join": [":", [{"Ref": "Owner"}, "Name"]]}}, "one,two"),
        ({"Fn::Select": [1, {"Fn::Split": [",", {"Fn::ImportValue": "shared:Name"}]}]}, "two"),
        ({"Fn::Sub": ["<${Both}>", {"Both": {"Fn::ImportValue": "shared:Name"}}]}, "<one,two>"),
        ({"Fn::Join": ["-", [{"Fn::ImportValue": "shared:Name"}, "end"]]}, "one,two-end"),
        ({"Fn::If": ["Yes", {"Fn::ImportValue": "shared:Name"}, {"Fn::ImportValue": "nobody:Name"}]}, "one,two"),
        ({"Fn::If": ["No", {"Fn::ImportValue": "nobody:Name"}, "own"]}, "own"),
    ],
)
def test_an_import_gives_the_value(stacks: Stacks, value: Any, gives: str) -> None:
    """Alone and inside other functions; in a branch of Fn::If that is not taken it is not looked up."""
    stacks.make("maker", **exporting(Name="one,two"))
    conditions = {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", "b"]}}
    parameters = {"Owner": {"Type": "String", "Default": "shared"}}
    status = stacks.make("user", Parameters=parameters, Conditions=conditions, Resources={"Topic": shown(value)})
    assert ("CREATE_COMPLETE", gives) == (status, display_name(stacks, "user"))


def test_a_resource_that_is_not_made_imports_nothing(stacks: Stacks) -> None:
    """Neither does an output whose condition does not hold."""
    no = {"No": {"Fn::Equals": ["a", "b"]}}
    absent = {"Fn::ImportValue": "nobody:Name"}
    status = stacks.make(
        Conditions=no,
        Resources={"Topic": topic(), "Absent": {**shown(absent), "Condition": "No"}},
        Outputs={"Absent": {"Condition": "No", "Value": absent}},
    )
    assert "CREATE_COMPLETE" == status


def test_subnets_become_a_list(stacks: Stacks) -> None:
    """Exports are text: a list is joined by the exporter, and split by the importer."""
    network = {"A": topic(TopicName="a"), "B": topic(TopicName="b")}
    names = [{"Fn::GetAtt": [name, "TopicName"]} for name in network]
    joined = {"Value": {"Fn::Join": [",", names]}, "Export": {"Name": "shared:Name"}}
    stacks.make("maker", Resources=network, Outputs={"Names": joined})
    policy = {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    statement = {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}
    statement["Resource"] = {"Fn::Split": [",", {"Fn::ImportValue": "shared:Name"}]}  # type: ignore[assignment]
    policy["Properties"]["PolicyDocument"]["Statement"] = [statement]  # type: ignore[index]
    assert "CREATE_COMPLETE" == stacks.make("user", Resources={"Topic": topic(), "Policy": policy})
    attributes = stacks.aws.inside("sns").get_topic_attributes(TopicArn=stacks.ids("user")["Topic"])["Attributes"]
    assert ["a", "b"] == json.loads(attributes["Policy"])["Statement"][0]["Resource"]


# Imports that do not exist


def test_an_import_without_an_export_fails_the_stack_before_anything_is_created(stacks: Stacks) -> None:
    """The stack itself fails, with the words of AWS; no resource is begun, also none that imports nothing."""
    status = stacks.make("user", Resources={"First": topic(), "Topic": shown({"Fn::ImportValue": "nobody:Name"})})
    assert "ROLLBACK_COMPLETE" == status
    assert "No export named nobody:Name found. Rollback requested by user." in stacks.reasons("user")
    assert [] == [line for line in stacks.history("user") if not line.startswith("user ")]
    assert [] == stacks.aws.inside("sns").list_topics()["Topics"]


def test_an_update_to_an_import_without_an_export_changes_nothing(stacks: Stacks) -> None:
    """The stack keeps its previous state, and still imports what it imported."""
    stacks.make("maker", **exporting(Name="one"))
    stacks.make("user", **importing())
    assert "UPDATE_ROLLBACK_COMPLETE" == stacks.make("user", **importing("Nobody"))
    assert "No export named shared:Nobody found." in stacks.reasons("user")
    assert ("one", ["user"]) == (display_name(stacks, "user"), users(stacks))


def test_a_change_set_may_import_what_does_not_exist_yet(stacks: Stacks) -> None:
    """Imports are looked up when the change set is executed."""
    client = stacks.aws.client("cloudformation")
    name = {"StackName": "user", "ChangeSetName": "first"}
    client.create_change_set(**name, ChangeSetType="CREATE", TemplateBody=json.dumps(importing()))
    assert "CREATE_COMPLETE" == client.describe_change_set(**name)["Status"]
    stacks.make("maker", **exporting(Name="one"))
    client.execute_change_set(**name)
    assert "one" == display_name(stacks, "user")


# Names of exports


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("shared/Name", "must be specified and consist only of alphanumeric characters, colons, or hyphens."),
        ("shared_Name", "must be specified and consist only of alphanumeric characters, colons, or hyphens."),
        ("shared Name", "must be specified and consist only of alphanumeric characters, colons, or hyphens."),
        ("", "must be specified and consist only of alphanumeric characters, colons, or hyphens."),
        ("a" * 257, "must not be longer than 256 characters."),
        ({"Fn::Sub": "${Topic}-Name"}, "must not depend on any resources, imported values, or Fn::GetAZs."),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "must not depend on any resources, imported values, or Fn::GetAZs."),
        ({"Fn::ImportValue": "other"}, "must not depend on any resources, imported values, or Fn::GetAZs."),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "must not depend on any resources, imported values, or Fn::GetAZs."),
    ],
)
def test_a_name_that_aws_does_not_accept_is_refused(stacks: Stacks, name: Any, says: str) -> None:
    """Before anything is made, with the name of the output."""
    output = {"Value": "one", "Export": {"Name": name}}
    said = refusal(stacks, "maker", Resources={"Topic": topic()}, Outputs={"Odd": output})
    assert said.startswith("Template format error: Output Odd is malformed. The Name field of ")
    assert said.endswith(says)


def test_a_name_of_256_characters_is_taken(stacks: Stacks) -> None:
    """With every character that AWS takes."""
    name = "aZ09:-" + "a" * 250
    output = {"Value": "one", "Export": {"Name": name}}
    assert "CREATE_COMPLETE" == stacks.make(Resources={"Topic": topic()}, Outputs={"Odd": output})
    assert [name] == [each["Name"] for each in stacks.aws.client("cloudformation").list_exports()["Exports"]]


def test_two_outputs_of_one_name_are_refused(stacks: Stacks) -> None:
    """A template cannot export a name twice; an output whose condition is false does not count."""
    one, other = ({"Value": value, "Export": {"Name": "twice"}} for value in ("one", "other"))
    sections: dict[str, Any] = {"Resources": {"Topic": topic()}, "Outputs": {"One": one, "Other": other}}
    assert "duplicate Export names: [twice]" in refusal(stacks, "maker", **sections)
    sections["Outputs"]["Other"] = {**other, "Condition": "No"}
    assert "CREATE_COMPLETE" == stacks.make("maker", Conditions={"No": {"Fn::Equals": ["a", "b"]}}, **sections)


@pytest.mark.parametrize("change", [False, True])
def test_an_export_that_another_stack_has_fails_the_stack(stacks: Stacks, change: bool) -> None:  # noqa: FBT001
    """At a creation and at an update, before anything is made; the first one's value stays."""
    stacks.make("maker", **exporting(Name="one"))
    if change:
        stacks.make("other", Resources={"Topic": topic()})
    sections = exporting(Name="two")
    sections["Resources"]["New"] = topic(TopicName="new")
    status = stacks.make("other", **sections)
    assert ("UPDATE_ROLLBACK_COMPLETE" if change else "ROLLBACK_COMPLETE") == status
    assert "Export with name shared:Name is already exported by stack maker." in stacks.reasons("other")
    assert "New CREATE_IN_PROGRESS" not in stacks.history("other")
    [export] = stacks.aws.client("cloudformation").list_exports()["Exports"]
    assert ("one", stacks.stack("maker")["StackId"]) == (export["Value"], export["ExportingStackId"])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"Ref": "First"}, "the attribute in Fn::ImportValue must not depend on any resources, imported values, or"),
        ({"Fn::ImportValue": "shared:Name"}, "the attribute in Fn::ImportValue must not depend on any resources"),
        (["shared:Name"], "the attribute in Fn::ImportValue must be a string or a function that returns a string"),
    ],
)
def test_the_name_of_an_import_is_known_beforehand(stacks: Stacks, value: Any, says: str) -> None:
    """It is text, and depends on no resource and on no other import."""
    stacks.make("maker", **exporting(Name="one"))
    said = refusal(stacks, "user", Resources={"First": topic(), "Topic": shown({"Fn::ImportValue": value})})
    assert f"Template error: {says}" in said


def test_a_condition_cannot_import(stacks: Stacks) -> None:
    """Conditions are decided before any export is looked up."""
    stacks.make("maker", **exporting(Name="one"))
    nested = {"Fn::Not": [{"Fn::Equals": [{"Fn::ImportValue": "shared:Name"}, "one"]}]}
    said = refusal(stacks, "user", Conditions={"Other": nested}, Resources={"Topic": topic()})
    assert "Template error: Cannot use Fn::ImportValue in Conditions." == said


# Exports in use


@pytest.fixture
def shared(stacks: Stacks) -> Stacks:
    """A stack with two exports, of which two other stacks import the first."""
    stacks.make("maker", **exporting(Name="one", Unused="two"))
    stacks.make("a", **importing())
    stacks.make("b", **importing())
    return stacks


def test_an_export_in_use_keeps_its_value(shared: Stacks) -> None:
    """The update of its stack is rolled back with all its changes, and AWS names the importing stack."""
    sections = exporting(Name="other", Unused="two")
    sections["Resources"]["Topic"] = shown("changed")
    assert "UPDATE_ROLLBACK_COMPLETE" == shared.make("maker", **sections)
    said = "Update canceled. Cannot update export shared:Name as it is in use by a, b."
    assert said in shared.reasons("maker").splitlines()
    assert "Topic UPDATE_COMPLETE" in shared.history("maker")
    attributes = shared.aws.inside("sns").get_topic_attributes(TopicArn=shared.ids("maker")["Topic"])["Attributes"]
    assert ("one", "") == (shared.outputs("maker")["Name"], attributes.get("DisplayName", ""))


def test_an_export_in_use_cannot_be_removed(shared: Stacks) -> None:
    """The update ends before it changes anything; so does one that gives the output another export name."""
    said = "Delete canceled. Cannot delete export shared:Name as it is in use by a, b."
    assert "UPDATE_ROLLBACK_COMPLETE" == shared.make("maker", **exporting(Unused="two"))
    assert [said] == [line for line in shared.reasons("maker").splitlines() if "canceled" in line]
    renamed = exporting(Name="one", Unused="two")
    renamed["Outputs"]["Name"]["Export"]["Name"] = "renamed"
    assert "UPDATE_ROLLBACK_COMPLETE" == shared.make("maker", **renamed)
    assert [said, said] == [line for line in shared.reasons("maker").splitlines() if "canceled" in line]
    assert "Topic UPDATE_IN_PROGRESS" not in shared.history("maker")
    assert {"Name": "one", "Unused": "two"} == shared.outputs("maker")


def test_an_export_that_a_condition_turns_off_is_removed(stacks: Stacks) -> None:
    """So it must not be in use either."""
    sections = exporting(Name="one")
    sections["Parameters"] = {"Export": {"Type": "String", "Default": "yes"}}
    sections["Conditions"] = {"Exported": {"Fn::Equals": [{"Ref": "Export"}, "yes"]}}
    sections["Outputs"]["Name"]["Condition"] = "Exported"
    stacks.make("maker", **sections)
    stacks.make("user", **importing())
    assert "UPDATE_ROLLBACK_COMPLETE" == stacks.make("maker", given={"Export": "no"}, **sections)
    stacks.delete("user")
    assert "UPDATE_COMPLETE" == stacks.make("maker", given={"Export": "no"}, **sections)
    assert [] == stacks.aws.client("cloudformation").list_exports()["Exports"]


def test_everything_else_of_the_exporter_can_change(shared: Stacks) -> None:
    """Its resources, its other exports, and new ones."""
    sections = exporting(Name="one", More="three")
    sections["Resources"]["Topic"] = shown("changed")
    assert "UPDATE_COMPLETE" == shared.make("maker", **sections)
    exported = shared.aws.client("cloudformation").list_exports()["Exports"]
    assert {"shared:Name": "one", "shared:More": "three"} == {each["Name"]: each["Value"] for each in exported}


def test_a_stack_whose_export_is_in_use_is_not_deleted(shared: Stacks) -> None:
    """DeleteStack succeeds, as at AWS, and the stack stays as it is, with the reason in its status and its history."""
    assert "CREATE_COMPLETE" == shared.delete("maker")
    said = "Delete canceled. Cannot delete export shared:Name as it is in use by a, b."
    assert said == shared.stack("maker")["StackStatusReason"]
    assert "maker DELETE_IN_PROGRESS" not in shared.history("maker")
    assert {"Topic"} == shared.ids("maker").keys()
    for user in ("a", "b"):
        assert "DELETE_COMPLETE" == shared.delete(user)
    assert "DELETE_COMPLETE" == shared.delete("maker")


# The record of who imports what


def no_import() -> Mapping[str, Any]:
    """The sections of a template that no longer imports."""
    return {"Resources": {"Topic": shown("own")}}


def test_an_import_ends_with_the_template_that_had_it(shared: Stacks) -> None:
    """After the update of its last importer an export can change and disappear."""
    shared.make("a", **no_import())
    assert ["b"] == users(shared)
    shared.make("b", **no_import())
    assert [] == users(shared)
    assert "UPDATE_COMPLETE" == shared.make("maker", **exporting(Name="other"))
    assert "UPDATE_COMPLETE" == shared.make("maker", Resources={"Topic": topic()})


def test_an_import_ends_with_the_condition_that_turns_it_off(stacks: Stacks) -> None:
    """The same template with another parameter imports another export, or none."""
    stacks.make("maker", **exporting(Name="one"))
    sections: dict[str, Any] = {
        "Parameters": {"Shared": {"Type": "String"}},
        "Conditions": {"IsShared": {"Fn::Equals": [{"Ref": "Shared"}, "yes"]}},
        "Resources": {"Topic": shown({"Fn::If": ["IsShared", {"Fn::ImportValue": "shared:Name"}, "own"]})},
    }
    stacks.make("user", given={"Shared": "yes"}, **sections)
    assert ["user"] == users(stacks)
    stacks.make("user", given={"Shared": "no"}, **sections)
    assert ([], "own") == (users(stacks), display_name(stacks, "user"))
    stacks.make("user", given={"Shared": "yes"}, **sections)
    assert (["user"], "one") == (users(stacks), display_name(stacks, "user"))


def test_a_stack_that_could_not_be_made_imports_nothing(stacks: Stacks) -> None:
    """Otherwise it would block its exporter until it is deleted."""
    stacks.make("maker", **exporting(Name="one"))
    broken = shown({"Fn::GetAtt": ["Topic", "Unknown"]})
    assert "ROLLBACK_COMPLETE" == stacks.make("user", Resources={**importing()["Resources"], "Broken": broken})
    assert "Topic CREATE_COMPLETE" in stacks.history("user")
    assert [] == users(stacks)
    assert "DELETE_COMPLETE" == stacks.delete("maker")


def test_an_import_in_an_output_counts(stacks: Stacks) -> None:
    """An output may hand an imported value on, under another name."""
    stacks.make("maker", **exporting(Name="one"))
    again = {"Value": {"Fn::ImportValue": "shared:Name"}, "Export": {"Name": "again"}}
    stacks.make("middle", Resources={"Topic": topic()}, Outputs={"Again": again})
    assert ["middle"] == users(stacks)
    stacks.make("user", Resources={"Topic": shown({"Fn::ImportValue": "again"})})
    assert ("one", ["user"]) == (display_name(stacks, "user"), users(stacks, "again"))


def test_the_aws_cli_lists_exports_and_imports(shared: Stacks) -> None:
    """list-exports and list-imports, as people type them."""

    def aws(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [aws_cli(), "cloudformation", *arguments]
        return subprocess.run(command, env=shared.aws.environment(), capture_output=True, text=True, check=False)

    exported = json.loads(aws("list-exports").stdout)["Exports"]
    maker = shared.stack("maker")["StackId"]
    assert [(maker, "shared:Name", "one"), (maker, "shared:Unused", "two")] == [
        (each["ExportingStackId"], each["Name"], each["Value"]) for each in exported
    ]
    assert ["a", "b"] == json.loads(aws("list-imports", "--export-name", "shared:Name").stdout)["Imports"]
    unused = aws("list-imports", "--export-name", "shared:Unused")
    assert (True, "Export 'shared:Unused' is not imported by any stack." in unused.stderr) == (
        unused.returncode != 0,
        True,
    )
