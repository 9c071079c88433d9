"""The commands about parameter files: `ecr-pipeline params`. Each imports only what it needs."""

from __future__ import annotations

import click

from generator.console import environment_argument, environment_option, one_name, params_dir
from generator.errors import GeneratorError
from generator.program_name import program


@click.group()
def params() -> None:
    """Start, convert and list parameter files.

    \b
    Examples:
      ecr-pipeline params new pipeline-release --env dev
      ecr-pipeline params order dev
      ecr-pipeline params overrides params/pipeline-release.dev.json
    """


@params.command()
@one_name
@environment_option("Write the file DIR/NAME.ENV.json.")
@click.option("--all", "everything", is_flag=True, help="Include parameters with a default, with that value.")
@click.option(
    "--outputs",
    type=click.Path(allow_dash=True),
    multiple=True,
    metavar="FILE",
    help="Fill in values from the output of `aws cloudformation describe-stacks`.",
)
@params_dir
def new(name: str, environment: str | None, everything: bool, outputs: tuple[str, ...], params_dir: str) -> None:
    """Start a parameter file with the parameters that need a value.

    The file is printed to stdout. With --env, it is written to the folder of the parameter files, but never over an
    existing file. The descriptions of the parameters go to stderr, because the AWS CLI accepts only keys and values in
    a parameter file.

    With --outputs, a parameter with the same name as an output gets its value. For a network or a platform, its name
    is filled in as Network or Platform. FILE can be - for standard input.

    \b
    Examples:
      ecr-pipeline params new pipeline-release
      ecr-pipeline params new pipeline-release --env dev
      ecr-pipeline params new pipeline-release --outputs registry.json --outputs -
      ecr-pipeline params new pipeline-release --all 2>parameters.txt >all.json
    """
    import shlex
    from pathlib import Path

    from generator import catalog, json_text
    from generator.cloudformation import parameter_files, stack_outputs
    from generator.publishing import render, skeleton
    from generator.publishing.files import write_text

    body = render.to_dict(catalog.build(name))
    if outputs.count("-") > 1:
        raise click.UsageError("standard input can be read only once: use - for one file only")
    documents = [(json_text.name_of(file), json_text.read(file)) for file in outputs]
    found = stack_outputs.read(documents, body["Parameters"])
    known = {key: value for key, value in found.items() if key in body["Parameters"]}
    if found and not known:
        raise GeneratorError(f"{name} has no parameter named {', '.join(found)}: no output can be filled in")
    text = skeleton.skeleton(body, everything=everything, known=known)
    path = parameter_files.path_of(Path(params_dir), name, environment) if environment else None
    if path and path.exists():
        raise GeneratorError(f"{path} already exists: edit it, or remove it first")
    click.echo(skeleton.descriptions(body, known, everything=everything), err=True)
    if path:
        click.echo(write_text(path, text), err=True)
        place = "" if params_dir == "params" else f" --params-dir {shlex.quote(params_dir)}"
        click.echo(f"Next: fill it in, then {program()} check {name} --env {environment}{place}", err=True)
    else:
        click.echo(text, nl=False)


@params.command()
@click.argument("file", type=click.Path())
def overrides(file: str) -> None:
    """Print a parameter file in the form that `aws cloudformation deploy` accepts, in version 1 and 2.

    The form is a JSON list of "Key=Value" for --parameter-overrides file://..., so that no shell interprets a value.

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
    """Print the templates of an environment, one per line, in the order of deployment.

    Lists the templates that have a parameter file DIR/NAME.ENV.json; unchanged examples of the project do not count.
    A template comes after the templates that it imports from: network, then platform, then the others. A registry comes
    first.

    \b
    Examples:
      ecr-pipeline params order orders
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
