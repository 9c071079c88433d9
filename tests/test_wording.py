"""Pages, docstrings and comments are plain English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from generator.cli import cli
from tests.wording import PLAINER, puzzles, riddles, stumbling_blocks, texts

ROOT = Path(__file__).parents[1]
_TAG = re.compile(r"<style>.*?</style>|<[^>]*>|\{[{%#].*?[}%#]\}")
_CODE = re.compile(r"`[^`]*`")
_EXAMPLE = re.compile(r"^ +ecr-pipeline .*$", re.MULTILINE)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/templates/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_phrase_that_readers_stumble_over(page: Path) -> None:
    """Outside of code, whose words are those of programs."""
    found = [
        f"{number}: {block}"
        for number, line in enumerate(_prose(page).splitlines(), 1)
        for block in stumbling_blocks(line)
    ]
    assert [] == found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_clause_as_a_subject(page: Path) -> None:
    """`What runs is recorded` must be read twice; paragraphs, items and cells begin a sentence each."""
    assert [] == [riddle for part in re.split(r"\n\n|\n *- |\|", _prose(page)) for riddle in riddles(part)]


@pytest.mark.parametrize("folder", ["generator", "tests"])
def test_no_docstring_or_comment_is_a_puzzle(folder: str) -> None:
    """Each begins with its subject: `The calls of a build`, not `What a build calls`."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert [] == [f"{file.relative_to(ROOT)}:{each}" for file in files for each in puzzles(file.read_text("utf-8"))]


def test_no_message_has_a_phrase_that_readers_stumble_over() -> None:
    """Errors, findings, help of options, texts of tables: every text of the program with several words."""
    found = [
        f"{file.relative_to(ROOT)}:{number}: {block}"
        for file in sorted((ROOT / "generator").rglob("*.py"))
        for number, text in texts(file.read_text("utf-8"))
        for block in (*stumbling_blocks(_CODE.sub("", text)), *riddles(text))
    ]
    assert [] == found


def test_no_report_has_a_phrase_that_readers_stumble_over() -> None:
    """The texts between the tags of the pages."""
    pages = sorted((ROOT / "generator").rglob("*.j2"))
    assert 2 < len(pages)
    for page in pages:
        plain = _TAG.sub("", page.read_text("utf-8").replace("\n", " "))
        assert [] == list(stumbling_blocks(plain)), page


def test_no_help_has_a_phrase_that_readers_stumble_over() -> None:
    """Of every command and option, outside of its examples."""
    found = [f"{' '.join(path)}: {block}" for path, text in _helps(cli) for block in _blocks_of_help(text)]
    assert [] == found
    assert 40 < len(list(_helps(cli)))


def _helps(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    yield path, command.help or ""
    for option in command.params:
        yield (*path, str(option.name)), getattr(option, "help", None) or ""
    for name, inner in getattr(command, "commands", {}).items():
        yield from _helps(inner, (*path, name))


def _blocks_of_help(text: str) -> Iterator[str]:
    prose = _EXAMPLE.sub("", text)
    yield from stumbling_blocks(prose)
    for paragraph in prose.split("\n\n"):
        yield from riddles(paragraph)


def _prose(page: Path) -> str:
    """The page without code and without the addresses of links."""
    text = re.sub(r"\]\([^)\s]*\)", "]", page.read_text(encoding="utf-8"))
    return re.sub(r"```.*?```|`[^`\n]*`|^ {4}[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_each_phrase_is_found() -> None:
    """In upper and lower case, as a word of its own: `stand-in` is another word."""
    assert ["'Tell' (better: show, say, report)"] == list(stumbling_blocks("Tell the tale of a stand-in."))
    assert ["'has to' (better: must)"] == list(stumbling_blocks("It has to understand lieutenants."))
    assert all(PLAINER.values())


def test_each_riddle_is_found() -> None:
    """Questions and labels are no riddles, nor is a sentence with such a clause at its end."""
    assert ["What runs is recorded."] == list(riddles("It is short. What runs\nis recorded. Read it."))
    assert ["Who pushes decides."] == list(riddles("Who pushes decides."))
    assert [] == list(riddles("What runs? The record shows what runs. What stays: buckets. What stays"))


def test_each_text_of_a_program_is_found() -> None:
    """With the values of an f-string as one letter each; keys, docstrings and comments are left out."""
    source = """'A docstring that stands here.'
raise Error(f'{name} has '
    f'to be {size}.', 'key', "What runs is kept.")  # it lies
"""
    assert [(2, "X has to be X."), (2, "What runs is kept.")] == [(2, text) for _, text in texts(source)]
    assert {"is quiet", "is red"} == {text for _, text in texts("x = {'is quiet': 1}, 'is red'")}
    helped = click.Command("try", help="Try it.\n\n    ecr-pipeline try  what it takes\n\nIt has to run.")
    helped.params.append(click.Option(["--event"], help="What happens to the image."))
    assert ["'has to' (better: must)", "What happens to the image."] == [
        block for _, text in _helps(helped) for block in _blocks_of_help(text)
    ]


def test_each_puzzle_is_found() -> None:
    """In docstrings of modules, functions and attributes, and in comments. Questions, code and links are left alone."""
    source = """'What a build calls.'
size = 1  # whoever reads it
'What the size is. And so on.'
text = "What is in a string of the program."

def call():
    'Call it in the name of its user, `whoever` that is: https://example.com/what-it-takes .'
    # What is called at
    # last has to wait.

# What now? It waits.
"""
    assert [
        "1: 'What a build calls.' begins with a clause (better: its subject)",
        "3: 'What the size is. And so on.' begins with a clause (better: its subject)",
        "7: 'in the name of' (better: with the permissions of)",
        "2: 'whoever' (better: name the person or thing)",
        "8: 'What is called at last has to wait.' begins with a clause (better: its subject)",
        "8: 'has to' (better: must)",
    ] == list(puzzles(source))
