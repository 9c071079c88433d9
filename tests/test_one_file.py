"""A new operation, type, action provider, target or destination of a deployer is one new file.

Nothing else knows its name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

OPERATION = """
from generator.emulator.front.operation import OperationContext


def _describe(context: OperationContext):
    return {"pullThroughCacheRules": [{"registryId": context.call.account}]}


OPERATIONS = {"ecr:DescribePullThroughCacheRules": _describe}
"""
CALL = """
from generator.emulator.aws import emulator

with emulator(account="444455556666") as aws:
    print(aws.client("ecr").describe_pull_through_cache_rules()["pullThroughCacheRules"][0]["registryId"])
"""

TYPE = """
from generator.emulator.stacks.resource_handler import ResourceHandler


def _create(work, properties):
    work.client("ssm").put_parameter(Name=properties["Name"], Type="String", Value=properties["Value"])
    return properties["Name"]


TYPES = {
    "AWS::SSM::Parameter": ResourceHandler(
        create=_create, delete=lambda work, name, _: work.client("ssm").delete_parameter(Name=name)
    )
}
"""
MAKE = """
import json
from generator.emulator.aws import emulator

resource = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/toy", "Type": "String", "Value": "made"}}
with emulator() as aws:
    body = json.dumps({"Resources": {"Toy": resource}})
    aws.client("cloudformation").create_stack(StackName="toy", TemplateBody=body)
    print(aws.inside("ssm").get_parameter(Name="/toy")["Parameter"]["Value"])
"""

PROVIDER = """
from generator.emulator.runs.action import Done


def run(step):
    return Done(summary=f"{step.name} is done")


PROVIDERS = {("Deploy", "Toy"): run}
"""
RUN = """
from generator.emulator.aws import emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs.action import ApprovalDecision, RunContext
from generator.emulator.runs.pipeline_run import run, start

kind = {"category": "Deploy", "owner": "AWS", "provider": "Toy", "version": "1"}
action = {"name": "Toy", "actionTypeId": kind, "runOrder": 1, "configuration": {}}
pipeline = {
    "name": "toy",
    "roleArn": "arn:aws:iam::111122223333:role/toy",
    "artifactStore": {"type": "S3", "location": "artifacts"},
    "stages": [{"name": "Toy", "actions": [action]}],
}
with emulator() as aws:
    execution = start("run-1", pipeline)
    world = RunContext(cloud=aws, tools=Tools("", ()), approver=lambda _: ApprovalDecision(approved=True))
    run(world, execution, tell=lambda result: print(result.done.summary))
"""

TARGET = """
from generator.model.stages import Stage
from generator.targets import Deployment, Target


def add_stage(_template, place, _ground):
    return Stage(name=place.name, actions=())


TARGET = Target(
    name="toy",
    summary="Image pipeline that deploys nothing",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage),
    stages=("Toy",),
)
"""
LIST = """
from generator import catalog

print("Toy" in str(catalog.build("pipeline-toy").to_dict()["Resources"]["Pipeline"]))
"""

DESTINATION = """
from generator.emulator.trial.deploy_context import Destination


def _make(site, stage, given):
    return {"ParameterKey": f"{given['Name']}-{stage}"}


DESTINATIONS = {"deployer-toy": Destination(_make)}
"""
DEPLOY = """
import json
from types import SimpleNamespace
from generator.emulator.aws import emulator
from generator.emulator.trial.stage_stacks import Deployer, deploy

topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "ParameterKey"}}}
body = {
    "Parameters": {"ParameterKey": {"Type": "String"}},
    "Resources": {"Topic": topic},
    "Outputs": {"Deployer": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}},
}
foundations = SimpleNamespace(lay=lambda *_: None)
with emulator() as aws:
    site = SimpleNamespace(cloud=aws, progress=lambda _: None)
    print(deploy(site, foundations, Deployer("deployer-toy", body), {"Name": "a", "StagingDeployer": "?"}, {}))
"""


RULE = """
def evaluate(step):
    return "Toy is quiet"

RULES = {"Toy": evaluate}
"""
EVALUATE = """
from generator.emulator.runs.stage_conditions import providers
print(providers()["Toy"](None))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's source."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "generator", folder / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "buildspec.yml", folder)
    return folder


def printed(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """A finished Python program that imports the copy."""
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "content", "program", "expected"),
    [
        ("emulator/services/toy.py", OPERATION, CALL, "444455556666"),
        ("emulator/stacks/types/toy.py", TYPE, MAKE, "made"),
        ("emulator/runs/actions/toy.py", PROVIDER, RUN, "Toy is done"),
        ("emulator/runs/rules/toy.py", RULE, EVALUATE, "Toy is quiet"),
        ("targets/toy.py", TARGET, LIST, "True"),
        ("emulator/trial/destinations/toy.py", DESTINATION, DEPLOY, "{'StagingDeployer': 'a-staging'}"),
    ],
    ids=["operation", "type of resource", "action provider", "rule provider", "target", "destination of a deployer"],
)
def test_a_new_part_is_one_file(copy: Path, file: str, content: str, program: str, expected: str) -> None:
    """It works as soon as the file exists, and not before."""
    path = copy / "generator" / file
    assert expected not in printed(copy, program).stdout.split("\n")
    path.write_text(f"from __future__ import annotations\n{content}", encoding="utf-8")
    try:
        done = printed(copy, program)
    finally:
        path.unlink()
    assert (expected, "") == (done.stdout.strip(), done.stderr.strip())


@pytest.mark.parametrize(
    ("folder", "attribute", "program"),
    [
        ("emulator/services", "OPERATIONS", CALL),
        ("emulator/stacks/types", "TYPES", MAKE),
        ("emulator/runs/actions", "PROVIDERS", RUN),
        ("emulator/runs/rules", "RULES", EVALUATE),
        ("targets", "TARGET", LIST),
        ("emulator/trial/destinations", "DESTINATIONS", DEPLOY),
    ],
)
def test_a_file_without_its_part_is_refused(copy: Path, folder: str, attribute: str, program: str) -> None:
    """A misspelt name would silently remove the part: the error names the file and the required name."""
    path = copy / "generator" / folder / "toy.py"
    path.write_text(f"{attribute[:-1]} = {{}}\n", encoding="utf-8")
    try:
        done = printed(copy, program)
    finally:
        path.unlink()
    assert f"generator/{folder}/toy.py gives no {attribute}" in done.stderr
