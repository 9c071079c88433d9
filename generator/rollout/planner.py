"""The plan of all stacks that are meant, over several accounts."""

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
from generator.rollout.stack_files import StackFile


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where stacks are deployed, and how."""

    stacks: Sequence[StackFile]
    others: Sequence[StackFile] = ()
    """The stacks of parameter files that are not meant, which may export what the others import."""
    options: DeployOptions
    profile: str = ""
    region: str = ""
    progress: Callable[[str], None]
    stopping: threading.Event


def views(site: Site) -> dict[AccountFolder, AccountView]:
    """Every account that is meant. GeneratorError with a line for each that cannot be used."""

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
    """The accounts as they are now."""
    found = several(lambda each: look(each.aws, each.account), list(known.values()), site.stopping)
    return dict(zip(known, found, strict=True))


def plan_all(wanted: Sequence[StackFile], known: Mapping[AccountFolder, AccountView], site: Site) -> list[StackPlan]:
    """The plans of these stacks, of all that are meant."""

    def one(stack: StackFile) -> StackPlan:
        made = plan_stack(stack, [*site.stacks, *site.others], known[stack.folder], site.options)
        site.progress(f"planned {made.name}: {made.state}")
        return made

    return several(one, wanted, site.stopping)
