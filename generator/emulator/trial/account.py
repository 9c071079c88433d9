"""A template, tried: deployed by the AWS CLI into the emulator, images pushed, the pipeline run.

`trial` gives a stack with everything around it; what is pushed to it starts what its rules let through.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator.cloudformation.values import text
from generator.emulator.events import emitted
from generator.emulator.events.delivery import Delivery, deliver
from generator.emulator.events.patterns import Event
from generator.emulator.front import bucket_policies
from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.front.in_force import InForce
from generator.emulator.front.operations import Operation, interception
from generator.emulator.front.server import Emulator, Guard, allow_everything, emulator
from generator.emulator.programs.images import Image
from generator.emulator.programs.registry import Registry, registry
from generator.emulator.programs.tools import tools
from generator.emulator.runs import function_run, pipeline_run
from generator.emulator.runs.actions import Approver, World
from generator.emulator.runs.artifact_store import Location
from generator.emulator.runs.build_records import BuildRecords
from generator.emulator.runs.deployments import Deployments
from generator.emulator.runs.image_puts import Put, Puts
from generator.emulator.runs.image_scans import Scan, Scans
from generator.emulator.runs.inbox import Inbox
from generator.emulator.runs.pipeline_run import ActionResult, Execution
from generator.emulator.runs.state_machine_run import Machines
from generator.emulator.trial import deployers, deployment, surroundings
from generator.emulator.trial.deployers import Deployer
from generator.emulator.trial.foundations import Body, Foundations, Given
from generator.emulator.trial.site import Progress, Site


@dataclass(frozen=True, kw_only=True)
class Push:
    """What a push, or another action on an image, came to."""

    tag: str
    digest: str
    deliveries: tuple[Delivery, ...]
    execution: Execution | None
    """The run of the trial's pipeline that it started."""
    others: tuple[Execution, ...] = ()
    """The runs of other pipelines of the account that it started too."""


@dataclass(kw_only=True)
class Trial:
    """A stack that is deployed, and what has happened to it so far."""

    world: World
    policies: InForce
    registry: Registry
    scans: Scans
    puts: Puts
    deployments: Deployments
    clusters: Path
    """The folder of pretended clusters of Kubernetes."""
    stack: str
    names: Mapping[str, str]
    pipeline: str
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

    def follow(self, put: Put) -> Push:
        """What comes of an image that somebody has put: the run of another pipeline, say."""
        return self._act("PUSH", put.repository, [(put.digest, put.tag)], "SUCCESS")

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
        deliveries: list[Delivery] = []
        for digest, tag in manifests:
            event = emitted.image_action(action, repository=repository, digest=digest, tag=tag, result=result, **place)
            deliveries += self._deliver(event)
        digest, tag = manifests[-1]
        started = {each.pipeline["name"]: each for each in filter(None, map(self._started, deliveries))}
        for execution in started.values():
            self._run(execution)
        own = started.pop(self.pipeline, None)
        others = tuple(started.values())
        return Push(tag=tag, digest=digest, deliveries=tuple(deliveries), execution=own, others=others)

    def _started(self, delivery: Delivery) -> Execution | None:
        execution_id = delivery.result.get("pipelineExecutionId")
        if not execution_id:
            return None
        structure = self.cloud.inside("codepipeline").get_pipeline(name=delivery.target.rpartition(":")[2])["pipeline"]
        asked = json.loads(delivery.text)
        return pipeline_run.start(
            execution_id,
            structure,
            revisions=asked.get("sourceRevisions", ()),
            variables=asked.get("variables", ()),
        )

    def _run(self, execution: Execution) -> None:
        if execution not in self.executions:
            self.executions.append(execution)
        name = execution.pipeline["name"]
        earlier = [each for each in self.executions if each is not execution and each.pipeline["name"] == name]
        pipeline_run.run(self.world, execution, earlier=earlier, tell=lambda result: self.progress(_line(result)))
        state = execution.status.upper()
        place = {"account": self.cloud.account, "region": self.cloud.region}
        self._deliver(emitted.execution_state(state, pipeline=name, execution=execution.id, **place))
        for put in self.puts.take():
            self.echoes += self._deliver(emitted.image_action("PUSH", **put._asdict(), **place))

    def _deliver(self, event: Event) -> list[Delivery]:
        return deliver(self.cloud, event, permits=self.policies.ask, uses=self.policies.uses)


@dataclass(frozen=True, kw_only=True)
class Account:
    """An emulated AWS with everything around it that pipelines are run with."""

    world: World
    policies: InForce
    site: Site
    registry: Registry
    scans: Scans
    puts: Puts
    deployments: Deployments
    existing: surroundings.Existing
    foundations: Foundations
    progress: Progress

    @property
    def cloud(self) -> Emulator:
        """The emulated AWS."""
        return self.world.cloud

    def deploy(
        self,
        stack: str,
        body: Body,
        parameters: Mapping[str, str],
        *,
        deployer: Deployer | None = None,
        given: Given | None = None,
    ) -> Trial:
        """Make the stack of a pipeline, after what it needs: stacks that it imports from, deployers, their services.

        `given` has parameters of the stacks that it imports from, by template. Those that exist already are used.
        """
        values, given = self._made(parameters, given or {})
        declared = body.get("Parameters", {})
        whole = {name: text(each["Default"]) for name, each in declared.items() if "Default" in each} | values
        self.foundations.lay(stack, body, whole, given)
        if deployer:
            values |= deployers.deploy(self.site, self.foundations, deployer, whole, given)
        self.progress(f"deploying {stack} with the AWS CLI")
        deployment.deploy(self.cloud, stack, body, values)
        surroundings.ready(self.cloud, deployment.pipeline(self.cloud, stack), {**whole, **values})
        return self.trial(stack)

    def _made(self, parameters: Mapping[str, str], given: Given) -> tuple[dict[str, str], Given]:
        """All parameters, with the ids of things that exist here: one id is one thing in all of them."""
        every = {(template, name): value for template, own in given.items() for name, value in own.items()}
        made = self.existing.made({**every, **{("", name): value for name, value in parameters.items()}})
        return (
            {name: made["", name] for name in parameters},
            {template: {name: made[template, name] for name in own} for template, own in given.items()},
        )

    def trial(self, stack: str) -> Trial:
        """What can be done to the pipeline of a stack that is deployed."""
        structure = deployment.pipeline(self.cloud, stack)
        return Trial(
            world=self.world,
            policies=self.policies,
            registry=self.registry,
            scans=self.scans,
            puts=self.puts,
            deployments=self.deployments,
            clusters=self.site.clusters,
            stack=stack,
            names=deployment.names(deployment.made(self.cloud), stack),
            pipeline=structure["name"],
            repository=structure["stages"][0]["actions"][0]["configuration"]["RepositoryName"],
            progress=self.progress,
        )


@contextmanager
def account(
    place: surroundings.Place,
    *,
    templates: Mapping[str, Body] | None = None,
    approver: Approver,
    progress: Progress,
    guard: Guard = allow_everything,
    intercept: Operation | None = None,
    patience: float = 60,
) -> Iterator[Account]:
    """An account with nothing in it.

    `templates` are those that others import from, by name; the published ones where none are given. `intercept` comes
    before every service: faults. `patience` is for how many seconds builds wait for an answer.
    """
    known: dict[tuple[str, str], Operation] = {}
    ours = interception(known)

    def first(call: Call) -> Answer | None:
        return (intercept(call) if intercept else None) or ours(call)

    bucket_policies.leave_them_to_the_guard()
    policies = InForce()
    with (
        emulator(
            guard=lambda call: policies(call) or guard(call),
            intercept=first,
            account=place.account,
            region=place.region,
        ) as cloud,
        tempfile.TemporaryDirectory(prefix="ecr-pipeline-clusters-") as folder,
    ):
        inbox, scans, puts, records, deployments = Inbox(), Scans(), Puts(), BuildRecords(cloud), Deployments(cloud)
        policies.begin(cloud, deployments.info)
        for each in (inbox, scans, puts, records, deployments, Machines(cloud)):
            known.update(each.operations())
        known.update(function_run.operations(cloud))
        site = Site(cloud, Path(folder), progress)
        host, password = _login(cloud)
        with (
            registry(host=host, password=password) as images,
            tools(images, clusters=site.clusters, patience=patience) as programs,
        ):
            for line in programs.said:
                progress(line)
            yield Account(
                world=World(
                    cloud=cloud, tools=programs, inbox=inbox, builds=records, approver=approver, permits=policies.permit
                ),
                policies=policies,
                site=site,
                registry=images,
                scans=scans,
                puts=puts,
                deployments=deployments,
                existing=surroundings.Existing(cloud),
                foundations=Foundations(site, templates),
                progress=progress,
            )


@contextmanager
def trial(
    body: Body,
    parameters: Mapping[str, str],
    *,
    deployer: Deployer | None = None,
    given: Given | None = None,
    templates: Mapping[str, Body] | None = None,
    approver: Approver,
    stack: str,
    progress: Progress,
    guard: Guard = allow_everything,
    intercept: Operation | None = None,
    patience: float = 60,
) -> Iterator[Trial]:
    """The template, deployed with these parameters on top of the stacks that it imports from.

    `given` has parameters of these stacks, by template. What is not said here is as `account` has it.
    """
    values = [*parameters.values(), *(value for own in (given or {}).values() for value in own.values())]
    place = surroundings.place_of(values)
    with account(
        place,
        templates=templates,
        approver=approver,
        progress=progress,
        guard=guard,
        intercept=intercept,
        patience=patience,
    ) as here:
        tried = here.deploy(stack, body, parameters, deployer=deployer, given=given)
        if any(here.site.clusters.iterdir()):
            progress("kubectl is a stand-in")
        yield tried


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
