"""`ecr-pipeline prove --deploy`: stacks that are deployed, run and deleted again, by the AWS CLI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from generator.proving.prove_scope import PREFIX, TAG
from tests.proving.living_rooms import LivingRoom, living_room
from tests.proving.prover_guard import decision
from tests.proving.proving_rooms import verdicts

pytestmark = pytest.mark.slow

LOOKS = ("BatchGet", "Check", "Describe", "Get", "List", "Lookup", "Test", "Validate")


@dataclass(frozen=True)
class ProvedRoom:
    """An account after a whole proof."""

    room: LivingRoom
    proof: dict[str, Any]
    stderr: str
    exit_code: int


@pytest.fixture(scope="module")
def proved() -> Iterator[ProvedRoom]:
    """Everything that is deployed, with the change sets of a few templates more."""
    with living_room() as room:
        done = room.run("--deploy", "--yes", "--json", "--with-account", "registry-sending", "pipeline-ecs", "platform")
        assert done.stdout, (done.stderr, done.exception)
        yield ProvedRoom(room, json.loads(done.stdout), done.stderr, done.exit_code)


def test_the_whole_story(proved: ProvedRoom) -> None:
    """Deployed, pushed, approved, recorded: no check fails, and the results that need stacks are there."""
    failed = [each for each in proved.proof["checks"] if each["verdict"] == "failed"]
    assert ([], 0) == (failed, proved.exit_code)
    assert {"passed"} == set(verdicts(proved.proof, "deployment").values())
    assert {"passed"} == set(verdicts(proved.proof, "run").values())
    assert 5 == len(verdicts(proved.proof, "run"))
    assert {"roles of the stacks": "passed"} == verdicts(proved.proof, "denied calls")
    assert {"registry-sending": "passed", "pipeline-ecs": "passed", "platform": "passed"} == verdicts(
        proved.proof, "change sets"
    )


def test_open_questions_are_answered(proved: ProvedRoom) -> None:
    """Those that such stacks can answer."""
    answers = {each["id"]: each["verdict"] for each in proved.proof["answers"] if each["verdict"] != "not reached"}
    assert {
        "inspect-conditions": "yes",
        "key-in-uploads": "yes",
        "artifact-layout": "yes",
        "tag-patterns": "yes",
        "import-in-other-branch": "no",
        "log-group-key": "no",
    } == answers


def test_nothing_is_left_but_keys(proved: ProvedRoom) -> None:
    """Three keys wait for their deletion; the report names them."""
    assert frozenset() == proved.room.left()
    assert [] == proved.proof["left"]
    pending = proved.room.keys("PendingDeletion")
    assert 3 == len(pending) == len(proved.proof["pending"])
    assert all(any(key in line for line in proved.proof["pending"]) for key in pending)


def test_it_announces_first_what_it_will_create(proved: ProvedRoom) -> None:
    """Resources, region, duration and cost, before the first change."""
    for word in ("in account 111122223333, eu-west-1", "30 minutes", "USD", "3 keys", f"{PREFIX}-boundary"):
        assert word in proved.stderr


def test_everything_that_it_changes_has_the_prefix(proved: ProvedRoom) -> None:
    """Every call of `prove` itself that changes something names a resource with the prefix, or a key of its stacks."""
    changing = [call for call in proved.room.proved() if not call.operation.startswith(LOOKS)]
    assert len(changing) > 20
    keys = set(proved.room.keys("PendingDeletion"))
    for call in changing:
        given = call.parameters
        names = [
            str(given[key])
            for key in ("StackName", "ChangeSetName", "repositoryName", "pipelineName", "Name", "Bucket", "KeyId")
            if key in given
        ]
        assert names, call
        assert names[0] in keys or PREFIX in names[0], call
    made = [call for call in changing if call.operation == "CreateChangeSet"]
    assert all({"Key": TAG, "Value": "throw-away"} in call.parameters["Tags"] for call in made)


def test_every_role_is_bounded(proved: ProvedRoom) -> None:
    """No role is made without the boundary of `prove --policy`."""
    made = [call for call in proved.room.aws.calls if call.operation == "CreateRole"]
    assert len(made) >= 7
    boundary = f"arn:aws:iam::111122223333:policy/{PREFIX}-boundary"
    assert {boundary} == {call.parameters.get("PermissionsBoundary") for call in made}


def test_the_printed_policy_is_enough(proved: ProvedRoom) -> None:
    """Every call, also those that CloudFormation makes in the caller's name, is allowed by the printed policies."""
    tags = {TAG: "throw-away"}
    calls = [call for call in proved.room.aws.calls if call.role == proved.room.role]
    denied = {
        f"{call.service}:{call.operation} {each.reason}" for call in calls if not (each := decision(call, tags)).allowed
    }
    assert set() == denied


def test_nothing_is_created_before_the_user_agrees(proved: ProvedRoom) -> None:
    """Without a terminal, --yes is needed; without the boundary, nothing is created either."""
    before = len(proved.room.proved())
    asked = proved.room.run("--deploy", "registry-sending")
    assert (2, "") == (asked.exit_code, asked.stdout)
    assert "answer in a terminal, or add --yes" in asked.stderr
    other = proved.room.run("--deploy", "--yes", "--boundary", "arn:aws:iam::111122223333:policy/none", "network")
    assert (1, "") == (other.exit_code, other.stdout)
    assert (
        "Error: the permissions boundary arn:aws:iam::111122223333:policy/none does not exist: `ecr-pipeline prove"
        " --policy` prints the template that makes it, docs/prove.md has the command"
    ) in other.stderr.splitlines()
    assert all(call.operation.startswith(LOOKS) for call in proved.room.proved()[before:])


def test_a_leftover_stack_ends_it_before_anything_is_made(proved: ProvedRoom) -> None:
    """In ROLLBACK_COMPLETE, of an earlier run: one line, with the command that deletes it; --clean does."""
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Typo": 1}}}})
    tags = [{"Key": TAG, "Value": "throw-away"}]
    client = proved.room.aws.inside("cloudformation")
    client.create_stack(StackName=f"{PREFIX}-platform", TemplateBody=body, Tags=tags)
    done = proved.room.run("--deploy", "--yes", "network")
    assert (1, "") == (done.exit_code, done.stdout)
    left = f"Error: {PREFIX}-platform is in ROLLBACK_COMPLETE: an earlier run left it"
    assert [f"{left}; `ecr-pipeline prove --clean` deletes it"] == done.stderr.splitlines()
    cleaned = proved.room.run("--clean")
    assert (0, "Nothing else of prove is left.") == (cleaned.exit_code, cleaned.stdout.splitlines()[-1])
    assert frozenset() == proved.room.left()
