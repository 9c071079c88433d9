"""docs/going-back.md, followed: after a bad release the image before runs again, in each of the ways of the page."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.trial import deployment
from generator.emulator.trial.outcome import deployed_lines
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Stack, alarm, deployed, pushed, run
from tests.emulator.test_to_codedeploy import digests as by_codedeploy
from tests.emulator.test_to_ecs import digests as in_ecs
from tests.emulator.test_to_eks import digests as in_eks
from tests.emulator.test_to_lambda import digests as in_lambda

pytestmark = pytest.mark.slow

COMMANDS = [command for command, _ in steps((ROOT / "docs/going-back.md").read_text(encoding="utf-8"))]
# The beginning of each command that is not run here, with the reason. test_page_calls.py has the AWS CLI check its
# arguments.
NOT_RUN = {
    "deployment=$(aws ecs ": "a rollout of ECS ends at once in the emulator, so that none is in progress",
    "aws ecs stop-service-deployment ": "the same",
    "git revert ": "the repository that Argo CD or Flux follows is outside of AWS",
}
FIND = ("aws ssm get-parameter-history ", "release=$(", "digest=$(", "run=$(", "echo ")
STAGE = ("aws codepipeline rollback-stage ",)
ECS = ("current=$(", "family=$(", "revision=$(", "aws ecs update-service ")
LAMBDA = ("aws lambda update-alias ",)
EKS = ("kubectl rollout undo ",)
LIST, STOP = ("aws deploy list-deployments ",), ("deployment=$(aws deploy ", "aws deploy stop-deployment ")
CREATE = "aws deploy create-deployment --application-name APPLICATION --deployment-group-name GROUP "
DEPLOY, DESPITE_ALARM = (f"{CREATE}--revision ",), (f"{CREATE}--override-alarm-configuration ",)
REHEARSE = (".venv/bin/ecr-pipeline try ",)
AGAIN = ("aws codepipeline start-pipeline-execution ",)


@dataclass(frozen=True)
class BadRelease:
    """A pipeline that has released a good image and then a bad one, to be rolled back."""

    stack: Stack
    reader: Reader
    good: str
    bad: str
    runs: Callable[[Stack, str], set[str]]

    @property
    def production(self) -> set[str]:
        """The digests that production runs."""
        return self.runs(self.stack, "production")

    def follow(self, beginnings: tuple[str, ...], **values: str) -> list[str]:
        """Run the commands of the page that begin so, with these values instead of its placeholders."""
        printed = []
        for command in COMMANDS:
            if command.startswith(beginnings):
                for placeholder, value in values.items():
                    command = command.replace(placeholder, value)
                printed.append(self.reader.run(command))
        assert printed, beginnings
        return printed

    def listed(self) -> dict[str, str]:
        """The digest that a trial lists for each stage, of which it must have one line."""
        found = {}
        for stage in ("staging", "production"):
            [line] = [each for each in deployed_lines(self.stack.trial) if stage in each]
            [found[stage]] = set(re.findall("sha256:[0-9a-f]{64}", line))
        return found

    def recorded(self) -> str:
        """The digest that the record of production has."""
        ssm = self.stack.trial.cloud.inside("ssm")
        value = ssm.get_parameter(Name="/ecr-pipeline/orders/production/release")["Parameter"]["Value"]
        return str(json.loads(value)["digest"])

    def tagged(self) -> str:
        """The digest that has the tag of production."""
        ecr = self.stack.trial.cloud.inside("ecr")
        found = ecr.describe_images(repositoryName=self.stack.trial.repository, imageIds=[{"imageTag": "_production"}])
        return str(found["imageDetails"][0]["imageDigest"])


@contextmanager
def released(
    template: str, runs: Callable[[Stack, str], set[str]], folder: Path, deployer: Mapping[str, str]
) -> Iterator[BadRelease]:
    """The pipeline with the parameters of production, and two releases."""
    with deployed(template, deployer=deployer) as stack:
        if alarm_name := deployer.get("AlarmName"):
            alarm(stack, alarm_name, "OK")
        good, bad = (pushed(stack, content) for content in ("good", "bad"))
        assert "Succeeded" == run(good).status == run(bad).status
        assert {bad.digest} == runs(stack, "production")
        reader = Reader(checkout(folder), stack.trial.account)
        stack.approver.requests.clear()
        yield BadRelease(stack, reader, good.digest, bad.digest, runs)


RUNS = {"ecs": in_ecs, "lambda": in_lambda, "ecs-codedeploy": by_codedeploy, "eks": in_eks}
ALARM = {"ecs-codedeploy": {"AlarmName": "orders-errors"}}
ON_ECS, ON_LAMBDA, ON_CODEDEPLOY, ON_EKS = (
    pytest.mark.parametrize("release", [target], indirect=True) for target in RUNS
)


@pytest.fixture(scope="module")
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadRelease]:
    """On one target, for all tests of it: there is one emulator at a time."""
    folder, deployer = tmp_path_factory.mktemp("checkout"), ALARM.get(request.param, {})
    with released(f"pipeline-{request.param}", RUNS[request.param], folder, deployer) as made:
        yield made


def test_every_command_of_the_page_is_known_here() -> None:
    """A command that is added to the page is run, or it is one of those that cannot be."""
    known = (*REHEARSE, *FIND, *STAGE, *ECS, *LAMBDA, *EKS, *LIST, *STOP, *DEPLOY, *DESPITE_ALARM, *AGAIN)
    assert [] == [command for command in COMMANDS if not command.startswith((*known, *NOT_RUN))]
    assert [] == [each for each in (*known, *NOT_RUN) if not any(command.startswith(each) for command in COMMANDS)]


@pytest.mark.parametrize("release", RUNS, indirect=True)
def test_a_trial_lists_what_runs_now(release: BadRelease) -> None:
    """One line for each stage, with the last image; what ran there before is not listed."""
    assert {"staging": release.bad, "production": release.bad} == release.listed()


@ON_ECS
def test_ecs_is_rolled_back_to_the_revision_with_the_digest(release: BadRelease) -> None:
    """The service runs the good image at once, and the record still says the bad one, as the page warns.

    Somebody has deployed the bad image once more by hand: the revision before the current one is bad as well.
    """
    ecs = release.stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster="production", services=["orders"])["services"]
    bad = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    copy = ecs.register_task_definition(**{key: value for key, value in bad.items() if key in accepted})
    again = copy["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster="production", service="orders", taskDefinition=again)
    assert json.loads(release.follow(FIND)[-1])["digest"] == release.good
    release.follow(ECS)
    assert ({release.good}, release.bad, release.bad) == (release.production, release.recorded(), release.tagged())


@ON_ECS
def test_the_stage_is_rolled_back_without_an_approval(release: BadRelease) -> None:
    """Service, record and tag are those of the good image, and no approval was requested."""
    release.follow(FIND)
    release.follow(STAGE)
    assert ({release.good}, release.good, release.good) == (release.production, release.recorded(), release.tagged())
    assert [] == release.stack.approver.requests
    assert {release.bad} == in_ecs(release.stack, "staging")


@ON_ECS
def test_the_regular_way_names_the_digest(release: BadRelease) -> None:
    """The run is started with the digest that the history of the record has."""
    assert f"digest={release.good}" in release.reader.kept
    [printed] = release.follow(AGAIN)
    assert json.loads(printed)["pipelineExecutionId"]


@ON_LAMBDA
def test_lambda_is_rolled_back_by_its_alias(release: BadRelease) -> None:
    """The alias leads to the version before; a rollback of the stage then brings the record in line."""
    versions = release.stack.trial.cloud.inside("lambda").list_versions_by_function(FunctionName="orders-production")
    release.follow(LAMBDA, VERSION=versions["Versions"][-2]["Version"])
    assert ({release.good}, release.bad) == (release.production, release.recorded())
    release.follow((*FIND, *STAGE))
    assert ({release.good}, release.good, release.good) == (release.production, release.recorded(), release.tagged())
    assert {"staging": release.bad, "production": release.good} == release.listed()


@ON_EKS
def test_eks_is_rolled_back_by_the_revision_before(release: BadRelease, tmp_path: Path) -> None:
    """Somebody with access to the cluster undoes the rollout, and the record still says the bad image."""
    [command] = [each for each in COMMANDS if each.startswith(EKS)]
    configuration = tmp_path / "kubeconfig"
    configuration.write_text(json.dumps({"cluster": "orders-production", "namespace": "orders"}), encoding="utf-8")
    path = shlex.quote(release.stack.trial.account.world.tools.path)
    release.reader.run(f"export PATH={path} KUBECONFIG={shlex.quote(str(configuration))}\n{command}")
    assert ({release.good}, release.bad) == (release.production, release.recorded())


def _group(stack: Stack) -> dict[str, str]:
    """The placeholders of the page for the deployment group of production: parts of the deployer's output."""
    outputs = deployment.outputs(stack.trial.cloud, "orders-production")
    return dict(zip(("APPLICATION", "GROUP"), outputs["Deployer"].split("/"), strict=False))


@ON_CODEDEPLOY
def test_codedeploy_deploys_an_earlier_revision_again(release: BadRelease) -> None:
    """The service runs the good image, and the record still says the bad one."""
    group = _group(release.stack)
    [printed] = release.follow(LIST, **group)
    bad, good = json.loads(printed)["deployments"]
    release.follow(DEPLOY, **group, ID=good)
    assert ({release.good}, release.bad) == (release.production, release.recorded())
    release.follow(DEPLOY, **group, ID=bad)
    assert {release.bad} == release.production


@ON_CODEDEPLOY
def test_codedeploy_deploys_despite_an_alarm(release: BadRelease) -> None:
    """An alarm that is on stops the earlier revision as well, unless the deployment leaves the alarms out."""
    group = _group(release.stack)
    good = json.loads(release.follow(LIST, **group)[0])["deployments"][-1]
    alarm(release.stack, "orders-errors", "ALARM")
    release.follow(DEPLOY, **group, ID=good)
    assert {release.bad} == release.production
    release.follow(DESPITE_ALARM, **group, ID=good)
    alarm(release.stack, "orders-errors", "OK")
    assert {release.good} == release.production


@ON_CODEDEPLOY
def test_codedeploy_stops_a_deployment_in_progress(release: BadRelease) -> None:
    """A person stops it while listeners are switched: the traffic is shifted back, and the stage fails."""
    before, stopped = release.production, list[str]()

    def stop(call: Call) -> None:
        if call.operation == "ModifyListener" and "-production-" in call.role and not stopped:
            stopped.extend(release.follow(STOP, **_group(release.stack)))

    release.stack.trouble.fault = stop
    [failed] = run(pushed(release.stack, "stopped")).failures
    release.stack.sound()
    assert ("Production", True) == (failed.stage, "Stopped" in str(failed.error))
    assert "Pending" == json.loads(stopped[-1])["status"]
    assert before == release.production


def test_it_can_be_rehearsed() -> None:
    """The command of the page rolls production back, without Inspect and approval: the first image runs."""
    [line] = [each for each in COMMANDS if each.startswith(REHEARSE)]
    words = shlex.split(line)[1:]
    command = [sys.executable, "-m", "generator", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert {"Production"} == {each["stage"] for each in found["actions"]}
    record = json.loads(found["recorded"]["/ecr-pipeline/orders/production/release"])
    assert (found["digest"], []) == (record["digest"], found["messages"])
