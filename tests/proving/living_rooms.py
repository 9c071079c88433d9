"""An emulated account in which pipelines run on their own: images pushed by the API start them, as in AWS."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from generator.cli import cli
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.images import Image
from generator.emulator.runs.action import ApprovalDecision, ApprovalRequest
from generator.emulator.runs.inbox import Inbox, Question
from generator.emulator.services.ecr import ImagePut, ImagePuts, ImageScan, ImageScans
from generator.emulator.services.ecr_layers import UploadedLayers
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.trial import Trial, trial_of
from generator.proving.prove_policy import policy_template
from generator.proving.prove_scope import PREFIX
from tests.proving.proving_rooms import PARAMS

STACK = f"{PREFIX}-pipeline-release"
PROVER = "prover"
OF_AWS = "s3 custom-resource-response-"
"""Where functions of custom resources put their results: a bucket of AWS's own."""
# Resources of an account that templates can create: operation, list in the response, name of one.
KINDS: tuple[tuple[str, str, str, str], ...] = (
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("codebuild", "list_projects", "projects", ""),
    ("codepipeline", "list_pipelines", "pipelines", "name"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupName"),
    ("ec2", "describe_subnets", "Subnets", "CidrBlock"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "ServiceName"),
    ("ec2", "describe_vpcs", "Vpcs", "CidrBlock"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("ssm", "describe_parameters", "Parameters", "Name"),
)


@dataclass
class LivingRoom:
    """The account, and the runner of its pipelines."""

    here: Account
    role: str
    before: frozenset[str] = frozenset()
    errors: list[Exception] = field(default_factory=list)

    @property
    def aws(self) -> Emulator:
        """The emulated AWS."""
        return self.here.cloud

    def environment(self) -> dict[str, str]:
        """Variables for a program that proves: it has the permissions of `prove --policy` and no others."""
        path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
        return {**self.aws.environment(self.role), "PATH": path}

    def run(self, *arguments: str) -> Result:
        """A finished `prove`."""
        words = ["prove", *arguments]
        if not {"--policy", "--clean"} & set(arguments):
            words += ["--params-dir", str(PARAMS)]
        return CliRunner().invoke(cli, words, env=self.environment())

    def proved(self) -> list[Call]:
        """The calls of `prove` itself, without those that CloudFormation makes for it."""
        return [call for call in self.aws.calls if call.role == self.role and not call.via]

    def inventory(self) -> frozenset[str]:
        """Everything that is in the account, but keys that wait for their deletion."""
        found = {f"stack {name}" for name in self.stacks()}
        for service, operation, name, key in KINDS:
            listed = getattr(self.aws.inside(service), operation)().get(name, [])
            there = [each for each in listed if not key or each.get("State") != "deleted"]
            found |= {f"{service} {each[key] if key else each}" for each in there}
        listed = self.aws.inside("iam").list_policies(Scope="Local")["Policies"]
        found |= {f"policy {each['PolicyName']}" for each in listed}
        return frozenset(found | {f"key {each}" for each in self.keys("Enabled", "Disabled")})

    def left(self) -> frozenset[str]:
        """Resources that exist now and did not exist before."""
        found = self.inventory() - self.before
        return frozenset(each for each in found if not each.startswith(OF_AWS))

    def keys(self, *states: str) -> list[str]:
        """The keys of these states."""
        kms = self.aws.inside("kms")
        described = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
        return [each["KeyId"] for each in described if each["KeyState"] in states and each["KeyManager"] == "CUSTOMER"]

    def pipeline(self) -> str:
        """The id of the stack of the existing pipeline, "" if there is none."""
        described = self.aws.inside("cloudformation").describe_stacks()["Stacks"]
        return "".join(each["StackId"] for each in described if each["StackName"] == STACK)

    def stacks(self) -> dict[str, str]:
        """The status of each stack."""
        described = self.aws.inside("cloudformation").describe_stacks()["Stacks"]
        return {each["StackName"]: each["StackStatus"] for each in described}


@contextmanager
def living_room(
    *, guard: Guard = allow_everything, intercept: Interception = ask_the_service, scan: ImageScan | None = None
) -> Iterator[LivingRoom]:
    """An account with the boundary and with a role that has the permissions of `prove --policy`."""
    stopping = threading.Event()
    rooms: list[LivingRoom] = []

    def approver(request: ApprovalRequest) -> ApprovalDecision | None:
        """Nobody: `prove` answers by the API. The question ends with its pipeline."""
        [room] = rooms
        question = Question(request.token, (request.pipeline, request.stage, request.action))
        made = room.pipeline()
        while not stopping.is_set() and made == room.pipeline():
            if room.aws.memory(Inbox).answer(question, seconds=0.2) is not None:
                break
        return None

    with account(
        TrialPlace("111122223333", "eu-west-1"),
        approver=approver,
        progress=lambda _: None,
        guard=guard,
        intercept=intercept,
    ) as here:
        made = LivingRoom(here, _prepared(here.cloud))
        rooms.append(made)
        made.before = made.inventory()
        thread = threading.Thread(target=_follow, args=[made, stopping, scan], daemon=True)
        thread.start()
        try:
            yield made
        finally:
            stopping.set()
            thread.join()


def _prepared(cloud: Emulator) -> str:
    """The role of the prover, after the template of `prove --policy` is deployed."""
    inside = cloud.inside("cloudformation")
    body = json.dumps(policy_template())
    inside.create_stack(StackName="permissions", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    [stack] = inside.describe_stacks(StackName="permissions")["Stacks"]
    assert "CREATE_COMPLETE" == stack["StackStatus"], stack
    trust = {"Version": "2012-10-17", "Statement": []}
    role = cloud.inside("iam").create_role(RoleName=PROVER, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    return str(role["Arn"])


def _follow(room: LivingRoom, stopping: threading.Event, scan: ImageScan | None) -> None:
    """Run pipelines that a push starts, as soon as there is one."""
    while not stopping.wait(0.1):
        for put in room.aws.memory(ImagePuts).take():
            try:
                _run(room, put, scan)
            except Exception as error:  # noqa: BLE001  its stacks are deleted meanwhile: anything may be missing
                room.errors.append(error)


def _run(room: LivingRoom, put: ImagePut, scan: ImageScan | None) -> None:
    tried: Trial = trial_of(room.here, STACK)
    with suppress(ClientError):
        image = _image(room.aws, put)
        room.here.registry.push(put.repository, image)
        room.aws.memory(ImageScans).add(image, scan or ImageScan())
    tried.follow(put)


def _image(cloud: Emulator, put: ImagePut) -> Image:
    """The image that was uploaded by the API."""
    ids: list[dict[str, Any]] = [{"imageDigest": put.digest}]
    [found] = cloud.inside("ecr").batch_get_image(repositoryName=put.repository, imageIds=ids)["images"]
    blobs = cloud.memory(UploadedLayers).by_repository.get(put.repository, {})
    manifest = found["imageManifest"].encode()
    return Image(json.loads(manifest)["mediaType"], manifest, dict(blobs), "linux/amd64")
