"""The outputs that leave the account: the document, the text and the page of a proof."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from generator.cli import cli
from generator.prove_command import agreed
from generator.proving.open_questions import answered
from generator.proving.proof_document import MASK, data, masked
from generator.proving.proof_page import page
from generator.proving.proof_records import FAILED, PASSED, Check, Proof
from generator.proving.proof_text import text
from tests.report_pages import BROWSER, Reader, dependencies, faint, opened, printed, unreadable

ACCOUNT = "111122223333"
PROOF = Proof(
    account=ACCOUNT,
    region="eu-west-1",
    deployed=True,
    checks=(
        Check(area="policies", subject="registry/Role", verdict=FAILED, text=f"<b>arn:aws:iam::{ACCOUNT}:role/x</b>"),
        Check(area="rules", subject="registry/Trigger", verdict=PASSED, text="2 events"),
    ),
    answers=answered(()),
    left=("stack x: DELETE_FAILED",),
    pending=("key 1234, deleted on 2026-12-06",),
)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/x", f"arn:aws:iam::{MASK}:role/x"),
        (f"bucket-{ACCOUNT}", f"bucket-{MASK}"),
        (f"{ACCOUNT}.dkr.ecr", f"{MASK}.dkr.ecr"),
        (f"audit-2024-{ACCOUNT}", f"audit-2024-{MASK}"),
        (f"data{ACCOUNT}", f"data{MASK}"),
        (
            "User: arn:aws:sts::444455556666:assumed-role/Admin/jane.doe@example.com is not authorized",
            f"User: arn:aws:sts::{MASK}:assumed-role/Admin/{MASK} is not authorized",
        ),
        ("arn:aws:iam::444455556666:user/team/jane", f"arn:aws:iam::{MASK}:user/{MASK}"),
        ("sha256:84f5123456789012345abc", "sha256:84f5123456789012345abc"),
        ("9587ccd6-30ad-418d-9e28-112233445566", "9587ccd6-30ad-418d-9e28-112233445566"),
        ("1796570910642404", "1796570910642404"),
    ],
)
def test_accounts_and_people_are_masked(given: str, shown: str) -> None:
    """Wherever they are; digests and other ids stay unchanged."""
    assert {"a": [shown]} == masked({"a": (given,)}, ACCOUNT)


def test_the_account_is_shown_only_when_asked_for() -> None:
    """In every form of the report."""
    hidden = data(PROOF)
    for shown in (json.dumps(hidden), text(hidden, details=True), page(hidden)):
        assert ACCOUNT not in shown
        assert MASK in shown
    assert ACCOUNT in text(data(PROOF, with_account=True))


def test_the_text_says_what_must_be_known() -> None:
    """The verdict first, then failures, the questions, and resources that are left; passed checks on demand."""
    shown = text(data(PROOF))
    assert f"Account {MASK}, eu-west-1: 1 of 2 checks failed; deployed, run and deleted" == shown.splitlines()[0]
    for word in ("policies: registry/Role: <b>", "not reached: Do", "stack x: DELETE_FAILED", "key 1234, deleted on"):
        assert word in shown
    assert "registry/Trigger: 2 events" not in shown
    assert "registry/Trigger: 2 events" in text(data(PROOF), details=True)
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_everybody_can_read_the_page(tmp_path: Path) -> None:
    """As that of a trial: landmarks, names, a way past the header, contrast, nothing to load; texts are escaped."""
    shown = page(data(PROOF))
    assert "&lt;b&gt;arn:aws:iam" in shown
    for read in opened(shown, tmp_path):
        assert [] == [*unreadable(read), *dependencies(read), *faint(read.style)]
        assert all(each.question.replace("`", "") in read.text for each in PROOF.answers)
    on_paper = "".join(Reader(shown).text.split()) if BROWSER is None else printed(shown, tmp_path)
    for each in ("1of2checksfailed", "stackx:DELETE_FAILED", "key1234,deletedon2026-12-06", "registry/Trigger"):
        assert each in on_paper


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--clean", "network"), "--clean cannot be combined with names or --deploy"),
        (("--policy", "--deploy"), "--policy cannot be combined with names or --deploy"),
        (("--account", "123"), "allowed: an account ID of twelve digits"),
        (("--env", "Dev!"), "is not the name of an environment"),
        (("nothing",), "nothing"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, before AWS is called."""
    done = CliRunner().invoke(cli, ["prove", *arguments], env={"PATH": "/nowhere"})
    assert 2 == done.exit_code, done.output
    assert said in done.stderr


def test_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is closed: --yes is the answer that is left."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(click.UsageError, match="answer in a terminal, or add --yes"):
        agreed()


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    """It is reported before AWS is called."""
    os.mkfifo(tmp_path / "pipe")
    for place, kind in ((tmp_path, "a folder"), (tmp_path / "pipe", "a pipe")):
        done = CliRunner().invoke(cli, ["prove", "--report", str(place)], env={"PATH": "/nowhere"})
        assert 1 == done.exit_code
        assert f"it is {kind}, allowed: the name of a file" in done.stderr
    assert (tmp_path / "pipe").is_fifo()


def test_a_page_does_not_replace_the_policy_that_is_read(tmp_path: Path) -> None:
    """A mistyped name costs no file."""
    (tmp_path / "policy.json").write_text("{}", encoding="utf-8")
    file = str(tmp_path / "policy.json")
    done = CliRunner().invoke(cli, ["prove", "--check-new-access", file, "--report", file], env={"PATH": "/nowhere"})
    assert (1, "{}") == (done.exit_code, (tmp_path / "policy.json").read_text(encoding="utf-8"))
    assert f"cannot write {file}: the command reads {file}, allowed: another file" in done.stderr
