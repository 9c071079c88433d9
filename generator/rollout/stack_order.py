"""The order of stacks: one that imports comes after the one that exports, in its account and region."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from generator.errors import GeneratorError
from generator.rollout.stack_files import StackFile


def exporters(stack: StackFile, stacks: Sequence[StackFile]) -> list[StackFile]:
    """The stacks of the same folder that export what a stack imports."""
    return [
        each
        for each in stacks
        if each is not stack and each.folder == stack.folder and not each.exports.isdisjoint(stack.imports)
    ]


def layers(stacks: Sequence[StackFile]) -> list[list[StackFile]]:
    """The stacks in layers: each needs only stacks of earlier ones. GeneratorError for a cycle."""
    by_name = {each.name: each for each in stacks}
    sorter = TopologicalSorter({each.name: [one.name for one in exporters(each, stacks)] for each in stacks})
    try:
        sorter.prepare()
    except CycleError as error:
        raise GeneratorError(f"stacks import from each other in a cycle: {' -> '.join(error.args[1])}") from None
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append([by_name[name] for name in ready])
        sorter.done(*ready)
    return found
