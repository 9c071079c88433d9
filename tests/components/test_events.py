"""The trigger of the pipeline."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import catalog
from generator.components.events import LITERAL, PUSHED_TAG, TAG_PATTERN
from generator.emulator.events.service_events import image_action, image_replicated
from generator.eventbridge.patterns import BusEvent, why_not
from generator.eventbridge.wildcards import complexity
from generator.publishing import render
from tests.resolved import resolved

ALLOWED = re.compile(TAG_PATTERN)
PATTERNS = st.from_regex(rf"\*?{LITERAL}(\*{LITERAL}){{0,2}}\*?", fullmatch=True).filter(ALLOWED.fullmatch)
# Patterns that repeat themselves, as those from the expression hardly do.
REPEATED = st.builds(
    lambda unit, times: unit * times, st.sampled_from(["-", "1", "a1", "a", "-1-"]), st.integers(1, 12)
)
REPETITIVE = st.builds(
    lambda first, literals, last: first + "*".join(literals) + last,
    st.sampled_from(["", "*"]),
    st.lists(REPEATED, min_size=1, max_size=3),
    st.sampled_from(["", "*"]),
)
TAGS = st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,40}\Z")


def _matches(pattern: str, tag: str) -> bool:
    """How EventBridge matches a wildcard: * matches any characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None


@given(PATTERNS, st.from_regex(r"_[a-z]+", fullmatch=True))
def test_no_allowed_pattern_matches_a_tag_of_the_pipeline_itself(pattern: str, own: str) -> None:
    """A pipeline that tags its deployed image (_production) can never start itself."""
    assert not _matches(pattern, own)


@given(PATTERNS)
def test_no_allowed_pattern_matches_an_untagged_push(pattern: str) -> None:
    """The children of an image index are pushed with an empty tag: they start nothing."""
    assert not _matches(pattern, "")


@given(TAGS.filter(lambda tag: not re.fullmatch(r"_[a-z_]*|[._-].*", tag)))
def test_every_tag_of_a_user_can_be_watched(tag: str) -> None:
    """Every tag is also a pattern, alone and with a star behind it."""
    for pattern in (tag, f"{tag}*"):
        assert re.fullmatch(TAG_PATTERN, pattern)
        assert _matches(pattern, tag)


@given(REPETITIVE | PATTERNS)
def test_no_allowed_pattern_is_too_complex(pattern: str) -> None:
    """EventBridge accepted rules with a complexity of 9; the limit is not documented, and a stack fails at it."""
    assert 9 >= complexity((pattern,)) or not ALLOWED.fullmatch(pattern)


@pytest.mark.parametrize("pattern", ["*----------", "*----", "v*-1-1-1", "v*ababab", "v*aa*aa*aa", "rc*1111"])
def test_a_pattern_that_repeats_after_a_star_is_refused(pattern: str) -> None:
    """Sequences that repeat after a star make a rule too complex."""
    assert not re.fullmatch(TAG_PATTERN, pattern)


@pytest.mark.parametrize(
    "pattern", ["----------a*", "1111", "*---", "*-1-1", "v*.*.*", "*-eu-west-1-prod-blue-green", "v*-20240101-02*"]
)
def test_a_pattern_that_repeats_less_is_allowed(pattern: str) -> None:
    """A pair may come twice, characters as often as they like, and before a star everything."""
    assert re.fullmatch(TAG_PATTERN, pattern)


def test_patterns_that_eventbridge_refuses_are_refused() -> None:
    """`**`, a backslash, a space, nothing, and a star alone are refused before EventBridge refuses them."""
    for pattern in ("", "*", "**", "v**", "v\\*", "v 1", "v*\n", "_staging", "*production", "v1,v2", 'v"', "a*b*c*d*e"):
        assert not re.fullmatch(TAG_PATTERN, pattern), pattern
    for pattern in ("v*", "*-prod", "release-*-eu*", "1.2.3", "*.*.*", "latest"):
        assert re.fullmatch(TAG_PATTERN, pattern), pattern


BUILD, OTHER = "111122223333", "444455556666"
HERE = {"account": "222233334444", "region": "eu-west-1"}
IMAGE = {"repository": "team/orders", "digest": "sha256:0f", "tag": "v1.4.2"}


def _replica(**changed: str) -> BusEvent:
    event = {"source_account": BUILD, "source_region": "eu-central-1", **IMAGE, **HERE, **changed}
    return image_replicated(**event)


def _why_not(event: BusEvent, accounts: str, template: str = "pipeline-release") -> str:
    values = {"RepositoryName": "team/orders", "ReplicatingAccountIds": accounts}
    body = render.to_dict(catalog.build(template))
    rule = {**body, "Resources": {"Trigger": body["Resources"]["Trigger"]}}
    return why_not(resolved(rule, **values)["Trigger"]["EventPattern"], event)


@pytest.mark.parametrize("accounts", [BUILD, f"{OTHER},{BUILD}"])
def test_a_replica_from_an_account_that_is_named_starts_a_run(accounts: str) -> None:
    """Every pipeline on a platform starts, and pushes start it as before."""
    for name in (each for each in catalog.templates() if each.startswith("pipeline-")):
        assert "" == _why_not(_replica(), accounts, name)
        assert "" == _why_not(image_action("PUSH", **IMAGE, **HERE), accounts, name)


@pytest.mark.parametrize(
    ("changed", "accounts", "field"),
    [
        ({}, "none", "source-account"),
        ({}, OTHER, "source-account"),
        ({"source_account": OTHER}, BUILD, "source-account"),
        ({"tag": ""}, BUILD, "image-tag"),
        ({"tag": "rc-1"}, BUILD, "image-tag"),
        ({"tag": "_production"}, BUILD, "image-tag"),
        ({"result": "FAILED"}, BUILD, "result"),
        ({"repository": "team/orders-api"}, BUILD, "repository-name"),
    ],
)
def test_other_replicas_start_nothing(changed: dict[str, str], accounts: str, field: str) -> None:
    """A foreign account, a child manifest, another tag, a failure, another repository; the field is named."""
    assert field in _why_not(_replica(**changed), accounts)


def test_pushes_need_no_account() -> None:
    """They start the pipeline where no account is named, and deletions never do."""
    assert "" == _why_not(image_action("PUSH", **IMAGE, **HERE), "none")
    assert "action-type" in _why_not(image_action("DELETE", **IMAGE, **HERE), "none")


def test_replicas_do_not_start_standalone() -> None:
    """Its rule is for pushes."""
    why = _why_not(_replica(source_account=HERE["account"]), BUILD, "standalone")
    assert "detail-type" in why


def test_the_event_becomes_a_start_with_its_digest_and_tag() -> None:
    """The input of the target, with the values of an event, is a StartPipelineExecution of that digest."""
    trigger = render.to_dict(catalog.build("pipeline-release"))["Resources"]["Trigger"]["Properties"]["Targets"][0]
    text = trigger["InputTransformer"]["InputTemplate"].replace("<digest>", "sha256:0f").replace("<tag>", "v1.4.2")
    assert json.loads(text) == {
        "sourceRevisions": [{"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": "sha256:0f"}],
        "variables": [{"name": PUSHED_TAG.name, "value": "v1.4.2"}],
    }
