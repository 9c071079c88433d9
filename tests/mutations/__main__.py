"""Shows what notices each defect: `python -m tests.mutations [N]`, with N of each kind, or all of them in half an hour.

Exits with 1 if nobody notices a defect and survivors.py has no reason for it, or if a promise merely stops at one.
"""

from __future__ import annotations

import sys

from tests.mutations.report import mutants, stopped, survivors, text, verdicts
from tests.mutations.survivors import reason

if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    found = verdicts(list(mutants(most)))
    sys.stdout.write(text(found))
    sys.exit(bool(stopped(found)) or not all(map(reason, survivors(found))))
