"""The changes that must be accepted, and how a plan is shown and saved."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.changesets import plan_document, plan_table
from generator.changesets.change_records import (
    BLOCKED,
    CREATE,
    UNCHANGED,
    WAITING,
    EarlyFinding,
    ParameterChange,
    StackPlan,
)
from generator.changesets.judgement import demands, open_demands
from generator.errors import GeneratorError
from tests.changesets.made import change, plan_of
from tests.changesets.test_permission_words import allow, role

WIDER = change("Modify", "InspectRole", "AWS::IAM::Role", role(), role(allow("s3:GetObject")), Replacement="False")
REPLACED = change("Modify", "Queue", "AWS::SQS::Queue", {}, {}, Replacement="True", PolicyAction="ReplaceAndDelete")
DELETED = change("Remove", "Logs", "AWS::Logs::LogGroup", {}, PolicyAction="Delete")
NEW_ROLE = change("Add", "Other", "AWS::IAM::Role", None, role(allow("s3:GetObject")))


def test_replacements_wider_permissions_and_lost_data_must_be_accepted() -> None:
    """By the name of the resource; a new role of an existing stack counts as wider."""
    found = {each.name: each.text for each in demands(plan_of(WIDER, REPLACED, DELETED, NEW_ROLE))}
    assert {
        "platform-main/Queue": "replaced: the messages in it are lost",
        "platform-main/Logs": "deleted: its logs are lost",
        "platform-main/InspectRole": "new s3:GetObject on *",
        "platform-main/Other": "created, with 2 permissions",
    } == found


def test_a_new_stack_needs_no_acceptance() -> None:
    """It has nothing to lose, and its permissions are those of its page."""
    assert [] == list(demands(plan_of(NEW_ROLE, state=CREATE)))


def test_drift_must_be_accepted() -> None:
    """Of the stack, as its last check found it, and of a resource, as a drift-aware change set shows it."""
    [found] = demands(plan_of(drift="2026-11-29"))
    assert "platform-main/drift" == found.name
    assert "found on 2026-11-29" in found.text
    drifted = change("Modify", "Queue", "AWS::SQS::Queue", {}, {}, Replacement="False", ResourceDriftStatus="MODIFIED")
    [found] = demands(plan_of(drifted))
    assert "changed outside CloudFormation (Queue)" in found.text


@pytest.mark.parametrize(
    ("accepted", "left"),
    [
        ([], 1),
        (["platform-main/InspectRole"], 0),
        (["platform-main"], 0),
        (["prod.1/platform-main"], 0),
        (["prod.1/platform-main/InspectRole"], 0),
        (["other.2/platform-main/InspectRole", "InspectRole", "platform-main/Queue", "prod.1"], 1),
    ],
)
def test_names_that_accept(accepted: list[str], left: int) -> None:
    """A resource or a stack, with or without the folder of its account."""
    assert left == len(open_demands([plan_of(WIDER, folder="prod.1")], accepted))


def plans() -> list[StackPlan]:
    """One of each state."""
    finding = EarlyFinding(mode="WARN", name="BUCKET_EMPTINESS_VALIDATION", resource="Bucket", text="It is not empty.")
    return [
        plan_of(
            *(WIDER, REPLACED, DELETED, NEW_ROLE),
            parameters=(ParameterChange(name="Hours", before="1", after=""),),
            findings=(finding,),
            notes=("a note",),
        ),
        plan_of(NEW_ROLE, state=CREATE, stack="network-main"),
        plan_of(state=UNCHANGED, stack="registry-a"),
        plan_of(state=WAITING, stack="pipeline-a", waits_for=("platform-main",)),
        plan_of(state=BLOCKED, stack="pipeline-b", problem="is in ROLLBACK_COMPLETE: delete it"),
    ]


def test_a_plan_is_one_table() -> None:
    """A line for each stack, then the changes to accept; the rest is in the details."""
    lines = plan_table.table(plans(), ["platform-main/Queue"]).splitlines()
    assert [
        "STACK          PLAN       CREATED  CHANGED  REPLACED  DELETED  PERMISSIONS  PARAMETERS",
        "platform-main  update     1        1        1         1        3 wider      1 changed",
        "network-main   create     1                                    new",
        "registry-a     unchanged",
        "pipeline-a     waiting",
        "pipeline-b     blocked",
        "",
        "Cannot be deployed:",
        "  pipeline-b: is in ROLLBACK_COMPLETE: delete it",
        "",
        "Waiting:",
        "  pipeline-a for platform-main",
        "",
        "Found by CloudFormation:",
        "  platform-main/Bucket: It is not empty. [BUCKET_EMPTINESS_VALIDATION, WARN]",
        "",
        "Must be accepted:",
        "  --accept platform-main/Logs  deleted: its logs are lost",
        "  --accept platform-main/InspectRole  new s3:GetObject on *",
        "  --accept platform-main/Other  created, with 2 permissions",
    ] == lines
    shown = plan_table.details(plans()).splitlines()
    assert "  a note" in shown
    assert "  parameter Hours: 1 -> (nothing)" in shown
    assert "  ! Queue (AWS::SQS::Queue): replaced: the messages in it are lost" in shown
    assert "  wider: InspectRole: new s3:GetObject on *" in shown
    assert "registry-a: unchanged" not in shown


def test_a_saved_plan_is_the_same(tmp_path: Path) -> None:
    """Written as JSON and read again; keys of a later release are passed over."""
    document = plan_document.data(plans())
    assert ["platform-main/Queue"] == [each["name"] for each in document["must_be_accepted"]][:1]
    document["stacks"][0]["new"] = "key"
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert tuple(plans()) == plan_document.read(str(file))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "not a plan of version 1"),
        ('{"version": 2, "stacks": []}', "not a plan of version 1"),
        ('{"version": 1, "stacks": [{}]}', r"cannot be read as a plan: stacks\[0\]\.folder: is missing"),
        ('{"version": 1, "stacks": ["a"]}', r'cannot be read as a plan: stacks\[0\]: given "a", allowed: an object'),
        ("{", "not JSON"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the name of the file."""
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GeneratorError, match="plan.json.*" + said):
        plan_document.read(str(file))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("name",), None, "stack: is missing"),
        (("state",), "updated", 'state: given "updated", allowed: create, update, unchanged, waiting, blocked'),
        (("entries",), {}, "entries: given {}, allowed: a list"),
        (("notes", 0), 7, r"notes\[0\]: given 7, allowed: a string"),
        (("entries", 0, "logical_id"), 7, r"entries\[0\]\.logical_id: given 7, allowed: a string"),
        (("entries", 0, "keeps_name"), "no", r'entries\[0\]\.keeps_name: given "no", allowed: true or false'),
        (("parameters", 0), "a", r'parameters\[0\]: given "a", allowed: an object'),
    ],
)
def test_a_damaged_plan_is_refused_with_the_place(
    tmp_path: Path, path: tuple[str | int, ...], value: object, said: str
) -> None:
    """The message has the value and what is allowed, for all places at once."""
    document = saved()
    stack = next(each for each in document["stacks"] if each["entries"] and each["parameters"] and each["notes"])
    number = document["stacks"].index(stack)
    if path == ("name",):
        del stack["stack"]
    else:
        put(stack, path, value)
    document["stacks"].append(3)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(GeneratorError, match=rf"cannot be read as a plan: stacks\[{number}\]\.{said}\n.*: given 3, "):
        plan_document.read(str(file))


def saved() -> dict[str, Any]:
    """The document of a saved plan, as JSON has it."""
    document: dict[str, Any] = json.loads(json.dumps(plan_document.data(plans())))
    return document


def put(holder: Any, path: tuple[str | int, ...], value: object) -> None:
    """Put the value in the place."""
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths to everything in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


RUBBISH = st.sampled_from([None, 7, True, "", "text", [], ["a"], {}, {"a": 1}, "Remove", "update"])


@pytest.fixture(scope="module")
def text() -> str:
    """A saved plan."""
    return json.dumps(saved())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=RUBBISH)
def test_no_damaged_plan_makes_a_traceback(tmp_path: Path, text: str, data: st.DataObject, value: object) -> None:
    """It is refused, or shown."""
    document = json.loads(text)
    put(document, data.draw(st.sampled_from(places(document)[1:])), value)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with suppress(GeneratorError):
        found = plan_document.read(str(file))
        assert plan_table.table(found)
        plan_table.details(found)


def test_the_name_of_a_plan_has_its_folder() -> None:
    """Stacks of two accounts may have one name."""
    plan = plan_of()
    assert ("platform-main", "a.1/platform-main") == (plan.name, replace(plan, folder="a.1").name)
