"""Existing resources that parameters name: created here, so that a parameter file for a real account can be tried.

AWS assigns some ids (of a VPC, a key), so they cannot be chosen: the created resource replaces the named one.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from moto.utilities.utils import get_partition

from generator.emulator.front.chat_records import channels
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs import stage_conditions

K = TypeVar("K")
GivenParameters = Mapping[str, str]
CIDR = "10.20.0.0/16"
NO_ROLES = "none"


class TrialPlace(NamedTuple):
    """An account and a region."""

    account: str = "111122223333"
    region: str = "eu-central-1"


def place_of(values: Iterable[str]) -> TrialPlace:
    """The account and region of the ARNs among these values, so that the trial uses the same ones.

    ARNs of IAM have no region: then it is one of their partition.
    """
    arns = [match for value in values for match in ARN.finditer(value)]
    default = TrialPlace()
    partition = next((arn["partition"] for arn in arns), "aws")
    return TrialPlace(
        account=next((arn["account"] for arn in arns), default.account),
        region=next((arn["region"] for arn in arns if arn["region"]), _REGIONS.get(partition, default.region)),
    )


_REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
ARN = re.compile(r"arn:(?P<partition>[a-z-]+):[a-z0-9-]+:(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}):")


def made(cloud: Emulator, given: Mapping[K, str]) -> dict[K, str]:
    """Create the resources that the parameters name. Returns the parameters with the ids that exist here.

    Roles, policies and functions are created under the given names.
    """
    return Existing(cloud).made(given)


@dataclass
class StandIns:
    """The functions that parameters name and that were created here. They return success for everything."""

    functions: list[str] = field(default_factory=list)


class Existing:
    """Resources that parameters name and no stack creates. The same id means the same resource in all parameters."""

    def __init__(self, cloud: Emulator) -> None:
        self._cloud = cloud
        self._network = _Network(cloud.inside("ec2"))
        self._keys: dict[str, str] = {}
        self._named: set[tuple[str, str, str]] = set()

    def made(self, given: Mapping[K, str]) -> dict[K, str]:
        """Create the resources that the parameters name. Returns the parameters with the ids that exist here."""
        found = [arn for text in given.values() for arn in _NAMED.finditer(text)]
        named = {(arn["kind"], arn["name"], f"/{arn['path']}") for arn in found}
        for kind, name, path in sorted(named - self._named):
            _MAKE_NAMED[kind](self._cloud, name, path)
        self._named |= named
        channels(self._cloud).authorized |= set(_workspaces(given))
        values = {name: _ID.sub(lambda match: self._network.there(match[0]), value) for name, value in given.items()}
        return {name: _KEY.sub(lambda match: self._key(match[0]), value) for name, value in values.items()}

    def _key(self, asked: str) -> str:
        if asked not in self._keys:
            self._keys[asked] = _key(self._cloud)
        return self._keys[asked]


_ID = re.compile(r"\b(pl|rtb|sg|subnet|vpc)-[0-9a-f]{8,17}\b")
_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]{36}")
_NAMED = re.compile(
    r"arn:[a-z-]+:(iam|lambda):[a-z0-9-]*:[0-9]{12}:(?P<kind>role/|policy/|function:)"
    r"(?P<path>(?:[\w+=.@-]+/)*)(?P<name>[\w+=.@-]+)"
)


class _Network:
    """Resources by requested id: the same one for the same id, in the VPC that was requested last."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2
        self._made: dict[str, str] = {}

    def there(self, asked: str) -> str:
        """The id of an existing resource of that kind."""
        if asked not in self._made:
            self._made[asked] = self._make(asked.partition("-")[0], len(self._made))
        return self._made[asked]

    def _make(self, kind: str, number: int) -> str:
        match kind:
            case "vpc":
                return str(self._ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"])
            case "subnet":
                block = f"10.20.{number}.0/24"
                return str(self._ec2.create_subnet(VpcId=self._vpc(), CidrBlock=block)["Subnet"]["SubnetId"])
            case "rtb":
                return str(self._ec2.create_route_table(VpcId=self._vpc())["RouteTable"]["RouteTableId"])
            case "sg":
                name = f"was-there-{number}"
                group = self._ec2.create_security_group(GroupName=name, Description=name, VpcId=self._vpc())
                return str(group["GroupId"])
        lists = self._ec2.describe_managed_prefix_lists()["PrefixLists"]
        return next(str(each["PrefixListId"]) for each in lists if each["PrefixListName"].endswith(".s3"))

    def _vpc(self) -> str:
        vpcs = [made for made in self._made.values() if made.startswith("vpc-")]
        return vpcs[-1] if vpcs else self.there("vpc-")


def _workspaces(given: Mapping[K, str]) -> Iterator[str]:
    """The chat workspaces that the parameters name, which count as authorized in the console."""
    values = list(given.values())
    yield from (value for value in values if re.fullmatch("T[0-9A-Z]{7,20}", value))
    ids = [value for value in values if re.fullmatch("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value)]
    yield from (f"{tenant}/{team}" for tenant in ids for team in ids)


def _key(cloud: Emulator) -> str:
    """A key whose policy allows the account and the services that docs/security.md lists for an existing key."""
    place = f"{cloud.region}:{cloud.account}"
    partition = get_partition(cloud.region)

    def services(sid: str, service: str, uses: str, **condition: Any) -> dict[str, Any]:
        principal = {"Service": f"{service}.amazonaws.com"}
        actions = [f"kms:{use}" for use in uses.split()]
        return _allow(Sid=sid, Principal=principal, Action=actions, Condition=condition)

    encrypt = "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey"
    groups = {"kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{place}:log-group:*"}
    alarms = {"aws:SourceArn": f"arn:{partition}:cloudwatch:{place}:alarm:*"}
    rules = {"aws:SourceArn": f"arn:{partition}:events:{place}:rule/*"}
    through = {"kms:ViaService": f"sns.{cloud.region}.amazonaws.com"}
    policy = _document(
        _allow(Sid="Account", Principal={"AWS": f"arn:{partition}:iam::{cloud.account}:root"}, Action="kms:*"),
        services("Logs", f"logs.{cloud.region}", encrypt, ArnLike=groups),
        services("Alarms", "cloudwatch", "Decrypt GenerateDataKey", ArnLike=alarms),
        services("Notifications", "codestar-notifications", "Decrypt GenerateDataKey", StringEquals=through),
        services("DeadLetters", "events", "Decrypt GenerateDataKey", ArnLike=rules),
    )
    return str(cloud.inside("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def add_role(cloud: Emulator, name: str, path: str = "/") -> str:
    """The ARN of a new role that tasks and functions can have."""
    services = ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    made = cloud.inside("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_document(trust))
    return str(made["Role"]["Arn"])


def _policy(cloud: Emulator, name: str, path: str) -> None:
    """A permissions boundary that limits nothing."""
    document = _document(_allow(Action="*"))
    cloud.inside("iam").create_policy(PolicyName=name, Path=path, PolicyDocument=document)


def _function(cloud: Emulator, name: str, _path: str) -> None:
    """A function that returns success for every job of a pipeline and every step of a deployment."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", YES)
    cloud.memory(StandIns).functions.append(name)
    cloud.inside("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=add_role(cloud, f"{name}-role"),
        Timeout=30,
        Code={"ZipFile": code.getvalue()},
    )


YES = """import boto3

def handler(event, context):
    if "CodePipeline.job" in event:
        boto3.client("codepipeline").put_job_success_result(jobId=event["CodePipeline.job"]["id"])
    else:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="Succeeded",
        )
"""
_MAKE_NAMED: Mapping[str, Callable[[Emulator, str, str], object]] = {
    "role/": add_role,
    "policy/": _policy,
    "function:": _function,
}


def _allow(**parts: Any) -> dict[str, Any]:
    """A statement that allows, on everything."""
    return {"Effect": "Allow", "Resource": "*", **parts}


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def ready(cloud: Emulator, pipeline: Mapping[str, Any], given: GivenParameters) -> None:
    """Create the resources that the actions of a deployed pipeline need: repository, services of Amazon ECS, alarm.

    A parameter of one stage begins with the name of the stage. An alarm that blocks the pipeline is off.
    """
    for stage in pipeline["stages"]:
        for action in stage["actions"]:
            maker = MAKERS.get(action["actionTypeId"]["provider"])
            if maker:
                maker(cloud, action["configuration"], {name.removeprefix(stage["name"]): given[name] for name in given})
        for rule in (each for key in stage_conditions.KINDS for each in stage_conditions.declared(stage, key)):
            if "AlarmName" in rule["configuration"]:
                _alarm(cloud, rule["configuration"]["AlarmName"])


def _alarm(cloud: Emulator, name: str) -> None:
    """Create an alarm that is off, unless it exists."""
    cloudwatch = cloud.inside("cloudwatch")
    if not cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="no data is a quiet alarm here")


def _repository(cloud: Emulator, configuration: Mapping[str, str], _given: GivenParameters) -> None:
    """Create the repository, unless another pipeline's setup or a stack has created it."""
    ecr = cloud.inside("ecr")
    with suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=configuration["RepositoryName"])


def task_roles(arns: str, place: str) -> dict[str, str]:
    """The role of tasks and their execution role: the first and the last of the ARNs that contain the place.

    A parameter has the roles of all places, or says that tasks have none.
    """
    if arns == NO_ROLES:
        return {}
    every = arns.split(",")
    here = [role for role in every if place in role] or every
    return {"taskRoleArn": here[0], "executionRoleArn": here[-1]}


def launch_type(roles: Mapping[str, str]) -> str:
    """The launch type of tasks with these roles: Fargate, which pulls from ECR with the execution role, or instances.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    return "FARGATE" if "executionRoleArn" in roles else "EC2"


def register_task(ecs: Any, family: str, roles: Mapping[str, str], containers: Sequence[Mapping[str, Any]]) -> str:
    """The ARN of a task definition for the launch type of these roles, which are as `task_roles` gives them."""
    registered = ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=[launch_type(roles)],
        cpu="256",
        memory="512",
        **roles,
        containerDefinitions=containers,
        tags=[{"key": "team", "value": "orders"}],
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def _ecs_services(cloud: Emulator, configuration: Mapping[str, str], given: GivenParameters) -> None:
    """Create the services that a function deploys to, each in a cluster, with an image other than the one to deploy.

    Each has all containers of the stage, and the roles of the parameters.
    """
    facts = json.loads(configuration.get("UserParameters") or "{}")
    ecs = cloud.inside("ecs")
    for service in facts["services"].split(",") if "services" in facts else ():
        cluster, name = service.split("/")
        containers = [{"name": container, "image": "before"} for container in given["Containers"].split(",")]
        revision = register_task(ecs, f"{cluster}-{name}", task_roles(given["TaskRoleArns"], cluster), containers)
        ecs.create_cluster(clusterName=cluster)
        ecs.create_service(
            cluster=cluster,
            serviceName=name,
            taskDefinition=revision,
            desiredCount=1,
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )


MAKERS: Mapping[str, Callable[[Emulator, Mapping[str, str], GivenParameters], None]] = {
    "ECR": _repository,
    "Lambda": _ecs_services,
}
