"""Generated documents: pages of templates, tables in the README."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.utils import ArgumentGenerator
from click.testing import CliRunner

from generator import catalog
from generator.checks import drift
from generator.cli import cli
from generator.errors import GeneratorError
from generator.publishing import reference, render
from generator.publishing.documents import FOLDER, documents
from tests.promises import promises

NAME = "pipeline-release"
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MARKED = f"# Mine\n\n<!-- parameters of {NAME}, written by make template -->\nold\n<!-- end -->\n\nMine too.\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder of documents, as `ecr-pipeline docs` writes them, and a README beside it."""
    (tmp_path / "README.md").write_text(MARKED)
    result = CliRunner().invoke(cli, ["docs", "--docs-dir", str(tmp_path / "docs")])
    assert result.exit_code == 0, result.output
    return tmp_path / "docs"


def _found(docs: Path) -> list[str]:
    return [str(finding).replace(f"{docs.parent}/", "") for finding in drift.documents(docs / FOLDER, documents(docs))]


def test_every_template_has_its_page(docs: Path) -> None:
    """Each page is named after its template and shows parameters, permissions and outputs."""
    assert sorted(catalog.templates()) == sorted(page.stem for page in (docs / "templates").iterdir())
    page = (docs / "templates" / f"{NAME}.md").read_text()
    for heading in ("## What a push starts", "## Parameters", "## Permissions", "## Outputs"):
        assert heading in page


def test_what_was_written_is_no_drift(docs: Path) -> None:
    """The check agrees with what the command has written."""
    assert [] == _found(docs)


def test_only_what_stands_between_the_marks_is_written(docs: Path) -> None:
    """The rest of the README is somebody's own."""
    text = (docs.parent / "README.md").read_text()
    assert text.startswith("# Mine\n\n<!-- parameters")
    assert text.endswith("<!-- end -->\n\nMine too.\n")
    assert "| `RepositoryName` |" in text
    assert "old" not in text.split("-->")[1].splitlines()


def test_a_guide_shows_the_picture_of_a_template(tmp_path: Path) -> None:
    """Between its marks a guide has the picture as it is made from the stages; a guide without marks is left alone."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "guide.md").write_text(f"# Guide\n\n<!-- picture of {NAME}, made -->\nold\n<!-- end -->\n")
    (docs / "plain.md").write_text("# Plain\n")
    written = documents(docs)
    assert reference.diagram(render.to_dict(catalog.build(NAME))) in written[docs / "guide.md"]
    assert "old" not in written[docs / "guide.md"]
    assert docs / "plain.md" not in written


def test_stale_missing_and_stray_pages_are_findings(docs: Path) -> None:
    """An edited page, a table that is out of date, a page of no template: each is named with what to do."""
    page = docs / "templates" / f"{NAME}.md"
    page.write_text(page.read_text().replace("## Outputs", "## Output"))
    (docs.parent / "README.md").write_text(MARKED)
    (docs / "templates" / "other.md").write_text("")
    stale, readme, stray = sorted(_found(docs), key=lambda finding: ("README" in finding, "other" in finding))[0:3]
    assert "differs from the generator's output: `ecr-pipeline docs` writes it again" in stale
    assert {"README.md", f"docs/templates/{NAME}.md", "docs/templates/other.md"} == {
        finding.split(":")[0] for finding in (stale, readme, stray)
    }
    page.unlink()
    assert any(f"docs/templates/{NAME}.md: does not exist" in finding for finding in _found(docs))


def test_a_table_of_no_template_is_an_error(tmp_path: Path) -> None:
    """A misspelt name in a mark is told, not passed over."""
    (tmp_path / "README.md").write_text(MARKED.replace(NAME, f"{NAME}x"))
    with pytest.raises(GeneratorError, match=f"no template '{NAME}x'"):
        documents(tmp_path / "docs")


def test_a_readme_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A README that is no text has no traceback."""
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    with pytest.raises(GeneratorError, match=r"cannot read .*README\.md"):
        documents(tmp_path / "docs")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_a_guide_that_is_no_file_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A pipe is not waited for."""
    make(tmp_path / "guide.md")
    with pytest.raises(GeneratorError, match=r"cannot read .*guide\.md: it is not a file"):
        documents(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_have_no_findings(example: Path) -> None:
    """What the documents show as complete is at least clean."""
    assert len(EXAMPLES) > 0
    from cfnlint.api import lint_file

    assert [] == [str(match) for match in lint_file(example)]


def anchors(page: Path) -> set[str]:
    """What a link can point at in a page: its headings, as GitHub names them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is to a file of the project, and its anchor is a heading there."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if file.parent == ROOT / "docs" / "templates":
            assert file.stem in catalog.templates(), target
            continue
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_in_the_index() -> None:
    """docs/README.md names every other page of its folder."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    names = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert set() == {name for name in names if f"]({name})" not in index}


def test_contributing_says_what_to_do_when_a_promise_fails() -> None:
    """Every promise has a row in CONTRIBUTING.md, and no row is about a promise that is gone."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("### What to do when a promise fails")[2]
    rows = set(re.findall(r"^\| `(\w+)` \| \S", text, re.MULTILINE))
    assert promises().keys() == rows


def aws_commands(page: Path) -> Iterator[str]:
    """Every call of the AWS CLI in the blocks of a page, on one line, without what the shell does with its output.

    A call whose arguments are the output of another program is left out.
    """
    text = re.sub(r" *\\\n +", " ", page.read_text(encoding="utf-8"))
    for line in re.findall(r"^(?: {4,6}|)((?:[a-z]+=\$\()?aws [a-z0-9-]+ [^\n]*)$", text, re.MULTILINE):
        command = re.sub(r"^[a-z]+=\$\((.*)\)$", r"\1", line)
        if "$(" not in command:
            yield re.split(r" [|>] (?=[a-z])", command)[0]


def _answer(model: OperationModel, **_: object) -> tuple[SimpleNamespace, object]:
    """An answer of the shape that the service documents, instead of a call."""
    shape = model.output_shape
    answer = ArgumentGenerator().generate_skeleton(shape) if shape else {}
    return SimpleNamespace(status_code=200), json.loads(json.dumps(answer, default=str))


@cache
def _driver() -> Any:
    """The AWS CLI, which sends nothing."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    driver.session.register("before-call", _answer)
    return driver


# Commands that are no single calls. All but the copy of a file are run in tests/emulator/.
MANY_CALLS = (
    ["cloudformation", "deploy"],
    ["cloudformation", "wait"],
    ["ecr", "get-login-password"],
)


def refusal(command: str) -> str:
    """What the AWS CLI says against the service, the operation and the parameters of a call, which is not sent."""
    # A variable of the shell is some value here, also one that is cut: ${image#*@}.
    arguments = shlex.split(re.sub(r"\$\{(\w+)[^}]*\}", r"\1", command), comments=True)[1:]
    if arguments[:2] in MANY_CALLS or "--recursive" in arguments:
        return ""
    with tempfile.NamedTemporaryFile() as file:
        # What is uploaded or read is in the folder of the reader, unless it is a file of this repository.
        Path(file.name).write_text("{}", encoding="utf-8")
        arguments = [
            f"file://{file.name}" if each.startswith("file://") and not (ROOT / each[7:]).exists() else each
            for each in arguments
        ]
        if arguments[:2] == ["s3", "cp"]:
            arguments[2] = file.name
        try:
            status = _driver().main([*arguments, "--region", "eu-west-1"])
        except SystemExit as error:
            status = int(error.code or 0)
    return f"exit code {status}" if status else ""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_aws_cli_understands_what_the_pages_call(page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Service, operation, parameters and query of every call are those of the AWS CLI, and none is missing."""
    for command in aws_commands(page):
        wrong = refusal(command)
        assert "" == wrong, f"{command}: {wrong}\n{capfd.readouterr().err}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "aws kms schedule-key-deletion --pending-window-in-days 30",
        "aws kms delete-key --key-id KEY_ID",
        "aws codepipeline start-pipeline-execution --name app --source-revisions actionName=Image,revisionTyp=x",
        "aws codepipeline get-pipeline-state --name app --query 'stageStates[?stageName==`Inspect`]'",
    ],
)
def test_a_call_that_the_aws_cli_does_not_understand_is_noticed(command: str) -> None:
    """A missing parameter, an unknown operation, a misspelt part of a parameter, a query that not all versions read."""
    assert "" != refusal(command)


def test_the_calls_of_the_pages_are_found() -> None:
    """The search for calls finds those that are kept in a variable, piped, or written on two lines."""
    found = [command for page in PAGES for command in aws_commands(page)]
    for beginning in (
        "aws ecr get-login-password",
        "aws codepipeline put-approval-result",
        "aws kms schedule-key-deletion",
    ):
        assert any(command.startswith(beginning) for command in found)
    assert not any(" docker login" in command or "images.json" in command for command in found)
