"""`ecr-pipeline prove` without --deploy: its findings, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import catalog
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.programs.aws_cli import aws_cli
from generator.proving.prove_scope import PREFIX
from tests.json_shapes import undocumented
from tests.proving.proving_rooms import PARAMS, proving_room, verdicts

CHANGES = {"CreateChangeSet", "DeleteStack"}
LOOKS = ("Describe", "Get", "List", "Validate", "Test", "Check")


@pytest.mark.slow
def test_every_published_template_is_proved() -> None:
    """No check fails with the example parameters, and the account is as it was. No account id leaves it."""
    with proving_room() as here:
        done = here.run("--json")
        proof = json.loads(done.stdout)
        assert 0 == done.exit_code, done.output
        assert here.aws.account not in done.stdout
        assert 0 == proof["failed"]
        assert set() == undocumented("prove", proof)
        assert set(catalog.templates()) == set(verdicts(proof, "change sets"))
        assert "passed" == verdicts(proof, "change sets")["standalone"] == verdicts(proof, "change sets")["network"]
        assert "not reached" == verdicts(proof, "change sets")["pipeline-ecs"]
        assert {"passed"} == set(verdicts(proof, "policies").values()) == set(verdicts(proof, "rules").values())
        answers = {each["id"]: each["verdict"] for each in proof["answers"]}
        assert ("no", "yes", "not reached") == (
            answers["import-in-other-branch"],
            answers["tag-patterns"],
            answers["inspect-conditions"],
        )
        assert {} == here.statuses()
        assert [] == proof["left"]
        made = [call for call in here.aws.calls if not call.operation.startswith(LOOKS)]
        assert CHANGES == {call.operation for call in made}
        assert all(call.parameters["StackName"].startswith(f"{PREFIX}-check-") for call in made)


def test_findings_of_aws_are_shown() -> None:
    """A finding in a policy, a rule that does not match, a quota of zero: each fails, with AWS's message."""

    def intercept(call: Call) -> Answer | None:
        answers = {
            "ValidatePolicy": {
                "findings": [
                    {
                        "findingType": "ERROR",
                        "issueCode": "INVALID_ACTION",
                        "findingDetails": "The action x does not exist.",
                        "learnMoreLink": "https://docs.aws.amazon.com",
                        "locations": [],
                    }
                ]
            },
            "TestEventPattern": {"Result": False},
            "GetServiceQuota": {"Quota": {"Value": 0.0}},
        }
        found = answers.get(call.operation)
        return Answer(200, json.dumps(found).encode(), content_type="application/x-amz-json-1.1") if found else None

    with proving_room(intercept=intercept) as here:
        done = here.run("pipeline-release")
        assert 1 == done.exit_code
        said = " ".join(done.stdout.split())
        assert "ERROR INVALID_ACTION: The action x does not exist." in said
        assert "rules: pipeline-release/Trigger: the pattern does not match the event" in said
        assert "quotas: concurrent builds, Linux small: 0: builds over it are refused" in said
        assert "no: EventBridge does not match *ab1.*cd2-*ef3_* as expected" in said


def test_a_check_without_permission_is_not_reached() -> None:
    """Without the right to ask, a check is not reached; the others are."""

    def guard(call: Call) -> str:
        return "User is not authorized" if call.operation in ("ValidatePolicy", "DescribeEvents") else ""

    with proving_room(guard=guard) as here:
        proof = here.proof("network", "registry-sending")
        assert {"not reached"} == set(verdicts(proof, "policies").values())
        assert {"noted"} == set(verdicts(proof, "change sets").values())
        assert any("`ecr-pipeline prove --policy` prints" in each["text"] for each in proof["checks"])
        assert 0 == proof["failed"]


def test_a_change_set_that_fails(tmp_path: Path) -> None:
    """A value that AWS does not find fails for parameters of yours, and is not reached for an example."""
    values = json.loads((PARAMS / "deployer-eks.dev.json").read_text(encoding="utf-8"))
    given = {each["ParameterKey"]: each["ParameterValue"] for each in values}
    assert given["VpcId"].startswith("vpc-")
    (tmp_path / "task-ecs.dev.json").write_bytes((PARAMS / "task-ecs.dev.json").read_bytes())

    def intercept(call: Call) -> Answer | None:
        if call.operation != "CreateChangeSet" or "check-import" in call.parameters["StackName"]:
            return None
        return refusal(call, "ValidationError", "Parameter validation failed: vpc-1 does not exist")

    with proving_room(intercept=intercept) as here:
        example = here.proof("network")
        assert {"network": "not reached"} == verdicts(example, "change sets")
        (tmp_path / "network.dev.json").write_text("[]", encoding="utf-8")
        done = here.run("network", params=tmp_path)
        assert 1 == done.exit_code
        assert "change sets: network: Parameter validation failed: vpc-1 does not exist" in done.stdout


def test_early_validation_is_shown(tmp_path: Path) -> None:
    """A name that is taken is a note: the stack that has it may be yours."""
    with proving_room() as here:
        here.aws.client("ecr").create_repository(repositoryName="team/orders")
        taken = {
            "Resources": {"Repository": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "team/web"}}}
        }
        here.aws.client("cloudformation").create_stack(StackName="web", TemplateBody=json.dumps(taken))
        file = tmp_path / "registry.dev.json"
        file.write_text('[{"ParameterKey": "RepositoryName", "ParameterValue": "team/web"}]', encoding="utf-8")
        done = here.run("registry", "--json", params=tmp_path)
        [check] = [each for each in json.loads(done.stdout)["checks"] if each["area"] == "change sets"]
        assert "noted" == check["verdict"], check
        assert "NAME_CONFLICT_VALIDATION" in check["text"]
        assert {"web"} == set(here.statuses())


def test_a_lifecycle_policy_is_previewed() -> None:
    """In the repository that is named, with the policy of the template; the repository keeps its own."""
    with proving_room() as here:
        here.aws.client("ecr").create_repository(repositoryName="team/orders")
        proof = here.proof("registry", "--repository", "team/orders", "--repository", "team/none")
        assert {"team/orders": "passed", "team/none": "not reached"} == verdicts(proof, "lifecycle")
        ecr = here.aws.inside("ecr")
        with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
            ecr.get_lifecycle_policy(repositoryName="team/orders")
        other = here.proof("network", "--repository", "team/orders")
        assert {"team/orders": "not reached"} == verdicts(other, "lifecycle")


def test_comparisons_with_a_cost_are_made_only_on_request(tmp_path: Path) -> None:
    """CheckNoNewAccess is charged: with --check-new-access alone."""
    limit = tmp_path / "limit.json"
    limit.write_text(json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}), encoding="utf-8")
    with proving_room() as here:
        assert {} == verdicts(here.proof("registry"), "new access")
        assert "CheckNoNewAccess" not in {call.operation for call in here.aws.calls}
        assert {"passed"} == set(
            verdicts(here.proof("registry", "--check-new-access", str(limit)), "new access").values()
        )
        limit.write_text(json.dumps({"Statement": []}), encoding="utf-8")
        done = here.run("registry", "--check-new-access", str(limit))
        assert 1 == done.exit_code
        assert "The modified permissions grant new access." in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "the default profile: no credentials were found; run"),
        ({"AWS_PROFILE": "nobody"}, "there is no such profile; add it to ~/.aws/config, or give --profile"),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": None}, "no region is set: give --region"),
        ({"PATH": "/nowhere"}, "The AWS CLI (v1 or v2) is not on PATH"),
    ],
)
def test_without_access_nothing_is_tried(environment: dict[str, Any], said: str) -> None:
    """One line with what to do."""
    with proving_room() as here:
        done = here.run("network", **environment)
        assert (1, "") == (done.exit_code, done.stdout)
        assert said in done.stderr
        assert 1 == len(done.stderr.strip().splitlines())
        assert [] == [call for call in here.aws.calls if call.operation in CHANGES]


def test_another_account_than_expected() -> None:
    """--account stops before any call to the wrong account."""
    with proving_room() as here:
        done = here.run("network", "--account", "444455556666")
        assert 1 == done.exit_code
        assert (
            "Error: the default profile belongs to the account 111122223333, not to 444455556666: sign in to that"
            " account, or give --profile"
        ) in done.stderr
        assert {"GetCallerIdentity"} == {call.operation for call in here.aws.calls}
        assert 2 == here.run("--account", "12").exit_code


def test_credentials_that_expire_in_the_middle() -> None:
    """The proof ends; resources that could not be deleted are deleted by the next run."""
    expired, renewed = list[int](), list[int]()

    def intercept(call: Call) -> Answer | None:
        if call.operation == "DescribeChangeSet" and not renewed:
            expired.append(1)
        return refusal(call, "ExpiredToken", "The security token is expired", status=403) if expired else None

    with proving_room(intercept=intercept) as here:
        done = here.run("registry-sending")
        assert 1 == done.exit_code
        assert "the credentials have expired; sign in again, then run the same command" in done.stderr
        assert {f"{PREFIX}-check-registry-sending": "REVIEW_IN_PROGRESS"} == here.statuses()
        assert (
            "Not deleted: everything that was created: the default profile: the credentials have expired" in done.stderr
        )
        renewed.append(1)
        expired.clear()
        left = here.run("registry-sending")
        assert {} == here.statuses(), left.output


def small_stack(name: str, tags: list[dict[str, str]], fails: bool) -> Callable[..., None]:  # noqa: FBT001  of the test
    """The calls that create an existing stack, or one whose creation failed."""

    def make(client: object) -> None:
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"Typo": 1} if fails else {}}
        body = json.dumps({"Resources": {"Queue": queue}})
        client.create_stack(StackName=name, TemplateBody=body, Tags=tags)  # type: ignore[attr-defined]

    return make


def test_leftovers_of_an_earlier_run_are_named() -> None:
    """One line each, with what to do next; a stack of somebody else with such a name is not ours."""
    with proving_room() as here:
        client = here.aws.client("cloudformation")
        small_stack(f"{PREFIX}-network", [{"Key": PREFIX, "Value": "throw-away"}], fails=True)(client)
        small_stack(f"{PREFIX}-foreign", [], fails=False)(client)
        proof = here.proof("registry-sending")
        assert {f"{PREFIX}-network": "noted"} == verdicts(proof, "leftovers")
        [check] = [each for each in proof["checks"] if each["area"] == "leftovers"]
        assert "ROLLBACK_COMPLETE: an earlier run left it; `ecr-pipeline prove --clean` deletes it" == check["text"]
        assert {f"{PREFIX}-network", f"{PREFIX}-foreign"} == set(here.statuses())


@pytest.mark.slow
def test_a_fault_at_any_call_leaves_nothing() -> None:
    """Each call of a run is refused in turn, once: after that the account is as it was before."""
    refused, count = [-1], [0]
    lock = threading.Lock()

    def intercept(call: Call) -> Answer | None:
        if call.via:
            return None
        with lock:
            count[0] += 1
            return refusal(call, "AccessDenied", "a fault") if count[0] - 1 == refused[0] else None

    with proving_room(intercept=intercept) as here:
        assert 0 == here.run("registry-sending").exit_code
        total = count[0]
        assert total > 12
        for number in range(total):
            refused[0], count[0] = number, 0
            done = here.run("registry-sending")
            assert done.exit_code in (0, 1), done.output
            assert not done.exception or isinstance(done.exception, SystemExit), done.exception
            assert {} == here.statuses(), f"after a fault at call {number + 1}"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(sent: signal.Signals) -> None:
    """Ctrl-C and the end of a shell: the empty stacks are deleted, and the exit code shows the cause."""
    reached, go_on = threading.Event(), threading.Event()

    def intercept(call: Call) -> Answer | None:
        if call.operation == "DescribeChangeSet" and not reached.is_set():
            reached.set()
            go_on.wait(60)
        return None

    with proving_room(intercept=intercept) as here:
        path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
        running = subprocess.Popen(
            [sys.executable, "-m", "generator", "prove", "network", "--params-dir", str(PARAMS)],
            env={**os.environ, **here.aws.environment(), "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert reached.wait(60)
        assert {f"{PREFIX}-check-network": "REVIEW_IN_PROGRESS"} == here.statuses()
        running.send_signal(sent)
        go_on.set()
        _, said = running.communicate(timeout=120)
        assert {signal.SIGINT: 130, signal.SIGTERM: 143}[sent] == running.returncode, said
        assert {} == here.statuses()


def test_a_page_is_written(tmp_path: Path) -> None:
    """In addition to the output, and without the id of the account."""
    with proving_room() as here:
        done = here.run("registry-sending", "--report", str(tmp_path / "proof.html"), "--json")
        page = (tmp_path / "proof.html").read_text(encoding="utf-8")
        assert f"wrote {tmp_path / 'proof.html'}" in done.stderr
        said = page.replace("&#39;", "'").replace("<code>", "`").replace("</code>", "`")
        assert all(each["question"] in said for each in json.loads(done.stdout)["answers"])
        assert here.aws.account not in page
