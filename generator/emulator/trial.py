"""A template, tried: deployed by the AWS CLI into the emulator, images pushed, the pipeline run.

`trial` gives a stack with everything around it; what is pushed to it starts what its rules let through.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from generator.components.places import NONE
from generator.emulator import bucket_policies, deployers, emitted, functions, pipeline, surroundings
from generator.emulator.actions import Approver, World
from generator.emulator.answers import Answer
from generator.emulator.build_records import BuildRecords
from generator.emulator.calls import Call
from generator.emulator.cli import aws_cli
from generator.emulator.delivery import Delivery, deliver
from generator.emulator.deployments import Deployments
from generator.emulator.images import Image
from generator.emulator.inbox import Inbox
from generator.emulator.machines import Machines
from generator.emulator.operations import Operation, interception
from generator.emulator.pipeline import ActionResult, Execution
from generator.emulator.registry import Registry, registry
from generator.emulator.scans import Scan, Scans
from generator.emulator.server import Emulator, Guard, allow_everything, emulator
from generator.emulator.store import Location
from generator.emulator.tagging import Puts
from generator.emulator.tools import tools
from generator.errors import GeneratorError

DEPLOYER = "Deployer"
"""How the parameter of a stage ends that names its deployer; and the output that is its value."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Push:
    """What a push, or another action on an image, came to."""

    tag: str
    digest: str
    deliveries: tuple[Delivery, ...]
    execution: Execution | None
    """The run that it started."""


@dataclass(kw_only=True)
class Trial:
    """A stack that is deployed, and what has happened to it so far."""

    world: World
    registry: Registry
    scans: Scans
    puts: Puts
    deployments: Deployments
    names: Mapping[str, str]
    repository: str
    progress: Progress
    executions: list[Execution] = field(default_factory=list)
    echoes: list[Delivery] = field(default_factory=list)
    """What rules made of the images that the runs themselves have put."""

    @property
    def cloud(self) -> Emulator:
        """The emulated AWS."""
        return self.world.cloud

    def called(self, physical_id: str) -> str:
        """What the template calls a resource, with the stack before it where it is another; all else stays as it is."""
        return self.names.get(physical_id, physical_id)

    def starts_runs(self, rule: str) -> bool:
        """Whether a target of the rule is a pipeline."""
        targets = self.cloud.inside("events").list_targets_by_rule(Rule=rule)["Targets"]
        return any(target["Arn"].split(":")[2] == "codepipeline" for target in targets)

    def push(
        self, image: Image, tag: str, *, repository: str = "", scan: Scan | None = None, failing: bool = False
    ) -> Push:
        """Push an image under a tag: its events start what they start, and that is run to its end.

        An image that is not said to be scanned has no scan. A push that fails leaves nothing but its event.
        """
        where = repository or self.repository
        if not failing:
            self.registry.push(where, image)
            for each in (*image.children, image):
                _put(self.cloud, where, each, tag if each is image else "")
            self.scans.add(image, scan)
        told = [(each.digest, "") for each in image.children] + [(image.digest, tag)]
        result = "FAILURE" if failing else "SUCCESS"
        return self._act("PUSH", where, told, result)

    def delete(self, image: Image, tag: str, *, repository: str = "") -> Push:
        """Take the tag off the image, if it is there, and tell everybody that it was."""
        where = repository or self.repository
        self.cloud.inside("ecr").batch_delete_image(repositoryName=where, imageIds=[{"imageTag": tag}])
        return self._act("DELETE", where, [(image.digest, tag)], "SUCCESS")

    def files(self, location: Location) -> list[str]:
        """What is in an artifact."""
        body = self.cloud.inside("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return sorted(archive.namelist())

    def retry(self, execution: Execution) -> None:
        """Go on with a run where it failed."""
        self._run(execution)

    def _act(self, action: str, repository: str, manifests: list[tuple[str, str]], result: str) -> Push:
        place = {"account": self.cloud.account, "region": self.cloud.region}
        execution: Execution | None = None
        deliveries: list[Delivery] = []
        for digest, tag in manifests:
            event = emitted.image_action(action, repository=repository, digest=digest, tag=tag, result=result, **place)
            came = deliver(self.cloud, event)
            deliveries += came
            execution = next(filter(None, map(self._started, came)), execution)
        digest, tag = manifests[-1]
        if execution:
            self._run(execution)
        return Push(tag=tag, digest=digest, deliveries=tuple(deliveries), execution=execution)

    def _started(self, delivery: Delivery) -> Execution | None:
        execution_id = delivery.result.get("pipelineExecutionId")
        if not execution_id:
            return None
        structure = self.cloud.inside("codepipeline").get_pipeline(name=delivery.target.rpartition(":")[2])["pipeline"]
        asked = json.loads(delivery.text)
        return pipeline.start(
            execution_id,
            structure,
            revisions=asked.get("sourceRevisions", ()),
            variables=asked.get("variables", ()),
        )

    def _run(self, execution: Execution) -> None:
        if execution not in self.executions:
            self.executions.append(execution)
        earlier = [each for each in self.executions if each is not execution]
        pipeline.run(self.world, execution, earlier=earlier, tell=lambda result: self.progress(_line(result)))
        name, state = execution.pipeline["name"], execution.status.upper()
        place = {"account": self.cloud.account, "region": self.cloud.region}
        deliver(self.cloud, emitted.execution_state(state, pipeline=name, execution=execution.id, **place))
        for put in self.puts.take():
            self.echoes += deliver(self.cloud, emitted.image_action("PUSH", **put._asdict(), **place))


class Deployer(NamedTuple):
    """The template of the deployers of a pipeline's stages."""

    name: str
    body: Mapping[str, Any]


@contextmanager
def trial(
    body: Mapping[str, Any],
    parameters: Mapping[str, str],
    *,
    deployer: Deployer | None = None,
    approver: Approver,
    stack: str,
    progress: Progress,
    guard: Guard = allow_everything,
    intercept: Operation | None = None,
    patience: float = 60,
) -> Iterator[Trial]:
    """The template, deployed with these parameters.

    `intercept` comes before every service: faults. `patience` is for how many seconds builds wait for an answer.
    """
    place = surroundings.place_of(parameters.values())
    known: dict[tuple[str, str], Operation] = {}
    ours = interception(known)

    def first(call: Call) -> Answer | None:
        return (intercept(call) if intercept else None) or ours(call)

    bucket_policies.leave_them_to_the_guard()
    with emulator(guard=guard, intercept=first, account=place.account, region=place.region) as cloud:
        inbox, scans, puts, records, deployments = Inbox(), Scans(), Puts(), BuildRecords(cloud), Deployments(cloud)
        for each in (inbox, scans, puts, records, deployments, Machines(cloud)):
            known.update(each.operations())
        known.update(functions.operations(cloud))
        values = surroundings.made(cloud, parameters)
        if deployer:
            values |= _deployers(cloud, deployer, values, progress)
        progress(f"deploying {stack} with the AWS CLI")
        _deploy(cloud, body, values, stack)
        name = _output(cloud, stack, "PipelineName")
        structure = cloud.inside("codepipeline").get_pipeline(name=name)["pipeline"]
        surroundings.ready(cloud, structure, values)
        host, password = _login(cloud)
        with registry(host=host, password=password) as images, tools(images, patience=patience) as programs:
            for line in programs.said:
                progress(line)
            yield Trial(
                world=World(cloud=cloud, tools=programs, inbox=inbox, builds=records, approver=approver),
                registry=images,
                scans=scans,
                puts=puts,
                deployments=deployments,
                names=_names(cloud, stack),
                repository=structure["stages"][0]["actions"][0]["configuration"]["RepositoryName"],
                progress=progress,
            )


def _deployers(cloud: Emulator, deployer: Deployer, given: Mapping[str, str], progress: Progress) -> dict[str, str]:
    """A stack of the deployer's template for each parameter that names one, and its output for that parameter."""
    if deployer.name not in deployers.MAKERS:
        raise GeneratorError(f"what {deployer.name} deploys to is not emulated, so its pipeline cannot be tried")
    values = {}
    for name, value in given.items():
        if name.endswith(DEPLOYER) and value != NONE:
            stage = name.removesuffix(DEPLOYER).lower()
            stack = f"{deployer.name}-{stage}"
            progress(f"deploying {stack} with the AWS CLI")
            _deploy(cloud, deployer.body, deployers.MAKERS[deployer.name](cloud, stage, given), stack)
            values[name] = _output(cloud, stack, DEPLOYER)
    return values


def _deploy(cloud: Emulator, body: Mapping[str, Any], values: Mapping[str, str], stack: str) -> None:
    """Deploy as `make deploy` does: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-deploy-") as folder:
        template, overrides = Path(folder, "template.json"), Path(folder, "overrides.json")
        template.write_text(json.dumps(body, separators=(",", ":")), encoding="utf-8")
        overrides.write_text(json.dumps([f"{key}={value}" for key, value in values.items()]), encoding="utf-8")
        command = [aws_cli(), "cloudformation", "deploy", "--stack-name", stack, "--template-file", str(template)]
        command += ["--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"file://{overrides}"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), **cloud.environment()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GeneratorError(f"the stack was not made: {(done.stderr or done.stdout).strip()}")


def _output(cloud: Emulator, stack: str, key: str) -> str:
    [described] = cloud.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return str({each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}[key])


def _names(cloud: Emulator, stack: str) -> dict[str, str]:
    cloudformation = cloud.inside("cloudformation")
    names = {}
    for each in cloudformation.describe_stacks()["Stacks"]:
        before = "" if each["StackName"] == stack else f"{each['StackName']}/"
        for made in cloudformation.describe_stack_resources(StackName=each["StackName"])["StackResources"]:
            names[made["PhysicalResourceId"].rpartition("/")[2]] = f"{before}{made['LogicalResourceId']}"
    return names


def _login(cloud: Emulator) -> tuple[str, str]:
    """The host of the registry, and the password that ECR gives out for it."""
    import base64

    [given] = cloud.inside("ecr").get_authorization_token()["authorizationData"]
    password = base64.b64decode(given["authorizationToken"]).decode().partition(":")[2]
    return given["proxyEndpoint"].removeprefix("https://"), password


def _put(cloud: Emulator, repository: str, image: Image, tag: str) -> None:
    ecr = cloud.inside("ecr")
    known = {each["repositoryName"] for each in ecr.describe_repositories()["repositories"]}
    if repository not in known:
        ecr.create_repository(repositoryName=repository)
    ecr.put_image(
        repositoryName=repository,
        imageManifest=image.manifest.decode(),
        imageManifestMediaType=image.media_type,
        imageDigest=image.digest,
        **({"imageTag": tag} if tag else {}),
    )


def _line(result: ActionResult) -> str:
    how = f"Succeeded  {result.done.summary}" if result.done else f"Failed  {result.error}"
    return f"{result.stage}/{result.name} ({result.provider}, {result.seconds:.1f} s): {how}"
