"""The frame of reports, and the checks that their tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from generator.publishing.html_pages import filled_page
from tests.report_pages import BROWSER, Reader, contrast, dependencies, faint, printed, unreadable

BODY = """{% extends "report_base.html.j2" %}
{% from "report_parts.html.j2" import coded, fold %}
{% block title %}Title{% endblock %}
{% block header %}<h1>Title</h1>{% endblock %}
{% block main %}
<section aria-labelledby="one"><h2 id="one">{{ name | twice }}</h2>
<p>{{ coded("Does `a<b` work & end?") }}</p>
{% call fold("More of " ~ name) %}<p>Closed text</p>{% endcall %}
</section>
{% endblock %}
"""


def made(folder: Path, body: str = BODY) -> str:
    """The page of this template."""
    file = folder / "page.html.j2"
    file.write_text(body, encoding="utf-8")
    return filled_page(file, {"name": "<b>"}, {"twice": lambda each: each * 2})


def test_a_page_is_in_the_frame(tmp_path: Path) -> None:
    """Values are escaped, also in a summary; filters apply; words of programs are code; a missing value is a bug."""
    text = made(tmp_path)
    assert text.startswith("<!DOCTYPE html>\n")
    assert "<p>Does <code>a&lt;b</code> work &amp; end?</p>" in text
    read = Reader(text)
    assert ("<b><b>" in read.text, "More of <b>" in read.text) == (True, True)
    assert [] == [*unreadable(read), *dependencies(read), *faint(read.style)]
    with pytest.raises(UndefinedError):
        made(tmp_path, BODY.replace("{{ name", "{{ other"))


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("</p>", "", "main is not closed in order"),
        ('lang="en"', "", "the page has no language"),
        ("<h2", "<h3", "the headings skip a level: [1, 3]"),
        ('aria-labelledby="one"', "", "a section has no name"),
        ('aria-labelledby="one"', 'aria-labelledby="other"', "a section has no name"),
        ("<p>", '<p id="one">', "the id one is used twice"),
        ("<p>", "<table><th>A</th></table><p>", "a th has no scope"),
        ("<p>", '<p role="img">', "a picture has no name"),
        ("<p>", '<p><a href="#nothing">there</a>', "a link leads to #nothing"),
        ('href="#main"', 'href="#one"', "the first element is not a link that leads to main"),
        ('tabindex="-1"', "", "the first element is not a link that leads to main"),
        ("</summary></details>", "</summary><p>in it</p></details>", "a details element has content of its own"),
        (".folded { display: block; }", "", "closed parts are not printed"),
    ],
)
def test_each_flaw_of_the_structure_is_found(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """By a complaint that says what is missing."""
    text = made(tmp_path)
    assert right in text
    assert any(complaint in each for each in unreadable(Reader(text.replace(right, wrong))))


@pytest.mark.parametrize(
    "more", ["<script></script>", '<p onclick="x()">', "<img src=x>", "<style>a{b:url(c)}</style>"]
)
def test_each_dependency_is_found(tmp_path: Path, more: str) -> None:
    """Elements, attributes and styles that load or run something."""
    assert [] != list(dependencies(Reader(made(tmp_path).replace("<p>", more))))


def test_faint_colours_are_found() -> None:
    """The numbers are those of the definition; a bar is no text, and needs less."""
    assert (21.0, 1.0) == (contrast("#000", "#ffffff"), contrast("#777777", "#777"))
    assert 4.48 == round(contrast("#777", "#fff"), 2)
    assert [".a: #777 on #fff"] == list(faint(":root { --b: #fff; } .a { color: #777; background: var(--b); }"))
    assert [] == list(faint(".bar > span { background: #777; } .bar { background: #fff; }"))
    assert 1 == len(list(faint(".bar > span { background: #ddd; } .bar { background: #fff; }")))


def test_paper_shows_closed_parts(tmp_path: Path) -> None:
    """Without the rule for print they are missing there, as a browser proves where the machine has one."""
    text = made(tmp_path)
    if BROWSER:
        assert "Closedtext" in printed(text, tmp_path)
        closed = printed(text.replace(".folded { display: block; }", ".folded { }"), tmp_path)
        assert ("Moreof<b>" in closed, "Closedtext" in closed) == (True, False)
    assert "@media print" in text
