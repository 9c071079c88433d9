"""Quotas of the account that limit pipelines."""

from __future__ import annotations

from typing import NamedTuple

from generator.proving.proof_records import FAILED, NOTED, PASSED, Check
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked
from generator.rollout.several import several

AREA = "quotas"


class _Quota(NamedTuple):
    """A quota, and its meaning for pipelines."""

    service: str
    code: str
    name: str
    least: int
    """Below it, a pipeline cannot run."""
    enough: int
    """Below it, the check notes a restriction."""
    advice: str


# https://docs.aws.amazon.com/general/latest/gr/codebuild.html, .../gr/ev.html
QUOTAS = (
    _Quota(
        "codebuild",
        "L-9D07B6EF",
        "concurrent builds, Linux small",
        1,
        2,
        "builds over it are refused and their pipelines fail; raise it before there are several pipelines",
    ),
    _Quota(
        "events",
        "L-244521F2",
        "rules on an event bus",
        10,
        100,
        "each pipeline has two rules, each registry up to four",
    ),
)


def quota_checks(site: ProvingSite) -> list[Check]:
    """GetServiceQuota for each quota; AWS's default if the account has no value of its own."""
    site.progress("reading quotas")
    return several(lambda quota: asked(AREA, quota.name, lambda: _check(site, quota)), QUOTAS, site.stopping)


def _check(site: ProvingSite, quota: _Quota) -> Check:
    answer = site.aws.call(
        "service-quotas", "get-service-quota", "--service-code", quota.service, "--quota-code", quota.code
    )
    value = float(answer["Quota"]["Value"])
    how = (
        f"`aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code}`"
    )
    text = f"{value:g}"
    if value < quota.enough:
        text = f"{value:g}: {quota.advice}: {how}"
    verdict = FAILED if value < quota.least else NOTED if value < quota.enough else PASSED
    return Check(area=AREA, subject=quota.name, verdict=verdict, text=text)
