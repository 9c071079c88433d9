"""Tells who notices defects: `python -m tests.mutations [N]`, with N of each kind; without it every one, in minutes."""

from __future__ import annotations

import sys

from tests.mutations.report import mutants, text, verdicts

if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.stdout.write(text(verdicts(list(mutants(most)))))
