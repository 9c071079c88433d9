"""Words and phrases that readers of technical English stumble over, and better ones."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

# Each pattern has been in a public text of this project.
PLAINER = {
    r"tells?|told|telling": "show, say, report",
    r"stands?(?!-in)|stood|standing": "be, exist",
    r"lies?|lain": "be",
    r"wants?|wanted": "need, require",
    r"(has|have|had|having) to": "must",
    r"in the name of": "with the permissions of",
    r"but for": "except",
    r"besides": "also",
    r"(brought|brings?|bringing) along": "existing",
    r"whoever|whichever": "name the person or thing",
    r"speaks? of": "match, be about",
    r"so many": "how many",
    r"hears? of": "be notified of",
    r"by the (hour|zone)": "for each",
    r"commas between": "separated by commas",
    r"or nothing": "or leave it empty",
    r"goes? (back|away|along)": "roll back, be deleted, be passed",
    r"is asked|are asked": "be called",
    r"nowhere": "nothing, no",
    r"(is|are|was|were) (not there|there already)": "not exist, already exist",
    r"(goes|go|went) on": "continue",
    r"(is|are|be|becomes?) quiet": "be off, not be in ALARM state",
    r"in (its|their) turn": "leave it out",
    r"in a circle": "in a cycle",
    r"in spite of": "despite",
    r"all the same": "still, nevertheless",
    r"without a word": "silently, without a message",
    r"what it takes": "the thing that is needed",
    r"asks? nothing of": "make no calls to",
    r"one a line": "one per line",
    r"buys? (it )?back": "restore",
    r"for ever": "without end",
    r"anew": "again",
}
_PATTERNS = {re.compile(rf"(?<![.$])\b({pattern})\b", re.IGNORECASE): better for pattern, better in PLAINER.items()}
# A clause with What or Who as the subject of a statement: `What runs is recorded.`
_RIDDLE = re.compile(r"(?:(?<=[.;:] )|(?<=^)|(?<=\| ))(?:What|Whatever|Who|Whoever|Whose) [^.?:|]*\.(?= |$)")
# A docstring or comment begins with its subject, and not with a clause about it. A question may.
_CLAUSE = re.compile(r"(?:What|Whatever|Who|Whoever|Whose)\b(?![^.:]*\?)")
_CODE = re.compile(r"`[^`\n]*`|https?://\S+")


def riddles(text: str) -> Iterator[str]:
    """Each statement that begins with What or Who; questions, headings and labels may."""
    yield from _RIDDLE.findall(" ".join(text.split()))


def stumbling_blocks(text: str) -> Iterator[str]:
    """Each such phrase in the text, with the better word."""
    for pattern, better in _PATTERNS.items():
        for found in pattern.finditer(text):
            yield f"{found[0]!r} (better: {better})"


def puzzles(source: str) -> Iterator[str]:
    """Each docstring and comment of a module that begins with a clause, and each such phrase in it, with the line."""
    for number, text in (*_docstrings(source), *_comments(source)):
        plain = " ".join(_CODE.sub("", text).split())
        if _CLAUSE.match(plain):
            yield f"{number}: {plain[:40]!r} begins with a clause (better: its subject)"
        yield from (f"{number}: {block}" for block in stumbling_blocks(plain))


def texts(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module with several words, with their lines: messages, help. Docstrings and comments are not."""
    tree = ast.parse(source)
    others = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # the parts of an f-string, with a letter for each value in it
            parts = [str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values]
            others |= {id(each) for each in node.values}
            text = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others:
            text = node.value
        else:
            continue
        if " " in text.strip():
            yield node.lineno, text


def _docstrings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """The comments with their first lines. Comments on adjacent lines are one."""
    blocks: list[tuple[int, list[str]]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            if not blocks or line != blocks[-1][0] + len(blocks[-1][1]):
                blocks.append((line, []))
            blocks[-1][1].append(token.string.lstrip("# "))
    yield from ((line, " ".join(lines)) for line, lines in blocks)
