"""The page of a trial: complete, for everybody to read, and safe to open and to pass on."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
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

EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
HOSTILE = '"><script>alert(1)</script>&'
MAIL = ApprovalMail(
    execution="run-1",
    subject="APPROVAL NEEDED: AWS CodePipeline orders for action Approve",
    text=GOOD.messages[0],
    review_link="https://console.aws.amazon.com/codepipeline/home?region=eu-west-1#/view/orders/Approval/Approve/approve/TOKEN",
    expires="2026-12-01T10:30Z",
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
    facts=TrialFacts(
        template="pipeline-ecs",
        generator="0.1.0, commit 0123456789ab",
        tried_at="2026-11-29 10:30 UTC",
        command="ecr-pipeline try pipeline-ecs --params orders.json",
        parameters={"orders.json": {"RepositoryName": "team/orders"}},
    ),
    reasons={f"{ROLE}/PullImage": "The image is pulled by its digest.", "platform/PipelinePolicy/UseKey": "Artifacts."},
)
PAGES = {
    "succeeded": replace(GOOD, details=DETAILS),
    "failed": replace(BAD, details=DETAILS),
    "nothing": replace(NOTHING, details=DETAILS),
}
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Reader(HTMLParser):
    """The contents of a page: elements with their attributes, texts, and tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one that is open, or it is wrong."""
        if not self._open or self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        """Collect texts and styles."""
        self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        """The attributes of every such element."""
        return (attributes for name, attributes in self.elements if name == tag)


def opened(text: str, tmp_path: Path) -> Iterator[Reader]:
    """The page as it is written, and as a browser understands it where the machine has one."""
    yield Reader(text)
    if BROWSER:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", profile, "--dump-dom", file.as_uri()]
        yield Reader(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)


@pytest.mark.parametrize("found", PAGES.values(), ids=PAGES)
def test_everybody_can_read_the_page(found: Outcome, tmp_path: Path) -> None:
    """Landmarks, a title, headings in their order, sections and tables with names, a way past the header."""
    for read in opened(page(found), tmp_path):
        assert [] == read.wrong
        assert [{"lang": "en"}] == list(read.all("html"))
        assert [1, 1] == [len(list(read.all(tag))) for tag in ("main", "header")]
        levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert all(one - before <= 1 for before, one in itertools.pairwise(levels))
        ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
        assert {each["aria-labelledby"] for each in read.all("section")} <= ids
        assert all(each.get("scope") in ("col", "row") for each in read.all("th"))
        assert {each["href"] for each in read.all("a")} <= {f"#{each}" for each in ids}
        assert all("aria-label" in each for _, each in read.elements if each.get("role") == "img")


@pytest.mark.parametrize("found", PAGES.values(), ids=PAGES)
def test_the_page_needs_nothing_else(found: Outcome, tmp_path: Path) -> None:
    """It loads nothing and runs nothing: it can be attached to a ticket and opened anywhere."""
    for read in opened(page(found), tmp_path):
        tags = {tag for tag, _ in read.elements}
        assert set() == tags & {"script", "link", "img", "iframe", "object", "embed", "form"}
        attributes = {name for _, each in read.elements for name in each}
        assert [] == [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")]
        assert not re.search(r"url\(|@import", read.text)


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
        details=replace(DETAILS, mails=(ApprovalMail(*[HOSTILE] * 6),)),
        deployed=(HOSTILE,),
        recorded={HOSTILE: HOSTILE},
        notes=(HOSTILE,),
        actions=(replace(GOOD.actions[0], summary=HOSTILE),),
    )
    read = Reader(page(hostile))
    assert [] == read.wrong
    assert [] == list(read.all("script"))
    assert read.text.count(HOSTILE) >= 8


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
