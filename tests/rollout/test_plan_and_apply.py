"""`ecr-pipeline plan` and `ecr-pipeline apply`, with the real AWS CLI in an emulated AWS."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.services.cloudformation import DeployedStacks
from generator.emulator.stacks.stack_records import Stack
from tests.json_shapes import undocumented
from tests.rollout.rooms import APP, BASE, role, room


def test_stacks_are_planned_and_deployed_layer_by_layer(tmp_path: Path) -> None:
    """Stacks wait for the exports that they import; apply plans them when these exist; then no changes are left."""
    with room(tmp_path) as here:
        planned = here.run("plan", "--all")
        assert 0 == planned.exit_code, planned.output
        lines = [line.split() for line in planned.stdout.splitlines()]
        assert ["base-main", "create", "1", "new"] in lines
        assert ["app-orders", "waiting"] in lines
        assert "  app-orders for base-main" in planned.stdout.splitlines()
        applied = here.run("apply", "--all")
        assert 0 == applied.exit_code, applied.output
        assert ["Deployed base-main", "Deployed app-orders"] == applied.stdout.splitlines()
        assert {"base-main": "CREATE_COMPLETE", "app-orders": "CREATE_COMPLETE"} == here.statuses()
        again = here.run("plan", "--all")
        assert 0 == again.exit_code
        assert 2 == again.stdout.count("unchanged")


def test_replacements_and_wider_permissions_must_be_accepted(tmp_path: Path) -> None:
    """Exit code 2 names it, and nothing is executed; --accept of the resource, or of its stack, allows it."""
    with room(tmp_path) as here:
        assert 0 == here.run("apply", "--all").exit_code
        body = copy.deepcopy(APP)
        arn = "arn:aws:ecr:eu-central-1:111122223333:repository/team/*"
        body["Resources"]["Worker"] = role(("sns:Publish", "*"), ("ecr:PutImage", arn))
        body["Resources"]["Topic"]["Properties"]["TopicName"] = {"Ref": "Name"}
        here.template("app", body)
        refused = here.run("apply", "--all")
        assert 2 == refused.exit_code, refused.output
        assert "  --accept app-orders/Worker  new ecr:PutImage on team/*; new sns:Publish on *" in refused.stdout
        assert "  --accept app-orders/Topic  replaced because of TopicName: it gets a new ARN" in refused.stdout
        assert {"CREATE_COMPLETE"} == set(here.statuses().values())
        only_one = here.run("plan", "--all", "--accept", "app-orders/Topic")
        assert (2, 0) == (only_one.exit_code, only_one.stdout.count("--accept app-orders/Topic"))
        done = here.run("apply", "--all", "--accept", "app-orders")
        assert 0 == done.exit_code, done.output
        assert "UPDATE_COMPLETE" == here.statuses()["app-orders"]


def test_a_saved_plan_is_shown_and_deployed(tmp_path: Path) -> None:
    """--from needs no account to show it; apply deploys it only as long as nothing has changed since."""
    with room(tmp_path) as here:
        assert 0 == here.run("apply", "--all").exit_code
        here.params("base.main", Hours="3")
        saved = here.run("plan", "--all", "--json")
        file = tmp_path / "plan.json"
        file.write_text(saved.stdout, encoding="utf-8")
        shown = here.run("plan", "--from", str(file), "--details", PATH="/nowhere")
        assert 0 == shown.exit_code, shown.output
        assert "  parameter Hours: 1 -> 3" in shown.stdout.splitlines()
        here.params("base.main", Hours="4")
        refused = here.run("apply", "--from", str(file))
        assert 1 == refused.exit_code
        assert "Failed base-main: its plan differs from the saved plan" in refused.stderr
        here.params("base.main", Hours="3")
        done = here.run("apply", "--from", str(file))
        assert 0 == done.exit_code, done.output
        [stack] = json.loads(saved.stdout)["stacks"][:1]
        executed = [call.parameters["ChangeSetName"] for call in here.called() if call.operation == "ExecuteChangeSet"]
        assert stack["change_set"] == executed[-1]


def test_apply_as_json_has_the_documented_keys(tmp_path: Path) -> None:
    """Of stacks that were deployed, and of one that was not, with the reason."""
    with room(tmp_path) as here:
        deployed = json.loads(here.run("apply", "--all", "--json").stdout)
        assert (["base-main", "app-orders"], []) == (deployed["deployed"], deployed["failed"])
        here.params("base.main", Hours="3")
        file = tmp_path / "plan.json"
        file.write_text(here.run("plan", "--all", "--json").stdout, encoding="utf-8")
        here.params("base.main", Hours="4")
        stopped = json.loads(here.run("apply", "--from", str(file), "--json").stdout)
        assert ["base-main"] == [each["stack"] for each in stopped["failed"]]
        for found in (deployed, stopped):
            assert set() == undocumented("apply", found)
            assert {"version", "stacks", "must_be_accepted", "deployed", "failed"} == found.keys()


def test_a_stack_that_is_not_selected_is_named(tmp_path: Path) -> None:
    """For one file alone: it waits for the stack of the other file, or names the export that no file has."""
    with room(tmp_path) as here:
        planned = here.plan("app.orders")
        assert [["base-main"]] == [each["waits_for"] for each in planned["stacks"]]
        applied = here.run("apply", "app.orders")
        assert 1 == applied.exit_code
        assert "Not deployed app-orders: waits for base-main" in applied.stderr
        here.template("base", {key: value for key, value in BASE.items() if key != "Outputs"})
        [stack] = here.plan("app.orders")["stacks"]
        assert "imports ecr-pipeline:base:main:v1:QueueArn, which no stack exports" in stack["problem"]
        assert {} == here.statuses()


def test_a_change_set_that_is_being_made_is_waited_for(tmp_path: Path) -> None:
    """CloudFormation takes its time: it is called again until the change set is created."""
    asked: list[str] = []
    answer = (
        "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>a</ChangeSetId>"
        "<Status>{}</Status></DescribeChangeSetResult></DescribeChangeSetResponse>"
    )

    def intercept(call: Call) -> Answer | None:
        if call.operation != "DescribeChangeSet":
            return None
        asked.append(call.operation)
        statuses = ["CREATE_PENDING", "CREATE_IN_PROGRESS"]
        if len(asked) > len(statuses):
            return None
        return Answer(200, answer.format(statuses[len(asked) - 1]).encode(), content_type="text/xml")

    with room(tmp_path, intercept=intercept) as here:
        [stack] = here.plan("base.main")["stacks"]
        assert ("create", 3) == (stack["state"], len(asked))


def test_an_operation_in_progress_is_waited_for(tmp_path: Path) -> None:
    """After an interrupted apply: plan says that the stack is busy, apply waits until it is not."""
    busy: list[Stack] = []

    def intercept(call: Call) -> Answer | None:
        if call.operation == "DescribeStacks" and "StackName" in call.parameters:
            for stack in busy:
                stack.status = "UPDATE_COMPLETE"
        return None

    with room(tmp_path, intercept=intercept) as here:
        assert 0 == here.run("apply", "--all").exit_code
        stacks = here.aws.memory(DeployedStacks).by_id.values()
        busy += [stack for stack in stacks if stack.name == "base-main"]
        busy[0].status = "UPDATE_IN_PROGRESS"
        here.params("base.main", Hours="2")
        planned = here.run("plan", "--all")
        assert 1 == planned.exit_code
        assert "  base-main: is in UPDATE_IN_PROGRESS: wait until it is complete" in planned.stdout
        applied = here.run("apply", "--all")
        assert 0 == applied.exit_code, applied.output
        assert "waiting for base-main: CloudFormation is still changing it" in applied.stderr
        assert "Deployed base-main" in applied.stdout


def test_an_old_status_is_not_the_end_of_an_update(tmp_path: Path) -> None:
    """DescribeStacks may show the previous state of the stack: it is called again.

    The stack was never updated before.
    """
    looks: list[str] = []
    old = (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>base-main</StackName>"
        "<StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )

    def intercept(call: Call) -> Answer | None:
        if call.operation != "DescribeStacks" or "StackName" not in call.parameters or not looks:
            return None
        looks.append(call.operation)
        is_first = len(looks) == len(["begin", "first"])
        return Answer(200, old.encode(), content_type="text/xml") if is_first else None

    with room(tmp_path, intercept=intercept) as here:
        assert 0 == here.run("apply", "base.main").exit_code
        here.params("base.main", Hours="2")
        looks.append("begin")
        assert 0 == here.run("apply", "base.main").exit_code
        assert len(["begin", "first", "second"]) == len(looks)
