"""The commands about parameter files: `ecr-pipeline params`. Each imports what it needs itself."""

from __future__ import annotations

import click

from generator.console import environment_argument, environment_option, one_name, params_dir
from generator.errors import GeneratorError


@click.group()
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
    type=click.Path(allow_dash=True),
    multiple=True,
    metavar="FILE",
    help="Fill in outputs of other stacks, as `aws cloudformation describe-stacks` prints them.",
)
@params_dir
def new(name: str, environment: str | None, everything: bool, outputs: tuple[str, ...], params_dir: str) -> None:
    """Start a parameter file: the parameters that need a value.

    The file goes to stdout, or with --env into the folder of the parameter files, where it replaces none. The
    descriptions of these parameters go to stderr, because the AWS CLI refuses a file with more than keys and values.

    With --outputs, a parameter with the name of an output gets its value. The outputs of a network or a platform are
    imported by its name, which is filled in for Network or Platform. FILE may be -, standard input.

    \b
    Examples:
      ecr-pipeline params new pipeline-release
      ecr-pipeline params new pipeline-release --env dev
      ecr-pipeline params new pipeline-release --outputs registry.json --outputs -
      ecr-pipeline params new pipeline-release --all 2>parameters.txt >all.json
    """
    from pathlib import Path

    from generator import catalog, json_text
    from generator.cloudformation import parameter_files, stack_outputs
    from generator.publishing import render, skeleton
    from generator.publishing.files import write_text

    body = render.to_dict(catalog.build(name))
    if outputs.count("-") > 1:
        raise click.UsageError("standard input can be read once: give - for one of the files")
    documents = [(json_text.name_of(file), json_text.read(file)) for file in outputs]
    found = stack_outputs.read(documents, body["Parameters"])
    known = {key: value for key, value in found.items() if key in body["Parameters"]}
    if found and not known:
        raise GeneratorError(f"{name} has no parameter called {', '.join(found)}: no output can be filled in")
    text = skeleton.skeleton(body, everything=everything, known=known)
    path = parameter_files.path_of(Path(params_dir), name, environment) if environment else None
    if path and path.exists():
        raise GeneratorError(f"{path} is there already: edit it, or remove it first")
    click.echo(skeleton.descriptions(body, known, everything=everything), err=True)
    if path:
        click.echo(write_text(path, text), err=True)
        click.echo(f"Next: fill it in, then ecr-pipeline check {name} --env {environment}", err=True)
    else:
        click.echo(text, nl=False)


@params.command()
@click.argument("file", type=click.Path())
def overrides(file: str) -> None:
    """Print a parameter file in the form that `aws cloudformation deploy` takes in version 1 and 2.

    It is a JSON list of "Key=Value", for --parameter-overrides file://...: no shell ever sees a value.

    \b
    Examples:
      ecr-pipeline params overrides params/registry.dev.json > overrides.json
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
    """
    from pathlib import Path

    from generator import catalog
    from generator.cloudformation import imports, parameter_files
    from generator.publishing import render
    from generator.suggestion import did_you_mean

    names = parameter_files.templates_of(Path(params_dir), environment)
    for name in names:
        if name not in catalog.templates():
            path = parameter_files.path_of(Path(params_dir), name, environment)
            raise GeneratorError(f"{path}: there is no template {name}{did_you_mean(name, catalog.templates())}")
    templates = {name: render.to_dict(catalog.build(name)) for name in names}
    for name in imports.order(templates):
        click.echo(name)
