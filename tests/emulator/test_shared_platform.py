"""Three pipelines on two platforms: shared resources, and those of each pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from generator.emulator.programs.images import sample
from generator.emulator.trial.outcome import outcome
from generator.emulator.trial.report import report
from generator.emulator.trial.trial import deploy, trial_of
from tests.emulator.layers import pipeline
from tests.emulator.office import Office, office, ran

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing() -> Iterator[Office]:
    """Three pipelines: two on one platform, one on another; deployed once for the tests that only push."""
    with office() as made:
        for name, own in (("orders", {}), ("billing", {}), ("reports", {"Platform": "blue"})):
            given = {"Name": name, "RepositoryName": f"team/{name}", **own}
            deploy(made.here, name, pipeline(), given, given={"platform": {"RepositoryPattern": "team/*"}})
        yield made


def test_pipelines_of_one_platform_share_its_build(standing: Office) -> None:
    """Each with its own repository, artifacts and run; the log of each build is in the group of the platform."""
    for name in ("orders", "billing"):
        trial = trial_of(standing.here, name)
        image = sample(["linux/amd64"], f"shared {name}")
        execution = ran(trial.push(image, "v1"))
        assert image.digest == standing.approver.requests[-1].text
        prefixes = {key.key.rsplit("/", 1)[0] for key in execution.artifacts.values()}
        assert {f"{name}/Image", f"{name}/Inspection"} == prefixes
        assert f"team/{name} is inspected" == execution.results[1].done.summary  # type: ignore[union-attr]
    logs = standing.here.cloud.inside("logs")
    events = logs.filter_log_events(logGroupName="/ecr-pipeline/platform/main/Inspect")["events"]
    assert {"team/orders is inspected", "team/billing is inspected"} <= {each["message"] for each in events}
    other = logs.filter_log_events(logGroupName="/ecr-pipeline/platform/blue/Inspect")["events"]
    assert "team/orders is inspected" not in {each["message"] for each in other}


def test_pipelines_run_at_the_same_time(standing: Office) -> None:
    """Three pushes at once, on two platforms: no run gets anything of another one."""
    names = ("orders", "billing", "reports")
    images = {name: sample(["linux/amd64"], f"at once {name}") for name in names}
    here = standing.here
    with ThreadPoolExecutor() as pool:
        pushes = dict(
            zip(names, pool.map(lambda name: trial_of(here, name).push(images[name], "v9"), names), strict=True)
        )
    for name, push in pushes.items():
        execution = ran(push)
        assert images[name].digest == execution.namespaces["Inspection"]["DIGEST"]
        assert {name} == {each.key.split("/")[0] for each in execution.artifacts.values()}
    buckets = {name: next(iter(ran(push).artifacts.values())).bucket for name, push in pushes.items()}
    assert buckets["orders"] == buckets["billing"] != buckets["reports"]
    assert () == standing.here.policies.permissions().refused


# Undelivered events


def test_a_lost_push_sets_off_the_alarm_of_its_own_pipeline(standing: Office) -> None:
    """The queue is shared, the alarm and the mail are not: the other pipeline of the platform hears nothing."""
    standing.denied.append("StartPipelineExecution")
    image = sample(["linux/amd64"], "lost")
    trial = trial_of(standing.here, "billing")
    push = trial.push(image, "v8")
    standing.denied.clear()
    assert push.execution is None
    [lost] = [each for each in push.deliveries if each.queue]
    called = trial.names[lost.rule]
    [notice] = lost.notices
    assert ("Trigger", "LostPushAlarm", "Mail") == (
        called,
        trial.names[notice.alarm],
        trial.called(notice.topic),
    )
    assert "" == notice.why
    told = report(outcome(trial, push), command="", permissions=True)
    assert "Trigger: not today" in told
    assert "kept in platform/LostPushes" in told
    assert "LostPushAlarm notifies Mail" in told


def test_tables_name_resources_of_other_stacks(standing: Office) -> None:
    """STACK/LogicalId for imported resources, the logical id alone for the pipeline's own."""
    trial = trial_of(standing.here, "reports")
    push = trial.push(sample(["linux/amd64"], "tables"), "v7")
    ran(push)
    told = report(outcome(trial, push), command="", permissions=True)
    for row in (
        r"\n  PipelineRole\n(    .*\n)*    codebuild:StartBuild  \d+\n",
        r"\n  platform-blue/InspectRole\n(    .*\n)*    logs:PutLogEvents  \d",
        r"\n    logs:PutLogEvents  by Log\n      platform-blue/InspectLogs\n",
        r"\n    codebuild:StartBuild  by Start\n      platform-blue/Inspect\n",
    ):
        assert re.search(row, told), row
