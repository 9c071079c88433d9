"""A template that the generator did not write: cfn-lint with our rules, the size, the buildspecs inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cfnlint.decode import decode_str

from generator import json_text
from generator.checks import buildspecs, lint, size
from generator.checks.subject import Subject
from generator.errors import GeneratorError
from generator.findings import Finding


def check(path: Path) -> Iterator[Finding]:
    """The problems of the template in a file, JSON or YAML. GeneratorError if the file holds no template."""
    subject = Subject(str(path), path, json_text.read(str(path)))
    body, problems = decode_str(subject.text)
    if not problems and (not isinstance(body, dict) or not isinstance(body.get("Resources"), dict)):
        raise GeneratorError(f"{json_text.name_of(str(path))}: not a template, which is an object with Resources")
    yield from size.check(subject)
    yield from lint.findings_of_another(subject)
    if isinstance(body, dict):
        yield from buildspecs.of_body(subject.path, body)
