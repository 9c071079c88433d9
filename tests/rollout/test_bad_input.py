"""Input that cannot be planned or deployed: one line for each problem, what to do next, and nothing half-applied."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import cli
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.services.cloudformation import DeployedStacks
from tests.rollout.rooms import APP, BASE, Room, role, room

CHANGES = {"CreateChangeSet", "ExecuteChangeSet", "DeleteStack"}


def error(done_stderr: str) -> str:
    """The error message."""
    return done_stderr.partition("Error: ")[2].strip()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "the default profile: no credentials were found; run"),
        ({"AWS_PROFILE": "nobody"}, "there is no such profile; add it to ~/.aws/config, or give --profile"),
        (
            {"AWS_REGION": None, "AWS_DEFAULT_REGION": None},
            "no region is set: give --region, or set one in the profile",
        ),
        ({"PATH": "/nowhere"}, "The AWS CLI (v1 or v2) is not on PATH: install it to plan and deploy"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS cannot be reached: Could not connect to the endpoint URL"),
    ],
)
def test_without_access_nothing_is_tried(tmp_path: Path, environment: dict[str, str | None], said: str) -> None:
    """No credentials, no profile, no region, no program, no way to AWS."""
    with room(tmp_path) as here:
        done = here.run("apply", "--all", **environment)
        assert (1, "") == (done.exit_code, done.stdout)
        assert said in error(done.stderr)
        assert 1 == len(error(done.stderr).splitlines())
        assert [] == [call for call in here.called() if call.operation in CHANGES]


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("ExpiredToken", "The security token included in the request is expired",
         "the default profile: the credentials have expired; sign in again, then run the same command"),
        ("InvalidClientTokenId", "The security token included in the request is invalid.",
         "the default profile: AWS does not accept the credentials"),
    ],
)  # fmt: skip
def test_credentials_that_aws_refuses(tmp_path: Path, code: str, text: str, said: str) -> None:
    """Expired in the middle, or wrong: the plan ends there, and no stack is blamed."""

    def intercept(call: Call) -> Answer | None:
        return refusal(call, code, text, status=403) if call.operation == "CreateChangeSet" else None

    with room(tmp_path, intercept=intercept) as here:
        done = here.run("apply", "--all")
        assert (1, "") == (done.exit_code, done.stdout)
        assert said in error(done.stderr)
        assert {} == here.statuses()


def without_template(here: Room) -> None:
    """A file of a template that does not exist."""
    here.params("ap.orders", Name="a")


def without_name(here: Room) -> None:
    """A file that belongs to no stack."""
    here.params("app", Name="a")


def two_files(here: Room) -> None:
    """Two files whose template and name come to one stack."""
    here.template("app-blue", APP)
    here.params("app-blue.one", Name="a")
    here.params("app.blue-one", Name="a")


def wrong_value(here: Room) -> None:
    """A value that the template does not allow."""
    here.params("app.orders", Name="Orders!")


def wrong_folder(here: Room) -> None:
    """A folder that is not that of an account."""
    here.params("production/app.orders", Name="a")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (without_template, "ap.orders.json: there is no template"),
        (without_name, "app.json: is the file of no stack; name it <template>.<name>.json"),
        (two_files, "both are the stack app-blue-one; rename or remove one of them"),
        (wrong_value, 'app.orders.json:1: Name: given "Orders!", allowed: what matches [a-z]+ [parameters]'),
        (wrong_folder, "production: is not the folder of an account; name it [PROFILE.]ACCOUNT[.REGION]"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, prepare: Callable[[Room], None], said: str) -> None:
    """All problems are reported before AWS is called."""
    with room(tmp_path) as here:
        prepare(here)
        done = here.run("apply", "--all")
        assert (1, "") == (done.exit_code, done.stdout)
        assert said in done.stderr
        assert 1 == len(error(done.stderr).splitlines())
        assert [] == here.called()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "enter the names of parameter files, or --all"),
        (("base.main", "--all"), "enter the names of parameter files, or --all"),
        (("bas.main",), "bas.main: no parameter file in"),
        (("--all", "--stack-name", "A"), "--stack-name A is the name of one stack: name one parameter file"),
        (("base.main", "--tag", "team"), "given team, allowed: KEY=VALUE"),
        (("base.main", "--from", "plan.json"), "remove the names"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, as everywhere."""
    with room(tmp_path) as here:
        done = here.run("apply", *arguments)
        assert 2 == done.exit_code
        assert said in done.stderr
        assert [] == here.called()


def test_a_file_that_is_not_finished_blocks_its_own_stack(tmp_path: Path) -> None:
    """The others are planned; each problem has its line. Nothing is deployed, and nothing asked where all are wrong."""
    with room(tmp_path) as here:
        here.params("app.billing", Name="", Nam="x")
        done = here.run("plan", "--all")
        assert 1 == done.exit_code
        lines = done.stdout.splitlines()
        planned = [line.split()[:2] for line in lines[1 : lines.index("")]]
        assert [["base-main", "create"], ["app-orders", "waiting"], ["app-billing", "blocked"]] == planned
        path = here.folder / "params/app.billing.json"
        problems = [line for line in lines if line.startswith(f"  app-billing: {path}:1: ")]
        assert ["Name:", "Nam:"] == [line.split(": ")[2] + ":" for line in problems]
        [stack] = [each for each in here.plan("--all")["stacks"] if each["stack"] == "app-billing"]
        assert ("blocked", "", 2) == (stack["state"], stack["status"], len(stack["problem"].splitlines()))
        before = here.statuses()
        done = here.run("apply", "--all")
        assert (1, "") == (done.exit_code, done.stdout)
        assert before == here.statuses()
        here.params("app.orders", Name="")
        here.params("base.main", Hours="x")
        here.aws.calls.clear()
        done = here.run("plan", "--all")
        assert (1, "", 4) == (done.exit_code, done.stdout, len(error(done.stderr).splitlines()))
        assert [] == here.called()


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_repository_that_the_platform_does_not_inspect_is_said(tmp_path: Path, command: str) -> None:
    """Before a call of AWS. Only selected stacks are mentioned, and an unchanged example is no platform."""

    def run(*names: str) -> list[str]:
        path = os.environ | {"PATH": "/nowhere"}
        done = CliRunner().invoke(cli, [command, *names, "--params-dir", str(tmp_path)], env=path)
        assert "The AWS CLI (v1 or v2) is not on PATH" in done.stderr
        return [line for line in done.stderr.splitlines() if line.startswith("Warning: ")]

    examples = tmp_path / ".examples"
    (tmp_path / "platform.main.json").write_text(
        '[{"ParameterKey": "RepositoryPattern", "ParameterValue": "team/*"}]', encoding="utf-8"
    )
    for name in ("orders", "billing"):
        values = {"Name": name, "RepositoryName": f"{'team' if name == 'orders' else 'shop'}/{name}"}
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        (tmp_path / f"pipeline-release.{name}.json").write_text(json.dumps(entries), encoding="utf-8")
    for names in (("--all",), ("pipeline-release.billing",)):
        [warning] = run(*names)
        assert "given shop/billing, but Inspect of the platform main reads only team/*" in warning
    assert [] == run("pipeline-release.orders")
    digest = hashlib.sha256((tmp_path / "platform.main.json").read_bytes()).hexdigest()
    examples.write_text(f"{digest}  platform.main.json\n")
    assert [] == run("--all")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_limit_that_the_platform_does_not_allow_is_noted(tmp_path: Path, command: str) -> None:
    """It is no reason against the deployment."""
    for name, values in {
        "platform.main": {"RepositoryPattern": "team/*"},
        "pipeline-release.orders": {"Name": "orders", "RepositoryName": "team/orders", "MaxHighFindings": "5"},
    }.items():
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        (tmp_path / f"{name}.json").write_text(json.dumps(entries), encoding="utf-8")
    path = os.environ | {"PATH": "/nowhere"}
    done = CliRunner().invoke(cli, [command, "--all", "--params-dir", str(tmp_path)], env=path)
    assert (
        f"Note: {tmp_path / 'pipeline-release.orders.json'}:1: MaxHighFindings: given 5, but the platform main has 0,"
        f" which applies ({tmp_path / 'platform.main.json'}) [looser-limits]\n"
    ) in done.stderr


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """As for `check`."""
    for command in ("plan", "apply"):
        done = CliRunner().invoke(cli, [command, "--all", "--params-dir", str(tmp_path / "new")])
        assert (2, "") == (done.exit_code, done.stdout)
        assert "new' is not a folder" in done.stderr


def test_a_stack_whose_creation_failed_blocks_all(tmp_path: Path) -> None:
    """ROLLBACK_COMPLETE: the command to type, and the other stack is not touched."""
    with room(tmp_path) as here:
        broken = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Typo": 1}}}}
        client = here.aws.client("cloudformation")
        client.create_stack(StackName="app-orders", TemplateBody=json.dumps(broken))
        done = here.run("apply", "--all")
        assert 1 == done.exit_code
        assert (
            "  app-orders: is in ROLLBACK_COMPLETE: its creation failed: it can only be deleted: aws cloudformation"
            " delete-stack --stack-name app-orders, then run the same command again"
        ) in done.stdout.splitlines()
        assert {"base-main": "REVIEW_IN_PROGRESS", "app-orders": "ROLLBACK_COMPLETE"} == here.statuses()


def test_a_change_set_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A name in use: the finding of early validation, no empty stack, no change set; the other is not executed."""
    with room(tmp_path) as here:
        taken = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken"}}}}
        here.aws.client("cloudformation").create_stack(StackName="owner", TemplateBody=json.dumps(taken))
        here.template("app", {**APP, "Resources": taken["Resources"], "Outputs": {}})
        done = here.run("apply", "--all")
        assert 1 == done.exit_code
        assert "app-orders: its change set failed: Resource of type 'AWS::SQS::Queue' with identifier" in done.stdout
        assert "[NAME_CONFLICT_VALIDATION, FAIL]" in done.stdout
        assert {"owner": "CREATE_COMPLETE", "base-main": "REVIEW_IN_PROGRESS"} == here.statuses()


def test_warnings_of_validation_are_shown(tmp_path: Path) -> None:
    """A bucket with objects that would be deleted: the change set can be executed, and must be accepted."""
    with room(tmp_path) as here:
        bucket = {"Resources": {**BASE["Resources"], "Bucket": {"Type": "AWS::S3::Bucket"}}}
        here.template("base", {**BASE, **bucket})
        assert 0 == here.run("apply", "base.main").exit_code
        described = here.aws.inside("cloudformation").describe_stack_resources(StackName="base-main")
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described["StackResources"]}
        here.aws.inside("s3").put_object(Bucket=ids["Bucket"], Key="a", Body=b"")
        here.template("base", BASE)
        planned = here.run("plan", "base.main")
        assert 2 == planned.exit_code
        assert (
            "  base-main/Bucket: S3 bucket is not empty [BUCKET_EMPTINESS_VALIDATION, WARN]"
        ) in planned.stdout.splitlines()
        assert "  --accept base-main/Bucket  deleted: its objects are lost; AWS does not delete" in planned.stdout


def test_a_change_set_that_aws_refuses_blocks_its_stack(tmp_path: Path) -> None:
    """AWS's message is the problem of the stack."""
    with room(tmp_path) as here:
        body = {**APP, "Resources": {"Topic": {"Type": "AWS::SNS::Topc"}}, "Outputs": {}}
        here.template("app", body)
        planned = here.plan("--all")
        problem = {each["stack"]: each["problem"] for each in planned["stacks"]}["app-orders"]
        assert problem.startswith("Template format error: Unrecognized resource types: [AWS::SNS::Topc]")
        assert problem.endswith("correct it, then run the same command again")


def test_a_failure_stops_its_layer_and_can_be_repaired(tmp_path: Path) -> None:
    """The reason of the resource that failed first; deployed stacks stay; the same command continues."""
    with room(tmp_path) as here:
        here.template(
            "app",
            {**APP, "Resources": {**APP["Resources"], "Q": {"Type": "AWS::SQS::Queue", "Properties": {"Typo": 1}}}},
        )
        here.params("app.other", Name="other")
        done = here.run("apply", "--all")
        assert 1 == done.exit_code
        assert ["Deployed base-main"] == [line for line in done.stdout.splitlines() if line.startswith("Deployed")]
        assert "Failed app-orders: ROLLBACK_COMPLETE: Q: Properties validation failed for resource Q" in done.stderr
        assert "run the same command again. It continues where it stopped" in done.stderr
        client = here.aws.client("cloudformation")
        for name in ("app-orders", "app-other"):
            client.delete_stack(StackName=name)
        here.template("app", APP)
        again = here.run("apply", "--all")
        assert 0 == again.exit_code, again.output
        assert {"CREATE_COMPLETE"} == set(here.statuses().values())


def test_drift_stops_until_it_is_accepted(tmp_path: Path) -> None:
    """Of a stack that would change: how to look at it. A stack that stays as it is does not matter."""
    with room(tmp_path) as here:
        assert 0 == here.run("apply", "--all").exit_code
        for stack in here.aws.memory(DeployedStacks).by_id.values():
            stack.drift = "DRIFTED"
        assert 0 == here.run("plan", "--all").exit_code
        here.params("base.main", Hours="2")
        refused = here.run("apply", "--all")
        assert 2 == refused.exit_code
        assert "  --accept base-main/drift  changed outside CloudFormation (found on 20" in refused.stdout
        assert "aws cloudformation describe-stack-resource-drifts --stack-name base-main shows how" in refused.stdout
        assert 0 == here.run("apply", "--all", "--accept", "base-main/drift").exit_code


def test_a_later_layer_stops_where_it_is_not_accepted(tmp_path: Path) -> None:
    """The plan of a layer that waited is judged as the first one was, before it is executed."""
    with room(tmp_path) as here:
        assert 0 == here.run("apply", "--all").exit_code
        base = json.loads(json.dumps(BASE).replace("v1:QueueArn", "v1:OtherArn"))
        both = {**BASE, "Outputs": {**BASE["Outputs"], "Other": base["Outputs"]["QueueArn"]}}
        here.template("base", both)
        changed = json.loads(json.dumps(APP).replace("v1:QueueArn", "v1:OtherArn"))
        changed["Resources"]["Worker"] = role(("sns:*", "*"))
        here.template("app", changed)
        assert 0 == here.run("plan", "--all").exit_code
        done = here.run("apply", "--all")
        assert 2 == done.exit_code, done.output
        assert "  --accept app-orders/Worker  new sns:* on *" in done.stdout.splitlines()
        assert {"base-main": "UPDATE_COMPLETE", "app-orders": "CREATE_COMPLETE"} == here.statuses()
