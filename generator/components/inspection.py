"""Inspect: pull what was pushed, look at it, stop what has known vulnerabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from troposphere import Ref, Template

from generator.buildspec import INSPECT, buildspec
from generator.components.build import BuildEnvironment, add_build
from generator.components.source import Source
from generator.parameters import add_choice, add_number
from generator.stages import Stage, action

GROUP = "Findings"
NAME = "Inspect"


class Inspection(NamedTuple):
    """The stage, and the facts that it finds out: variables that later stages can read."""

    stage: Stage
    artifact: str
    repository: str = f"#{{{NAME}.REPOSITORY}}"
    digest: str = f"#{{{NAME}.IMAGE_DIGEST}}"
    image_uri: str = f"#{{{NAME}.IMAGE_URI}}"
    tags: str = f"#{{{NAME}.IMAGE_TAGS}}"
    platforms: str = f"#{{{NAME}.PLATFORMS}}"
    scan_status: str = f"#{{{NAME}.SCAN_STATUS}}"
    critical: str = f"#{{{NAME}.CRITICAL_FINDINGS}}"
    high: str = f"#{{{NAME}.HIGH_FINDINGS}}"


def add_limits(template: Template) -> dict[str, Ref]:
    """How many findings an image may have, as variables of a build."""
    return {
        f"MAX_{severity.upper()}_FINDINGS": add_number(
            template,
            f"Max{severity}Findings",
            group=GROUP,
            label=f"{severity} findings allowed",
            description=f"More {severity.lower()} findings stop the image.",
            default=0,
            least=0,
            most=9999,
        )
        for severity in ("Critical", "High")
    }


def add_inspection(
    template: Template, source: Source, environment: BuildEnvironment, contracts: Mapping[str, object]
) -> Inspection:
    """The Inspect stage. The build checks its variables, so they are safe in what other actions read.

    `contracts` are variables that make the build write the files that a deploy target reads.
    """
    limits = add_limits(template)
    missing = add_choice(
        template,
        "MissingScan",
        group=GROUP,
        label="Without a scan result",
        description="An image that was not scanned: fail stops it, allow lets it go on to the approval.",
        choices=("fail", "allow"),
    )
    timeout = add_number(
        template,
        "ScanTimeoutSeconds",
        group=GROUP,
        label="Wait for the scan (seconds)",
        description="How long to wait for a result.",
        default=600,
        least=30,
        most=2700,
    )
    build = add_build(
        template,
        NAME,
        buildspec=buildspec(INSPECT),
        services=("ecr.api", "ecr.dkr"),
        grants=(*source.pull(), *source.read_findings()),
        variables={
            "REGISTRY": source.registry,
            "REPOSITORY_NAME": source.repository_name,
            **limits,
            "MISSING_SCAN": missing,
            "SCAN_TIMEOUT_SECONDS": timeout,
            **contracts,
        },
        environment=environment,
        privileged=True,
    )
    artifact = "Inspection"
    stage = Stage(
        name=NAME,
        actions=(
            action(
                NAME,
                category="Build",
                provider="CodeBuild",
                configuration={"ProjectName": build.project_name},
                inputs=[source.artifact],
                outputs=[artifact],
                namespace=NAME,
            ),
        ),
        grants=(build.run(),),
        builds=(build,),
    )
    return Inspection(stage, artifact)
