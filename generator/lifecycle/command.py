"""`ecr-pipeline lifecycle`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.console import Choices, completed_or_file
from generator.errors import GeneratorError
from generator.lifecycle.checks import CHECKS

if TYPE_CHECKING:
    from datetime import datetime


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime:
    from datetime import datetime, timezone

    from generator.lifecycle.moments import moment

    try:
        return datetime.now(timezone.utc) if value is None else moment(value)
    except GeneratorError as error:
        raise click.BadParameter(str(error)) from error


def _patterns(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    from generator.lifecycle.tag_patterns import can_match

    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html: no two * in a row
    if strange := [value for value in values if not can_match(value) or "**" in value]:
        told = ", ".join(map(repr, strange))
        raise click.BadParameter(f"given {told}, allowed: a tag or a pattern such as latest or v*, without **")
    return values


def _digests(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The digests. For an image with its registry, as stacks record it, the part after the @."""
    import re

    digests = tuple(value.rpartition("@")[2].strip() for value in values)
    if strange := [digest for digest in digests if not re.fullmatch("sha256:[0-9a-f]{64}", digest)]:
        told = ", ".join(map(repr, strange))
        raise click.BadParameter(f"given {told}, allowed: sha256: and 64 hexadecimal digits, or ...@sha256:...")
    return digests


_file = click.Path(allow_dash=True)


@click.group()
def lifecycle() -> None:
    """See what an ECR lifecycle policy would delete.

    \b
    Examples:
      ecr-pipeline lifecycle simulate policy.json --images images.json
    """  # noqa: D301  click needs the character \b, not two


@lifecycle.command()
@click.argument("source", shell_complete=completed_or_file)
@click.option("--images", type=_file, required=True, metavar="FILE", help="Output of aws ecr describe-images.")
@click.option(
    "--manifests",
    type=_file,
    multiple=True,
    metavar="FILE",
    help="Output of aws ecr batch-get-image for the image indexes.",
)
@click.option("--params", type=_file, metavar="FILE", help="Parameter file of the template.  [default: its defaults]")
@click.option("--repository", metavar="ID", help="Logical ID of the repository, if the template has several.")
@click.option(
    "--trigger", "triggers", multiple=True, metavar="PATTERN", callback=_patterns, help="Tag pattern of a pipeline."
)
@click.option("--deployed", multiple=True, metavar="DIGEST", callback=_digests, help="Digest of an image that runs.")
@click.option("--ignore", "ignored", multiple=True, type=Choices(CHECKS), metavar="CHECK", help="Findings to ignore.")
@click.option(
    "--at", "now", metavar="TIME", callback=_moment, help="Time of the evaluation (ISO 8601).  [default: now]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def simulate(
    *,
    source: str,
    images: str,
    manifests: tuple[str, ...],
    params: str | None,
    repository: str | None,
    triggers: tuple[str, ...],
    deployed: tuple[str, ...],
    ignored: tuple[str, ...],
    now: datetime,
    as_json: bool,
) -> None:
    """Show which images a lifecycle policy would delete or archive, by which rule, and why the others stay.

    SOURCE is a published template, a file with a template, or a file with a policy (the input of
    put-lifecycle-policy, or the output of get-lifecycle-policy). --params, --repository and --trigger apply to
    templates only. One FILE can be - for standard input.

    \b
    Findings cause exit code 1. Their names, as --ignore accepts them:
      deployed       a rule takes an image that runs
      unprotected    a rule can take an image with the tag of a stage
      unused         none of the images has a tag for the rule
      never-matches  no image can match the rule
      stage-tags     the repository does not allow tags of stages to move
      trigger        the repository does not allow the tag of --trigger to move

    An image runs if it has the tag of a stage, such as _production, or if --deployed names it.

    \b
    Examples:
      ecr-pipeline lifecycle simulate policy.json --images images.json
      ecr-pipeline lifecycle simulate registry --params FILE --images FILE
      ecr-pipeline lifecycle simulate FILE --images FILE --deployed sha256:...
      ecr-pipeline lifecycle simulate FILE --images FILE --ignore unprotected
    """  # noqa: D301  click needs the character \b, not two
    import json
    from pathlib import Path

    from generator import json_text
    from generator.cloudformation import parameter_files
    from generator.lifecycle import declared_repository as repositories
    from generator.lifecycle import policy, simulation_report, sources
    from generator.lifecycle import stored_images as listed
    from generator.lifecycle.simulation import simulated

    if [images, *manifests, params].count("-") > 1:
        raise click.UsageError("standard input can be read only once: use - for one file only")
    given = sources.read(source)
    if isinstance(given, sources.PolicyFile):
        for option, value in (("--params", params), ("--repository", repository), ("--trigger", triggers)):
            if value:
                raise click.UsageError(f"{option} applies to templates only, and {source} is a policy")
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
    found_images = listed.read(json_text.read(images), json_text.name_of(images))
    if absent := [digest for digest in deployed if digest not in {image.digest for image in found_images}]:
        raise GeneratorError(f"--deployed: {json_text.name_of(images)} has no image {', '.join(absent)}")
    simulation = simulated(
        policy.read(text, source),
        found_images,
        now,
        children,
        name=source,
        setting=setting,
        triggers=triggers,
        deployed=deployed,
        ignored=ignored,
    )
    click.echo(
        json.dumps(simulation_report.data(simulation), indent=2) if as_json else simulation_report.text(simulation)
    )
    for line in (*simulation.notes, simulation_report.summary(simulation)):
        click.echo(line, err=True)
    if simulation.findings:
        raise click.exceptions.Exit(1)
