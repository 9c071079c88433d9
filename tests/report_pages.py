"""Report pages as people get them: on a screen, on paper, with a keyboard and by a screen reader."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import unicodedata
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
# https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast
TEXT, SHAPE = 4.5, 3.0


class Reader(HTMLParser):
    """The contents of a page: elements with their attributes, texts, and tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.wrong: list[str] = []
        self.style = ""
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
        if "style" in self._open:
            self.style += data

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        """The attributes of every such element."""
        return (attributes for name, attributes in self.elements if name == tag)


def opened(text: str, folder: Path) -> Iterator[Reader]:
    """The page as it is written, and as a browser understands it where the machine has one."""
    yield Reader(text)
    if BROWSER:
        yield Reader(_browse(text, folder, "--dump-dom"))


def unreadable(read: Reader) -> Iterator[str]:
    """Complaints about the structure: landmarks, headings in their order, names of sections, the skip link, folds."""
    yield from (f"{tag} is not closed in order" for tag in read.wrong)
    if [{"lang": "en"}] != list(read.all("html")):
        yield "the page has no language"
    yield from (
        f"the page has not one {tag}" for tag in ("main", "header", "h1", "title") if len([*read.all(tag)]) != 1
    )
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    if levels[:1] != [1] or any(one - before > 1 for before, one in itertools.pairwise(levels)):
        yield f"the headings skip a level: {levels}"
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    yield from (f"the id {each} is used twice" for each in {*ids} if ids.count(each) > 1)
    yield from (f"a {tag} has no name" for tag, each in read.elements if tag == "section" and not _name(each, ids))
    yield from ("a th has no scope" for each in read.all("th") if each.get("scope") not in ("col", "row"))
    yield from (
        "a picture has no name" for _, each in read.elements if each.get("role") == "img" and not _name(each, ids)
    )
    yield from (
        f"a link leads to {each['href']}" for each in read.all("a") if each["href"].removeprefix("#") not in ids
    )
    body = [tag for tag, _ in read.elements].index("body")
    first, attributes = read.elements[body + 1]
    [main] = read.all("main")
    if (first, attributes.get("href")) != ("a", f"#{main.get('id')}") or main.get("tabindex") != "-1":
        yield "the first element is not a link that leads to main"
    if "details:not([open]) + .folded { display: block; }" not in read.style.partition("@media print")[2]:
        yield "closed parts are not printed"
    tags = [(tag, each.get("class", "")) for tag, each in read.elements]
    for number, (tag, _) in enumerate(tags):
        if tag == "details" and [("summary", ""), ("div", "folded")] != tags[number + 1 : number + 3]:
            yield "a details element has content of its own, which older browsers do not print"


def dependencies(read: Reader) -> Iterator[str]:
    """Everything that the page loads or runs: it must open anywhere, from a ticket or a mail."""
    loading = {"script", "link", "img", "iframe", "object", "embed", "form"}
    yield from (tag for tag, _ in read.elements if tag in loading)
    attributes = {name for _, each in read.elements for name in each}
    yield from (name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action"))
    yield from re.findall(r"url\(|@import", read.text)


def faint(style: str) -> Iterator[str]:
    """Pairs of colours with too little contrast: of each text on each background, of each bar on its frame."""
    colours = dict(re.findall(r"--([\w-]+): *(#\w+)", style))
    found: dict[str, dict[str, str]] = {"color": {}, "background": {}, "bar": {}}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        for name, value in re.findall(r"(?:^|[;\s])(color|background): *([^;]+)", body):
            colour = colours.get(value.strip().removeprefix("var(--").removesuffix(")"), value.strip())
            kind = "bar" if ".bar > span" in selector else name
            found[kind][colour] = selector.strip()
    for colour, background in itertools.product(found["color"], found["background"]):
        if contrast(colour, background) < TEXT:
            yield f"{found['color'][colour]}: {colour} on {background}"
    for colour, background in itertools.product(found["bar"], found["background"]):
        if contrast(colour, background) < SHAPE:
            yield f"{found['bar'][colour]}: {colour} on {background}"


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, #rgb or #rrggbb.

    https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def printed(text: str, folder: Path) -> str:
    """The text of the PDF that a browser prints, without any space."""
    file = folder / "page.pdf"
    _browse(text, folder, "--no-pdf-header-footer", f"--print-to-pdf={file}")
    return pdf_text(file.read_bytes())


def pdf_text(data: bytes) -> str:
    """The text of a PDF that Chromium writes, without spaces: it names each glyph by a map of the font.

    https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf, 9.10.3
    """
    objects = dict(re.findall(rb"(?s)\n(\d+) 0 obj\n(.*?)\nendobj", data))
    maps = {
        name: _glyphs(_stream(objects[number]))
        for name, font in re.findall(rb"/(F\d+) (\d+) 0 R", data)
        for number in re.findall(rb"/ToUnicode (\d+) 0 R", objects.get(font, b""))
    }
    found = []
    for each in objects.values():
        font = b""
        for name, glyphs in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", _stream(each)):
            font = name or font
            found += [
                maps[font].get(int(glyphs[at : at + 4], 16), "") for at in range(0, len(glyphs), 4) if font in maps
            ]
    return "".join(unicodedata.normalize("NFKC", "".join(found)).split())  # without ligatures


def _stream(content: bytes) -> bytes:
    start = content.find(b"stream\n")
    if start < 0 or b"/FlateDecode" not in content[:start]:
        return b""
    return zlib.decompressobj().decompress(content[start + len(b"stream\n") :])


def _glyphs(table: bytes) -> dict[int, str]:
    """The characters of a font by the numbers of their glyphs."""
    found: dict[int, str] = {}
    for block in re.findall(rb"(?s)beginbfchar(.*?)endbfchar", table):
        for glyph, text in re.findall(rb"<(\w+)> <(\w+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"(?s)beginbfrange(.*?)endbfrange", table):
        for first, last, text in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            start = int(first, 16)
            found |= {glyph: chr(int(text, 16) + glyph - start) for glyph in range(start, int(last, 16) + 1)}
    return found


def _browse(text: str, folder: Path, *arguments: str) -> str:
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", profile, *arguments, file.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def _name(attributes: dict[str, str], ids: list[str]) -> bool:
    return bool(attributes.get("aria-label")) or attributes.get("aria-labelledby") in ids


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    whole = digits if len(digits) > 3 else "".join(each * 2 for each in digits)
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
