"""docs/start.md, followed command by command: one template, one push, one approval, one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from generator.emulator.programs.images import Image, sample
from generator.emulator.runs.image_scans import Scan
from generator.emulator.trial.account import Push, account
from generator.emulator.trial.surroundings import Place
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")
# Commands that the emulator does not answer: `docker` needs a registry on the network, an approval is answered by the
# test's approver, and quotas, the state of a pipeline and log lines are not emulated. test_documents.py has the AWS CLI
# check their arguments.
NOT_RUN = (
    "docker ",
    "aws ecr get-login-password ",
    "aws service-quotas ",
    "aws codepipeline get-pipeline-state ",
    "aws codepipeline put-approval-result ",
    "aws logs filter-log-events ",
    "token=$(aws codepipeline get-pipeline-state ",
)
CLEAN_UP = (
    "aws cloudformation describe-stack-resources ",
    "aws cloudformation delete-stack ",
    "aws cloudformation wait ",
)


@dataclass
class Followed:
    """What became of following the page up to its clean-up."""

    reader: Reader
    approver: Approver
    image: Image
    push: Push
    printed: dict[str, str]
    """What each command printed that was run."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Every command of the page, in its order, with a push where the page pushes; the clean-up is left to a test."""
    approver, image, printed = Approver(), sample(["linux/amd64"], "of the first hour"), dict[str, str]()
    with account(Place(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        reader, push = Reader(checkout(tmp_path_factory.mktemp("checkout")), here), None
        for command, _ in steps(PAGE):
            if command.startswith("docker push "):
                push = here.trial("app").push(image, "v1.0.0", scan=Scan())
            elif not command.startswith((*NOT_RUN, *CLEAN_UP)):
                printed[command] = reader.run(command)
        assert push
        yield Followed(reader, approver, image, push, printed)


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


def test_a_run_without_a_push_names_its_digest(page: Followed) -> None:
    """The command for it is accepted, with the digest that the command before it finds."""
    assert "pipelineExecutionId" in _printed(page, "aws codepipeline start-pipeline-execution ")


def test_the_clean_up_leaves_bucket_key_and_records(page: Followed) -> None:
    """After the commands of the page the stack is gone, and bucket, key and record are those that it has printed."""
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
