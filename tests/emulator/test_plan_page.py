"""docs/plan.md, followed command by command, with the real AWS CLI."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.emulator.trial.account import account
from generator.emulator.trial.existing_resources import TrialPlace
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/plan.md").read_text(encoding="utf-8")
RUN = ".venv/bin/ecr-pipeline "
READ_SAMPLE = f"{RUN}plan --from docs/examples/plan.json"
NEEDS_ANSWER = 2


def shown(page: str) -> list[list[str]]:
    """The tables that the page shows, without the spaces that line them up."""
    return [line.split() for line in re.findall(r"(?m)^    ((?:network|platform|pipeline)-\S+ .+)$", page)]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, dict[str, list[str]]]]:
    """The output of each command of the page, every time that it is run."""
    folder = tmp_path_factory.mktemp("checkout")
    found: dict[str, list[str]] = {}
    with account(TrialPlace(region="eu-west-1"), approver=Approver(), progress=lambda _: None) as here:
        reader = Reader(checkout(folder), here)
        for command, typed in steps(PAGE):
            if typed:
                reader.fill_in(typed)
            if not command.startswith(RUN) or command == READ_SAMPLE:
                continue
            if command.endswith(" plan --all") and command in found:
                done = reader.try_to_run(command)
                assert NEEDS_ANSWER == done.returncode, done.stderr
                found[command].append(done.stdout)
            else:
                found.setdefault(command, []).append(reader.run(command))
        yield reader, found


SAMPLE = ROOT / "docs/examples/plan.json"
SAMPLE_STACKS = ("registry.orders", "pipeline-release.orders")


def sample_plan(folder: Path) -> str:
    """The output of `plan --json` when a deployed repository and its pipeline get another name of a repository."""
    with account(TrialPlace(region="eu-west-1"), approver=Approver(), progress=lambda _: None) as here:
        reader = Reader(checkout(folder), here)
        needed = ("network.main", "platform.main", *SAMPLE_STACKS)
        for repository in ("team/orders", "team/shop"):
            for name in needed:
                values = {"RepositoryPattern": "team/*"} if name == "platform.main" else {}
                if name in SAMPLE_STACKS:
                    values = {"RepositoryName": repository}
                if name == SAMPLE_STACKS[-1]:
                    values["Name"] = "orders"
                entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
                (reader.folder / f"params/{name}.json").write_text(json.dumps(entries), encoding="utf-8")
            if repository == "team/orders":
                reader.run(f"{RUN}apply --all")
        done = reader.try_to_run(f"{RUN}plan {' '.join(SAMPLE_STACKS)} --json")
        assert NEEDS_ANSWER == done.returncode, done.stderr
        return done.stdout


def test_the_sample_is_read_without_an_account() -> None:
    """The page shows the complete output of the command, which exits with 2."""
    done = subprocess.run(
        [sys.executable, "-m", "generator", *READ_SAMPLE.removeprefix(RUN).split()],
        cwd=ROOT,
        env={"PATH": "", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (NEEDS_ANSWER, 1) == (done.returncode, done.stdout.count("replaced because of RepositoryName"))
    section = PAGE.partition(READ_SAMPLE)[2].partition("`--details`")[0]
    printed = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    assert [line for line in done.stdout.splitlines() if line] == printed


def test_the_sample_is_the_output_of_a_plan(tmp_path: Path) -> None:
    """A replacement and wider permissions; only the ids of change sets and resources are others each time.

    After a change of a template, write what `sample_plan` returns into the file.
    """

    def without_ids(text: str) -> str:
        return re.sub(r"ecr-pipeline-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|(?<=-)[A-Z0-9]{12}\b", "ID", text)

    assert without_ids(sample_plan(tmp_path)) == without_ids(SAMPLE.read_text(encoding="utf-8"))


def test_every_command_of_the_page_is_run() -> None:
    """Other indented lines are output, names of files, and the removal of a stack."""
    others = [line for line, _ in steps(PAGE) if not line.startswith(RUN)]
    removal = "aws cloudformation delete-stack --stack-name network-main"
    assert removal in others
    pattern = "STACK |Must be accepted:|network-main|platform-main|pipeline-release-orders|registry-orders|params/"
    assert [removal] == [line for line in others if not re.match(pattern, line)]


def test_the_tables_are_those_that_are_printed(printed: tuple[Reader, dict[str, list[str]]]) -> None:
    """Line by line; the stacks exist in the end."""
    reader, found = printed
    first, second = found[f"{RUN}plan --all"]
    lines = [line.split() for output in (first, second) for line in output.splitlines()]
    assert [] == [line for line in shown(PAGE) if line not in lines]
    accepted = re.findall(r"(?m)^      (--accept .*)$", PAGE.partition(READ_SAMPLE)[0])
    assert accepted == [line.strip() for line in second.splitlines() if line.startswith("  --accept")]
    assert {"network-main", "platform-main", "pipeline-release-orders"} == reader.statuses().keys()
    assert {"CREATE_COMPLETE", "UPDATE_COMPLETE"} == set(reader.statuses().values())


def test_the_saved_plan_is_that_of_the_page(printed: tuple[Reader, dict[str, list[str]]]) -> None:
    """Everything is deployed by then, as the saved plan shows."""
    reader, found = printed
    saved = json.loads((reader.folder / "plan.json").read_text(encoding="utf-8"))
    assert {"unchanged"} == {each["state"] for each in saved["stacks"]}
    [text] = found[f"{RUN}plan --from plan.json --details"]
    assert 3 == text.count("unchanged")


def test_the_page_has_the_messages_of_the_command() -> None:
    """The messages of the table are those of the source."""
    source = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "generator").rglob("*.py")))
    table = PAGE.partition("## When it stops")[2].partition("## What it calls")[0]
    messages = re.findall(r"`([^`]+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    beginnings = [message.removesuffix(" ...").removeprefix("is in ") for message in messages]
    assert [] == [each for each in beginnings if each not in source]
