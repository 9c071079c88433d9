"""`ecr-pipeline prove`. It imports what it needs itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from generator.console import json_option, names_or_all, params_dir, print_json, progress

if TYPE_CHECKING:
    from generator.proving.proof_records import Proof

_ACCOUNT = re.compile("[0-9]{12}")


def _account(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not _ACCOUNT.fullmatch(value):
        raise click.BadParameter(f"given {value!r}, allowed: an account ID of twelve digits")
    return value


@click.command()
@names_or_all
@click.option("--env", "environment", default="dev", show_default=True, help="The environment of parameter files.")
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
    help="Compare every role with the policy in FILE. AWS charges each comparison.",
)
@click.option("--profile", default="", help="Profile of the AWS CLI.")
@click.option("--region", default="", help="Region, if the profile has not the right one.")
@click.option("--account", default="", callback=_account, metavar="ID", help="Stop if the credentials are of another.")
@click.option("--with-account", is_flag=True, help="Show account IDs in the report. By default they are asterisks.")
@click.option("--details", is_flag=True, help="Show what passed too.")
@json_option
@params_dir
def prove(*, names: tuple[str, ...], with_account: bool, details: bool, as_json: bool, **wishes: Any) -> None:
    """Ask your account what it says of the templates, without a change that lasts.

    For each template a change set that is never executed, with CloudFormation's validation; IAM Access Analyzer's
    findings in every policy; EventBridge's answer for every rule; quotas. Everything that is made has the prefix
    `ecr-pipeline-prove`, and is deleted again. Parameters are those of params/NAME.ENV.json.

    Exits with 1 if a check failed, or if something could not be deleted.

    \b
    Examples:
      ecr-pipeline prove
      ecr-pipeline prove pipeline-ecs registry --env prod
      ecr-pipeline prove registry --repository team/orders
      ecr-pipeline prove --json > proof.json
    """
    from generator.proving.proof_document import data
    from generator.proving.proof_text import text

    proof = _proof(names, **wishes)
    document = data(proof, with_account=with_account)
    if as_json:
        print_json(document)
    else:
        click.echo(text(document, details=details), nl=False)
    if proof.failures or proof.left:
        raise click.exceptions.Exit(1)


def _warn(line: str) -> None:
    click.echo(line, err=True)


def _proof(
    names: tuple[str, ...],
    *,
    environment: str,
    repositories: tuple[str, ...],
    limit: str | None,
    profile: str,
    region: str,
    account: str,
    params_dir: str,
) -> Proof:
    from pathlib import Path

    from generator import json_text
    from generator.console import environment_name
    from generator.proving.interrupts import ended_by_signals
    from generator.proving.proved_templates import proved_templates
    from generator.proving.proving_site import proving_site
    from generator.proving.standing_proof import ProofWishes, standing_proof
    from generator.rollout.aws_program import AwsProgram

    templates = proved_templates(names, environment=environment_name(environment), params_dir=Path(params_dir))
    access_limit = json_text.read(limit) if limit else ""
    if limit:
        json_text.parse(access_limit, limit)
    with progress() as tell, ended_by_signals():
        aws = AwsProgram(profile=profile, region=region)
        site = proving_site(aws, expected=account, progress=tell, warn=_warn)
        return standing_proof(site, templates, ProofWishes(repositories=repositories, access_limit=access_limit))
