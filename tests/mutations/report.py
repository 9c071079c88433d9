"""Which promise, or rule of cfn-lint or ours, notices which defect, without a deployment. Drift does not count."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from generator import catalog
from generator.checks import lint
from generator.checks.subject import Subject
from generator.cloudformation.conditional_parts import optional
from generator.publishing import render
from tests.mutations.defects import DEFECTS, Change, apply, is_change
from tests.mutations.survivors import reason
from tests.promises import Promise, authorization, promises, shown_in_turn
from tests.rendered import Rendered

GOLDEN_RATIO = 0.618034  # its multiples are far apart
STOPPED = "stopped"


class Mutant(NamedTuple):
    """A published template with one defect."""

    template: str
    defect: str
    change: Change

    def __str__(self) -> str:
        """`pipeline-release: drop a statement: Resources/Key/Properties/KeyPolicy/Statement/Logs`."""
        return f"{self.template}: {self.defect}: {'/'.join(_named(self.change.place, rendered()[self.template]))}"


class Verdict(NamedTuple):
    """A mutant and the promise or rule that noticed it; "" if none did."""

    mutant: str
    noticed_by: str


def _named(place: tuple[Any, ...], node: Any) -> Iterator[str]:
    """The steps to a place; an item of a list is called by its Sid or name, where it has one."""
    for step in place:
        is_item = isinstance(node, list)
        node = node[step] if is_item else node.get(step) if isinstance(node, dict) else None
        inside = optional(node)[1] if is_item else None
        yield str(inside.get("Sid", inside.get("Name", step)) if isinstance(inside, dict) else step)


@cache
def rendered() -> dict[str, Rendered]:
    """Every published template, rendered."""
    return {name: render.to_dict(build()) for name, build in catalog.templates().items()}


@cache
def every() -> dict[str, tuple[Mutant, ...]]:
    """Every mutant of every template, by the kind of its defect."""
    return {
        name: tuple(
            Mutant(template, name, change)
            for template, body in rendered().items()
            for change in defect(body)
            if is_change(body, change)
        )
        for name, defect in DEFECTS.items()
    }


def mutants(most: int | None = None) -> Iterator[Mutant]:
    """Every mutant of every template; with `most`, that many of each kind of defect, evenly over all of its places.

    Each kind begins somewhere else, so that the few are of many templates. A template that has none of them, because it
    is small, has one more.
    """
    tried = set()
    for number, found in enumerate(every().values()):
        some = len(found) if most is None else min(most, len(found))
        begin = number * GOLDEN_RATIO % 1
        for place in range(some):
            mutant = found[int((place + begin) * len(found) / some)]
            tried.add(mutant.template)
            yield mutant
    for template in sorted(rendered().keys() - tried):
        yield next(mutant for found in every().values() for mutant in found if mutant.template == template)


def verdicts(all_of_them: Sequence[Mutant]) -> list[Verdict]:
    """The verdict on each of them. Processors share them where they can."""
    lint.runner()  # made once, before there are several processes
    if sys.platform != "linux":  # elsewhere a fork is not safe, or there is none
        return [verdict(mutant) for mutant in all_of_them]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return pool.map(verdict, all_of_them, chunksize=1)


def survivors(all_of_them: Sequence[Verdict]) -> list[str]:
    """The mutants that nothing notices."""
    return [each.mutant for each in all_of_them if not each.noticed_by]


def stopped(all_of_them: Sequence[Verdict]) -> list[Verdict]:
    """The mutants that make a promise raise an error, and of which nothing complains."""
    return [each for each in all_of_them if each.noticed_by.startswith(f"{STOPPED}:")]


def text(all_of_them: Sequence[Verdict]) -> str:
    """The number of noticed mutants, by what, those that a promise stopped at, and the others, with their reasons."""
    unnoticed, halted = survivors(all_of_them), stopped(all_of_them)
    caught = len(all_of_them) - len(unnoticed) - len(halted)
    by = Counter(each.noticed_by.partition(":")[0] for each in all_of_them if each.noticed_by)
    lines = [f"{caught} of {len(all_of_them)} defects are noticed ({caught / len(all_of_them):.1%})"]
    lines += [f"{number:6} {name}" for name, number in by.most_common()]
    lines += [f"{each.noticed_by} at {each.mutant}" for each in halted]
    lines += [f"nobody notices {mutant}: {reason(mutant) or 'NO REASON'}" for mutant in unnoticed]
    return "\n".join(lines) + "\n"


def verdict(mutant: Mutant) -> Verdict:
    """The verdict on the mutant."""
    damaged = apply(rendered()[mutant.template], mutant.change)
    return Verdict(str(mutant), noticed(damaged))


def noticed(template: Rendered) -> str:
    """The first promise that complains of the template, or else the first rule of cfn-lint, or else nobody.

    A promise that raises an error has only failed to read the template: that counts if nothing complains.
    """
    show = shown_in_turn(template)
    halt = ""
    for name, promise in _by_effort():
        try:
            if any(promise(show(promise))):
                return name
        except Exception as error:  # noqa: BLE001  whatever it is, the test is red
            halt = halt or f"{STOPPED}: {name}: {type(error).__name__}"
    found = lint.findings(Subject("mutant", Path("mutant.json"), json.dumps(template)))
    return f"cfn-lint {found[0].check}" if found else halt


@cache
def _by_effort() -> list[tuple[str, Promise]]:
    """The promises, those last that deploy the template in many ways; of these last, those that play whole runs."""

    def effort(promise: Promise) -> tuple[bool, bool]:
        return hasattr(promise, "with_conditions"), promise.__module__ == authorization.__name__

    return sorted(promises().items(), key=lambda item: effort(item[1]))
