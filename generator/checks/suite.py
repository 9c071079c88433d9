"""All checks, over everything that is published or a part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator import catalog
from generator.checks import (
    buildspecs,
    drift,
    inspected_repositories,
    lint,
    looser_limits,
    own_template,
    parameter_values,
    received_tags,
    size,
    triggers,
)
from generator.checks.subject import Subject
from generator.cloudformation import parameter_files
from generator.findings import Finding
from generator.publishing import render
from generator.publishing.documents import FOLDER
from generator.publishing.documents import documents as expected_documents


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The findings, and the number of checked files: no findings in no files prove nothing."""

    findings: tuple[Finding, ...]
    """The findings, sorted."""
    templates: int
    parameter_files: int = 0
    documents: int = 0
    absent: tuple[Path, ...] = ()
    """Folders that do not exist, and so were not checked."""
    notes: tuple[Finding, ...] = ()
    """Values without an effect, sorted. They are no mistakes."""

    def __str__(self) -> str:
        """The number of findings and of files."""
        number = len(self.findings)
        counts = ((self.templates, "template"), (self.parameter_files, "parameter file"), (self.documents, "document"))
        told = [f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count or what == "template"]
        *first, last = told
        files = f"{', '.join(first)} and {last}" if first else last
        return f"{number or 'No'} finding{'s' * (number != 1)} in {files}."


def published(
    names: Collection[str], *, templates_dir: Path, params_dir: Path, docs_dir: Path, environment: str | None = None
) -> Checked:
    """The named templates with their parameter files; or everything, with stray files and documents."""
    known = frozenset(catalog.templates())
    subjects = [
        Subject(name, templates_dir / f"{name}.json", render.to_json(catalog.build(name)))
        for name in sorted(set(names) or known)
    ]
    found: set[Finding] = set()
    documents = 0
    pages = docs_dir / FOLDER
    absent = [folder for folder in (templates_dir, params_dir) if not folder.exists()]
    if not names:
        found.update(drift.strays(templates_dir, known), parameter_values.strays(params_dir, known))
        if pages.is_dir():
            expected = expected_documents(docs_dir)
            documents = len(expected)
            found.update(drift.documents(pages, expected))
        else:
            absent.append(pages)
    for subject in subjects:
        found.update(_of(subject, params_dir, environment))
    found.update(triggers.check(subjects, params_dir, environment=environment))
    found.update(received_tags.check(subjects, params_dir, environment=environment))
    found.update(inspected_repositories.check(subjects, params_dir, environment=environment))
    found.update(lint.check(subjects))
    files = [path for subject in subjects for path in parameter_values.files(subject, params_dir, environment)]
    return Checked(
        findings=tuple(sorted(found)),
        templates=len(subjects),
        parameter_files=len(files),
        documents=documents,
        absent=tuple(absent),
        notes=tuple(sorted(set(looser_limits.check(subjects, params_dir, environment=environment)))),
    )


def data(checked: Checked) -> dict[str, Any]:
    """The same for programs. docs/commands.md describes the keys."""
    return {
        "version": 1,
        "findings": [asdict(finding) for finding in checked.findings],
        "templates": checked.templates,
        "parameter_files": checked.parameter_files,
        "documents": checked.documents,
        "absent": [str(folder) for folder in checked.absent],
        "notes": [asdict(note) for note in checked.notes],
    }


def files(paths: Collection[Path], *, templates_dir: Path, docs_dir: Path) -> Checked:
    """Templates that the generator did not write, and parameter files of published ones, each with its template."""
    own = {path for path in paths if not own_template.is_parameter_file(path)}
    parts = [
        published(
            [str(parameter_files.template_of(path))],
            templates_dir=templates_dir,
            params_dir=path.parent,
            docs_dir=docs_dir,
            environment=parameter_files.environment_of(path),
        )
        for path in sorted(set(paths) - own)
    ]
    found = {finding for path in own for finding in own_template.check(path)}
    found.update(finding for part in parts for finding in part.findings)
    return Checked(
        findings=tuple(sorted(found)),
        templates=len(own) + len({parameter_files.template_of(path) for path in set(paths) - own}),
        parameter_files=len(parts),
        absent=tuple(dict.fromkeys(folder for part in parts for folder in part.absent)),
        notes=tuple(sorted({note for part in parts for note in part.notes})),
    )


def _of(subject: Subject, params_dir: Path, environment: str | None) -> Iterator[Finding]:
    yield from drift.check(subject)
    yield from size.check(subject)
    yield from parameter_values.check(subject, params_dir, environment=environment)
    yield from buildspecs.check(subject)
