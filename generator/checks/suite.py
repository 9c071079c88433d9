"""All checks, over everything that is published or over a part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from generator import catalog
from generator.checks import buildspecs, drift, lint, parameters, size, triggers
from generator.checks.subject import Subject
from generator.findings import Finding
from generator.publishing import render


def findings(
    names: Collection[str], *, templates_dir: Path, params_dir: Path, docs_dir: Path, environment: str | None = None
) -> list[Finding]:
    """What the checks say of the named templates, sorted; of all, of stray files and documents without a name."""
    published = frozenset(catalog.templates())
    subjects = [
        Subject(name, templates_dir / f"{name}.json", render.to_json(catalog.build(name)))
        for name in sorted(set(names) or published)
    ]
    found: set[Finding] = set()
    if not names:
        found.update(drift.strays(templates_dir, published), parameters.strays(params_dir, published))
        found.update(drift.documents(docs_dir))
    for subject in subjects:
        found.update(_of(subject, params_dir, environment))
    found.update(triggers.check(subjects, params_dir, environment=environment))
    found.update(lint.check(subjects))
    return sorted(found)


def _of(subject: Subject, params_dir: Path, environment: str | None) -> Iterator[Finding]:
    yield from drift.check(subject)
    yield from size.check(subject)
    yield from parameters.check(subject, params_dir, environment=environment)
    yield from buildspecs.check(subject)
