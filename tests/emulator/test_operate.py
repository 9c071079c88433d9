"""docs/operate.md and docs/remove.md, followed command by command: runs are watched, repeated, then all is removed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.emulator.programs.images import Image, sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.services.ecr import ImageScan, ImageScans
from generator.emulator.trial.trial import Push, Trial, trial_of
from tests.conftest import RENDERED
from tests.emulator.following import ROOT, steps
from tests.emulator.test_together import Started, started
from tests.rendered import Rendered

pytestmark = pytest.mark.slow

PAGE = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("operate.md", "remove.md"))
COMMANDS = [command for command, _ in steps(PAGE)]
STACK = "pipeline-release-orders"
# Version 1 of the AWS CLI sends it to an address of its own table unless an address is an argument.
READ_QUEUE, HERE = "aws sqs receive-message ", ' --endpoint-url "$AWS_ENDPOINT_URL"'
STOP, RETRY = "aws codepipeline stop-pipeline-execution ", "aws codepipeline retry-stage-execution "
TOOLS = ("aws ", "for ")
REMOVE = next(number for number, command in enumerate(COMMANDS) if command.startswith("buckets="))


# Messages of our own in the tables of failures.
MESSAGES = (
    "critical (limit ",
    "No longer accepted",
    "TIMED_OUT_ScanNotFoundException",
    "TIMED_OUT_PENDING",
    "TIMED_OUT_IN_PROGRESS",
    "UNSUPPORTED_IMAGE",
    "SCAN_ELIGIBILITY_EXPIRED",
    "is archived",
    "Inspect pulls Linux images only",
    "The platform's RepositoryPattern may not include this repository",
    "TaskRoleArns of the deployer lacks ",
    "so that no version of it can be published",
    "nothing recorded yet",
)


@dataclass
class Operated:
    """An account in which a pipeline has run, and the output of the page's commands."""

    start: Started
    image: Image
    printed: dict[str, str] = field(default_factory=dict)

    @property
    def trial(self) -> Trial:
        """The pipeline of the page."""
        return trial_of(self.start.here, STACK)

    def push(self, content: str, scan: ImageScan | None) -> Push:
        """Push an image under a tag as image builds give it."""
        return self.trial.push(sample(["linux/amd64"], content), f"{content}-20261120T103015Z", scan=scan)

    def follow(self, commands: list[str]) -> None:
        """Run commands of the page, in their order."""
        for command in commands:
            self.printed[command] = self.start.reader.run(command)

    def said(self, beginning: str) -> str:
        """The output of the command with this beginning."""
        [command] = [each for each in self.printed if each.startswith(beginning)]
        return self.printed[command].strip()


def test_every_command_of_the_page_is_run() -> None:
    """Those that change something in a test of their own, the others as they come; there is no other kind."""
    own = [READ_QUEUE, STOP, RETRY]
    assert [1] * len(own) == [len([each for each in COMMANDS if each.startswith(beginning)]) for beginning in own]
    assert [] == [each for each in COMMANDS if not each.startswith((*TOOLS, *own)) and "=$(" not in each]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """The stacks of platform.md, one run, and every command of the page up to those that change something."""
    with started(tmp_path_factory.mktemp("checkout")) as start:
        there = Operated(start, sample(["linux/amd64"], "operated"))
        push = there.push("operated", ImageScan())
        assert push.execution, push.deliveries
        assert "Succeeded" == push.execution.status, [each.error for each in push.execution.failures]
        there.follow([each for each in COMMANDS[:REMOVE] if not each.startswith((STOP, RETRY, READ_QUEUE))])
        yield there


def test_messages_of_the_page_exist() -> None:
    """Each message of our own is in a script of some template, word by word."""
    scripts = json.dumps([*RENDERED.values()])
    assert [*MESSAGES] == [message for message in MESSAGES if message in scripts and message in PAGE]


def test_the_state_of_every_stage_is_shown(page: Operated) -> None:
    """In the order of the stages."""
    state = page.said("aws codepipeline get-pipeline-state ").splitlines()
    assert [[name, "Succeeded"] for name in ("Source", "Inspect", "Approval", "Release")] == [
        line.split() for line in state
    ]


def test_the_run_is_found_with_its_actions(page: Operated) -> None:
    """The newest run, its actions in the order in which they ended."""
    run = page.said("run=$(")
    assert page.said("aws codepipeline list-pipeline-executions ").startswith(run)
    actions = page.said("aws codepipeline list-action-executions ").splitlines()
    assert ["Source", "Inspect", "Approval", "Approval", "Release"] == [line.split()[0] for line in actions]


def test_a_run_is_shown_with_its_image(page: Operated) -> None:
    """By the digest that was pushed."""
    assert ["Succeeded", page.image.digest] == page.said("aws codepipeline get-pipeline-execution ").split()


def test_the_rule_is_shown(page: Operated) -> None:
    """Whether it is enabled, and its pattern."""
    state, pattern = page.said("aws events describe-rule ").split("\t")
    assert ("ENABLED", ["team/orders"]) == (state, json.loads(pattern)["detail"]["repository-name"])


def test_outputs_show_what_was_created(page: Operated) -> None:
    """Each output of the table is one of the stack that the table names."""
    printed = {
        stack: page.said(
            f"aws cloudformation describe-stacks --stack-name {stack} --output text --query 'Stacks[0].Outputs[]."
        )
        for stack in (STACK, "platform-main")
    }
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+`) \| (pipeline|platform) \|$", PAGE, re.MULTILINE)
    outputs = [(name, stack) for names, stack in rows for name in re.findall("`([A-Za-z]+)`", names)]
    assert len(outputs) > len(rows) > 6
    of_stages = {"StagingRecord", "ProductionRecord"}  # this pipeline has the stage Release
    for name, stack in outputs:
        shown = printed[STACK if stack == "pipeline" else "platform-main"]
        assert (name in of_stages) != (name in [line.split("\t")[0] for line in shown.splitlines()]), name


def test_the_image_that_runs_is_shown_with_its_findings(page: Operated) -> None:
    """Its digest, its tags, the rules that keep it, and its findings."""
    assert page.said("image=$(").endswith(f"team/orders@{page.image.digest}")
    assert f"{page.image.digest}\toperated-" in page.said("aws ecr describe-images ")
    assert "_release" in page.said("aws ecr describe-images ")
    assert json.loads(page.said("aws ecr get-lifecycle-policy "))["rules"]
    assert "COMPLETE" == json.loads(page.said("aws ecr describe-image-scan-findings "))[0]


def test_the_repository_and_the_artifacts_are_shown(page: Operated) -> None:
    """The settings of the repository, and an artifact of each action that writes one, under the pipeline's name."""
    assert page.said("aws ecr describe-repositories ").endswith("\tIMMUTABLE_WITH_EXCLUSION\tTrue")
    listed = page.said('aws s3 ls "s3://$bucket/').splitlines()
    assert {"Image", "Inspection"} <= {line.split("/")[1] for line in listed}


def test_every_log_group_is_in_the_table() -> None:
    """With the values of parameters in capital letters: `${Platform}` is PLATFORM, `${AWS::StackName}` is STACK."""
    table = PAGE.partition("## Read the logs")[2]
    groups = [properties["LogGroupName"]["Fn::Sub"] for each in RENDERED.values() for properties in log_groups(each)]
    names = {
        re.sub(r"\$\{(?:AWS::)?(\w+)\}", lambda match: match[1].removesuffix("Name").upper() or "NAME", group)
        for group in groups
    }
    assert set() == {name for name in names if f"`{name}`" not in table}


def log_groups(template: Rendered) -> list[Rendered]:
    """The properties of its log groups."""
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"]


def test_the_log_is_that_of_the_build_of_the_run(page: Operated) -> None:
    """The stream is called after the build that Inspect has started."""
    assert ":" in page.said("build=$(")
    assert page.image.digest in page.said("aws logs filter-log-events ")


def test_others_can_subscribe(page: Operated) -> None:
    """To the topic of the pipeline."""
    topic = page.said("topic=$(")
    subscriptions = page.start.here.cloud.inside("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert "oncall@example.com" in [each["Endpoint"] for each in subscriptions]


def test_a_lost_push_is_found(page: Operated) -> None:
    """The alarm is shown with its reason, and the queue has the event with the digest and the cause."""
    cloud, commands = page.start.here.cloud, {each.split()[1]: each for each in page.printed}
    policies = cloud.client("iam")
    [role] = [
        each
        for each in policies.list_roles()["Roles"]
        if "EventsRole" in each["RoleName"] and STACK in each["RoleName"]
    ]
    grants = policies.get_role_policy(RoleName=role["RoleName"], PolicyName="Grants")["PolicyDocument"]
    policies.delete_role_policy(RoleName=role["RoleName"], PolicyName="Grants")
    try:
        assert page.push("lost", ImageScan()).execution is None
    finally:
        text = json.dumps(grants)
        policies.put_role_policy(RoleName=role["RoleName"], PolicyName="Grants", PolicyDocument=text)
    page.follow([commands["cloudwatch"]])
    assert "LostPushAlarm" in page.said("aws cloudwatch describe-alarms ")
    [read] = [each for each in COMMANDS if each.startswith(READ_QUEUE)]
    [message] = json.loads(page.start.reader.run(read + HERE))["Messages"]
    assert sample(["linux/amd64"], "lost").digest in message["Body"]
    assert "codepipeline:StartPipelineExecution" in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]


def test_a_run_is_stopped(page: Operated) -> None:
    """While its approval is open: nothing is released."""
    [find] = [each for each in COMMANDS if each.startswith("run=$(")]
    [stop] = [each for each in COMMANDS if each.startswith(STOP)]

    def says() -> ApprovalDecision:
        page.follow([find, stop])
        return ApprovalDecision(approved=True)

    approver = page.start.approver
    before, approver.says = approver.says, says
    try:
        push = page.push("stopped", ImageScan())
    finally:
        approver.says = before
    assert push.execution
    assert ("Stopped", "Approval") == (push.execution.status, push.execution.succeeded[-1])


def test_a_stage_is_run_again(page: Operated) -> None:
    """With the same image, once its scan has succeeded."""
    [find] = [each for each in COMMANDS if each.startswith("run=$(")]
    [retry] = [each for each in COMMANDS if each.startswith(RETRY)]
    push = page.push("late", ImageScan(status="FAILED"))
    assert push.execution
    assert ["Inspect"] == [each.stage for each in push.execution.failures]
    page.start.here.cloud.memory(ImageScans).add(sample(["linux/amd64"], "late"), ImageScan())
    page.follow([find, retry])
    assert "Succeeded" == push.execution.status


def test_everything_is_removed(page: Operated) -> None:
    """No stack, repository, record and bucket is left, and the keys are scheduled for deletion."""
    cloud = page.start.here.cloud
    keys = {each["KeyId"] for each in cloud.inside("kms").list_keys()["Keys"]}
    page.follow(COMMANDS[REMOVE:])
    assert {} == page.start.reader.statuses()
    # Where the functions of custom resources put their answers: the emulator's own.
    buckets = [each["Name"] for each in cloud.inside("s3").list_buckets()["Buckets"]]
    assert [] == [name for name in buckets if "custom-resource-response" not in name]
    assert [] == cloud.inside("ecr").describe_repositories()["repositories"]
    assert [] == cloud.inside("ssm").describe_parameters()["Parameters"]
    states = {key: _state(cloud.inside("kms"), key) for key in keys}
    assert {"PendingDeletion"} == {states[key.split("/")[-1]] for key in page.said("keys=$(").split()}
    assert 3 == len([state for state in states.values() if state == "PendingDeletion"])


# Answers as S3 does: a version that may not be deleted is an entry in Errors of a call that succeeds.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
S3 = """#!/bin/sh
cd "$STATE"
case $2 in
delete-bucket-policy) [ -e fixed ] || rm -f policy ;;
list-object-versions) [ ! -e versions ] || echo '{"Objects": [{"Key": "a", "VersionId": "1"}]}' ;;
delete-objects) if [ -e policy ]; then echo "AccessDenied a"; else rm versions; echo None; fi ;;
delete-bucket) [ ! -e versions ] || { echo BucketNotEmpty >&2; exit 254; }; touch gone ;;
esac
"""


@pytest.mark.parametrize("files", [(), ("fixed",)], ids=["deleted", "refused"])
def test_a_bucket_that_denies_deletions_ends_the_loop(tmp_path: Path, files: tuple[str, ...]) -> None:
    """The policy of accepted findings is removed first. If that is refused as well, the reason is printed, once."""
    program = tmp_path / "bin/aws"
    program.parent.mkdir()
    program.write_text(S3)
    program.chmod(0o755)
    state = tmp_path / "state"
    state.mkdir()
    for name in ("policy", "versions", *files):
        (state / name).touch()
    [loop] = [each for each in COMMANDS if "delete-bucket-policy" in each]
    path = f"{program.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", f"buckets=accepted\n{loop}"],
        env={**os.environ, "PATH": path, "STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if files:
        assert ("AccessDenied a\n", "BucketNotEmpty\n") == (done.stdout, done.stderr)
    else:
        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
        assert (state / "gone").exists()


def _state(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
