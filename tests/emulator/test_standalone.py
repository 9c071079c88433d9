"""docs/standalone.md, followed command by command: a standalone stack is replaced, and its records stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from generator.emulator.programs.images import Image, sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.account import account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.trial import trial_of
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/standalone.md").read_text(encoding="utf-8")
REPOSITORY = "team/orders"
DEPLOY = "aws cloudformation deploy --capabilities CAPABILITY_IAM"
STANDALONE = f"{DEPLOY} --stack-name app --template-file templates/standalone.json"
TOO_EARLY = f"{DEPLOY} --stack-name early --template-file templates/pipeline-release.json"
# The state of a pipeline is not emulated; test_page_calls.py has the AWS CLI check the arguments.
NOT_RUN = ("aws codepipeline get-pipeline-state ",)


@dataclass
class Moved:
    """The results of following the page."""

    reader: Reader
    approver: Approver
    first: Image
    printed: list[tuple[str, str]]
    """Every executed command, and its output."""
    early: str
    """The error of the AWS CLI for a pipeline of the same name while the standalone stack exists."""

    def outputs_of(self, beginning: str) -> list[str]:
        """The output of the commands with this beginning."""
        return [printed.strip() for command, printed in self.printed if command.startswith(beginning)]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """A standalone stack with a record, then every command of the page in its order."""
    approver, first = Approver(), sample(["linux/amd64"], "before the move")
    with account(TrialPlace(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        reader, early = Reader(checkout(tmp_path_factory.mktemp("checkout")), here), ""
        reader.run(f"aws ecr create-repository --repository-name {REPOSITORY}")
        reader.run(f"{STANDALONE} --parameter-overrides RepositoryName={REPOSITORY} NotificationEmail=you@example.com")
        trial_of(here, "app").push(first, "v1.0.0", scan=ImageScan())
        printed: list[tuple[str, str]] = []
        for command, typed in steps(PAGE):
            if typed:
                reader.fill_in(typed)
            if command.startswith("aws cloudformation delete-stack "):
                refused = reader.try_to_run(f"{TOO_EARLY} --parameter-overrides Name=app RepositoryName={REPOSITORY}")
                assert 0 != refused.returncode
                early = refused.stderr
            if not command.startswith(NOT_RUN):
                printed.append((command, reader.run(command)))
        yield Moved(reader, approver, first, printed, early)


def test_the_stacks_are_those_of_the_page(moved: Moved) -> None:
    """The standalone stack is deleted; network, platform and pipeline exist."""
    wanted = dict.fromkeys(("network-main", "platform-main", "pipeline-release-app"), "CREATE_COMPLETE")
    assert wanted == {name: status for name, status in moved.reader.statuses().items() if name != "early"}


def test_the_new_pipeline_is_refused_while_the_old_one_exists(moved: Moved) -> None:
    """That is why the page deletes the standalone stack first."""
    assert "ResourceExistenceCheck" in moved.early


def test_the_record_is_the_same_before_and_after(moved: Moved) -> None:
    """The page reads the record twice: it is the image that the standalone stack has recorded."""
    before, after = moved.outputs_of("aws ssm get-parameter ")
    assert before == after
    assert before.endswith(moved.first.digest)


def test_old_bucket_and_key_stay(moved: Moved) -> None:
    """The page prints bucket and key of the old stack before its deletion; both still exist."""
    [names] = moved.outputs_of("aws cloudformation describe-stack-resources ")
    bucket, key = sorted(names.split(), key=lambda name: "bucket" not in name)
    cloud = moved.reader.here.cloud
    assert bucket in [each["Name"] for each in cloud.inside("s3").list_buckets()["Buckets"]]
    assert "Enabled" == cloud.inside("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def test_the_next_approval_shows_the_old_record(moved: Moved) -> None:
    """A push after the move runs on the platform, is compared with the kept record, and takes its place."""
    image = sample(["linux/amd64"], "after the move")
    push = trial_of(moved.reader.here, "pipeline-release-app").push(image, "v1.1.0", scan=ImageScan())
    assert push.execution is not None, push.deliveries
    assert "Succeeded" == push.execution.status, [each.error for each in push.execution.failures]
    request = moved.approver.requests[-1]
    assert moved.first.digest in request.text
    assert image.digest in request.text
    read = next(command for command, _ in moved.printed if command.startswith("aws ssm get-parameter "))
    assert moved.reader.run(read).strip().endswith(image.digest)
