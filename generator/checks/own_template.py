"""A template that the generator did not write: cfn-lint with our rules, the size, the buildspecs inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cfnlint.decode import decode_str

from generator import catalog, json_text
from generator.checks import buildspecs, lint, size
from generator.checks.subject import Subject
from generator.cloudformation import parameter_files
from generator.errors import GeneratorError
from generator.findings import Finding


def is_parameter_file(path: Path) -> bool:
    """Whether it is, by its name and its content, a parameter file of a published template."""
    if parameter_files.template_of(path) not in catalog.templates() or not path.is_file():
        return False
    try:
        body = json_text.parse(json_text.read(str(path)), str(path))
    except GeneratorError:
        return True  # its check says what is wrong
    return not (isinstance(body, dict) and "Resources" in body)


def check(path: Path) -> Iterator[Finding]:
    """The problems of the template in a file, JSON or YAML. GeneratorError if the file holds no template."""
    subject = Subject(str(path), path, json_text.read(str(path)))
    body, problems = decode_str(subject.text)
    parsed: object = body
    if not problems and (not isinstance(parsed, dict) or not isinstance(parsed.get("Resources"), dict)):
        named = ". A parameter file is checked if it is called TEMPLATE.ENVIRONMENT.json"
        hint = named if isinstance(parsed, list) and parsed else ""
        raise GeneratorError(f"{json_text.name_of(str(path))}: not a template, which is an object with Resources{hint}")
    yield from size.check(subject)
    yield from lint.findings_of_another(subject)
    if isinstance(body, dict):
        yield from buildspecs.of_body(subject.path, body)
