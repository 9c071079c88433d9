"""The report of a simulation, as text and as data."""

from __future__ import annotations

import json

from generator.lifecycle import simulation_report
from generator.lifecycle.simulation import simulated
from tests.lifecycle.made import ARCHIVE, NOW, image, more_than, read, rule, since

POLICY = read(
    rule(1, tagPatternList=["v*"], **more_than(1), description="Releases"),
    rule(2, tagPatternList=["pr-*"], action=ARCHIVE, **since(14)),
)
IMAGES = [
    image("0123456789abcdef", "v1", days=20.5),
    image("b", "v2", "v2.0", "v2.0.1", "stable", "x", days=10),
    image("c", "pr-1", days=30),
    image("d", "odd\u202etag", days=1),
]
WORDS = ("OUTCOME", "expires", "archived", "stays", "stays")
FOUND = simulated(POLICY, IMAGES, NOW, {}, name="p")


def test_the_tables() -> None:
    """Images that go are first, then the newest; only three tags and twelve digits of a digest are shown."""
    images, rules, findings = simulation_report.text(FOUND).split("\n\n")
    assert [
        "IMAGE PUSHED (UTC) TAGS OUTCOME RULE WHY",
        "sha256:0123456789ab 2026-10-30 20:00 v1 expires 1 number 2 of 2, newest first; 1 stay",
        "sha256:c 2026-10-21 08:00 pr-1 archived 2 pushed 30.0 days ago, more than 14",
        'sha256:d 2026-11-19 08:00 "odd\\u202etag" stays - no rule matches it',
        "sha256:b 2026-11-10 08:00 v2,v2.0,v2.0.1,+2 stays 1 number 1 of 2, newest first; 1 stay",
    ] == [" ".join(line.split()) for line in images.splitlines()]
    assert {images.index("OUTCOME")} == {
        line.index(word) for line, word in zip(images.splitlines(), WORDS, strict=True)
    }
    assert [
        "RULE  DECIDES  TAKES  WHAT IT DOES",
        "1     2        1      expire images tagged v*: more than 1",
        "2     1        1      archive images tagged pr-*: pushed more than 14 days ago",
    ] == rules.splitlines()
    assert ["p: rule 1: can take", "p: rule 2: can take"] == [line[:19] for line in findings.splitlines()]


def test_the_same_as_data() -> None:
    """For programs: digests and tags are whole, and it is JSON."""
    data = json.loads(json.dumps(simulation_report.data(FOUND)))
    assert {
        "imageDigest": "sha256:0123456789abcdef",
        "imageTags": ["v1"],
        "imagePushedAt": "2026-10-30T20:00:00+00:00",
        "outcome": "expires",
        "rulePriority": 1,
        "run": 1,
        "why": "number 2 of 2, newest first; 1 stay",
    } == data["images"][0]
    assert [None, None] == [data["images"][2]["rulePriority"], data["images"][2]["run"]]
    assert {
        "rulePriority": 1,
        "description": "Releases",
        "does": "expire images tagged v*: more than 1",
        "decides": 2,
        "takes": 1,
    } == data["rules"][0]
    assert ["unprotected", "unprotected"] == [finding["check"] for finding in data["findings"]]
    assert "2026-11-20T08:00:00+00:00" == data["at"]
    assert list(FOUND.notes) == data["notes"]


def test_the_summary() -> None:
    """One line."""
    assert "1 would expire, 1 would be archived, 2 would stay. 2 findings." == simulation_report.summary(FOUND)
    keep = read(rule(1, tagPatternList=["_*"], **more_than(9)))
    assert "No images. No findings." == simulation_report.summary(simulated(keep, [], NOW, {}, name="p"))
