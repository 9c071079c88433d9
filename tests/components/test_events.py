"""What starts the pipeline."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from generator import catalog
from generator.components.events import PUSHED_TAG, TAG_PATTERN
from generator.publishing import render

TAGS = st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,40}\Z")


def _matches(pattern: str, tag: str) -> bool:
    """How EventBridge matches a wildcard: * stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None


@given(st.from_regex(TAG_PATTERN, fullmatch=True), st.from_regex(r"_[a-z]+", fullmatch=True))
def test_no_allowed_pattern_matches_a_tag_of_the_pipeline_itself(pattern: str, own: str) -> None:
    """A pipeline that tags what it deployed (_production) can never start itself."""
    assert not _matches(pattern, own)


@given(st.from_regex(TAG_PATTERN, fullmatch=True))
def test_no_allowed_pattern_matches_an_untagged_push(pattern: str) -> None:
    """The children of an image index are pushed with an empty tag: they start nothing."""
    assert not _matches(pattern, "")


@given(TAGS.filter(lambda tag: not re.fullmatch(r"_[a-z_]*|[._-].*", tag)))
def test_every_tag_of_a_user_can_be_watched(tag: str) -> None:
    """Every tag is also a pattern, alone and with a star behind it."""
    for pattern in (tag, f"{tag}*"):
        assert re.fullmatch(TAG_PATTERN, pattern)
        assert _matches(pattern, tag)


def test_what_eventbridge_refuses_is_refused_here() -> None:
    """`**`, a backslash, a space, nothing, and a star alone are refused before EventBridge refuses them."""
    for pattern in ("", "*", "**", "v**", "v\\*", "v 1", "v*\n", "_staging", "*production", "v1,v2", 'v"', "a*b*c*d*e"):
        assert not re.fullmatch(TAG_PATTERN, pattern), pattern
    for pattern in ("v*", "*-prod", "release-*-eu*", "1.2.3", "*.*.*", "latest"):
        assert re.fullmatch(TAG_PATTERN, pattern), pattern


def test_the_event_becomes_a_start_with_its_digest_and_tag() -> None:
    """The input of the target, with the values of an event, is a StartPipelineExecution of that digest."""
    trigger = render.to_dict(catalog.build("pipeline-release"))["Resources"]["Trigger"]["Properties"]["Targets"][0]
    text = trigger["InputTransformer"]["InputTemplate"].replace("<digest>", "sha256:0f").replace("<tag>", "v1.4.2")
    assert json.loads(text) == {
        "sourceRevisions": [{"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": "sha256:0f"}],
        "variables": [{"name": PUSHED_TAG.name, "value": "v1.4.2"}],
    }
