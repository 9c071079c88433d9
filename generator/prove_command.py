"""`ecr-pipeline prove`. It imports only what it needs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from generator.console import json_option, names_or_all, packages_of, params_dir, print_json, progress
from generator.questions import confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.proving.proof_records import Proof
    from generator.proving.proved_templates import ProvedTemplate
    from generator.proving.proving_site import ProvingSite
    from generator.proving.standing_proof import ProofWishes

_ACCOUNT = re.compile("[0-9]{12}")


def _account(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not _ACCOUNT.fullmatch(value):
        raise click.BadParameter(f"given {value!r}, allowed: an account ID of twelve digits")
    return value


@click.command()
@names_or_all
@click.option(
    "--env",
    "environment",
    default="dev",
    show_default=True,
    metavar="ENV",
    help="Environment of the parameter files.",
)
@click.option(
    "--repository",
    "repositories",
    multiple=True,
    metavar="NAME",
    help="Preview the lifecycle policy of the template registry in this repository.",
)
@click.option(
    "--check-new-access",
    "limit",
    type=click.Path(),
    metavar="FILE",
    help="Compare every role with the policy in FILE. AWS charges for each comparison.",
)
@click.option(
    "--deploy",
    "deploying",
    is_flag=True,
    help="Also deploy throw-away stacks, run a pipeline, and delete everything again.",
)
@click.option("--yes", is_flag=True, help="Do not ask before --deploy.")
@click.option(
    "--boundary",
    default="",
    metavar="ARN",
    help="Permissions boundary of all roles of --deploy.  [default: the one that --policy prints]",
)
@click.option("--clean", "mode", flag_value="clean", help="Only delete resources of earlier runs.")
@click.option(
    "--policy",
    "mode",
    flag_value="policy",
    help="Only print a template with the permissions that prove needs, and the boundary.",
)
@click.option("--profile", default="", metavar="PROFILE", help="Profile of the AWS CLI.")
@click.option("--region", default="", metavar="REGION", help="Region, if the profile does not set it.")
@click.option(
    "--account", default="", callback=_account, metavar="ID", help="Stop if the credentials belong to another account."
)
@click.option("--with-account", is_flag=True, help="Show account IDs in the report. By default they are asterisks.")
@click.option(
    "--report", "page_file", type=click.Path(), metavar="FILE.html", help="Also write the report as an HTML page."
)
@click.option("--details", is_flag=True, help="Also show checks that passed.")
@json_option
@params_dir
def prove(
    *,
    names: tuple[str, ...],
    mode: str | None,
    profile: str,
    region: str,
    account: str,
    with_account: bool,
    page_file: str | None,
    details: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Check the templates against your account.

    Creates a change set of each template, which is never executed, and reads CloudFormation's validation of it. Checks
    every policy with IAM Access Analyzer, every rule with EventBridge, and quotas. Everything that is created has the
    prefix `ecr-pipeline-prove` and is deleted again. The parameters are those of params/NAME.ENV.json.

    With --deploy, also deploys four throw-away stacks, runs an image through them and checks its record. First shows
    what will be created, the cost and the duration.

    Exits with 1 if a check failed, or if something could not be deleted.

    \b
    Examples:
      ecr-pipeline prove
      ecr-pipeline prove pipeline-ecs registry --env prod
      ecr-pipeline prove registry --repository team/orders
      ecr-pipeline prove --policy > prove-policy.json
      ecr-pipeline prove --deploy --json > proof.json
    """
    from generator.proving.interrupts import ended_by_signals
    from generator.proving.proof_document import data
    from generator.proving.proof_text import text
    from generator.proving.prove_policy import policy_template
    from generator.proving.proving_site import proving_site
    from generator.publishing.files import write_text
    from generator.publishing.writable_pages import refuse_unwritable
    from generator.rollout.aws_program import AwsProgram

    if mode and (names or wishes["deploying"]):
        raise click.UsageError(f"--{mode} cannot be combined with names or --deploy")
    if mode == "policy":
        print_json(policy_template())
        return
    if page_file:
        refuse_unwritable(page_file, filter(None, [wishes["limit"]]))
        with packages_of("try"):
            from generator.proving.proof_page import page
    aws = AwsProgram(profile=profile, region=region)
    with progress() as tell, ended_by_signals():
        if mode == "clean":
            _clean(proving_site(aws, expected=account, progress=tell, warn=_warn))
            return
        templates, asked = _input(names, **wishes)
        site = proving_site(aws, expected=account, progress=tell, warn=_warn)
        proof = _proof(site, templates, asked, **wishes)
    document = data(proof, with_account=with_account)
    if page_file:
        click.echo(write_text(page_file, page(document)), err=True)
    if as_json:
        print_json(document)
    else:
        click.echo(text(document, details=details), nl=False)
    if proof.failures or proof.left:
        raise click.exceptions.Exit(1)


def _warn(line: str) -> None:
    click.echo(line, err=True)


def _input(
    names: tuple[str, ...],
    *,
    environment: str,
    repositories: tuple[str, ...],
    limit: str | None,
    params_dir: str,
    **_others: object,
) -> tuple[tuple[ProvedTemplate, ...], ProofWishes]:
    """The templates to prove, and the options. Errors in files are reported before AWS is called."""
    from pathlib import Path

    from generator import json_text
    from generator.console import environment_name
    from generator.proving.proved_templates import proved_templates
    from generator.proving.standing_proof import ProofWishes

    templates = proved_templates(names, environment=environment_name(environment), params_dir=Path(params_dir))
    access_limit = json_text.read(limit) if limit else ""
    if limit:
        json_text.parse(access_limit, limit)
    return templates, ProofWishes(repositories=repositories, access_limit=access_limit)


def _proof(
    site: ProvingSite,
    templates: Sequence[ProvedTemplate],
    wishes: ProofWishes,
    *,
    deploying: bool,
    yes: bool,
    boundary: str,
    **_others: object,
) -> Proof:
    from generator.proving.deployed_proof import deployed_proof
    from generator.proving.standing_proof import refuse_leftovers, standing_proof
    from generator.proving.throwaway_stacks import announcement, boundary_arn, throwaway_stacks

    arn = ""
    if deploying:
        refuse_leftovers(site)
        arn = boundary_arn(site, boundary)
        click.echo(announcement(site, arn), err=True)
        if not yes and not agreed():
            raise click.exceptions.Exit(1)
    standing = standing_proof(site, templates, wishes)
    return deployed_proof(site, templates, standing, throwaway_stacks(arn)) if deploying else standing


def agreed() -> bool:
    """Whether the user confirms. Without a terminal, --yes is required."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError("--deploy asks before it creates anything: answer in a terminal, or add --yes")
    return confirmed("Continue?", default=False)


def _clean(site: ProvingSite) -> None:
    """Delete what earlier runs have left, and report what still exists."""
    from generator.proving.interrupts import held_signals
    from generator.proving.prove_cleaning import remove_everything

    with held_signals(site.warn):
        found = remove_everything(site)
    for line in found.pending:
        click.echo(f"Waits for its deletion: {line}")
    for line in found.lines():
        click.echo(f"Not deleted: {line}", err=True)
    if found.left:
        raise click.exceptions.Exit(1)
    click.echo("Nothing else of prove is left.")
