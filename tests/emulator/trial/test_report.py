"""The report of a trial: text of 80 columns, and the same as data."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.authorization.permissions import Granted, Needed, Permissions
from generator.emulator.trial.outcome import (
    FAILED,
    NOT_STARTED,
    SUCCEEDED,
    CountedCall,
    Missed,
    Outcome,
    TriedAction,
    data,
)
from generator.emulator.trial.report import report
from generator.emulator.trial.try_command import accepting_command, again, next_command
from generator.emulator.trial.wishes import Wish
from generator.program_name import program
from tests.emulator.people import PARAMS

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
URI = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders@{DIGEST}"
ROLE = "platform/InspectRole"
GOOD = Outcome(
    status=SUCCEEDED,
    pipeline="orders",
    run="94d12b3d-a407-4247-b8d6-46e5e5e4f990",
    repository="team/orders",
    tag="v1",
    digest=DIGEST,
    actions=(
        TriedAction(
            stage="Inspect",
            action="Inspect",
            provider="CodeBuild",
            seconds=6.8,
            summary="Scan: " + "fine " * 20,
            error="",
        ),
        TriedAction(stage="Production", action="Deploy", provider="ECS", seconds=0.2, summary="", error=""),
    ),
    artifacts={"Inspection": tuple(f"file_number_{number}.json" for number in range(9))},
    messages=(f"Repository team/orders. Digest {DIGEST}. " + "And so on. " * 9,),
    deployed=(f"service production/orders, production-orders:2: app = {URI}, worker = {URI}",),
    recorded={"/ecr-pipeline/orders/production/image": URI},
    calls=(CountedCall(role=ROLE, call="ecr:BatchGetImage", count=5),),
    permissions=Permissions(
        (
            Needed(ROLE, "ec2:CreateNetworkInterface", "platform/BuildSecurityGroup", "EnterNetwork"),
            Needed(ROLE, "ec2:CreateNetworkInterface", "network/FirstSubnet", "EnterNetwork"),
            Needed(ROLE, "ecr:BatchGetImage", "repository/team/orders", "PullImage, network/EcrDkrEndpoint/2"),
        ),
        (),
        (*(Granted(f"{ROLE}/UseKey", f"kms:Action{number}") for number in range(9)), Granted("Key/Account", "kms:*")),
    ),
    not_run=("no task ran: the emulated ECS stores the revision and calls the service healthy",),
    notes=(
        "no container engine on this machine: docker is a stand-in that checks login, permissions, digest, platform",
    ),
)
BAD = replace(
    GOOD,
    status=FAILED,
    actions=(
        *GOOD.actions[:1],
        TriedAction(stage="Approval", action="Approve", provider="Manual", seconds=0, summary="", error="rejected"),
    ),
    rolled_back={"Approval": "", "Production": "94d12b3d"},
    permissions=Permissions((), (Needed(ROLE, "ecr:PutImage", "repository/x", "nothing allows " + "it " * 40),), ()),
)
NOTHING = replace(
    GOOD,
    status=NOT_STARTED,
    run="",
    actions=(),
    unstarted=("The tag x does not match ImageTagPattern (v*).",),
    missed=(Missed(rule="Trigger", why="detail.image-tag: " + "given and allowed " * 9, kept=("kept in Queue",)),),
)


STOPPED = replace(BAD, permissions=GOOD.permissions)
TRY = f"{program()} try pipeline-ecs"
OVERRIDES = ">overrides.json, then aws cloudformation deploy --parameter-overrides file://overrides.json ..."
AGAIN = "--image=v2 --findings=LOW=9 --reject"


def sections(text: str) -> list[str]:
    """The titles, and the first line."""
    return [part.splitlines()[0] for part in text.split("\n\n")]


def test_a_run_is_reported_from_its_verdict_to_the_next_command() -> None:
    """Verdict and image first; stages, approval message, running images, records; verdict and next command last."""
    text = report(GOOD, command="make deploy")
    assert ["orders: Succeeded", "  team/orders:v1", f"  {DIGEST}", f"  run {GOOD.run}"] == text.splitlines()[:4]
    assert [
        "orders: Succeeded",
        "Stage       Action   Seconds  Result",
        "The approver reads",
        "Deployed",
        "Recorded in Parameter Store",
        "Different from AWS",
        "Succeeded. Next: make deploy",
    ] == sections(text)
    assert text.endswith("\n")


def test_the_approval_message_is_shown_word_for_word() -> None:
    """Elsewhere an image has no host, and only as much of its digest as identifies it."""
    text = report(GOOD, command="")
    approver = text.partition("The approver reads\n")[2].partition("\n\n")[0]
    assert " ".join(GOOD.messages[0].split()) == " ".join(approver.split())
    assert "\n  /ecr-pipeline/orders/production/image\n    team/orders@sha256:0123456789ab...\n" in text
    assert "amazonaws.com" not in text


@pytest.mark.parametrize("found", [GOOD, BAD, NOTHING], ids=lambda found: found.status)
@pytest.mark.parametrize("permissions", [True, False])
def test_80_columns_are_enough(found: Outcome, permissions: bool) -> None:  # noqa: FBT001
    """Nothing is wider, and no line ends in spaces."""
    lines = report(found, command="ecr-pipeline", permissions=permissions).splitlines()
    assert [] == [line for line in lines if len(line) > 80 or line != line.rstrip()]


def test_permissions_are_shown_on_request() -> None:
    """By role and statement: a resource on a line each, unused actions together."""
    assert "EnterNetwork" not in report(GOOD, command="")
    text = report(GOOD, command="", permissions=True)
    titles = ["Artifacts", "AWS calls by role", "Used permissions", "Granted, but not used in this run"]
    assert titles == sections(text)[-6:-2]
    assert (
        f"  {ROLE}\n"
        "    ec2:CreateNetworkInterface  by EnterNetwork\n"
        "      platform/BuildSecurityGroup\n"
        "      network/FirstSubnet\n"
        "    ecr:BatchGetImage  by PullImage, network/EcrDkrEndpoint/2\n"
        "      repository/team/orders\n"
    ) in text
    assert f"  {ROLE}\n    ecr:BatchGetImage  5\n" in text
    assert f"  {ROLE}/UseKey: kms:Action0, kms:Action1, " in text


def test_a_failure_says_where_and_what_was_refused() -> None:
    """In the table, in a section of its own, and in the last line."""
    text = report(BAD, command="more")
    assert "FAILED: rejected" in text
    assert "\nApproval failed: no earlier run to roll back to\n" in text
    assert "\nProduction failed: rolled back to run 94d12b3d\n" in text
    assert f"\nRefused calls\n  {ROLE}  ecr:PutImage\n    nothing allows it it" in text
    assert "Failed at Approval/Approve. Next: more" == text.splitlines()[-1]


def test_a_push_that_started_nothing_is_explained() -> None:
    """By the rules for pipelines, with the fate of the event."""
    text = report(NOTHING, command="more")
    assert "orders: nothing started" == text.splitlines()[0]
    assert "\n\nThe tag x does not match ImageTagPattern (v*).\n\nTrigger: detail.image-tag: given" in text
    assert "\n  kept in Queue\n" in text
    assert "Nothing started. Next: more" == text.splitlines()[-1]


def test_a_run_that_starts_itself_is_reported() -> None:
    """A pipeline must not do that."""
    text = report(replace(GOOD, started_by_the_run=("Trigger",)), command="")
    assert "\nSTARTED BY THE RUN ITSELF\n  Trigger\n" in text


@pytest.mark.parametrize("found", [GOOD, BAD, NOTHING], ids=lambda found: found.status)
def test_programs_get_all_of_it(found: Outcome) -> None:
    """With a version, whole digests, and the next command."""
    shown = json.loads(json.dumps(data(found, "next")))
    assert {
        "version",
        "status",
        "pipeline",
        "run",
        "repository",
        "tag",
        "digest",
        "actions",
        "rolled_back",
        "artifacts",
        "messages",
        "deployed",
        "recorded",
        "started_by_the_run",
        "missed",
        "unstarted",
        "calls",
        "permissions",
        "not_run",
        "replaced",
        "notes",
        "next",
    } == shown.keys()
    assert (1, found.status, DIGEST, "next") == (shown["version"], shown["status"], shown["digest"], shown["next"])
    assert {"granted", "refused", "unused"} == shown["permissions"].keys()
    assert [action.stage for action in found.actions] == [action["stage"] for action in shown["actions"]]


@pytest.mark.parametrize(
    ("found", "file", "command"),
    [
        (GOOD, "params/pipeline-ecs.orders.json", "make deploy TEMPLATE=pipeline-ecs ENV=orders"),
        (GOOD, "-", ""),
        (GOOD, "my values.json", f"{program()} params overrides 'my values.json' {OVERRIDES}"),
        (GOOD, "params/standalone.main.json", f"{program()} params overrides params/standalone.main.json {OVERRIDES}"),
        (BAD, "a.json", f"{TRY} --params a.json --platform-params 'p q.json' {AGAIN} --permissions"),
        (STOPPED, "a.json", f"{TRY} --params a.json --platform-params 'p q.json' {AGAIN} --report=run.html"),
        (NOTHING, "a.json", f"{TRY} --params a.json --platform-params 'p q.json'"),
    ],
)
def test_the_next_command_fits_the_outcome(found: Outcome, file: str, command: str) -> None:
    """Deploy after a success; examine the same run after a failure; push a tag that starts the pipeline."""
    wish = Wish(image="v2", findings=("LOW=9",), approved=False)
    assert command == next_command("pipeline-ecs", file, found, wish, "p q.json")


def test_a_finding_that_stopped_the_run_can_be_accepted() -> None:
    """The command has the first id of this run. A standalone stack accepts none, and its message offers it not."""
    said = (
        '2 critical (limit 0), such as ["CVE-2026-1","CVE-2026-2"]: push a fixed image, accept them on the platform, or'
    )
    stopped = replace(STOPPED, actions=(replace(STOPPED.actions[0], error=said),))
    wish = Wish(findings=("CRITICAL=2",))
    command = accepting_command("pipeline-ecs", "a.json", stopped, wish, "")
    assert f"{TRY} --params a.json --findings=CRITICAL=2 '--accepted=CVE-2026-1@2099-12-31 not reachable'" == command
    assert f"To try the same with an accepted finding: {command}\n" in report(stopped, command="x", accepting=command)
    own = replace(
        stopped, actions=(replace(STOPPED.actions[0], error=said.replace(", accept them on the platform,", "")),)
    )
    for other in (own, STOPPED, GOOD, NOTHING):
        assert "" == accepting_command("pipeline-ecs", "a.json", other, wish, "")


def test_without_a_next_command_there_is_no_word_of_it() -> None:
    """The parameters came from standard input."""
    assert "\nSucceeded.\n" == report(GOOD, command="")[-12:]


def test_an_unchanged_example_is_not_for_deploying() -> None:
    """It names no account of the user: the next step is a parameter file of their own."""
    assert f"{program()} init pipeline-ecs" == next_command(
        "pipeline-ecs", str(PARAMS / "pipeline-ecs.prod.json"), GOOD, Wish(), ""
    )
    assert f"{TRY} --params a.json" == again("pipeline-ecs", "a.json", Wish(), "")
