"""What `ecr-pipeline try` does: one push, one outcome."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import catalog
from generator.cloudformation import parameter_files, values
from generator.cloudformation.imports import needs
from generator.emulator.programs.images import sample
from generator.emulator.runs.actions import Decision, Request
from generator.emulator.runs.image_scans import Scan
from generator.emulator.trial.account import Push, Trial, trial
from generator.emulator.trial.deployers import Deployer
from generator.emulator.trial.foundations import DEFAULTS, exporting
from generator.emulator.trial.report import report
from generator.errors import GeneratorError
from generator.publishing import render

LEAST_WAIT = "30"
PLATFORM = "platform"
TIMEOUT = "ScanTimeoutSeconds"
TAG = "ImageTagPattern"
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to happen."""

    image: str = ""
    """REPOSITORY:TAG or TAG; "" is the repository of the parameters, and a tag that starts the pipeline."""
    platforms: Sequence[str] = ("linux/amd64",)
    findings: Sequence[str] = ()
    """SEVERITY=COUNT"""
    scanned: bool = True
    approved: bool = True
    event: str = "push"
    """Or failed-push, or delete."""


def attempt(
    name: str, file: str, wish: Wish, progress: Callable[[str], None], platform_file: str = ""
) -> tuple[str, bool]:
    """What happened, and whether a run came to its end without a failure.

    `platform_file` has the parameters of the platform that the pipeline imports from.
    """
    body = render.to_dict(catalog.build(name))
    if TAG not in body.get("Parameters", {}):
        fitting = [each for each in catalog.templates() if TAG in catalog.build(each).parameters]
        raise GeneratorError(f"{name} has no pipeline that an image starts, allowed: {', '.join(fitting)}")
    parameters = _parameters(Path(file), name, body)
    given = _given(name, body, platform_file)
    repository, tag = _pushed(body, parameters, wish.image)
    if wrong := [each for each in wish.platforms if not re.fullmatch("[a-z0-9]+(/[a-z0-9_]+){1,2}", each)]:
        raise GeneratorError(f"--platform: given {wrong[0]!r}, allowed: os/architecture, such as linux/arm64")
    scan = Scan(counts=_counts(wish.findings)) if wish.scanned else None

    def approver(request: Request) -> Decision:
        progress(f"the approver reads: {request.text}")
        return Decision(approved=wish.approved, summary="by ecr-pipeline try")

    if not wish.scanned:
        inspecting = parameters if TIMEOUT in body["Parameters"] else given[PLATFORM]
        inspecting[TIMEOUT] = LEAST_WAIT
        progress(f"{TIMEOUT} is {LEAST_WAIT}, for a scan that never comes")
    with trial(
        body,
        parameters,
        deployer=deployer_of(name),
        given=given,
        approver=approver,
        stack=name,
        progress=progress,
    ) as tried:
        push = _act(tried, repository, tag, scan, wish)
        return report(tried, push), push.execution is not None and push.execution.status == "Succeeded"


def deployer_of(name: str) -> Deployer | None:
    """The template of the deployers of this pipeline, where it has one."""
    target = name.removeprefix("pipeline-")
    deployer = f"deployer-{target}"
    if target == name or deployer not in catalog.templates():
        return None
    return Deployer(deployer, render.to_dict(catalog.build(deployer)))


def _act(tried: Trial, repository: str, tag: str, scan: Scan | None, wish: Wish) -> Push:
    image = sample(wish.platforms, tag)
    if wish.event == "delete":
        return tried.delete(image, tag, repository=repository)
    return tried.push(image, tag, repository=repository, scan=scan, failing=wish.event == "failed-push")


def _parameters(file: Path, name: str, body: Mapping[str, Any]) -> dict[str, str]:
    """What is in the parameter file of a template."""
    read = parameter_files.read(file)
    if read.problems:
        raise GeneratorError("\n".join(str(problem) for problem in read.problems))
    parameters = {key: value for key, value in read.entries if value is not None}
    if unknown := parameters.keys() - body["Parameters"].keys():
        raise GeneratorError(
            f"{file}: {name} has no parameter {', '.join(sorted(unknown))}: is the file of another one?"
        )
    return parameters


def _given(name: str, body: Mapping[str, Any], platform_file: str) -> dict[str, dict[str, str]]:
    """The parameters of the platform that the template imports from, if it does: of the file, or the fewest."""
    if PLATFORM not in needs(body):
        if platform_file:
            raise GeneratorError(f"--platform-params: given {platform_file}, but {name} imports from no platform")
        return {}
    if not platform_file:
        return {PLATFORM: dict(DEFAULTS[PLATFORM])}
    return {PLATFORM: _parameters(Path(platform_file), PLATFORM, exporting()[PLATFORM])}


def _pushed(body: Mapping[str, Any], parameters: Mapping[str, str], image: str) -> tuple[str, str]:
    """The repository and the tag. Of a pattern a tag is made by putting a digit in for each star."""
    repository, _, tag = image.rpartition(":")
    if not tag:
        declared = body["Parameters"][TAG]
        tag = parameters.get(TAG, values.text(declared.get("Default", ""))).replace("*", "1")
    if not re.fullmatch("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", tag):
        raise GeneratorError(f"--image: given the tag {tag!r}, allowed: letters, digits and _ . -, as docker takes it")
    return repository, tag


def _counts(findings: Sequence[str]) -> dict[str, int]:
    counts = {}
    for given in findings:
        severity, _, count = given.partition("=")
        if severity not in SEVERITIES or not re.fullmatch("[0-9]{1,4}", count):
            raise GeneratorError(
                f"--findings: given {given!r}, allowed: one of {', '.join(SEVERITIES)}, then = and a number"
            )
        counts[severity] = int(count)
    return counts
