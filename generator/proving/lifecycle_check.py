"""A preview by ECR of what the lifecycle policy of `registry` would delete in an existing repository."""

from __future__ import annotations

from collections.abc import Sequence

from generator.proving.proof_records import FAILED, NOT_REACHED, PASSED, Check
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked

AREA = "lifecycle"
_TEMPLATE = "registry"
_LOOKS = 60


def lifecycle_checks(
    site: ProvingSite, templates: Sequence[ProvedTemplate], repositories: Sequence[str]
) -> list[Check]:
    """StartLifecyclePolicyPreview for each repository. It deletes nothing, and the repository keeps its own policy.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
    """
    policy = _policy(site, templates)
    return [asked(AREA, each, lambda each=each: _check(site, each, policy)) for each in repositories]  # type: ignore[misc]


def _policy(site: ProvingSite, templates: Sequence[ProvedTemplate]) -> str:
    """The lifecycle policy with the parameters; "" if the template is not proved."""
    for template in templates:
        if template.name == _TEMPLATE:
            for _, repository in template.offline(site.place, template.name).resources("AWS::ECR::Repository"):
                return str(repository["LifecyclePolicy"]["LifecyclePolicyText"])
    return ""


def _check(site: ProvingSite, repository: str, policy: str) -> Check:
    if not policy:
        return Check(
            area=AREA, subject=repository, verdict=NOT_REACHED, text=f"name {_TEMPLATE} too: it has the policy"
        )
    site.progress(f"previewing the lifecycle of {repository}")
    site.aws.call(
        *("ecr", "start-lifecycle-policy-preview", "--repository-name", repository),
        *("--lifecycle-policy-text", policy),
    )
    for _ in range(_LOOKS):
        preview = site.aws.call("ecr", "get-lifecycle-policy-preview", "--repository-name", repository)
        if preview["status"] == "COMPLETE":
            count = preview.get("summary", {}).get("expiringImageTotalCount", 0)
            return Check(area=AREA, subject=repository, verdict=PASSED, text=f"{count} images would expire now")
        if preview["status"] in ("FAILED", "EXPIRED"):
            return Check(area=AREA, subject=repository, verdict=FAILED, text=f"the preview is {preview['status']}")
        site.pause(2)
    return Check(area=AREA, subject=repository, verdict=NOT_REACHED, text="the preview did not end in two minutes")
