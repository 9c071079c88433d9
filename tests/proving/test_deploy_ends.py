"""`prove --deploy` that ends early: only keys scheduled for deletion are left, and everything left is reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.proving.proof_records import FAILED
from generator.proving.prove_cleaning import remove_everything
from tests.proving.faulty_rooms import FaultyRoom
from tests.proving.living_rooms import STACK
from tests.proving.proving_rooms import PARAMS

pytestmark = pytest.mark.slow

KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
}


def test_an_answer_that_is_lost_at_any_change(faulty: FaultyRoom) -> None:
    """Each call that changes something is carried out, and its answer is lost: the AWS CLI sends it again."""
    operations = (
        "CreateChangeSet", "ExecuteChangeSet", "UploadLayerPart", "CompleteLayerUpload", "PutImage",
        "PutApprovalResult", "DeleteStack", "DeleteObjects", "DeleteBucket", "ScheduleKeyDeletion", "DeleteRepository",
    )  # fmt: skip
    for operation in operations:
        lost: list[str] = []

        def happens(call: Call, _count: int, operation: str = operation, lost: list[str] = lost) -> Answer | None:
            if call.operation != operation or lost:
                return None
            lost.append(operation)
            name = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation).lstrip("_")
            getattr(faulty.room.aws.client(call.client, faulty.room.role), name)(**call.parameters)
            return Answer(503, b"", content_type="text/xml")

        faulty.faults.happens = happens
        proof = faulty.prove()
        assert [operation] == lost
        assert frozenset() == faulty.room.left(), f"after a lost answer to {operation}"
        assert () == proof.left


def test_an_interrupt_anywhere_leaves_nothing(faulty: FaultyRoom) -> None:
    """Ctrl-C at each step until everything is deleted: all resources created until then are deleted."""
    steps: list[str] = []
    faulty.prove(steps.append)
    before_the_end = [each for each in steps if not each.startswith(("delet", "schedul", "looking"))]
    assert len(before_the_end) > 5
    for number, step in enumerate(before_the_end):
        seen: list[str] = []

        def interrupt(line: str, number: int = number, seen: list[str] = seen) -> None:
            seen.append(line)
            if len(seen) == number + 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            faulty.prove(interrupt)
        assert frozenset() == faulty.room.left(), f"after an interrupt at: {step}"


def test_credentials_that_expire_anywhere(faulty: FaultyRoom) -> None:
    """Remaining resources are reported, with what to do; `prove --clean` deletes them with new credentials."""
    faulty.prove()
    total = len(faulty.faults.calls)
    for number in range(0, total - 1, 9):
        faulty.said.clear()
        faulty.faults.happens = lambda call, count, number=number: (  # type: ignore[misc]
            refusal(call, "ExpiredToken", "The security token is expired", status=403) if count >= number else None
        )
        said = faulty.words_of_a_proof_that_may_end()
        if faulty.room.left():
            assert "the credentials have expired" in said
            assert "`ecr-pipeline prove --clean` tries it again" in said
        faulty.faults.happens = lambda _call, _count: None
        assert {} == faulty.clean().left
        assert frozenset() == faulty.room.left(), f"after the end of the credentials at call {number + 1}"


def test_resources_that_cannot_be_deleted_are_listed(faulty: FaultyRoom) -> None:
    """All others are deleted; each is named with the reason and with the command that tries it again."""
    refused = ("DeleteRepository", "DeleteBucket", "ScheduleKeyDeletion")
    faulty.faults.happens = lambda call, _: refusal(call, "AccessDenied", "no") if call.operation in refused else None
    proof = faulty.prove()
    assert 3 == len(proof.left), proof.left
    for kind in (
        "AWS::ECR::Repository ecr-pipeline-prove/app",
        "AWS::S3::Bucket ecr-pipeline-prove-",
        "AWS::KMS::Key ",
    ):
        [line] = [each for each in proof.left if each.startswith(kind)]
        assert line.endswith(": AccessDenied: no; `ecr-pipeline prove --clean` tries it again")
    assert {} == faulty.room.stacks() or {"permissions"} == set(faulty.room.stacks())
    faulty.faults.happens = lambda _call, _count: None
    assert {} == faulty.clean().left
    assert frozenset() == faulty.room.left()


def test_a_stack_that_fails_ends_the_proof(faulty: FaultyRoom) -> None:
    """AWS's reason is in the report, and resources created before are deleted."""
    client = faulty.room.aws.inside("ecr")
    client.create_repository(repositoryName="ecr-pipeline-prove/app")
    proof = faulty.prove()
    [failed] = [each for each in proof.checks if each.verdict == FAILED]
    assert "ecr-pipeline-prove-registry" in failed.text
    assert frozenset({"ecr ecr-pipeline-prove/app"}) == faulty.room.left()
    client.delete_repository(repositoryName="ecr-pipeline-prove/app")


def test_another_account_ends_the_deletion(faulty: FaultyRoom) -> None:
    """Credentials that change during a run: nothing is found there, which does not mean that all is deleted."""
    site = faulty.site()
    other = replace(site, place=site.place._replace(account="444455556666"))
    [(what, why)] = remove_everything(other).left.items()
    assert "everything that was created" == what
    assert "the credentials belong to the account 111122223333 now, not to 444455556666" in why


def test_a_change_set_of_somebody_else_is_not_executed(faulty: FaultyRoom) -> None:
    """It waits under the name of a stack of `prove`, with another template."""
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "other"}}}})
    client = faulty.room.aws.inside("cloudformation")
    client.create_change_set(
        StackName="ecr-pipeline-prove-platform",
        ChangeSetName="ecr-pipeline-prove",
        ChangeSetType="CREATE",
        TemplateBody=body,
    )
    proof = faulty.prove()
    assert "CREATE_COMPLETE" in {each.text for each in proof.checks if each.subject == "ecr-pipeline-prove-platform"}
    assert not [
        call
        for call in faulty.room.aws.calls
        if call.operation == "CreateQueue" and call.parameters["QueueName"] == "other"
    ]


def test_a_key_of_somebody_else_is_left_alone(faulty: FaultyRoom) -> None:
    """A deleted stack with the name of one of `prove`, but without its tag, has left it."""
    key = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "Properties": {"KeyPolicy": KEY_POLICY}}
    cloudformation, kms = (faulty.room.aws.inside(service) for service in ("cloudformation", "kms"))
    cloudformation.create_stack(
        StackName="ecr-pipeline-prove-platform", TemplateBody=json.dumps({"Resources": {"Key": key}})
    )
    [made] = cloudformation.describe_stack_resources(StackName="ecr-pipeline-prove-platform")["StackResources"]
    cloudformation.delete_stack(StackName="ecr-pipeline-prove-platform")
    assert {} == faulty.clean().left
    assert "Enabled" == kms.describe_key(KeyId=made["PhysicalResourceId"])["KeyMetadata"]["KeyState"]


def test_a_terminal_that_is_closed(faulty: FaultyRoom) -> None:
    """SIGHUP, again while it deletes, and a closed output: everything is deleted nevertheless."""
    reached, deleting = threading.Event(), threading.Event()

    def happens(call: Call, _count: int) -> None:
        if call.operation == "ExecuteChangeSet":
            reached.set()
        if call.operation == "DeleteStack" and reached.is_set():
            deleting.set()

    faulty.faults.happens = happens
    words = ["--deploy", "--yes", "registry-sending", "--params-dir", str(PARAMS)]
    with subprocess.Popen(
        [sys.executable, "-m", "generator", "prove", *words],
        env={**os.environ, **faulty.room.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as running:
        assert reached.wait(120)
        assert running.stderr
        running.stderr.close()
        running.send_signal(signal.SIGHUP)
        assert deleting.wait(120)
        running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGHUP)
        assert 129 == running.wait(240)
    assert frozenset() == faulty.room.left()


def test_a_signal_while_it_is_deployed(faulty: FaultyRoom) -> None:
    """SIGTERM to the whole command: everything is deleted, the exit code is that of the signal."""
    reached = threading.Event()

    def happens(call: Call, _count: int) -> None:
        if call.operation == "ExecuteChangeSet":
            reached.set()

    faulty.faults.happens = happens
    words = ["--deploy", "--yes", "registry-sending", "--params-dir", str(PARAMS)]
    running = subprocess.Popen(
        [sys.executable, "-m", "generator", "prove", *words],
        env={**os.environ, **faulty.room.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reached.wait(120)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=240)
    assert 143 == running.returncode, said
    assert "deleting ecr-pipeline-prove-network" in said
    assert frozenset() == faulty.room.left()
    assert STACK not in faulty.room.stacks()
