"""The JSON of each command has the keys of docs/commands.md, no more and no fewer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from generator.authorization.permissions import Granted, Needed, Permissions
from generator.changesets import change_records, plan_document
from generator.changesets.change_records import StackPlan
from generator.checks import suite
from generator.cli import cli
from generator.emulator.trial import outcome
from generator.emulator.trial.outcome import CountedCall, Missed, Outcome, TriedAction
from generator.findings import Finding
from generator.lifecycle.replay import ARCHIVED, EXPIRES, STAYS
from generator.proving import proof_document
from generator.proving.proof_records import FAILED, NO, NOT_REACHED, NOTED, PASSED, YES, Proof
from tests.json_shapes import PAGE, documented, filled, keys, obsolete, undocumented
from tests.test_cli import commands

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "docs" / "examples" / "plan.json"
LIFECYCLE = ROOT / "docs" / "examples" / "lifecycle"


def printed(*arguments: str) -> Any:
    """The document that a command prints, whether it has findings or not."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code in (0, 1), done.output
    return json.loads(done.stdout)


def planned() -> dict[str, Any]:
    """A plan with an entry in every list."""
    plan: StackPlan = replace(filled(StackPlan), state=change_records.UPDATE)
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return {**plan_document.data([plan]), "must_be_accepted": sample["must_be_accepted"]}


def tried() -> dict[str, Any]:
    """A trial with an entry in every list."""
    needed = (Needed("role", "s3:GetObject", "bucket", "Read"),)
    found = Outcome(
        status=outcome.SUCCEEDED,
        pipeline="orders",
        run="1",
        repository="team/orders",
        tag="v1",
        digest="sha256:1",
        actions=(filled(TriedAction),),
        missed=(filled(Missed),),
        calls=(filled(CountedCall),),
        permissions=Permissions(needed, needed, (Granted("role/Read", "s3:GetObject"),)),
    )
    return outcome.data(found, "ecr-pipeline list")


def simulated() -> Any:
    """A simulation with findings."""
    images = str(LIFECYCLE / "images.json")
    return printed("lifecycle", "simulate", str(LIFECYCLE / "policy.json"), "--images", images, "--json")


STATES = {*plan_document.STATES}
DOCUMENTS: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "list": (lambda: printed("list", "--json"), {"ecr-pipeline try"}),
    "check": (lambda: suite.data(suite.Checked(findings=(filled(Finding),), templates=1)), set()),
    "plan": (planned, STATES),
    "apply": (lambda: {**planned(), "deployed": [], "failed": [{"stack": "", "reason": ""}]}, STATES),
    "prove": (
        lambda: proof_document.data(filled(Proof)),
        {FAILED, NO, NOTED, NOT_REACHED, PASSED, YES, "--with-account"},
    ),
    "try": (tried, {outcome.SUCCEEDED, outcome.FAILED, outcome.NOT_STARTED}),
    "lifecycle simulate": (simulated, {ARCHIVED, EXPIRES, STAYS}),
}


@pytest.mark.parametrize("command", DOCUMENTS)
def test_the_page_has_every_key_and_no_other(command: str) -> None:
    """A key that is missing there is a secret; one that does not exist breaks a program of its reader."""
    make, values = DOCUMENTS[command]
    found = make()
    assert 1 == found["version"]
    assert set() == undocumented(command, found)
    assert set() == obsolete(command, found, values)


def test_every_command_with_json_has_its_row() -> None:
    """And the sentence before the table names them all."""
    names = [" ".join(path) for path in commands() if "--json" in _options(path)]
    introduction = PAGE.read_text(encoding="utf-8").partition("\n## JSON\n")[2].partition("\n\n|")[0]
    for name in names:
        assert documented(name)
        assert f"`{name}`" in introduction
    assert {*DOCUMENTS, "explain"} == {*names}


def _options(path: tuple[str, ...]) -> set[str]:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return {name for each in command.params for name in each.opts}


def test_the_sample_is_a_plan_of_this_version() -> None:
    """docs/examples/plan.json has the keys that this version prints, down to those of each change."""
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    again = plan_document.data(plan_document.read(str(SAMPLE)))
    assert sample == json.loads(json.dumps(again))
    empty = {"text", "mode", "resource"}  # of validation: a plan without an error has no such finding
    assert {*keys(planned())} - {*keys(sample)} <= empty


def test_both_kinds_of_differences_are_found() -> None:
    """A new key, at any depth, and an old word of the page; not the names that users choose."""
    found = {**planned(), "new": 1, "stacks": [{"inner": [{"deeper": {}}]}], "rolled_back": {"Staging": "1"}}
    assert {"new", "inner", "deeper", "rolled_back"} == undocumented("plan", found)
    assert "change_set" in obsolete("plan", found)
