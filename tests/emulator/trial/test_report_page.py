"""The page of a trial: complete, for everybody to read, and safe to open and to pass on."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from generator.emulator.runs.approval_mails import ApprovalMail
from generator.emulator.trial.outcome import Outcome
from generator.emulator.trial.report_page import page
from generator.emulator.trial.run_details import RuleAnswer, RunDetails
from generator.emulator.trial.trial_facts import TrialFacts
from generator.errors import GeneratorError
from generator.publishing.writable_pages import refuse_unwritable
from tests.emulator.trial.test_report import BAD, GOOD, NOTHING, ROLE, URI
from tests.report_pages import BROWSER, Reader, dependencies, faint, opened, printed, unreadable

HOSTILE = '"><script>alert(1)</script>&'
MAIL = ApprovalMail(
    execution="run-1",
    subject="APPROVAL NEEDED: AWS CodePipeline orders for action Approve",
    text=GOOD.messages[0],
    review_link="https://console.aws.amazon.com/codepipeline/home?region=eu-west-1#/view/orders/Approval/Approve/approve/TOKEN",
    expires="2026-12-01T10:30Z",
)
FACTS = TrialFacts(
    template="pipeline-ecs",
    generator="0.1.0, commit 0123456789ab",
    tried_at="2026-11-29 10:30 UTC",
    command="ecr-pipeline try pipeline-ecs --params orders.json",
    parameters={"orders.json": {"RepositoryName": "team/orders"}},
)
DETAILS = RunDetails(
    event={"detail": {"image-tag": "v1"}},
    rules=(
        RuleAnswer(rule="Trigger", pattern='{"source": ["aws.ecr"]}', target="Pipeline", why=""),
        RuleAnswer(rule="FailureNotice", pattern="{}", target="", why="source: given aws.ecr", starts_runs=False),
    ),
    stages=(
        ("Inspect", (("Inspect", "CodeBuild"),)),
        ("Approval", (("Approve", "Manual"),)),
        ("Production", (("Deploy", "ECS"),)),
    ),
    mails=(MAIL,),
    files={"Inspection": {"scan.json": HOSTILE}},
    facts=FACTS,
    reasons={f"{ROLE}/PullImage": "The image is pulled by its digest.", "platform/PipelinePolicy/UseKey": "Artifacts."},
)
PAGES = {
    "succeeded": replace(GOOD, details=DETAILS),
    "failed": replace(BAD, details=DETAILS),
    "nothing": replace(NOTHING, details=DETAILS),
}


@pytest.mark.parametrize("found", PAGES.values(), ids=PAGES)
def test_everybody_can_read_the_page(found: Outcome, tmp_path: Path) -> None:
    """Landmarks, headings, names of sections and tables, a way past the header, contrast; it loads and runs nothing."""
    for read in opened(page(found), tmp_path):
        assert [] == [*unreadable(read), *dependencies(read), *faint(read.style)]


def test_paper_shows_what_is_closed_on_the_screen(tmp_path: Path) -> None:
    """A browser prints parameters, patterns, the event, artifacts, permissions and calls, where the machine has one."""
    text = page(PAGES["succeeded"])
    shown = "".join(Reader(text).text.split()) if BROWSER is None else printed(text, tmp_path)
    for closed in (
        "RepositoryNameteam/orders",
        '{"source":["aws.ecr"]}',
        '{"detail":{"image-tag":"v1"}}',
        HOSTILE.replace(" ", ""),
        "PullImageTheimageispulledbyitsdigest.",
        "ecr:BatchGetImage5",
        "kms:Action8",
    ):
        assert closed in shown


def test_a_page_shows_every_action_and_how_it_ended() -> None:
    """Including those that were not reached. Colour is never the only difference."""
    read = Reader(page(PAGES["failed"]))
    said = " ".join(read.text.split())
    for each in ("✓ Inspect CodeBuild, succeeded", "✗ Approve Manual, failed", "○ Deploy ECS, not run"):
        assert each in said
    assert "Approval/Approve: rejected" in said
    assert "nothing allows it" in said  # the refused call


def test_a_page_gives_the_reason_of_each_statement() -> None:
    """The role's own, and those of a policy that several roles share; an endpoint has none."""
    said = " ".join(Reader(page(PAGES["succeeded"])).text.split())
    assert "ecr:BatchGetImage repository/team/orders PullImage The image is pulled by its digest." in said
    assert "matched, and reached Pipeline" in said
    assert "FailureNoticestarts no run; did not match: source: given aws.ecr" in said


def test_a_trial_cannot_be_mistaken_for_a_release() -> None:
    """A notice above the verdict, also that no task ran; then template, version, time, and parameters."""
    text = page(PAGES["succeeded"])
    said = " ".join(Reader(text).text.split())
    assert "Trial of orders in an emulated AWS: Succeeded" in said
    banner = said.index("Nothing was deployed to an AWS account.")
    verdict = said.index("Succeeded", banner)
    assert banner < said.index("No task ran: the emulated ECS stores the revision") < verdict
    for each in (
        "Templatepipeline-ecs, by ecr-pipeline 0.1.0, commit 0123456789ab",
        "Tried2026-11-29 10:30 UTC",
        "Commandecr-pipeline try pipeline-ecs --params orders.json",
        "Parameters in orders.json ParameterValue RepositoryNameteam/orders",
        f"/ecr-pipeline/orders/production/image{URI}",
    ):
        assert each in said
    assert "make deploy" not in said
    assert "Trial of orders in an emulated AWS: Failed" in Reader(page(PAGES["failed"])).text


def test_the_mail_of_the_approver_is_shown_as_it_was_sent() -> None:
    """The subject, link and time as well as the text. Without a topic there is no mail, and no subject."""
    read = " ".join(Reader(page(PAGES["succeeded"])).text.split())
    for each in (f"Subject{MAIL.subject}", f"Review{MAIL.review_link}", f"Expires{MAIL.expires}", MAIL.text):
        assert each in read
    assert "To review" not in read
    other = replace(DETAILS, mails=(MAIL._replace(subject="", more="https://example.com/x"),))
    read = " ".join(Reader(page(replace(GOOD, details=other))).text.split())
    assert "To reviewhttps://example.com/x" in read
    assert "Subject" not in read


def test_the_page_says_in_words_why_nothing_started() -> None:
    """Before the fields of the pattern."""
    [sentence] = NOTHING.unstarted
    read = Reader(page(PAGES["nothing"])).text
    assert read.index(sentence) < read.index("matched, and reached Pipeline")


def test_a_rollback_names_what_it_replaced() -> None:
    """By its digest."""
    read = Reader(page(replace(PAGES["succeeded"], replaced=f"sha256:{'b' * 64}")))
    assert f"Rolled back fromsha256:{'b' * 64}" in " ".join(read.text.split())


def test_content_of_an_image_cannot_change_the_page() -> None:
    """Tags, labels and files may come from anybody: they are shown as text everywhere."""
    hostile = replace(
        PAGES["succeeded"],
        pipeline=HOSTILE,
        tag=HOSTILE,
        details=replace(
            DETAILS,
            mails=(ApprovalMail(*[HOSTILE] * 6),),
            facts=replace(FACTS, parameters={HOSTILE: {HOSTILE: HOSTILE}}),
        ),
        deployed=(HOSTILE,),
        recorded={HOSTILE: HOSTILE},
        notes=(HOSTILE,),
        actions=(replace(GOOD.actions[0], summary=HOSTILE),),
    )
    read = Reader(page(hostile))
    assert [] == read.wrong
    assert [] == list(read.all("script"))
    assert read.text.count(HOSTILE) >= 11


def test_a_page_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    """Before the run, which takes half a minute."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    for right in ("file", "new/page.html", "dangling"):
        refuse_unwritable(str(tmp_path / right))
    refuse_unwritable(str(tmp_path / "file"), (str(tmp_path / "other"), ""))
    (tmp_path / "linked").symlink_to("file")
    with pytest.raises(GeneratorError, match=r"linked: the command reads .*/file, allowed: another file"):
        refuse_unwritable(str(tmp_path / "linked"), (str(tmp_path / "other"), str(tmp_path / "file")))
    for wrong in (".", "file/page.html", "pipe", "link", "loop", "x" * 300, "a\0b"):
        with pytest.raises(GeneratorError, match="cannot write"):
            refuse_unwritable(f"{tmp_path}/{wrong}")
