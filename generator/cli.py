"""The command line.

Data goes to stdout, everything else to stderr; exit 0 clean, 1 findings or an error, 2 wrong usage.

Each command imports only what it needs: only `check` loads cfn-lint, and --help loads nothing.
"""

from __future__ import annotations

import os
import sys

import click

from generator.console import (
    Choices,
    Commands,
    checked_docs_dir,
    checked_params_dir,
    checked_templates_dir,
    coloured,
    completed_parts,
    docs_dir,
    environment_option,
    is_file_name,
    json_option,
    names_or_all,
    names_or_files,
    once,
    one_name,
    packages_of,
    pipeline_name,
    print_json,
    progress,
    templates_dir,
    temporary_space,
    version_option,
)
from generator.deploy_command import apply, plan
from generator.errors import WrongUsageError
from generator.init_command import init
from generator.lifecycle.command import lifecycle
from generator.params_command import params
from generator.program_name import program
from generator.prove_command import prove


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def cli() -> None:
    """CloudFormation templates for pipelines that a push to Amazon ECR starts.

    \b
    Examples:
      ecr-pipeline list                        list the templates
      ecr-pipeline explain NAME                show what is in one, and why
      ecr-pipeline write                       write them to templates/
      ecr-pipeline check                       check templates, parameter files
      ecr-pipeline check ./template.yaml       check a template of your own
      ecr-pipeline init                        choose a template, answer questions
      ecr-pipeline params new NAME --env dev   start a parameter file
      ecr-pipeline try NAME --params FILE      try a pipeline on this machine
      ecr-pipeline plan --all                  show what a deployment would change
      ecr-pipeline apply --all                 deploy
      ecr-pipeline prove                       prove templates in your account

    \b
    Exit codes: 0 success; 1 findings, an unusable file or a failed trial;
    2 wrong usage, such as an unknown command, option or name.

    \b
    Shell completion:
      bash  eval "$(_ECR_PIPELINE_COMPLETE=bash_source ecr-pipeline)"
      zsh   eval "$(_ECR_PIPELINE_COMPLETE=zsh_source ecr-pipeline)"
      fish  _ECR_PIPELINE_COMPLETE=fish_source ecr-pipeline | source
    Add the line to ~/.bashrc, ~/.zshrc or config.fish to keep it.
    """


@cli.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the templates and what each one creates.

    \b
    Examples:
      ecr-pipeline list
      ecr-pipeline list | cut -d' ' -f1        only the names
      ecr-pipeline list --json
    """
    from generator import catalog

    described = {name: str(build().description) for name, build in catalog.templates().items()}
    if as_json:
        pipelines = catalog.image_pipelines()
        listed = [{"name": name, "description": text, "try": name in pipelines} for name, text in described.items()]
        print_json({"version": 1, "templates": listed})
        return
    import shutil

    from generator.columns import columns

    # As one line each in a file or a pipe, where other programs read them.
    within = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in columns(list(described.items()), within=within):
        click.echo(line)


@cli.command()
@one_name
@click.option("--format", "form", type=Choices(["json", "yaml"]), default="json", show_default=True)
def show(name: str, form: str) -> None:
    """Print one template.

    \b
    Examples:
      ecr-pipeline show pipeline-release
      ecr-pipeline show pipeline-release --format yaml | less
    """
    from generator import catalog
    from generator.publishing import render

    template = catalog.build(name)
    click.echo(render.to_json(template) if form == "json" else render.to_yaml(template), nl=False)


@cli.command()
@one_name
@click.argument("thing", default="", metavar="[ROLE|RESOURCE|PARAMETER|STAGE]", shell_complete=completed_parts)
@json_option
def explain(*, name: str, thing: str, as_json: bool) -> None:
    """Explain a template, role, resource, parameter or stage.

    Shows the purpose of a resource and who may use it, the permissions of a role with their reasons, what a change of
    a parameter replaces and updates, or the actions of a stage.

    \b
    Examples:
      ecr-pipeline explain pipeline-ecs
      ecr-pipeline explain platform InspectRole
      ecr-pipeline explain pipeline-ecs ProductionService
      ecr-pipeline explain platform InspectRole --json
    """
    from generator import catalog
    from generator.errors import WrongUsageError
    from generator.publishing.explanation import explained, homes_of
    from generator.publishing.explanation_text import explanation_data, explanation_text

    if name not in catalog.templates() and not thing and (homes := homes_of(name)):
        raise WrongUsageError(f"{name} is in {', '.join(homes)}: `{program()} explain {homes[0]} {name}`")
    found = explained(name, catalog.build(name), thing)
    if as_json:
        print_json(explanation_data(found))
    else:
        click.echo(explanation_text(found), nl=False)


@cli.command()
@names_or_all
@templates_dir
def write(names: tuple[str, ...], templates_dir: str) -> None:
    """Write the named templates, or all of them.

    A file that is up to date is not touched. Each file is written completely or not at all. If one of the names is
    wrong, nothing is written.

    \b
    Examples:
      ecr-pipeline write
      ecr-pipeline write pipeline-release
      ecr-pipeline write --templates-dir build/templates
    """
    from generator import catalog
    from generator.publishing import render
    from generator.publishing.files import write_text

    texts = {name: render.to_json(catalog.build(name)) for name in names or catalog.templates()}
    for name, text in texts.items():
        path = os.path.join(templates_dir, f"{name}.json")  # noqa: PTH118  see generator/publishing/files.py
        click.echo(write_text(path, text), err=True)
    click.echo(f"Next: {program()} check", err=True)


@cli.command()
@docs_dir
def docs(docs_dir: str) -> None:
    """Write the pages of the templates.

    A page has a diagram, the parameters, every permission with its reason, and the outputs. In README and guides, only
    the text between `<!-- parameters of NAME, ... -->` or `<!-- picture of NAME, ... -->` and `<!-- end -->` is
    replaced.

    \b
    Examples:
      ecr-pipeline docs
      ecr-pipeline docs --docs-dir build/docs
    """
    from pathlib import Path

    from generator.publishing.documents import documents
    from generator.publishing.files import write_text

    for path, text in documents(Path(docs_dir)).items():
        click.echo(write_text(path, text), err=True)


@cli.command()
@names_or_files
@environment_option("Check only this parameter file of the templates.")
@checked_templates_dir
@checked_params_dir
@checked_docs_dir
@json_option
def check(
    *,
    names: tuple[str, ...],
    environment: str | None,
    templates_dir: str,
    params_dir: str,
    docs_dir: str,
    as_json: bool,
) -> None:
    """Check templates and parameter files.

    Checks those of NAME, FILE, or everything.

    A template must match the generator's output, pass cfn-lint and our rules, contain buildspecs that CodeBuild
    accepts, and fit CloudFormation's size limit. A parameter file must fit its template and the template's rules. If
    a parameter file of the repository exists for the same environment, it must let the tag that the pipeline waits
    for be pushed more than once. If a parameter file of the pipeline's platform exists, its RepositoryPattern must
    include the repository. Without a name, the folders must not contain other files, and generated documents
    must be up to date.

    FILE is a parameter file, which is checked with its template, or any CloudFormation template, JSON or YAML. That is
    checked by cfn-lint with our rules for pipelines, and for its size and buildspecs.

    Prints one finding per line, `file:line: place: message [check]`, and exits with 1 if there are any.

    \b
    Examples:
      ecr-pipeline check
      ecr-pipeline check pipeline-release
      ecr-pipeline check pipeline-release --env dev     with one parameter file
      ecr-pipeline check params/pipeline-ecs.dev.json   the same, by its file
      ecr-pipeline check ./template.yaml                a template of your own
    """
    files = [name for name in names if is_file_name(name)]
    if environment is not None and (not names or files):
        raise click.UsageError("--env requires the names of templates")
    if files and len(files) < len(names):
        raise click.UsageError(f"given names and files, such as {files[0]}, allowed: either names or files")

    from pathlib import Path

    _refuse_folders(names)
    with packages_of("check"):
        from generator.checks import suite

    if files:
        checked = suite.files(
            [Path(file) for file in files], templates_dir=Path(templates_dir), docs_dir=Path(docs_dir)
        )
    else:
        checked = suite.published(
            names,
            templates_dir=Path(templates_dir),
            params_dir=Path(params_dir),
            docs_dir=Path(docs_dir),
            environment=environment,
        )
    if as_json:
        print_json(suite.data(checked))
    else:
        for finding in checked.findings:
            click.echo(finding)
    for note in checked.notes:
        click.echo(f"Note: {note}", err=True)
    for folder in checked.absent:
        click.echo(f"{folder} does not exist: nothing in it was checked", err=True)
    click.echo(checked, err=True)
    if checked.findings:
        raise click.exceptions.Exit(1)


def _refuse_folders(names: tuple[str, ...]) -> None:
    """WrongUsageError for a folder, unless a template has its name."""
    from generator import catalog

    for name in names:
        if os.path.isdir(name) and name not in catalog.templates():  # noqa: PTH112  see generator/publishing/files.py
            raise WrongUsageError(
                f"{name} is a folder: `{program()} check` without a name checks all of templates/, params/ and docs/"
            )


@cli.command("try")
@pipeline_name
@click.option(
    "--params",
    "file",
    type=click.Path(),
    required=True,
    multiple=True,
    callback=once,
    metavar="FILE",
    help="Parameter file of the template.",
)
@click.option(
    "--platform-params",
    "platform_file",
    type=click.Path(),
    multiple=True,
    callback=once,
    metavar="FILE",
    help="Parameter file of the platform that it uses.  [default: a platform with RepositoryPattern=*]",
)
@click.option(
    "--image",
    multiple=True,
    callback=once,
    metavar="[REPOSITORY:]TAG",
    help="Image to push.  [default: a tag that starts the pipeline, in the repository of the parameter file]",
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    default=("linux/amd64",),
    show_default=True,
    metavar="OS/ARCH",
    help="Platform of the image. Repeat it to push an image index.",
)
@click.option("--findings", multiple=True, metavar="SEVERITY=COUNT", help="Findings of the scan, such as CRITICAL=2.")
@click.option(
    "--accepted",
    multiple=True,
    metavar="ID@DAY REASON",
    help="Finding that the platform accepts. The findings of --findings are called SAMPLE-CRITICAL-1 and so on.",
)
@click.option("--scan/--no-scan", "scanned", default=True, show_default=True, help="Whether the image is scanned.")
@click.option("--approve/--reject", "approved", default=True, show_default=True, help="Answer of the approver.")
@click.option(
    "--event",
    type=Choices(["push", "failed-push", "delete", "roll-back", "replicate", "failed-replication"]),
    default="push",
    show_default=True,
    help="Event to emulate. roll-back: two images are released, then the last stage is rolled back to the first. "
    "replicate: the image is pushed in another account, which replicates it to this one.",
)
@click.option(
    "--source-account",
    default="",
    metavar="ID",
    help="Account that replicates.  [default: the first of ReplicatingAccountIds, or an account that is not listed]",
)
@click.option("--permissions", is_flag=True, help="Also print every AWS call and the permission that allowed it.")
@click.option(
    "--report",
    "page_file",
    type=click.Path(),
    default="",
    metavar="FILE.html",
    help="Also write a complete HTML report, for a reviewer or a ticket.",
)
@json_option
def try_(
    *,
    name: str,
    file: str,
    platform_file: str,
    image: str,
    platforms: tuple[str, ...],
    findings: tuple[str, ...],
    accepted: tuple[str, ...],
    scanned: bool,
    approved: bool,
    event: str,
    source_account: str,
    permissions: bool,
    page_file: str,
    as_json: bool,
) -> None:
    """Try a pipeline without an AWS account.

    NAME is standalone or one of pipeline-*. The AWS CLI deploys the template into an emulated AWS on this machine,
    after the platform and the network that it imports from. Then a small image is pushed, and the pipeline runs to
    its end. Builds run under bash, with the AWS CLI and the permissions of their roles.

    Progress goes to stderr, the result to stdout. Exits with 1 if no run succeeded. Requires bash and the packages
    that `make setup` installs.

    \b
    Examples:
      ecr-pipeline try standalone --params params/standalone.dev.json
      ecr-pipeline try pipeline-ecs --params FILE --platform-params FILE
      ecr-pipeline try pipeline-ecs --params FILE --image v2 --findings LOW=9
      ecr-pipeline try pipeline-ecs --params FILE --reject --permissions
      ecr-pipeline try pipeline-ecs --params FILE --report run.html
      ecr-pipeline try pipeline-ecs --params FILE --event replicate
    """
    with packages_of("try"), temporary_space():
        from generator.emulator.programs import prepared

        for program in prepared.NAMES:
            prepared.begin(program)  # they start while this process reads its own modules
        from generator.emulator.trial.outcome import SUCCEEDED, data
        from generator.emulator.trial.report import report
        from generator.emulator.trial.report_page import page
        from generator.emulator.trial.try_command import TrialFiles, accepting_command, attempt, next_command
        from generator.emulator.trial.wishes import Wish
    from generator.publishing.files import write_text

    wish = Wish(
        image=image,
        platforms=platforms,
        findings=findings,
        accepted=accepted,
        scanned=scanned,
        approved=approved,
        event=event,
        source_account=source_account,
    )
    with progress() as tell, temporary_space():
        found = attempt(name, TrialFiles(file, platform_file, page_file), wish, tell)
    command = next_command(name, file, found, wish, platform_file)
    if page_file:
        click.echo(write_text(page_file, page(found)), err=True)
    if as_json:
        print_json(data(found, command))
    else:
        accepting = accepting_command(name, file, found, wish, platform_file)
        text = report(found, command=command, accepting=accepting, permissions=permissions)
        click.echo(coloured(text), nl=False)
    if found.status != SUCCEEDED:
        raise click.exceptions.Exit(1)


cli.add_command(init)
cli.add_command(lifecycle)
cli.add_command(params)
cli.add_command(plan)
cli.add_command(apply)
cli.add_command(prove)
