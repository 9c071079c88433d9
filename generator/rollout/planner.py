"""The plan of all selected stacks, over several accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generator.changesets.change_records import StackPlan
from generator.cloudformation.account_folders import AccountFolder
from generator.errors import GeneratorError
from generator.rollout.accounts import AccountView, look, program_for, view
from generator.rollout.planning_stacks import DeployOptions, plan_stack
from generator.rollout.several import several
from generator.rollout.stack_files import StackFile, UnfinishedFile


@dataclass(frozen=True, kw_only=True)
class Site:
    """The selected stacks, and the options for deploying them."""

    stacks: Sequence[StackFile]
    others: Sequence[StackFile] = ()
    """The stacks of parameter files that are not selected, which may export values for the selected ones."""
    unfinished: Sequence[UnfinishedFile] = ()
    """Selected files that do not fit their templates."""
    options: DeployOptions
    profile: str = ""
    region: str = ""
    progress: Callable[[str], None]
    stopping: threading.Event


def views(site: Site) -> dict[AccountFolder, AccountView]:
    """Every account of the selected stacks. GeneratorError has a line for each account that cannot be used."""

    def one(folder: AccountFolder) -> AccountView | str:
        aws = program_for(folder, profile=site.profile, region=site.region)
        try:
            return view(aws, folder)
        except GeneratorError as error:
            text = str(error)
            return text if not folder.name or text.startswith(folder.name) else f"{folder.name}: {text}"

    folders = list(dict.fromkeys(stack.folder for stack in site.stacks))
    found = several(one, folders, site.stopping)
    if wrong := [each for each in found if isinstance(each, str)]:
        raise GeneratorError("\n".join(wrong))
    return {folder: each for folder, each in zip(folders, found, strict=True) if isinstance(each, AccountView)}


def looked_again(known: Mapping[AccountFolder, AccountView], site: Site) -> dict[AccountFolder, AccountView]:
    """The current state of the accounts."""
    found = several(lambda each: look(each.aws, each.account), list(known.values()), site.stopping)
    return dict(zip(known, found, strict=True))


def plan_all(wanted: Sequence[StackFile], known: Mapping[AccountFolder, AccountView], site: Site) -> list[StackPlan]:
    """The plans of these stacks, which are some of the selected ones."""

    def one(stack: StackFile) -> StackPlan:
        made = plan_stack(stack, [*site.stacks, *site.others], known[stack.folder], site.options)
        site.progress(f"planned {made.name}: {made.state}")
        return made

    return several(one, wanted, site.stopping)
