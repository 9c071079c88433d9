"""`ecr-pipeline plan` and `ecr-pipeline apply`. Each imports only what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.console import checked_params_dir, checked_templates_dir, json_option, print_json, progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.changesets.change_records import StackPlan
    from generator.rollout.applier import Rollout
    from generator.rollout.planner import Site
    from generator.rollout.stack_files import StackFiles

F = TypeVar("F", bound=Callable[..., Any])
NOT_ACCEPTED = 2


def _tags(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if strange := [value for value in values if not value.partition("=")[0] or "=" not in value]:
        raise click.BadParameter(f"given {', '.join(strange)}, allowed: KEY=VALUE")
    return values


def _completed(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from pathlib import Path

    folder = Path(context.params.get("params_dir") or "params")
    files = [*folder.glob("*.json"), *folder.glob("*/*.json")]
    names = {path.relative_to(folder).with_suffix("").as_posix() for path in files}
    return sorted(name for name in names if name.startswith(incomplete))


def _where(function: F) -> F:
    """The options that plan and apply share: those that name stacks and places are handed on together, as `meant`."""
    for option in reversed((
        click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_completed),
        click.option("--all", "everything", is_flag=True,
                     help="All parameter files, in account folders too, except unchanged examples."),
        click.option("--accept", "accepted", multiple=True, metavar="NAME",
                     help="STACK/RESOURCE that may be replaced or get more permissions. STACK: all of its resources."),
        click.option("--from", "saved", type=click.Path(allow_dash=True), metavar="FILE",
                     help="A plan that `plan --json` printed."),
        click.option("--profile", default="", metavar="PROFILE",
                     help="Profile of the AWS CLI. {account} is replaced by the account ID."),
        click.option("--region", default="", metavar="REGION",
                     help="Region, if neither the folder nor the profile sets it."),
        click.option("--role-arn", default="", metavar="ARN",
                     help="Role that CloudFormation assumes. {account} is replaced by the account ID."),
        click.option("--stack-name", default="", metavar="STACK", help="Name of the stack, if one file is deployed."),
        click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", callback=_tags, help="Tag for the stacks."),
        click.option("--details", is_flag=True, help="Show every resource, property and permission."),
        json_option,
        checked_params_dir,
        checked_templates_dir,
    )):  # fmt: skip
        function = option(function)
    return function


@click.command()
@_where
def plan(*, accepted: tuple[str, ...], saved: str | None, details: bool, as_json: bool, **meant: Any) -> None:
    """Show what a deployment would change.

    Prints one table for all stacks. NAME is a parameter file, with or without folder and .json, the name of its
    stack, or an account folder. CloudFormation creates a change set for each stack, and executes none. `apply`
    executes exactly these change sets. A stack whose imports do not exist yet waits for the stack that exports them.

    Exits with 2 if a resource would be replaced, deleted with its data, or given more permissions, unless --accept
    names it. Exits with 1 if a stack cannot be deployed, such as one whose parameter file has values to fill in.

    \b
    Examples:
      ecr-pipeline plan platform.main
      ecr-pipeline plan --all --details
      ecr-pipeline plan --all --json > plan.json
      ecr-pipeline plan --from plan.json           without an account
    """
    plans = _planned(meant) if saved is None else _saved(saved, meant, "shows")
    _print(plans, accepted, details=details, as_json=as_json)
    _end(plans, accepted)


@click.command()
@_where
def apply(*, accepted: tuple[str, ...], saved: str | None, details: bool, as_json: bool, **meant: Any) -> None:
    """Deploy stacks by their planned change sets.

    Stacks are deployed in layers: a stack is planned when the stacks that it imports from exist. Nothing is executed
    if a stack cannot be planned, or if a resource would be replaced, deleted with its data, or given more permissions,
    unless --accept names it. The same applies to each later layer.

    If the command fails or is interrupted, run it again: it continues where it stopped. With --from, only the saved
    plan is deployed.

    \b
    Examples:
      ecr-pipeline apply platform.main
      ecr-pipeline apply --all
      ecr-pipeline apply --all --accept platform-main/InspectRole
      ecr-pipeline apply --from plan.json
    """
    from generator.changesets import plan_document
    from generator.changesets.change_records import UNCHANGED
    from generator.rollout.applier import apply_all

    reviewed: Sequence[StackPlan] = ()
    if saved is not None:
        reviewed = _saved(saved, meant, "deploys")
        meant["names"] = tuple(each.name for each in reviewed)
    with progress() as tell:
        site = _site(meant, tell)
        try:
            done = apply_all(site, accepted, reviewed)
        except KeyboardInterrupt:
            click.echo(
                "CloudFormation finishes the updates in progress. Run the same command again to continue.", err=True
            )
            raise
    plans = list(done.plans.values())
    if as_json:
        failed = [{"stack": name, "reason": reason} for name, reason in done.failed.items()]
        print_json({**plan_document.data(plans, accepted), "deployed": done.deployed, "failed": failed})
    elif done.failed or done.blocked or done.demands or details:
        _print(plans, accepted, details=details, as_json=False)
    else:
        for each in plans:
            if each.state == UNCHANGED:
                click.echo(f"No changes to deploy. Stack {each.name} is up to date")
    if not as_json:
        for name in done.deployed:
            click.echo(f"Deployed {name}")
    _report_remaining(done)
    _end(plans, accepted, failed=bool(done.failed or (done.left and not done.demands)))


def _saved(file: str, meant: dict[str, Any], does: str) -> Sequence[StackPlan]:
    """The plans in a file, which are all that is meant then."""
    from generator.changesets import plan_document

    if meant["names"] or meant["everything"]:
        raise click.UsageError(f"--from {does} a saved plan: remove the names and --all")
    return plan_document.read(file)


def _site(meant: dict[str, Any], tell: Callable[[str], None], *, with_unfinished: bool = False) -> Site:
    import threading
    from pathlib import Path

    from generator.rollout.planner import Site
    from generator.rollout.planning_stacks import DeployOptions
    from generator.rollout.stack_files import stack_files

    if bool(meant["names"]) == meant["everything"]:
        raise click.UsageError("enter the names of parameter files, or --all")
    found = stack_files(
        meant["names"],
        params_dir=Path(meant["params_dir"]),
        templates_dir=Path(meant["templates_dir"]),
        stack_name=meant["stack_name"],
        with_unfinished=with_unfinished,
    )
    _warn(found, Path(meant["params_dir"]))
    return Site(
        stacks=found.stacks,
        others=found.others,
        unfinished=found.unfinished,
        options=DeployOptions(tags=meant["tags"], role_arn=meant["role_arn"]),
        profile=meant["profile"],
        region=meant["region"],
        progress=tell,
        stopping=threading.Event(),
    )


def _warn(found: StackFiles, params_dir: Path) -> None:
    """Print findings about files that are deployed together. Their stacks can be deployed, but runs would fail.

    Notes are about values without an effect.
    """
    from generator.checks.inspected_pipelines import deployed_together
    from generator.checks.inspected_repositories import problems
    from generator.checks.looser_limits import notes
    from generator.cloudformation.example_files import unchanged_examples

    stacks, examples = {each.path for each in found.stacks}, unchanged_examples(params_dir)
    paths = sorted({*stacks, *(each.path for each in found.others if each.path not in examples)})
    compared = list(deployed_together(paths, stacks - examples))
    for finding in (each for pipeline, files in compared for each in problems(pipeline, files)):
        click.echo(f"Warning: {finding}", err=True)
    for note in (each for pipeline, files in compared for each in notes(pipeline, files)):
        click.echo(f"Note: {note}", err=True)


def _planned(meant: dict[str, Any]) -> Sequence[StackPlan]:
    from generator.rollout.planner import plan_all, views
    from generator.rollout.planning_stacks import unfinished_plan
    from generator.rollout.stack_order import layers

    with progress() as tell:
        site = _site(meant, tell, with_unfinished=True)
        ordered = [stack for layer in layers(site.stacks) for stack in layer]
        known = views(site)
        unfinished = [unfinished_plan(each, known.get(each.folder)) for each in site.unfinished]
        return [*plan_all(ordered, known, site), *unfinished]


def _print(plans: Sequence[StackPlan], accepted: tuple[str, ...], *, details: bool, as_json: bool) -> None:
    from generator.changesets import plan_document, plan_table

    if as_json:
        print_json(plan_document.data(plans, accepted))
        return
    click.echo(plan_table.table(plans, accepted), nl=False)
    if details:
        click.echo(plan_table.details(plans), nl=False)


def _report_remaining(done: Rollout) -> None:
    """List the stacks that failed or were not deployed, and how to continue."""
    for name, reason in done.failed.items():
        click.echo(f"Failed {name}: {reason}", err=True)
    for each in done.left:
        click.echo(f"Not deployed {each.name}{_waits(each)}", err=True)
    if done.failed:
        click.echo(
            "Next: fix the failed stacks, then run the same command again. It continues where it stopped.", err=True
        )


def _waits(plan: StackPlan) -> str:
    return f": waits for {', '.join(plan.waits_for)}" if plan.waits_for else ""


def _end(plans: Sequence[StackPlan], accepted: tuple[str, ...], *, failed: bool = False) -> None:
    from generator.changesets.change_records import BLOCKED
    from generator.changesets.judgement import open_demands

    if failed or any(each.state == BLOCKED for each in plans):
        raise click.exceptions.Exit(1)
    if open_demands(plans, accepted):
        raise click.exceptions.Exit(NOT_ACCEPTED)
