"""docs/start.md, as it stands there: four stacks of one account, the outputs of one in the parameters of the next.

Then a commit goes through all of them.

Not run here: the source action and the builds of image-build (their buildspecs are, in tests/test_image_buildspecs.py);
what Build hands to Publish is made up. CodeConnections is not emulated either.
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
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from generator.cli import cli
from generator.emulator import pipeline
from generator.emulator.cli import aws_cli
from generator.emulator.images import Image, sample
from generator.emulator.pipeline import Execution
from generator.emulator.scans import Scan
from generator.emulator.store import Store
from generator.emulator.surroundings import Place
from generator.emulator.tagging import Put
from generator.emulator.trial import Account, Push, account
from generator.lifecycle import images, policy, replay
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")
RUN = (".venv/bin/ecr-pipeline params ", "make deploy ", "aws cloudformation ", "aws ssm ")
STACKS = ["network-start", "registry-start", "pipeline-release-start", "image-build-start"]
COMMIT = "3f2a91bc0d5e4f6a7b8c9d0e1f2a3b4c5d6e7f80"
STEM = f"{COMMIT[:8]}-20261120T103015Z"


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
        [told] = self.here.cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in told["Outputs"]}


@contextmanager
def started(folder: Path) -> Iterator[Started]:
    """Somebody follows the page, up to the record, which is not there yet."""
    approver = Approver()
    with account(Place(region="eu-west-1"), approver=approver, progress=lambda _: None) as here:
        user, filled = User(checkout(folder), here), {}
        for command, typed in steps():
            if typed:
                user.fill_in(typed)
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


def published(here: Account, stem: str, image: Image) -> tuple[Execution, list[Put]]:
    """A run of the deployed image-build, and what it has put.

    It begins where Build has succeeded, with an image as Build hands it on. Publish is what the template says, under
    its role.
    """
    structure = stack_pipeline(here, "image-build-start")
    repository = "team/orders"
    here.registry.push(repository, image)
    here.cloud.inside("ecr").put_image(
        repositoryName=repository,
        imageManifest=image.manifest.decode(),
        imageManifestMediaType=image.media_type,
        imageDigest=image.digest,
        imageTag=f"{stem}-amd64",
    )
    declared = structure["artifactStore"]
    store = Store(here.cloud, declared["location"], declared["encryptionKey"]["id"])
    execution = pipeline.start(f"run-of-{stem}", structure)
    execution.succeeded += ["Source", "Build"]
    execution.artifacts["Commit"] = store.put(structure["roleArn"], structure["name"], "Commit", {"Dockerfile": b""})
    execution.namespaces["Amd64"] = {"IMAGE": f"amd64/{stem}/{image.digest}", "VERSION": "none"}
    here.puts.take()
    pipeline.run(here.world, execution, tell=lambda _: None)
    return execution, here.puts.take()


def stack_pipeline(here: Account, stack: str) -> dict[str, Any]:
    """The pipeline of a stack, as it is deployed."""
    [told] = here.cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    [name] = [each["OutputValue"] for each in told["Outputs"] if each["OutputKey"] == "PipelineName"]
    return dict(here.cloud.inside("codepipeline").get_pipeline(name=name)["pipeline"])


def followed(start: Started, stem: str, image: Image) -> Push:
    """What comes of an image that image-build has published."""
    start.here.scans.add(image, Scan())
    execution, puts = published(start.here, stem, image)
    assert "Succeeded" == execution.status, [each.error for each in execution.failures]
    [put] = puts
    return start.here.trial("pipeline-release-start").follow(put)


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
            context = cli.commands["try"].make_context("try", arguments)
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


def test_image_build_takes_the_network_too(start: Started) -> None:
    """What the page says of builds without internet: with the outputs of the network, the same file deploys."""
    typed = next(typed for line, typed in steps() if "TEMPLATE=image-build " in line)
    start.user.run(
        ".venv/bin/ecr-pipeline params new image-build --env private --outputs network.json --outputs registry.json"
    )
    start.user.fill_in({name: value for name, value in typed.items() if name != "BuildNetwork"})
    start.user.run("make deploy TEMPLATE=image-build ENV=private")
    [publish] = start.here.cloud.inside("codebuild").batch_get_projects(names=["image-build-private-Publish"])[
        "projects"
    ]
    network = start.outputs("network-start")
    assert network["VpcId"] == publish["vpcConfig"]["vpcId"]
    assert network["SubnetIds"].split(",") == publish["vpcConfig"]["subnets"]


# The push


def test_a_commit_becomes_an_approved_record(start: Started) -> None:
    """The tag that image-build gives is the one that the pipeline waits for: its digest is approved and recorded.

    The last command of the page reads it.
    """
    image = sample(["linux/amd64"], "of a commit")
    push = followed(start, STEM, image)
    assert STEM == push.tag
    assert push.execution is not None, push.deliveries
    assert "Succeeded" == push.execution.status, [each.error for each in push.execution.failures]
    [request] = start.approver.requests
    assert (True, True) == (STEM in request.text, image.digest in request.text)
    [read] = [line for line, _ in steps() if line.startswith("aws ssm ")]
    assert f"{start.outputs('registry-start')['RepositoryUri']}@{image.digest}" == start.user.run(read).strip()


def test_what_build_hands_to_publish_starts_nothing(start: Started) -> None:
    """Its tag is pushed into the same repository, before the one that counts."""
    image = sample(["linux/amd64"], "half a build")
    push = start.here.trial("pipeline-release-start").push(image, f"{STEM}-amd64", scan=Scan())
    assert push.execution is None


def test_what_is_deployed_stays_in_the_registry(start: Started) -> None:
    """The stage's tag is on the deployed image, and by the deployed policy it outlives ten years and a thousand builds.

    An image of the same age without the tag does not.
    """
    first, second = (sample(["linux/amd64"], name) for name in ("deployed first", "deployed second"))
    for number, image in enumerate((first, second)):
        assert followed(start, f"{number:08}-20261120T11000{number}Z", image).execution is not None
    ecr = start.here.cloud.inside("ecr")
    told = ecr.describe_images(repositoryName="team/orders")["imageDetails"]
    tags = {each["imageDigest"]: each.get("imageTags", []) for each in told}
    assert ("_release" in tags[second.digest], "_release" in tags[first.digest]) == (True, False)

    text = ecr.get_lifecycle_policy(repositoryName="team/orders")["lifecyclePolicyText"]
    there = images.read(json.dumps({"imageDetails": told}, default=str), "describe-images")
    later = datetime.now(timezone.utc) + timedelta(days=3650)
    newer = [
        images.Image(digest=f"sha256:{number:064}", tags=(f"{number:08x}-20361120T103015Z",), pushed_at=later)
        for number in range(1000)
    ]
    verdicts = replay.replayed(policy.read(text, "deployed"), [*there, *newer], later, {})
    outcome = {each.image.digest: each.outcome for each in verdicts}
    assert (replay.EXPIRES, replay.STAYS) == (outcome[first.digest], outcome[second.digest])
