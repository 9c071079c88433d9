"""docs/start.md, followed command by command: one template, one push, one approval, one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from generator.emulator.programs.images import Image, sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.account import account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.trial import Push, trial_of
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")
# Commands that the emulator does not answer: `docker` needs a registry on the network, and quotas are not emulated.
# test_page_calls.py has the AWS CLI check their arguments. A stage is retried in test_operate.py: here none fails.
NOT_RUN = (
    "docker ",
    "aws ecr get-login-password ",
    "aws service-quotas ",
    "aws codepipeline retry-stage-execution ",
)
# The commands of the approver, while the approval is open.
APPROVAL = ("token=$(", "aws codepipeline put-approval-result ")
CLEAN_UP = (
    "aws cloudformation describe-stack-resources ",
    "aws cloudformation delete-stack ",
    "aws cloudformation wait ",
)


@dataclass
class Followed:
    """The results of following the page up to its clean-up."""

    reader: Reader
    approver: Approver
    image: Image
    push: Push
    printed: dict[str, str]
    """The output of each executed command."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Every command of the page, in its order, with a push where the page pushes; the clean-up is left to a test."""
    approver, image, printed = Approver(), sample(["linux/amd64"], "of the first hour"), dict[str, str]()
    approval = [command for command, _ in steps(PAGE) if command.startswith(APPROVAL)]
    with account(TrialPlace(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        reader, push = Reader(checkout(tmp_path_factory.mktemp("checkout")), here), None
        for command, _ in steps(PAGE):
            if command.startswith("docker push "):
                approver.says = partial(_follow, reader, approval)
                push = trial_of(here, "app").push(image, "v1.0.0", scan=ImageScan())
            elif not command.startswith((*NOT_RUN, *APPROVAL, *CLEAN_UP)):
                printed[command] = reader.run(command)
        assert push
        yield Followed(reader, approver, image, push, printed)


def _follow(reader: Reader, commands: list[str]) -> None:
    for command in commands:
        reader.run(command)


def _printed(page: Followed, beginning: str) -> str:
    [command] = [each for each in page.printed if each.startswith(beginning)]
    return page.printed[command].strip()


def test_two_parameters_are_enough(page: Followed) -> None:
    """The command of the page gives a repository and an address, and the stack is complete."""
    [deploy] = [each for each in page.printed if each.startswith("aws cloudformation deploy ")]
    assert 2 == deploy.partition("--parameter-overrides")[2].count("=")
    assert {"app": "CREATE_COMPLETE"} == page.reader.statuses()


def test_the_push_is_approved_and_recorded(page: Followed) -> None:
    """The pushed digest is in the approval request and in the record that the page reads."""
    assert page.push.execution is not None, page.push.deliveries
    assert "Succeeded" == page.push.execution.status, [each.error for each in page.push.execution.failures]
    [request] = page.approver.requests
    assert page.image.digest in request.text
    recorded = _printed(page, "aws ssm get-parameter --name /ecr-pipeline/app/release/image ")
    uri = page.reader.run('printf %s "$image"')
    assert f"{uri}@{page.image.digest}" == recorded
    assert recorded in _printed(page, "aws ssm get-parameter-history ")


def test_the_state_and_the_log_show_the_run(page: Followed) -> None:
    """Every stage has succeeded, and the log of Inspect names the image."""
    state = _printed(page, "aws codepipeline get-pipeline-state ")
    assert ["Source", "Inspect", "Approval", "Release"] == [line.split()[0] for line in state.splitlines()]
    assert {"Succeeded"} == {line.split()[1] for line in state.splitlines()}
    assert page.image.digest in _printed(page, "aws logs filter-log-events ")


def test_a_run_without_a_push_names_its_digest(page: Followed) -> None:
    """The command for it is accepted, with the digest that the command before it finds."""
    assert "pipelineExecutionId" in _printed(page, "aws codepipeline start-pipeline-execution ")


def test_the_clean_up_leaves_bucket_key_and_records(page: Followed) -> None:
    """After the commands of the page the stack is deleted, and bucket, key and record are those in its output."""
    commands = [each for each, _ in steps(PAGE) if each.startswith(CLEAN_UP)]
    bucket, key = sorted(page.reader.run(commands[0]).split(), key=lambda name: "bucket" not in name)
    for command in commands[1:]:
        page.reader.run(command)
    assert {} == page.reader.statuses()
    cloud = page.reader.here.cloud
    assert bucket in [each["Name"] for each in cloud.inside("s3").list_buckets()["Buckets"]]
    assert "Enabled" == cloud.inside("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    assert page.image.digest in page.reader.run(
        "aws ssm get-parameter --name /ecr-pipeline/app/release/image --query Parameter.Value --output text"
    )
