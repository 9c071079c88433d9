"""The speed that the project promises, as ratios measured in one run: `python -m benchmarks.bench`.

Whole processes are timed in turns, so that a slow moment of the machine hits both sides, and medians are compared.
Nothing fails here: a clock is no test.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from generator import catalog
from generator.checks.lint import REGIONS
from generator.publishing import render

ROUNDS = 15
LOOP = 1_000
SLICE = 100
PARAMS = Path("params")
BEFORE = "1450ec7"  # the last commit at which every pipeline was self-contained

# Prints the median time of each pipeline, with the generator of the folder that it runs in.
TIMES = """
import gc, time
from statistics import median
from generator import catalog
from generator.{module} import to_json
gc.disable()
for name, build in catalog.templates().items():
    if name.startswith("pipeline-"):
        times = []
        for _ in range(60):
            start = time.perf_counter()
            to_json(build())
            times.append(time.perf_counter() - start)
        print(name, median(times))
"""

# Prints the modules of its libraries that a `write` has imported.
MODULES = """
import sys
from generator.cli import cli
cli(["write", "--templates-dir", sys.argv[1]], standalone_mode=False)
print(", ".join(name for name in sys.modules if name.partition(".")[0] in ("awacs", "troposphere")))
"""


def main() -> None:
    """Prints all ratios. Takes a minute."""
    with tempfile.TemporaryDirectory() as folder:
        # As for a user, whose Python keeps what it has compiled; and nothing is left in this folder.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        templates = Path(folder) / "templates"
        _write(templates)
        _before()
        _loop()
        _check(templates)


def _write(templates: Path) -> None:
    found = [sys.executable, "-c", MODULES, str(templates)]
    modules = subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip()
    bare = [sys.executable, "-c", f"import {modules}"]
    name = min(catalog.templates(), key=lambda name: len(render.to_json(catalog.build(name))))  # others come on top
    command = [sys.executable, "-m", "generator", "write", "--templates-dir", str(templates)]
    imported, one, all_ = _in_turns([bare, [*command, name], command], clear=templates)
    print(f"write {name}")
    _ratio("importing the same troposphere and awacs modules", imported, "ecr-pipeline write", one, promise=1.2)
    further = (all_ - one) / (len(catalog.templates()) - 1)
    print("\nwrite every template")
    _ratio("importing the same modules", imported, "each further template", further, promise=0.05)


def _before() -> None:
    """How long a pipeline takes, against the same pipeline when each template was self-contained."""
    if subprocess.run(["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"], check=False, capture_output=True).returncode:
        print(f"\nthe history has no commit {BEFORE}: no comparison with it")
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", BEFORE], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], check=True, input=archive)
        new, old = (_times(Path(root), module) for root, module in ((".", "publishing.render"), (folder, "render")))
    print(f"\na pipeline, against {BEFORE}")
    for name in sorted(old.keys() & new.keys()):
        _ratio(f"{name}, {BEFORE}", old[name], f"{name}, now", new[name], promise=0.7)


def _times(root: Path, module: str) -> dict[str, float]:
    """Seconds to build and render each pipeline with the generator of a checkout."""
    done = subprocess.run(
        [sys.executable, "-c", TIMES.format(module=module)], cwd=root, check=True, capture_output=True, text=True
    )
    return {name: float(seconds) for name, seconds in map(str.split, done.stdout.splitlines())}


def _loop() -> None:
    print(f"\na template more, {LOOP:,} builds and renders of each")
    gc.disable()  # as the command line does
    for name, build in catalog.templates().items():
        render.to_json(build())
        times = []
        for _ in range(LOOP):
            start = time.perf_counter()
            render.to_json(build())
            times.append(time.perf_counter() - start)
        tracemalloc.start()
        held = []
        for number in range(LOOP + 1):
            render.to_json(build())
            if number in (SLICE, LOOP):
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        first, last = median(times[:SLICE]), median(times[-SLICE:])
        print(f"  {name}: the first {SLICE} take {first * 1e3:.2f} ms each, the last {last * 1e3:.2f} ms (at most 3)")
        print(f"  {name}: memory held after {SLICE}: {held[0]:,} bytes, after {LOOP:,}: {held[1]:,} bytes")


def _check(templates: Path) -> None:
    names = list(catalog.templates())
    linter = [str(Path(sys.executable).with_name("cfn-lint")), "--include-checks", "I", "--regions", *REGIONS]
    lint = [*linter, "--", *(str(templates / f"{name}.json") for name in names)]
    for name, build in catalog.templates().items():
        (templates / f"{name}.json").write_text(render.to_json(build()), encoding="utf-8")
    check = [sys.executable, "-m", "generator", "check", *names, "--templates-dir", str(templates)]
    # It takes parameter files for a single template only: one call for each.
    each = [[*linter, "--parameter-files", *_parameters(name), "--", str(templates / f"{name}.json")] for name in names]
    times = _in_turns([lint, check, *each])
    print(f"\ncheck, {len(names)} template(s) and their parameter files")
    _ratio("cfn-lint, on the same files", sum(times[2:]), "ecr-pipeline check", times[1], promise=0.7)
    _ratio("cfn-lint, on the templates without parameter files", times[0], "ecr-pipeline check", times[1], promise=0.7)


def _parameters(name: str) -> list[str]:
    return [str(path) for path in sorted(PARAMS.glob(f"{name}.*.json"))]


def _in_turns(commands: Sequence[Sequence[str]], *, clear: Path | None = None) -> list[float]:
    """The median time of each command in seconds."""
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS + 1):
        for command, taken in zip(commands, times, strict=True):
            for file in clear.iterdir() if clear else ():
                file.unlink()
            start = time.perf_counter()
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            taken.append(time.perf_counter() - start)
            if done.returncode and "generator" in command:  # cfn-lint may complain: it reads lists of values as text
                sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return [median(taken[1:]) for taken in times]  # the first round fills the caches of the machine


def _ratio(base: str, base_time: float, name: str, name_time: float, *, promise: float) -> None:
    print(f"  {base}: {base_time * 1e3:.0f} ms")
    print(f"  {name}: {name_time * 1e3:.0f} ms, ratio {name_time / base_time:.2f} (at most {promise})")


if __name__ == "__main__":
    main()
