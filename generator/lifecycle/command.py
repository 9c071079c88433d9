"""`ecr-pipeline lifecycle`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from click.shell_completion import CompletionItem


def _completed(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from generator import catalog

    names = [CompletionItem(name) for name in catalog.templates() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime:
    from datetime import datetime, timezone

    from generator.errors import GeneratorError
    from generator.lifecycle.moments import moment

    try:
        return datetime.now(timezone.utc) if value is None else moment(value)
    except GeneratorError as error:
        raise click.BadParameter(str(error)) from error


def _patterns(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    from generator.lifecycle.tags import can_match

    if strange := [value for value in values if not can_match(value)]:
        raise click.BadParameter(f"no tag is like {', '.join(map(repr, strange))}: give a pattern such as v* or latest")
    return values


_file = click.Path(allow_dash=True)


@click.group()
def lifecycle() -> None:
    """Lifecycle policies of ECR: see what one would delete before it does.

    \b
    Examples:
      ecr-pipeline lifecycle simulate policy.json --images images.json
    """  # noqa: D301  click wants the character \b, not two


@lifecycle.command()
@click.argument("source", shell_complete=_completed)
@click.option("--images", type=_file, required=True, metavar="FILE", help="What describe-images prints; - is stdin.")
@click.option("--manifests", type=_file, multiple=True, metavar="FILE", help="What batch-get-image prints of indexes.")
@click.option("--params", type=_file, metavar="FILE", help="Parameter file of the template. Without: its defaults.")
@click.option("--repository", metavar="ID", help="Logical id of the repository, where a template has several.")
@click.option(
    "--trigger", "triggers", multiple=True, metavar="PATTERN", callback=_patterns, help="Pipeline's tag pattern."
)
@click.option("--at", "now", metavar="TIME", callback=_moment, help="Evaluate at this moment (ISO 8601), not now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def simulate(
    *,
    source: str,
    images: str,
    manifests: tuple[str, ...],
    params: str | None,
    repository: str | None,
    triggers: tuple[str, ...],
    now: datetime,
    as_json: bool,
) -> None:
    """Tell which images a lifecycle policy would take, by which rule, and why the others stay.

    SOURCE is a published template, a file with a template, or a file with a policy (as put-lifecycle-policy takes it,
    or get-lifecycle-policy prints it). --params, --repository and --trigger are for templates.

    Told as well, with exit 1: rules that can never match, rules that can take a deployed image (one with the tag of a
    stage, such as _production), tags that have to move in a repository that forbids it.

    \b
    Examples:
      ecr-pipeline lifecycle simulate policy.json --images images.json --manifests indexes.json
      ecr-pipeline lifecycle simulate template.json --params params.json --images images.json --trigger 'v*'
      aws ecr describe-images --repository-name team/orders | ecr-pipeline lifecycle simulate policy.json --images -
    """  # noqa: D301  click wants the character \b, not two
    import json
    from pathlib import Path

    from generator.cloudformation import parameter_files
    from generator.lifecycle import images as listed
    from generator.lifecycle import json_text, policy, report, sources
    from generator.lifecycle import repository as repositories
    from generator.lifecycle.simulation import simulated

    given = sources.read(source)
    if isinstance(given, sources.PolicyFile):
        for option, value in (("--params", params), ("--repository", repository), ("--trigger", triggers)):
            if value:
                raise click.UsageError(f"{option} is for a template, and {source} is a policy")
        text, setting = given.text, None
    else:
        file = parameter_files.read(Path(params)) if params else None
        found = repositories.read(given.body, file, source, repository)
        text, setting = found.policy_text, found.mutability

    children = {
        digest: held
        for manifest in manifests
        for digest, held in listed.read_manifests(json_text.read(manifest), json_text.name_of(manifest)).items()
    }
    simulation = simulated(
        policy.read(text, source),
        listed.read(json_text.read(images), json_text.name_of(images)),
        now,
        children,
        name=source,
        setting=setting,
        triggers=triggers,
    )
    click.echo(json.dumps(report.data(simulation), indent=2) if as_json else report.text(simulation))
    for line in (*simulation.notes, report.summary(simulation)):
        click.echo(line, err=True)
    if simulation.findings:
        raise click.exceptions.Exit(1)
