"""Generated documents: pages of templates, tables in the README."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator import catalog
from generator.checks import drift
from generator.cli import cli
from generator.errors import GeneratorError
from generator.program_name import program
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
    """A folder of documents, as `ecr-pipeline docs` writes them, and a README next to it."""
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


def test_written_pages_are_no_drift(docs: Path) -> None:
    """The check agrees with the command's output."""
    assert [] == _found(docs)


def test_only_text_between_the_marks_is_written(docs: Path) -> None:
    """The rest of the README is not touched."""
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
    assert f"differs from the generator's output: `{program()} docs` writes it again" in stale
    assert {"README.md", f"docs/templates/{NAME}.md", "docs/templates/other.md"} == {
        finding.split(":")[0] for finding in (stale, readme, stray)
    }
    page.unlink()
    assert any(f"docs/templates/{NAME}.md: does not exist" in finding for finding in _found(docs))


def test_a_table_of_no_template_is_an_error(tmp_path: Path) -> None:
    """A misspelt name in a mark is reported, not ignored."""
    (tmp_path / "README.md").write_text(MARKED.replace(NAME, f"{NAME}x"))
    with pytest.raises(GeneratorError, match=f"no template '{NAME}x'"):
        documents(tmp_path / "docs")


def test_a_readme_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """A README that is no text has no traceback."""
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    with pytest.raises(GeneratorError, match=r"cannot read .*README\.md"):
        documents(tmp_path / "docs")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_a_guide_that_is_no_file_is_reported(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A pipe is not waited for."""
    make(tmp_path / "guide.md")
    with pytest.raises(GeneratorError, match=r"cannot read .*guide\.md: it is not a file"):
        documents(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_have_no_findings(example: Path) -> None:
    """A complete example in the documents has at least no findings."""
    assert len(EXAMPLES) > 0
    from cfnlint.api import lint_file

    assert [] == [str(match) for match in lint_file(example)]


def anchors(page: Path) -> set[str]:
    """The targets of links in a page: its headings, as GitHub names them."""
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
    """Every promise has a row in CONTRIBUTING.md, and no row is about a promise that does not exist."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("### What to do when a promise fails")[2]
    rows = set(re.findall(r"^\| `(\w+)` \| \S", text, re.MULTILINE))
    assert promises().keys() == rows
