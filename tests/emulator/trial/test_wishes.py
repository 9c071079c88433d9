"""The options of a trial, checked before anything starts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.emulator.programs.images import sample
from generator.emulator.trial.wishes import Wish, act
from generator.errors import WrongUsageError


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        ("", "", ""),
        ("v1.4.2", "", "v1.4.2"),
        ("team/orders:v1", "team/orders", "v1"),
        ("a__b/c-d.e:_x", "a__b/c-d.e", "_x"),
    ],
)
def test_an_image_is_a_tag_with_or_without_a_repository(image: str, repository: str, tag: str) -> None:
    """An omitted part is "", and comes from the parameters."""
    found = act(Wish(image=image))
    assert (repository, tag) == (found.repository, found.tag)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"image": ":"}, "--image: given ':', allowed: a tag of letters, digits"),
        ({"image": "team/orders:"}, "allowed: a tag of letters, digits"),
        ({"image": "v 1"}, "--image: given 'v 1', allowed: a tag of letters, digits"),
        ({"image": ":v1"}, "allowed: a repository such as team/orders before the colon"),
        ({"image": "UPPER:v1"}, "allowed: a repository such as team/orders before the colon"),
        ({"image": "x:v1"}, "allowed: a repository such as team/orders before the colon"),
        ({"image": "a//b:v1"}, "allowed: a repository such as team/orders before the colon"),
        ({"image": "1.dkr.ecr.eu-west-1.amazonaws.com/team/orders:v1"}, "such as team/orders:v1"),
        ({"image": "localhost/orders:v1"}, "such as orders:v1"),
        ({"image": "localhost:5000/orders:v1"}, "such as orders:v1"),
        ({"image": "orders:v1@sha256:0"}, "such as orders:v1"),
        ({"image": "@"}, "such as team/orders:v1"),
        ({"image": "team/orders"}, "in [REPOSITORY:]TAG, such as team/orders:v1"),
        ({"image": "team/orders@sha256:abc"}, "such as team/orders:v1"),
        ({"image": "https://x/y:z"}, "such as team/orders:z"),
        ({"image": "../../etc"}, "such as etc:v1"),
        ({"platforms": ["windows/amd64"]}, "--platform: given 'windows/amd64', allowed: linux/ARCHITECTURE"),
        ({"platforms": ["arm64"]}, "--platform: given 'arm64', allowed: os/architecture"),
        ({"platforms": [""]}, "--platform: given '', allowed: os/architecture"),
        ({"platforms": ["linux/amd64"] * 2}, "--platform: given linux/amd64 more than once, allowed: once"),
        ({"findings": ["SEVERE=2"]}, "--findings: given 'SEVERE=2', allowed: one of CRITICAL,"),
        ({"findings": ["HIGH"]}, "--findings: given 'HIGH', allowed: one of CRITICAL,"),
        ({"findings": ["HIGH=-1"]}, "--findings: given 'HIGH=-1', allowed: one of CRITICAL,"),
        ({"findings": ["high=1"]}, "then = and a number up to 9999 (did you mean HIGH?)"),
        ({"findings": ["LOW=1", "LOW=2"]}, "--findings: given LOW more than once, allowed: once"),
        ({"findings": ["LOW=1"], "scanned": False}, "--findings: given with --no-scan"),
        ({"event": "replicate", "source_account": "12"}, "--source-account: given '12', allowed: an account ID"),
        ({"source_account": "111122223333"}, "--source-account: given with --event push, allowed: with replicate or"),
    ],
)
def test_impossible_values_are_refused(wish: dict[str, Any], says: str) -> None:
    """The given value, and the allowed ones."""
    with pytest.raises(WrongUsageError) as error:
        act(Wish(**wish))
    assert says in str(error.value)


def test_all_that_cannot_be_is_refused_at_once() -> None:
    """One message for each option, and for each of its values."""
    wish = Wish(
        image="Bad Repo:v1",
        findings=["X=1", "LOW=2", "LOW=y"],
        platforms=["foo", "bar"],
        accepted=["x"],
        source_account="12",
        scanned=False,
    )
    with pytest.raises(WrongUsageError) as error:
        act(wish)
    said = [line.partition(": ")[0] for line in str(error.value).splitlines()]
    several = ["--findings"] * 4 + ["--accepted"] + ["--source-account"] * 2
    assert ["--image", "--platform", "--platform", *several] == said


def test_findings_are_those_of_a_scan() -> None:
    """None without a scan."""
    scan = act(Wish(findings=["CRITICAL=2", "LOW=7"])).scan
    assert scan is not None
    assert {"CRITICAL": 2, "LOW": 7} == scan.counts
    assert None is act(Wish(scanned=False)).scan


WORDS = st.text(st.sampled_from("ab1A_.-:/@=*~\x00 é"), max_size=12) | st.text(max_size=5)


@given(
    image=WORDS | st.just(""),
    platforms=st.lists(
        WORDS | st.sampled_from(["linux/amd64", "linux/arm/v7", "windows/amd64"]), min_size=1, max_size=3
    ),
    findings=st.lists(WORDS | st.sampled_from(["CRITICAL=2", "LOW=9999"]), max_size=2),
)
def test_any_text_is_refused_or_makes_an_image(image: str, platforms: list[str], findings: list[str]) -> None:
    """Nothing else reaches a library."""
    with suppress(WrongUsageError):
        found = act(Wish(image=image, platforms=platforms, findings=findings))
        assert sample(found.platforms, found.tag).digest.startswith("sha256:")
