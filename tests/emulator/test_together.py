"""docs/platform.md, followed command by command: stacks of one account that import from each other.

Then a commit goes through all of them.

The Git server is a stand-in, and so is buildx (tests/emulator/buildx.py): the result of a Dockerfile is fixed. All
other parts of the stages run as deployed, under the deployed policies.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from generator.emulator.events import service_events
from generator.emulator.events.delivery import deliver
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.images import Image, sample
from generator.emulator.runs import pipeline_run
from generator.emulator.runs.git import Commit, Git
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.ecr import ImagePut, ImagePuts, ImageScan, ImageScans
from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.trial import Push, trial_of
from generator.lifecycle import policy, replay, stored_images
from tests.emulator.buildx import DOCKERFILE, with_buildx
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

# The numbered steps. The rest of the page is about changes and failures.
PAGE = (ROOT / "docs/platform.md").read_text(encoding="utf-8").partition("## The next service")[0]
RUN = (".venv/bin/ecr-pipeline params ", "make deploy ", "aws cloudformation ", "aws ssm ")
STACKS = ["network-main", "platform-main", "registry-orders", "pipeline-release-orders", "image-build-orders"]
REPOSITORY = "team/orders"


@dataclass(frozen=True)
class Started:
    """An account in which the commands of the page have been run, up to the first commit."""

    reader: Reader
    approver: Approver

    @property
    def here(self) -> Account:
        """The account."""
        return self.reader.here


@contextmanager
def started(folder: Path) -> Iterator[Started]:
    """Somebody follows the page, up to the record, which does not exist yet."""
    approver = Approver()
    with account(TrialPlace(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        reader = Reader(checkout(folder), here)
        for command, typed in steps(PAGE):
            if typed:
                reader.fill_in(typed)
            if command.startswith(RUN) and not command.startswith("aws ssm "):
                reader.run(command)
        yield Started(reader, approver)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The page, followed once for all tests of this file."""
    with started(tmp_path_factory.mktemp("checkout")) as there:
        yield there


def built(here: Account, execution: Execution, images: Mapping[str, Image], folder: Path) -> list[ImagePut]:
    """The images that a run of an image build has put, whose builds of each architecture make these images."""
    for image in images.values():
        here.registry.push(REPOSITORY, image)
        here.cloud.memory(ImageScans).add(image, ImageScan())
    here.cloud.memory(ImagePuts).take()
    pipeline_run.run(with_buildx(here, folder, images), execution, tell=lambda _: None)
    return here.cloud.memory(ImagePuts).take()


def authorize(here: Account, structure: Mapping[str, Any]) -> None:
    """Authorize the connection of a pipeline at the Git server, as its owner does."""
    here.world.git.authorized.add(structure["stages"][0]["actions"][0]["configuration"]["ConnectionArn"])


def committed(
    start: Started, content: str, folder: Path, stack: str = "image-build-orders"
) -> tuple[Commit, Execution, list[ImagePut]]:
    """A commit on the branch of the page, its run, and the images that it has put."""
    here, commit = start.here, Commit(files={"Dockerfile": DOCKERFILE, "content": content.encode()})
    structure = deployment.pipeline(here.cloud, stack)
    authorize(here, structure)
    here.world.git.push("example/orders", "main", commit)
    execution = pipeline_run.start(f"run-of-{commit.id}", structure)
    return commit, execution, built(here, execution, {"amd64": sample(["linux/amd64"], content)}, folder / commit.id)


def followed(start: Started, content: str, folder: Path) -> Push:
    """The results of a commit, once image-build has published its image."""
    _, execution, puts = committed(start, content, folder)
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    return trial_of(start.here, "pipeline-release-orders").follow(puts[-1])


# The page


def test_every_command_of_the_page_is_one_that_is_known_here() -> None:
    """A command that is added to the page is run, or it is one of those that cannot be."""
    others = {line for line, _ in steps(PAGE) if not line.startswith(RUN)}
    assert {
        "make setup",
        "git push",
        "aws codeconnections create-connection --provider-type GitHub --connection-name git",
    } == others


def test_the_connection_is_made_as_the_aws_cli_takes_it() -> None:
    """The command for the connection, which cannot be run, has the options of the AWS CLI and prints an ARN."""
    [line] = [line for line, _ in steps(PAGE) if line.startswith("aws codeconnections ")]
    command = [aws_cli(), *shlex.split(line)[1:], "--region", "eu-west-1", "--generate-cli-skeleton", "output"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    assert "ConnectionArn" in done.stdout


def test_the_page_makes_its_stacks(start: Started) -> None:
    """Followed from the top, it makes network, platform, registry, pipeline and image build, by the real AWS CLI."""
    assert dict.fromkeys(STACKS, "CREATE_COMPLETE") == start.reader.statuses()


def test_the_stacks_find_each_other_by_their_default_names(start: Started) -> None:
    """Nobody typed a value of another stack: Inspect is in the network's VPC, and the pipeline runs Inspect."""
    codebuild = start.here.cloud.inside("codebuild")
    [inspect] = codebuild.batch_get_projects(names=["ecr-pipeline-platform-main-Inspect"])["projects"]
    network = start.reader.outputs("network-main")
    assert network["VpcId"] == inspect["vpcConfig"]["vpcId"]
    assert network["SubnetIds"].split(",") == inspect["vpcConfig"]["subnets"]
    [stage] = [
        stage
        for stage in deployment.pipeline(start.here.cloud, "pipeline-release-orders")["stages"]
        if stage["name"] == "Inspect"
    ]
    assert inspect["name"] == stage["actions"][0]["configuration"]["ProjectName"]


def test_image_build_can_use_the_network_of_the_platform(start: Started, tmp_path: Path) -> None:
    """The page about builds without internet: without BuildNetwork, the same file deploys.

    Its tests cannot be reported until the network is updated as the page says, and then they are.
    """
    typed = next(typed for line, typed in steps(PAGE) if "TEMPLATE=image-build " in line)
    start.reader.run(".venv/bin/ecr-pipeline params new image-build --env private")
    start.reader.fill_in({name: value for name, value in typed.items() if name != "BuildNetwork"})
    start.reader.run("make deploy TEMPLATE=image-build ENV=private")
    [publish] = start.here.cloud.inside("codebuild").batch_get_projects(names=["image-build-private-Publish"])[
        "projects"
    ]
    network = start.reader.outputs("network-main")
    assert network["VpcId"] == publish["vpcConfig"]["vpcId"]
    assert network["SubnetIds"].split(",") == publish["vpcConfig"]["subnets"]

    _, execution, _ = committed(start, "in private", tmp_path, stack="image-build-private")
    [failure] = execution.failures
    assert failure.error.endswith("codebuild:CreateReport finds no endpoint codebuild")
    file = start.reader.folder / "params/network.main.json"
    asked = {"ParameterKey": "CreateCodebuildEndpoint", "ParameterValue": "yes"}
    file.write_text(json.dumps([asked, *json.loads(file.read_text(encoding="utf-8"))]), encoding="utf-8")
    start.reader.run("make deploy TEMPLATE=network ENV=main ACCEPT=network-main/CodebuildEndpoint")
    _, execution, _ = committed(start, "in private again", tmp_path, stack="image-build-private")
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]


# The push


def test_a_commit_becomes_an_approved_record(start: Started, tmp_path: Path) -> None:
    """The tag that image-build gives is the one that the pipeline waits for: its digest is approved and recorded.

    The images that Build passes to Publish are pushed into the same repository, and start nothing. The last command of
    the page reads the record.
    """
    commit, execution, puts = committed(start, "of a commit", tmp_path)
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    handed_on, published = puts
    stem = published.tag
    assert re.fullmatch(rf"{commit.id[:8]}-20[0-9]{{6}}T[0-9]{{6}}Z", stem)
    assert (f"{stem}-amd64", published.digest) == (handed_on.tag, handed_on.digest)
    release = trial_of(start.here, "pipeline-release-orders")
    assert release.follow(handed_on).execution is None
    push = release.follow(published)
    assert push.execution is not None, push.deliveries
    assert "Succeeded" == push.execution.status, [each.error for each in push.execution.failures]
    [request] = start.approver.requests
    assert (True, True) == (stem in request.text, published.digest in request.text)
    [read] = [line for line, _ in steps(PAGE) if line.startswith("aws ssm ")]
    assert (
        f"{start.reader.outputs('registry-orders')['RepositoryUri']}@{published.digest}"
        == start.reader.run(read).strip()
    )


def test_a_run_of_image_build_is_authorized_by_its_policies(start: Started, tmp_path: Path) -> None:
    """Fetching the commit, pushing, reporting and tagging use the deployed roles, and are allowed."""
    _, execution, _ = committed(start, "decided", tmp_path)
    assert "Succeeded" == execution.status
    needed = {
        (row.principal.split("/")[-1].removeprefix("image-build-orders-").split("-")[0], row.action)
        for row in start.here.policies.permissions().granted
        if "/image-build-orders-" in row.principal
    }
    for each in (
        ("PipelineRole", "codeconnections:UseConnection"),
        ("PipelineRole", "codestar-connections:UseConnection"),
        ("BuildRole", "ecr:UploadLayerPart"),
        ("BuildRole", "ecr:PutImage"),
        ("BuildRole", "codebuild:BatchPutTestCases"),
        ("PublishRole", "ecr:PutImage"),
    ):
        assert each in needed


def test_an_unauthorized_connection_fails_in_source(start: Started) -> None:
    """The run ends before anything is built, with words that docs/image-build.md explains."""
    structure = deployment.pipeline(start.here.cloud, "image-build-orders")
    execution = pipeline_run.start("run-of-nobody", structure)
    with_none = replace(start.here.world, git=Git())
    pipeline_run.run(with_none, execution, tell=lambda _: None)
    [failure] = execution.failures
    assert ("Source", True) == (failure.stage, "is not available" in failure.error)


def test_a_push_to_codecommit_becomes_an_index(start: Started, tmp_path: Path) -> None:
    """The event of the push starts the run with its commit, though another one came since; two machines, one tag."""
    reader, here = start.reader, start.here
    reader.run(".venv/bin/ecr-pipeline params new image-build-codecommit-multi-arch --env orders")
    typed = {"SourceRepository": "orders", "RepositoryName": REPOSITORY, "BuildNetwork": "internet"}
    reader.fill_in(typed)
    reader.run("make deploy TEMPLATE=image-build-codecommit-multi-arch ENV=orders")
    first, later = (Commit(files={"Dockerfile": DOCKERFILE, "n": n}) for n in (b"1", b"2"))
    for commit in (first, later):
        here.world.git.push("orders", "main", commit)
    place = {"account": here.cloud.account, "region": here.cloud.region}
    event = service_events.branch_updated(repository="orders", branch="main", commit=first.id, **place)
    [told] = [each for each in deliver(here.cloud, event) if each.target]
    asked = json.loads(told.text)
    structure = deployment.pipeline(here.cloud, "image-build-codecommit-multi-arch-orders")
    execution = pipeline_run.start(told.result["pipelineExecutionId"], structure, revisions=asked["sourceRevisions"])
    images = {name: sample([f"linux/{name}"], "of two") for name in ("amd64", "arm64")}
    *halves, whole = built(here, execution, images, tmp_path / "machines")
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    assert whole.tag.startswith(f"{first.id[:8]}-")
    assert {image.digest for image in images.values()} == {each.digest for each in halves}
    ids = [{"imageDigest": whole.digest}]
    [index] = here.cloud.inside("ecr").batch_get_image(repositoryName=REPOSITORY, imageIds=ids)["images"]
    manifests = json.loads(index["imageManifest"])["manifests"]
    assert {image.digest for image in images.values()} == {each["digest"] for each in manifests}


def test_a_role_that_may_not_report_fails_the_build(start: Started, tmp_path: Path) -> None:
    """CodeBuild's agent makes the report with the role of the build: refused, the image is not published."""
    structure = deployment.pipeline(start.here.cloud, "image-build-orders")
    image = sample(["linux/amd64"], "unreported")
    world = with_buildx(start.here, tmp_path / "machine", {"amd64": image})
    refusing = replace(world, permits=lambda call: "denied" if call.operation == "CreateReport" else "")
    authorize(start.here, structure)
    start.here.world.git.push("example/orders", "main", Commit(files={"Dockerfile": DOCKERFILE}))
    execution = pipeline_run.start("run-unreported", structure)
    pipeline_run.run(refusing, execution, tell=lambda _: None)
    [failure] = execution.failures
    assert ("Build", True) == (failure.stage, "UPLOAD_ARTIFACTS" in failure.error and "denied" in failure.error)


def test_a_deployed_image_stays_in_the_registry(start: Started, tmp_path: Path) -> None:
    """The stage's tag is on the deployed image, and by the deployed policy it outlives ten years and a thousand builds.

    An image of the same age without the tag does not.
    """
    pushes = [followed(start, content, tmp_path) for content in ("deployed first", "deployed second")]
    assert all(push.execution for push in pushes)
    first, second = pushes
    ecr = start.here.cloud.inside("ecr")
    told = ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
    tags = {each["imageDigest"]: each.get("imageTags", []) for each in told}
    assert ("_release" in tags[second.digest], "_release" in tags[first.digest]) == (True, False)

    text = ecr.get_lifecycle_policy(repositoryName=REPOSITORY)["lifecyclePolicyText"]
    there = stored_images.read(json.dumps({"imageDetails": told}, default=str), "describe-images")
    later = datetime.now(timezone.utc) + timedelta(days=3650)
    newer = [
        stored_images.StoredImage(
            digest=f"sha256:{number:064}", tags=(f"{number:08x}-20361120T103015Z",), pushed_at=later
        )
        for number in range(1000)
    ]
    verdicts = replay.replayed(policy.read(text, "deployed"), [*there, *newer], later, {})
    outcome = {each.image.digest: each.outcome for each in verdicts}
    assert (replay.EXPIRES, replay.STAYS) == (outcome[first.digest], outcome[second.digest])
