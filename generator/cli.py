"""The command line. Data goes to stdout, all else to stderr; exit 0 clean, 1 findings or an error, 2 wrong usage.

Each command imports what it needs itself: only `check` waits for cfn-lint, and --help for nothing.
"""

from __future__ import annotations

import os
from typing import IO

import click

from generator.console import (
    Commands,
    docs_dir,
    environment_argument,
    environment_option,
    names_or_all,
    one_name,
    packages_of,
    params_dir,
    templates_dir,
    version_option,
)
from generator.errors import GeneratorError
from generator.lifecycle.command import lifecycle


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def cli() -> None:
    """CloudFormation templates of pipelines that start at a push to Amazon ECR.

    \b
    Examples:
      ecr-pipeline list                        what there is
      ecr-pipeline write                       write every template into templates/
      ecr-pipeline check                       check templates and parameter files
      ecr-pipeline params new NAME --env dev   start a parameter file
      ecr-pipeline try NAME --params FILE      deploy into an emulated AWS, push an image

    \b
    Completion of commands and template names:
      bash  eval "$(_ECR_PIPELINE_COMPLETE=bash_source ecr-pipeline)"   in ~/.bashrc
      zsh   eval "$(_ECR_PIPELINE_COMPLETE=zsh_source ecr-pipeline)"    in ~/.zshrc
      fish  _ECR_PIPELINE_COMPLETE=fish_source ecr-pipeline | source    in config.fish
    """


@cli.command("list")
def list_() -> None:
    """Name every template, with what it makes.

    \b
    Examples:
      ecr-pipeline list
      ecr-pipeline list | cut -d' ' -f1        the names alone
    """
    from generator import catalog

    templates = catalog.templates()
    width = max(map(len, templates))
    for name, build in templates.items():
        click.echo(f"{name:{width}}  {build().description}")


@cli.command()
@one_name
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
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
@names_or_all
@templates_dir
def write(names: tuple[str, ...], templates_dir: str) -> None:
    """Write the named templates, or all of them.

    A file that holds its template already is left alone. Each file is written whole or not at all, and none is
    written when one of the names is wrong.

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
        click.echo(f"{'wrote' if write_text(path, text) else 'unchanged'} {path}", err=True)
    click.echo("Next: ecr-pipeline check", err=True)


@cli.command()
@docs_dir
def docs(docs_dir: str) -> None:
    """Write the page of every template, and what README and guides show of templates.

    A page shows the template's picture, its parameters, every permission with its reason, and its outputs. In other
    documents only what stands between `<!-- parameters of NAME, ... -->` or `<!-- picture of NAME, ... -->` and
    `<!-- end -->` is written.

    \b
    Examples:
      ecr-pipeline docs
      ecr-pipeline docs --docs-dir build/docs
    """
    from pathlib import Path

    from generator.publishing.documents import documents
    from generator.publishing.files import write_text

    for path, text in documents(Path(docs_dir)).items():
        click.echo(f"{'wrote' if write_text(path, text) else 'unchanged'} {path}", err=True)


@cli.command()
@names_or_all
@environment_option("Of its parameter files, only this one.")
@templates_dir
@params_dir
@docs_dir
def check(names: tuple[str, ...], environment: str | None, templates_dir: str, params_dir: str, docs_dir: str) -> None:
    """Check the named templates and their parameter files, or everything.

    Templates: the file is what the generator builds, cfn-lint and our own rules have no complaint, CodeBuild will
    understand the buildspecs, AWS will take the size. Parameter files: keys and values suit the template and its
    rules; a tag that a pipeline waits for can be pushed more than once, as far as a repository's file of the same
    environment tells. Without a name also: no other file lies about in the two folders, and generated documents are
    up to date.

    Prints one finding a line, `file:line: place: message [check]`, and exits with 1 if there is any.

    \b
    Examples:
      ecr-pipeline check
      ecr-pipeline check pipeline-release
      ecr-pipeline check pipeline-release --env dev     what `make deploy` asks for
    """
    if environment is not None and not names:
        raise click.UsageError("--env requires the names of templates")

    from pathlib import Path

    with packages_of("check"):
        from generator.checks import suite

    found = suite.findings(
        names,
        templates_dir=Path(templates_dir),
        params_dir=Path(params_dir),
        docs_dir=Path(docs_dir),
        environment=environment,
    )
    for finding in found:
        click.echo(finding)
    click.echo(f"{len(found)} finding{'s' * (len(found) != 1)}" if found else "No findings.", err=True)
    if found:
        raise click.exceptions.Exit(1)


@cli.command("try")
@one_name
@click.option("--params", "file", type=click.Path(), required=True, metavar="FILE", help="Its parameter file.")
@click.option(
    "--platform-params",
    "platform_file",
    type=click.Path(),
    default="",
    metavar="FILE",
    help="Parameter file of the platform that it imports from.  [default: RepositoryPattern * alone]",
)
@click.option(
    "--image",
    default="",
    metavar="[REPOSITORY:]TAG",
    help="What is pushed.  [default: to the repository of the parameters, a tag that starts the pipeline]",
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    default=("linux/amd64",),
    show_default=True,
    metavar="OS/ARCH",
    help="Platform of the image; several make an index.",
)
@click.option("--findings", multiple=True, metavar="SEVERITY=COUNT", help="What the scan finds, such as CRITICAL=2.")
@click.option("--scan/--no-scan", "scanned", default=True, show_default=True, help="Whether the image is scanned.")
@click.option("--approve/--reject", "approved", default=True, show_default=True, help="What the approver answers.")
@click.option("--event", type=click.Choice(["push", "failed-push", "delete"]), default="push", show_default=True)
def try_(
    *,
    name: str,
    file: str,
    platform_file: str,
    image: str,
    platforms: tuple[str, ...],
    findings: tuple[str, ...],
    scanned: bool,
    approved: bool,
    event: str,
) -> None:
    """Try a template without an AWS account.

    The AWS CLI deploys it into an emulated AWS on this machine, after the stacks that it imports from: a platform and a
    network of the names in the parameters. A small image is pushed, and what that starts is run to its end: builds
    under bash, with the AWS CLI and the permissions of their roles' credentials. Progress goes to stderr; then stages,
    artifacts, what the approver reads, what was deployed and every AWS call to stdout. Exits with 1 if no run
    succeeded. It needs what `make setup` installs.

    \b
    Examples:
      ecr-pipeline try pipeline-release --params params/pipeline-release.dev.json
      ecr-pipeline try pipeline-release --params FILE --platform-params params/platform.dev.json
      ecr-pipeline try pipeline-ecs --params FILE --image v1.4.2 --findings CRITICAL=2
      ecr-pipeline try pipeline-ecs --params FILE --platform linux/amd64 --platform linux/arm64 --reject
    """
    with packages_of("try"):
        from generator.emulator.trial.command import Wish, attempt

    wish = Wish(image=image, platforms=platforms, findings=findings, scanned=scanned, approved=approved, event=event)
    told, passed = attempt(name, file, wish, lambda line: click.echo(line, err=True), platform_file)
    click.echo(told, nl=False)
    if not passed:
        raise click.exceptions.Exit(1)


@cli.group()
def params() -> None:
    """Parameter files: start one, hand one to the AWS CLI, list them in the order of deployment.

    \b
    Examples:
      ecr-pipeline params new pipeline-release --env dev
      ecr-pipeline params order dev
      ecr-pipeline params overrides params/pipeline-release.dev.json
    """


@params.command()
@one_name
@environment_option("Write DIR/NAME.ENV.json.")
@click.option("--all", "everything", is_flag=True, help="Also what has a default, with that default.")
@click.option(
    "--outputs",
    type=click.File("rb"),
    multiple=True,
    metavar="FILE",
    help="Fill in outputs of other stacks, as `aws cloudformation describe-stacks` prints them. - is stdin.",
)
@params_dir
def new(name: str, environment: str | None, everything: bool, outputs: tuple[IO[bytes], ...], params_dir: str) -> None:
    """Start a parameter file: the parameters that need a value.

    The file goes to stdout, or with --env into the folder of the parameter files, where it replaces none. The
    descriptions of the parameters go to stderr, because the AWS CLI refuses a file with more than keys and values.

    With --outputs, a parameter with the name of an output gets its value. The outputs of a network or a platform are
    imported by its name, which is filled in for Network or Platform.

    \b
    Examples:
      ecr-pipeline params new pipeline-release
      ecr-pipeline params new pipeline-release --env dev
      ecr-pipeline params new pipeline-release --env dev --outputs registry.json --outputs platform.json
      ecr-pipeline params new pipeline-release --all 2>parameters.txt >all.json
    """
    from pathlib import Path

    from generator import catalog
    from generator.cloudformation import parameter_files, stack_outputs
    from generator.publishing import render, skeleton
    from generator.publishing.files import write_text

    body = render.to_dict(catalog.build(name))
    found = stack_outputs.read(((file.name, file.read()) for file in outputs), body["Parameters"])
    known = {key: value for key, value in found.items() if key in body["Parameters"]}
    if found and not known:
        raise GeneratorError(f"{name} has no parameter called {', '.join(found)}: no output can be filled in")
    text = skeleton.skeleton(body, everything=everything, known=known)
    path = parameter_files.path_of(Path(params_dir), name, environment) if environment else None
    if path and path.exists():
        raise GeneratorError(f"{path} is there already: edit it, or remove it first")
    click.echo(skeleton.descriptions(body, known), err=True)
    if path:
        write_text(path, text)
        click.echo(f"wrote {path}\nNext: fill it in, then ecr-pipeline check {name} --env {environment}", err=True)
    else:
        click.echo(text, nl=False)


@params.command()
@click.argument("file", type=click.Path())
def overrides(file: str) -> None:
    """Print a parameter file in the form that `aws cloudformation deploy` takes in version 1 and 2.

    It is a JSON list of "Key=Value", for --parameter-overrides file://...: no shell ever sees a value.

    \b
    Examples:
      ecr-pipeline params overrides params/pipeline-release.dev.json > overrides.json
      aws cloudformation deploy --parameter-overrides file://overrides.json ...
    """
    import json
    from pathlib import Path

    from generator.cloudformation import parameter_files

    read = parameter_files.read(Path(file))
    if read.problems:
        raise GeneratorError("\n".join(str(problem) for problem in read.problems))
    click.echo(json.dumps([f"{key}={value}" for key, value in read.entries], indent=2))


@params.command("order")
@environment_argument
@params_dir
def order_(environment: str, params_dir: str) -> None:
    """Print the templates of an environment, one a line, in the order in which they must be deployed.

    Those are the templates with a parameter file DIR/NAME.ENV.json. A template comes after those that export what it
    imports: network, then platform, then what is built on them.

    \b
    Examples:
      ecr-pipeline params order dev
      for name in $(ecr-pipeline params order dev); do make deploy TEMPLATE="$name" ENV=dev; done
    """
    from pathlib import Path

    from generator import catalog
    from generator.cloudformation import imports, parameter_files
    from generator.publishing import render

    names = parameter_files.templates_of(Path(params_dir), environment)
    templates = {name: render.to_dict(catalog.build(name)) for name in names}
    for name in imports.order(templates):
        click.echo(name)


cli.add_command(lifecycle)
