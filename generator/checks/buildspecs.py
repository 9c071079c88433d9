"""The buildspecs inside a template. cfn-lint treats them as plain text, and CodeBuild reports errors only when it runs.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode import decode_str

from generator.checks.subject import Subject
from generator.findings import Finding, quoted
from generator.model.script import script_text
from generator.suggestion import did_you_mean

VERSION = "0.2"
# CodeBuild refuses a longer one when the project is created, and no page says so: https://github.com/aws/aws-cdk/issues/30326
MOST = 25_600
_PHASES = ("install", "pre_build", "build", "post_build")
_STEPS = ("commands", "finally")
_KEYS: dict[str, tuple[str, ...]] = {
    "": ("version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"),
    "/env": ("shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"),
    "/phases": _PHASES,
    **{f"/phases/{phase}": ("run-as", "on-failure", "runtime-versions", *_STEPS) for phase in _PHASES},
    "/artifacts": (
        "files",
        "name",
        "discard-paths",
        "base-directory",
        "exclude-paths",
        "enable-symlinks",
        "s3-prefix",
        "secondary-artifacts",
    ),
}
_LISTS = (
    "/env/exported-variables",
    "/artifacts/files",
    *(f"/phases/{phase}/{step}" for phase in _PHASES for step in _STEPS),
)


def check(subject: Subject) -> Iterator[Finding]:
    """The errors in the buildspecs of a template that CodeBuild would report."""
    yield from of_body(subject.path, subject.body)


def of_body(path: Path, body: Mapping[str, Any]) -> Iterator[Finding]:
    """The same for any template. A part with another shape is left to cfn-lint."""
    mappings = body.get("Mappings")
    for name, resource in body["Resources"].items():
        match resource:
            case {"Type": "AWS::CodeBuild::Project", "Properties": {"Source": {"BuildSpec": buildspec}}}:
                text = inline(buildspec, mappings if isinstance(mappings, dict) else {})
                for place, message in _problems(text) if text is not None else ():
                    yield Finding(path=str(path), place=f"{name}/BuildSpec{place}", message=message, check="buildspec")


def inline(buildspec: Any, mappings: Mapping[str, Any]) -> str | None:
    """The text of a buildspec in the template; None for a path or an ARN, or if there is none."""
    text = script_text(buildspec, mappings)
    return text if text is not None and "\n" in text else None


def _problems(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > MOST:
        yield "", f"given {len(text):,} characters, allowed: {MOST:,}"
    buildspec, matches = decode_str(text)
    if matches:
        yield from ((f" line {match.linenumber}", f"not YAML: {match.message}") for match in matches)
    elif not isinstance(buildspec, dict):
        yield "", f"given {quoted(buildspec)}, allowed: a mapping with version and phases"
    else:
        if str(version := buildspec.get("version")) != VERSION:
            yield "/version", f"given {quoted(version)}, allowed: {VERSION}"
        if not buildspec.get("phases"):
            yield "/phases", "is missing, allowed: " + ", ".join(_PHASES)
        yield from _mapping("", buildspec)


def _mapping(place: str, mapping: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in mapping.items():
        where = f"{place}/{key}"
        if key not in _KEYS[place]:
            hint = did_you_mean(str(key), _KEYS[place])
            yield where, f"unknown to CodeBuild, allowed: {', '.join(_KEYS[place])}{hint}"
        elif where in _LISTS:
            yield from _strings(where, value)
        elif where in _KEYS and isinstance(value, dict):
            yield from _mapping(where, value)
        elif where in _KEYS:
            yield where, f"given {quoted(value)}, allowed: a mapping of {', '.join(_KEYS[where])}"


def _strings(place: str, items: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(items, list) or not items:
        yield place, f"given {quoted(items)}, allowed: a list of strings"
        return
    for number, item in enumerate(items, start=1):
        if not isinstance(item, str) or not item.strip():
            hint = '; put it in quotes: YAML reads ": " as a mapping' if isinstance(item, dict) else ""
            yield f"{place}/{number}", f"given {quoted(item)}, allowed: a string{hint}"
