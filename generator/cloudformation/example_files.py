"""The parameter files that come with the project. They are no stacks of the user until they are changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from generator.errors import GeneratorError

EXAMPLES = ".examples"


def unchanged_examples(params_dir: Path) -> frozenset[Path]:
    """The files that come with the project and have not been changed, so that nobody means to deploy them.

    They are listed as `sha256sum` prints them.
    """
    listed = params_dir / EXAMPLES
    try:
        lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
        known = {params_dir / name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
        return frozenset(
            path
            for path, digest in known.items()
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
        )
    except (OSError, ValueError) as error:
        raise GeneratorError(f"{listed}: cannot be read: {error}; allowed: what `sha256sum` prints") from error
