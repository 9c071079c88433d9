"""Operations on a pipeline in an account: deploy it, push and delete images, retry runs.

A push starts the pipelines whose rules match, and they run to their ends.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from generator.cloudformation.parameter_types import text
from generator.emulator.enforcement import resource_names
from generator.emulator.events import service_events
from generator.emulator.events.delivery import Delivery, deliver
from generator.emulator.events.notifications import notify
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service
from generator.emulator.programs.images import Image
from generator.emulator.runs import pipeline_history, pipeline_run
from generator.emulator.runs.action import Announce, Approver
from generator.emulator.runs.artifact_store import ArtifactLocation
from generator.emulator.runs.pipeline_history import PipelineHistory
from generator.emulator.runs.pipeline_run import ActionResult, Execution, RunTrigger
from generator.emulator.services.ecr import ImagePut, ImagePuts, ImageScan, ImageScans
from generator.emulator.stacks.stack_records import Body
from generator.emulator.trial import deployment, existing_resources, stage_stacks, task_stacks
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.deploy_context import Progress
from generator.emulator.trial.imported_stacks import Given
from generator.emulator.trial.stage_stacks import Deployer
from generator.eventbridge.patterns import BusEvent


@dataclass(frozen=True, kw_only=True)
class Push:
    """The result of a push, or of another action on an image."""

    tag: str
    digest: str
    deliveries: tuple[Delivery, ...]
    execution: Execution | None
    """The run of the trial's pipeline that it started."""
    others: tuple[Execution, ...] = ()
    """The runs of the account's other pipelines that it also started."""
    event: BusEvent = field(default_factory=dict)
    """The event about the image itself; an index has more events, one for each of its manifests."""
    replaced: str = ""
    """The digest that a rollback has replaced."""


@dataclass(kw_only=True)
class Trial:
    """A deployed stack, and its history so far."""

    account: Account
    stack: str
    names: Mapping[str, str]
    """The names of resources in their templates, by physical id."""
    pipeline: str
    repository: str
    echoes: list[Delivery] = field(default_factory=list)
    """The results of rules for the images that the runs themselves have put."""
    puts: list[ImagePut] = field(default_factory=list)
    """The images that the runs themselves have put."""

    @property
    def cloud(self) -> Emulator:
        """The emulated AWS."""
        return self.account.cloud

    def called(self, physical_id: str) -> str:
        """The name of a resource in its template, with the stack before it if it is another one.

        Other text is unchanged.
        """
        return self.names.get(physical_id, physical_id)

    def starts_runs(self, rule: str) -> bool:
        """Whether a target of the rule is a pipeline."""
        targets = self.cloud.inside("events").list_targets_by_rule(Rule=rule)["Targets"]
        return any(target["Arn"].split(":")[2] == "codepipeline" for target in targets)

    def push(
        self, image: Image, tag: str, *, repository: str = "", scan: ImageScan | None = None, failing: bool = False
    ) -> Push:
        """Push an image under a tag, and run everything that its events start to its end.

        An image that is not said to be scanned has no scan. A push that fails leaves nothing but its event.
        """
        where = repository or self.repository
        if not failing:
            self.account.registry.push(where, image)
            for each in (*image.children, image):
                _put(self.cloud, where, each, tag if each is image else "")
            self.cloud.memory(ImageScans).add(image, scan)
        told = [(each.digest, "") for each in image.children] + [(image.digest, tag)]
        result = "FAILURE" if failing else "SUCCESS"
        return self._act("PUSH", where, told, result)

    def receive(self, events: Sequence[BusEvent]) -> Push:
        """The result of events on an image and its children; the last event is on the image itself."""
        return self._happened(events)

    def follow(self, put: ImagePut) -> Push:
        """The result of an image that a role has put: for example the run of another pipeline."""
        return self._act("PUSH", put.repository, [(put.digest, put.tag)], "SUCCESS")

    def delete(self, image: Image, tag: str, *, repository: str = "") -> Push:
        """Remove the tag from the image, if it exists, and emit the event."""
        where = repository or self.repository
        self.cloud.inside("ecr").batch_delete_image(repositoryName=where, imageIds=[{"imageTag": tag}])
        return self._act("DELETE", where, [(image.digest, tag)], "SUCCESS")

    def contents(self, location: ArtifactLocation) -> dict[str, bytes]:
        """The files in an artifact, in the order of their names."""
        body = self.cloud.inside("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in sorted(archive.namelist())}

    def retry(self, execution: Execution) -> None:
        """Continue a run where it failed."""
        self._run(execution)

    def roll_back(self, good: Push, bad: Push) -> Push:
        """Roll the last stage back from the run of one push to that of another, and run that to its end.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RollbackStage.html
        """
        structure = self.cloud.inside("codepipeline").get_pipeline(name=self.pipeline)["pipeline"]
        target = good.execution.id if good.execution else ""
        history, stage = self.cloud.memory(PipelineHistory), structure["stages"][-1]["name"]
        execution = pipeline_history.roll_back(history, structure, stage, target)
        self.account.progress(f"rolling {stage} back from {bad.tag} ({bad.digest}) to {good.tag} ({good.digest})")
        self._announce(execution)
        return replace(good, execution=execution, replaced=bad.digest)

    def _act(self, action: str, repository: str, manifests: list[tuple[str, str]], result: str) -> Push:
        where = {"repository": repository, "result": result, **self.account.place._asdict()}
        return self._happened(
            [service_events.image_action(action, digest=digest, tag=tag, **where) for digest, tag in manifests]
        )

    def _happened(self, events: Sequence[BusEvent]) -> Push:
        deliveries = [delivery for event in events for delivery in self._deliver(event)]
        digest, tag = events[-1]["detail"]["image-digest"], events[-1]["detail"]["image-tag"]
        started = {each.pipeline["name"]: each for each in filter(None, map(self._started, deliveries))}
        for execution in started.values():
            self._run(execution)
        own = started.pop(self.pipeline, None)
        others = tuple(started.values())
        return Push(
            tag=tag, digest=digest, deliveries=tuple(deliveries), execution=own, others=others, event=events[-1]
        )

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
            trigger=RunTrigger("CloudWatchEvent", delivery.rule),
        )

    def _run(self, execution: Execution) -> None:
        history = self.cloud.memory(PipelineHistory)
        world = replace(self.account.world, announce=self._announcer())
        history.add(world, execution)
        pipeline_run.run(
            world,
            execution,
            earlier=history.others(execution),
            tell=lambda result: self.account.progress(_line(result)),
        )
        self._announce(execution)

    def _announcer(self) -> Announce:
        """Shows the running action, and delivers the events of stages and actions that some rule matches."""
        place = {"account": self.cloud.account, "region": self.cloud.region}
        patterns = [rule.get("EventPattern", "") for rule in self.cloud.inside("events").list_rules()["Rules"]]

        def announce(kind: str, detail: Mapping[str, Any]) -> None:
            if detail["state"] == "STARTED":
                self.account.progress(f"{detail['stage']}/{detail['action']} ({detail['type']['provider']}) ...")
            event = service_events.part_state(kind, detail, **place)
            if any(event["detail-type"] in pattern for pattern in patterns):
                self._deliver(event)
            else:
                self._notify(event)

        return announce

    def _announce(self, execution: Execution) -> None:
        """Deliver the events about the end of a run, and about the images that it has put."""
        name, state = execution.pipeline["name"], execution.status.upper()
        place = self.account.place._asdict()
        self._deliver(service_events.execution_state(state, pipeline=name, execution=execution.id, **place))
        for put in self.cloud.memory(ImagePuts).take():
            self.puts.append(put)
            self.echoes += self._deliver(service_events.image_action("PUSH", **put._asdict(), **place))

    def _notify(self, event: BusEvent) -> None:
        notify(self.cloud, event, permits=self.account.policies.ask, uses=self.account.policies.uses)

    def _deliver(self, event: BusEvent) -> list[Delivery]:
        self._notify(event)
        return deliver(self.cloud, event, permits=self.account.policies.ask, uses=self.account.policies.uses)


def deploy(
    here: Account,
    stack: str,
    body: Body,
    parameters: Mapping[str, str],
    *,
    deployer: Deployer | None = None,
    task: Body | None = None,
    given: Given | None = None,
) -> Trial:
    """Create the stack of a pipeline, and first everything that it needs: imported stacks, deployers, services.

    `task` is the template of the tasks that run before its deployments.

    `given` has parameters of the stacks that it imports from, by template. Those that exist already are used.
    """
    values, given = here.made(parameters, given or {})
    declared = body.get("Parameters", {})
    whole = {name: text(each["Default"]) for name, each in declared.items() if "Default" in each} | values
    here.foundations.lay(stack, body, whole, given)
    if deployer:
        values |= stage_stacks.deploy(here.site, here.foundations, deployer, whole, given)
    here.progress(f"deploying {stack} with the AWS CLI")
    deployment.deploy(here.cloud, stack, body, values)
    existing_resources.ready(here.cloud, deployment.pipeline(here.cloud, stack), {**whole, **values})
    if task:
        task_stacks.deploy(here, task, {**whole, **values})
    return trial_of(here, stack)


def trial_of(here: Account, stack: str) -> Trial:
    """The operations on the pipeline of a deployed stack."""
    structure = deployment.pipeline(here.cloud, stack)
    return Trial(
        account=here,
        stack=stack,
        names=resource_names.names(resource_names.made(here.cloud), stack),
        pipeline=structure["name"],
        repository=structure["stages"][0]["actions"][0]["configuration"]["RepositoryName"],
    )


@contextmanager
def trial(
    body: Body,
    parameters: Mapping[str, str],
    *,
    deployer: Deployer | None = None,
    task: Body | None = None,
    given: Given | None = None,
    templates: Mapping[str, Body] | None = None,
    approver: Approver,
    stack: str,
    progress: Progress,
    guard: Guard = allow_everything,
    intercept: Interception = ask_the_service,
    patience: float = 60,
) -> Iterator[Trial]:
    """The template, deployed with these parameters after the stacks that it imports from.

    `given` has parameters of these stacks, by template. For the other arguments see `account`.
    """
    values = [*parameters.values(), *(value for own in (given or {}).values() for value in own.values())]
    place = existing_resources.place_of(values)
    with account(
        place,
        templates=templates,
        approver=approver,
        progress=progress,
        guard=guard,
        intercept=intercept,
        patience=patience,
    ) as here:
        tried = deploy(here, stack, body, parameters, deployer=deployer, task=task, given=given)
        if any(here.site.clusters.iterdir()):
            progress("kubectl is a stand-in")
        yield tried


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
