"""Parameter files of published templates, for the checks that compare files with each other."""

from __future__ import annotations

import json
from pathlib import Path

from generator import catalog
from generator.checks.subject import Subject
from generator.publishing import render

ROOT = Path(__file__).parent.parent.parent


def fill(folder: Path, template: str, environment: str = "dev", **changed: str) -> Path:
    """The published parameter file of the template, with other values."""
    values = json.loads((ROOT / f"params/{template}.dev.json").read_text(encoding="utf-8"))
    entries = {each["ParameterKey"]: each["ParameterValue"] for each in values} | changed
    path = folder / f"{template}.{environment}.json"
    folder.mkdir(exist_ok=True)
    listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in entries.items()]
    path.write_text(json.dumps(listed, indent=1), encoding="utf-8")
    return path


def subjects(*names: str) -> list[Subject]:
    """The templates of these names, as the checks take them."""
    return [Subject(name, Path(), render.to_json(catalog.build(name))) for name in names]
