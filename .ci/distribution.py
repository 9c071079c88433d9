"""Builds the wheel: the folder `generator` becomes the package `ecr_pipeline`.

`generator` would be a poor name among other people's packages: another distribution may install one of that name.
https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE, INSTALLED = "generator", "ecr_pipeline"
IMPORT = re.compile(rf"^(\s*(?:from|import) ){HERE}(?=[.\s])", re.MULTILINE)


class Distribution(BuildHookInterface):  # type: ignore[type-arg]  # no configuration of its own
    """Puts a copy of the folder into the wheel, whose modules import each other by the new name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's signature
        """Write the copy, and name it as what the wheel contains."""
        self._copy = Path(tempfile.mkdtemp(prefix="ecr-pipeline-wheel-"))
        target, root = self._copy / INSTALLED, Path(self.root)
        shutil.copytree(root / HERE, target, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "buildspec.yml", target)  # it is at the top of the repository for its readers
        for module in target.rglob("*.py"):
            text = module.read_text(encoding="utf-8")
            module.write_text(IMPORT.sub(rf"\1{INSTALLED}", text), encoding="utf-8")
        build_data["force_include"][str(target)] = INSTALLED

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the copy."""
        shutil.rmtree(self._copy)
