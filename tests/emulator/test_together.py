"""docs/start.md, as it stands there: four stacks of one account, the outputs of one in the parameters of the next.

Then a commit goes through all of them.

The Git server is a stand-in, and so is buildx (tests/emulator/buildx.py): what a Dockerfile makes is decided before.
All else of the stages is run as it is deployed, under the policies that are.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click import Context

from generator.cli import cli
from generator.emulator import emitted, pipeline, stacks
from generator.emulator.cli import aws_cli
from generator.emulator.delivery import deliver
from generator.emulator.git import Commit, Git
from generator.emulator.images import Image, sample
from generator.emulator.pipeline import Execution
from generator.emulator.scans import Scan
from generator.emulator.surroundings import Place
from generator.emulator.tagging import Put
from generator.emulator.trial import Account, Push, account
from generator.lifecycle import images, policy, replay
from tests.emulator.buildx import DOCKERFILE, with_buildx
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")
RUN = (".venv/bin/ecr-pipeline params ", "make deploy ", "aws cloudformation ", "aws ssm ")
STACKS = ["network-start", "registry-start", "pipeline-release-start", "image-build-start"]
REPOSITORY = "team/orders"
EXAMPLE = "123456789012"
"""The account in the page; whoever follows it types their own."""


def steps() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every command of the page, each with what the page says is typed into a file before it."""
    typed: dict[str, str] = {}
    for block, line in re.findall(r"```json\n(.*?)```|(?<=\n)    (\S[^\n]*)", PAGE, re.DOTALL):
        if block:
            typed = {each["ParameterKey"]: each["ParameterValue"] for each in json.loads(block)}
        else:
            yield line, typed
            typed = {}


@dataclass
class User:
    """Somebody with a checkout, who types what is in the page."""

    folder: Path
    here: Account
    files: list[Path] = field(default_factory=list)
    """The parameter files, in the order in which they were started."""

    def run(self, command: str) -> str:
        """What a command prints that has to succeed."""
        known = {name: value for name, value in os.environ.items() if not re.match("AWS_|MAKE|MFLAGS", name)}
        path = f"{self.folder / '.venv/bin'}:{os.environ['PATH']}"
        there = {**known, **self.here.cloud.environment(), "PATH": path}
        done = subprocess.run(
            ["sh", "-ec", command], cwd=self.folder, env=there, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, f"{command}\n{done.stdout}{done.stderr}"
        if " params new " in command:
            self.files.append(Path(re.findall("wrote (.+)", done.stderr)[-1]))
        return done.stdout

    def fill_in(self, typed: Mapping[str, str]) -> None:
        """Type values into the parameter file that was started last."""
        self.write({**self.read(), **typed})

    def read(self) -> dict[str, str]:
        """The parameter file that was started last."""
        entries = json.loads((self.folder / self.files[-1]).read_text(encoding="utf-8"))
        return {each["ParameterKey"]: each["ParameterValue"] for each in entries}

    def write(self, values: Mapping[str, str]) -> None:
        """Save the parameter file that was started last."""
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        (self.folder / self.files[-1]).write_text(json.dumps(entries), encoding="utf-8")


def checkout(folder: Path) -> Path:
    """What `make deploy` works on, with an environment that is ready and with nobody's parameters."""
    for name in ("Makefile", "docs", "pyproject.toml", "requirements.lock", "templates"):
        (folder / name).symlink_to(ROOT / name)
    for made in ("params", ".venv"):
        (folder / made).mkdir()
    for there in Path(sys.prefix).iterdir():
        if there.name != "ready":
            (folder / ".venv" / there.name).symlink_to(there)
    (folder / ".venv/ready").write_text("python3\n", encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Started:
    """An account in which somebody has done what the page says, up to the first commit."""

    user: User
    approver: Approver
    filled: Mapping[str, Mapping[str, str]]
    """What `params new` filled in by itself, for each parameter file."""

    @property
    def here(self) -> Account:
        """The account."""
        return self.user.here

    def outputs(self, stack: str) -> dict[str, str]:
        """What a stack tells."""
        return stacks.outputs(self.here.cloud, stack)


def own(here: Account, typed: Mapping[str, str]) -> dict[str, str]:
    """What the page says is typed, with the account of who follows it."""
    return {name: value.replace(EXAMPLE, here.cloud.account) for name, value in typed.items()}


@contextmanager
def started(folder: Path) -> Iterator[Started]:
    """Somebody follows the page, up to the record, which is not there yet."""
    approver = Approver()
    with account(Place(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        user, filled = User(checkout(folder), here), {}
        for command, typed in steps():
            if typed:
                user.fill_in(own(here, typed))
            if command.startswith(RUN) and not command.startswith("aws ssm "):
                user.run(command)
            if " params new " in command:
                filled[user.files[-1].name] = {name: value for name, value in user.read().items() if value}
        yield Started(user, approver, filled)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The page, followed once for all tests of this file."""
    with started(tmp_path_factory.mktemp("checkout")) as there:
        yield there


def built(here: Account, execution: Execution, images: Mapping[str, Image], folder: Path) -> list[Put]:
    """What a run of an image build has put, whose builds of each architecture make these images."""
    for image in images.values():
        here.registry.push(REPOSITORY, image)
        here.scans.add(image, Scan())
    here.puts.take()
    pipeline.run(with_buildx(here, folder, images), execution, tell=lambda _: None)
    return here.puts.take()


def authorize(here: Account, structure: Mapping[str, Any]) -> None:
    """The owner of the connection of a pipeline says yes to it at the Git server."""
    here.world.git.authorized.add(structure["stages"][0]["actions"][0]["configuration"]["ConnectionArn"])


def committed(
    start: Started, content: str, folder: Path, stack: str = "image-build-start"
) -> tuple[Commit, Execution, list[Put]]:
    """A commit on the branch of the page, the run that it is for, what that has put."""
    here, commit = start.here, Commit(files={"Dockerfile": DOCKERFILE, "content": content.encode()})
    structure = stacks.pipeline(here.cloud, stack)
    authorize(here, structure)
    here.world.git.push("example/orders", "main", commit)
    execution = pipeline.start(f"run-of-{commit.id}", structure)
    return commit, execution, built(here, execution, {"amd64": sample(["linux/amd64"], content)}, folder / commit.id)


def followed(start: Started, content: str, folder: Path) -> Push:
    """What comes of a commit, once image-build has published its image."""
    _, execution, puts = committed(start, content, folder)
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    return start.here.trial("pipeline-release-start").follow(puts[-1])


# The page


def test_every_command_of_the_page_is_one_that_is_known_here() -> None:
    """A command that is added to the page is run, or it is one of those that cannot be."""
    others = {line for line, _ in steps() if not line.startswith(RUN)}
    assert {
        "make template",
        "git push",
        ".venv/bin/ecr-pipeline try pipeline-release --params params/pipeline-release.dev.json",
        "aws codeconnections create-connection --provider-type GitHub --connection-name git",
    } == others


def test_what_is_not_run_here_is_at_least_what_the_programs_take() -> None:
    """`try` has its options and its file, `aws codeconnections` its own."""
    for line, _ in steps():
        if " try " in line:
            arguments = shlex.split(line)[2:]
            context = cli.commands["try"].make_context("try", arguments, parent=Context(cli, **cli.context_settings))
            assert (ROOT / context.params["file"]).is_file()
        if line.startswith("aws codeconnections "):
            command = [aws_cli(), *shlex.split(line)[1:], "--region", "eu-west-1", "--generate-cli-skeleton", "output"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert 0 == done.returncode, done.stderr
            assert "ConnectionArn" in done.stdout


def test_the_page_makes_four_stacks(start: Started) -> None:
    """Followed from the top, it makes network, registry, pipeline and image build, by the real AWS CLI."""
    told = start.here.cloud.inside("cloudformation").describe_stacks()["Stacks"]
    assert dict.fromkeys(STACKS, "CREATE_COMPLETE") == {each["StackName"]: each["StackStatus"] for each in told}


def test_outputs_fill_in_all_that_the_page_does_not_type(start: Started) -> None:
    """Network and repository of the pipeline, and the repository of image-build, are what the stacks tell."""
    network, registry = start.outputs("network-start"), start.outputs("registry-start")
    shared = {name: network[name] for name in ("VpcId", "SubnetIds", "S3PrefixListId", "EndpointSecurityGroupId")}
    assert start.filled["pipeline-release.start.json"] == {
        **shared,
        "S3GatewayEndpoint": "existing",
        "RepositoryName": registry["RepositoryName"],
    }
    assert registry["RepositoryName"] == start.filled["image-build.start.json"]["RepositoryName"]


def test_image_build_takes_the_network_too(start: Started, tmp_path: Path) -> None:
    """What the page says of builds without internet: with the outputs of the network, the same file deploys.

    Its tests cannot be reported until the network is updated as the page says, and then they are.
    """
    typed = next(typed for line, typed in steps() if "TEMPLATE=image-build " in line)
    start.user.run(
        ".venv/bin/ecr-pipeline params new image-build --env private --outputs network.json --outputs registry.json"
    )
    start.user.fill_in(own(start.here, {name: value for name, value in typed.items() if name != "BuildNetwork"}))
    start.user.run("make deploy TEMPLATE=image-build ENV=private")
    [publish] = start.here.cloud.inside("codebuild").batch_get_projects(names=["image-build-private-Publish"])[
        "projects"
    ]
    network = start.outputs("network-start")
    assert network["VpcId"] == publish["vpcConfig"]["vpcId"]
    assert network["SubnetIds"].split(",") == publish["vpcConfig"]["subnets"]

    _, execution, _ = committed(start, "in private", tmp_path, stack="image-build-private")
    [failure] = execution.failures
    assert failure.error.endswith("codebuild:CreateReport finds no endpoint codebuild")
    file = start.user.folder / "params/network.start.json"
    asked = {"ParameterKey": "CreateCodebuildEndpoint", "ParameterValue": "yes"}
    file.write_text(json.dumps([asked, *json.loads(file.read_text(encoding="utf-8"))]), encoding="utf-8")
    start.user.run("make deploy TEMPLATE=network ENV=start")
    _, execution, _ = committed(start, "in private again", tmp_path, stack="image-build-private")
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]


# The push


def test_a_commit_becomes_an_approved_record(start: Started, tmp_path: Path) -> None:
    """The tag that image-build gives is the one that the pipeline waits for: its digest is approved and recorded.

    What Build hands to Publish is pushed into the same repository, and starts nothing. The last command of the page
    reads the record.
    """
    commit, execution, puts = committed(start, "of a commit", tmp_path)
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    handed_on, published = puts
    stem = published.tag
    assert re.fullmatch(rf"{commit.id[:8]}-20[0-9]{{6}}T[0-9]{{6}}Z", stem)
    assert (f"{stem}-amd64", published.digest) == (handed_on.tag, handed_on.digest)
    release = start.here.trial("pipeline-release-start")
    assert release.follow(handed_on).execution is None
    push = release.follow(published)
    assert push.execution is not None, push.deliveries
    assert "Succeeded" == push.execution.status, [each.error for each in push.execution.failures]
    [request] = start.approver.requests
    assert (True, True) == (stem in request.text, published.digest in request.text)
    [read] = [line for line, _ in steps() if line.startswith("aws ssm ")]
    assert f"{start.outputs('registry-start')['RepositoryUri']}@{published.digest}" == start.user.run(read).strip()


def test_what_a_run_of_image_build_needs_is_decided_by_its_policies(start: Started, tmp_path: Path) -> None:
    """Fetching the commit, pushing, reporting and tagging are asked of the roles that were deployed, and granted."""
    _, execution, _ = committed(start, "decided", tmp_path)
    assert "Succeeded" == execution.status
    needed = {
        (row.principal.split("/")[-1].removeprefix("image-build-start-").split("-")[0], row.action)
        for row in start.here.policies.permissions().granted
        if "/image-build-start-" in row.principal
    }
    for each in (
        ("PipelineRole", "codeconnections:UseConnection"),
        ("PipelineRole", "codestar-connections:UseConnection"),
        ("Amd64Role", "ecr:UploadLayerPart"),
        ("Amd64Role", "ecr:PutImage"),
        ("Amd64Role", "codebuild:BatchPutTestCases"),
        ("PublishRole", "ecr:PutImage"),
    ):
        assert each in needed


def test_a_connection_that_nobody_has_authorized_fails_in_source(start: Started) -> None:
    """The run ends before anything is built, with words that docs/image-build.md explains."""
    structure = stacks.pipeline(start.here.cloud, "image-build-start")
    execution = pipeline.start("run-of-nobody", structure)
    with_none = replace(start.here.world, git=Git())
    pipeline.run(with_none, execution, tell=lambda _: None)
    [failure] = execution.failures
    assert ("Source", True) == (failure.stage, "is not available" in failure.error)


def test_a_push_to_codecommit_becomes_an_index(start: Started, tmp_path: Path) -> None:
    """The event of the push starts the run with its commit, though another one came since; two machines, one tag."""
    user, here = start.user, start.here
    user.run(".venv/bin/ecr-pipeline params new image-build-codecommit --env start --outputs registry.json")
    typed = {"SourceRepository": "orders", "BuildNetwork": "internet", "Architecture": "both"}
    user.fill_in(typed)
    user.run("make deploy TEMPLATE=image-build-codecommit ENV=start")
    first, later = (Commit(files={"Dockerfile": DOCKERFILE, "n": n}) for n in (b"1", b"2"))
    for commit in (first, later):
        here.world.git.push("orders", "main", commit)
    place = {"account": here.cloud.account, "region": here.cloud.region}
    event = emitted.branch_updated(repository="orders", branch="main", commit=first.id, **place)
    [told] = [each for each in deliver(here.cloud, event) if each.target]
    asked = json.loads(told.text)
    structure = stacks.pipeline(here.cloud, "image-build-codecommit-start")
    execution = pipeline.start(told.result["pipelineExecutionId"], structure, revisions=asked["sourceRevisions"])
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
    structure = stacks.pipeline(start.here.cloud, "image-build-start")
    image = sample(["linux/amd64"], "unreported")
    world = with_buildx(start.here, tmp_path / "machine", {"amd64": image})
    refusing = replace(world, permits=lambda call: "denied" if call.operation == "CreateReport" else "")
    authorize(start.here, structure)
    start.here.world.git.push("example/orders", "main", Commit(files={"Dockerfile": DOCKERFILE}))
    execution = pipeline.start("run-unreported", structure)
    pipeline.run(refusing, execution, tell=lambda _: None)
    [failure] = execution.failures
    assert ("Build", True) == (failure.stage, "UPLOAD_ARTIFACTS" in failure.error and "denied" in failure.error)


def test_what_is_deployed_stays_in_the_registry(start: Started, tmp_path: Path) -> None:
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
    there = images.read(json.dumps({"imageDetails": told}, default=str), "describe-images")
    later = datetime.now(timezone.utc) + timedelta(days=3650)
    newer = [
        images.Image(digest=f"sha256:{number:064}", tags=(f"{number:08x}-20361120T103015Z",), pushed_at=later)
        for number in range(1000)
    ]
    verdicts = replay.replayed(policy.read(text, "deployed"), [*there, *newer], later, {})
    outcome = {each.image.digest: each.outcome for each in verdicts}
    assert (replay.EXPIRES, replay.STAYS) == (outcome[first.digest], outcome[second.digest])
