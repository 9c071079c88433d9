"""Words and phrases that readers of technical English stumble over, and what to write instead."""

from __future__ import annotations

import re
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
}
_PATTERNS = {re.compile(rf"(?<![.$])\b({pattern})\b", re.IGNORECASE): better for pattern, better in PLAINER.items()}


def stumbling_blocks(text: str) -> Iterator[str]:
    """Each such phrase in the text, with the better word."""
    for pattern, better in _PATTERNS.items():
        for found in pattern.finditer(text):
            yield f"{found[0]!r} (better: {better})"
