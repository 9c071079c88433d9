"""`ecr-pipeline init`: a few questions, and the parameter files that follow from the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from generator.console import environment_name, environment_option, packages_of, params_dir
from generator.errors import GeneratorError, WrongUsageError
from generator.init_answers import InitAnswers, kept
from generator.program_name import program
from generator.questions import asks, chosen, confirmed

if TYPE_CHECKING:
    from pathlib import Path

    from generator.publishing.starter_set import StarterFile, TemplateBody

STAGES = ("Staging", "Production")
DEPLOYER = "Deployer"
LEFT_OUT = "none"
REGISTRY = "registry"


@click.command()
@click.argument("name", default="", metavar="[TEMPLATE]")
@environment_option("Name of the environment or service: the files are DIR/TEMPLATE.ENV.json.  [default: main]")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="Value of a parameter. Can be repeated.")
@click.option("--have", multiple=True, metavar="TEMPLATE", help="A network or platform that already exists.")
@click.option("--new-repository", "registry", is_flag=True, help="Also create the ECR repository.")
@click.option("--no-input", is_flag=True, help="Ask nothing. Missing values stay empty in the files.")
@params_dir
@asks("init asks questions; run it in a terminal, or add --no-input and the name of a TEMPLATE")
def init(
    *,
    name: str,
    environment: str | None,
    given: tuple[str, ...],
    have: tuple[str, ...],
    registry: bool,
    no_input: bool,
    params_dir: str,
) -> None:
    """Choose a template and write its parameter files.

    Writes a file for the template, and one for each stack that it needs and that has no file yet: network, platform,
    and the deployers of its stages. Unchanged examples of the project do not count. Existing files are never replaced.
    Leave an answer empty if you do not know it yet.

    \b
    Examples:
      ecr-pipeline init
      ecr-pipeline init pipeline-ecs --env orders
      ecr-pipeline init standalone --no-input --set RepositoryName=team/orders
      ecr-pipeline init pipeline-ecs --env orders --have network --have platform
    """
    from pathlib import Path

    with packages_of("check"):
        import regex  # noqa: F401  what is typed is checked against the patterns of the form

    from generator import catalog
    from generator.publishing import render

    templates = {each: render.to_dict(build()) for each, build in catalog.templates().items()}
    folder = Path(params_dir)
    if no_input and not name:
        raise WrongUsageError("--no-input requires a TEMPLATE: given none, allowed: a name such as standalone")
    for each in filter(None, (*have, name)):
        catalog.build(each)  # its error lists the names
    answers = InitAnswers(
        template=name,
        environment=environment or ("main" if no_input else ""),
        given=_given(given),
        have=have,
        registry=registry,
        params_dir=params_dir,
    )
    with kept(answers):
        files, problems = _answered(answers, templates, folder, no_input=no_input)
    _refuse(*problems)
    _write(files, folder, frozenset(have))


def _answered(
    answers: InitAnswers, templates: Mapping[str, TemplateBody], folder: Path, *, no_input: bool
) -> tuple[list[StarterFile], tuple[list[str], list[str]]]:
    """The files to write, filled in, and the problems that are left."""
    from generator import catalog
    from generator.publishing.starter_set import StarterFile

    name = answers.template = answers.template or _chosen(templates, catalog.image_pipelines())
    environment = answers.environment = answers.environment or _asked_environment(name, folder)
    files = answers.files = _files(name, environment, templates, answers.have, folder)
    if not no_input:
        _refuse([], _existing(files, folder))  # before the first question
    files[-1:] = [*_deployers(files[-1], templates, answers.given, no_input=no_input), files[-1]]
    if answers.registry or not (no_input or confirmed("Does the ECR repository exist", default=True)):
        answers.registry = True
        files.insert(0, StarterFile(template=REGISTRY, environment=environment, body=templates[REGISTRY]))
    strange, existing = _strange(answers.given, files), _existing(files, folder)
    if not no_input:
        _refuse(strange, existing)
    for file in reversed(files):
        _fill(file, answers.given, files[-1].values, folder=folder, no_input=no_input)
    return files, (strange, [*existing, *_contradictions(files)])


def _given(given: tuple[str, ...]) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise WrongUsageError(f"--set: given {each!r}, allowed: KEY=VALUE, such as RepositoryName=team/orders")
    return dict(each.split("=", 1) for each in given)


def _chosen(templates: Mapping[str, TemplateBody], names: list[str]) -> str:
    from generator.cloudformation.imports import needs

    names = sorted(names, key=lambda each: bool(needs(templates[each])))  # a first try needs one stack
    for number, each in enumerate(names, start=1):
        click.echo(f"{number}  {each:24}  {templates[each]['Description']}", err=True)
    return chosen("Number or name of the template", names, list(templates))


def _asked_environment(name: str, folder: Path) -> str:
    """The name of an environment that has no file of the template yet."""
    from generator.cloudformation.parameter_files import path_of

    def free(value: str) -> str:
        if (path := path_of(folder, name, environment_name(value))).exists():
            raise click.BadParameter(f"{path} already exists: edit it, or choose another name")
        return value

    default = "main" if not path_of(folder, name, "main").exists() else None
    return str(click.prompt("Environment or service", default=default, value_proc=free, err=True))


def _files(
    name: str, environment: str, templates: Mapping[str, TemplateBody], have: tuple[str, ...], folder: Path
) -> list[StarterFile]:
    """The files to write: for the template, and for the stacks that it imports from and that have no file.

    An unchanged example is nobody's file: who deploys by it gets the example's network.
    """
    from generator.cloudformation.example_files import unchanged_examples
    from generator.publishing.starter_set import SHARED, StarterFile, starter_set

    examples = unchanged_examples(folder)
    files = {each: set(folder.glob(f"{each}.*.json")) for each in templates}
    existing = {*have, *(each for each in templates if files[each] - examples)} - {name}
    return [
        StarterFile(template=each, environment=environment if each == name else SHARED, body=templates[each])
        for each in starter_set(name, templates, existing)
    ]


def _deployers(
    pipeline: StarterFile,
    templates: Mapping[str, TemplateBody],
    answers: Mapping[str, str],
    *,
    no_input: bool,
) -> list[StarterFile]:
    """A file for the deployer of each stage that is deployed to. The pipeline gets its output once it is deployed."""
    from generator.publishing.starter_set import StarterFile, deployer_of

    found: list[StarterFile] = []
    deployer = deployer_of(pipeline.template, templates)
    for stage in STAGES if deployer else ():
        parameter = f"{stage}{DEPLOYER}"
        if parameter in answers:
            continue
        if not no_input and not confirmed(f"Deploy to {stage.lower()}", default=True):
            pipeline.values[parameter] = LEFT_OUT
            continue
        pipeline.values[parameter] = ""
        found.append(
            StarterFile(
                template=deployer,
                environment=f"{pipeline.environment}-{stage.lower()}",
                body=templates[deployer],
                stage=stage.lower(),
            )
        )
    return found


def _existing(files: list[StarterFile], folder: Path) -> list[str]:
    """The files that exist already. GeneratorError for a folder that cannot be written to."""
    from generator.cloudformation.parameter_files import path_of
    from generator.publishing.writable_pages import refuse_unwritable

    paths = [path_of(folder, each.template, each.environment) for each in files]
    refuse_unwritable(str(paths[-1]))
    return [f"{path} already exists: edit it, or choose another --env" for path in paths if path.exists()]


def _strange(answers: Mapping[str, str], files: list[StarterFile]) -> list[str]:
    from generator.suggestion import did_you_mean

    known = {parameter for each in files for parameter in each.body["Parameters"]}
    return [
        f"--set: no template has a parameter {key}{did_you_mean(key, known)}" for key in answers if key not in known
    ]


def _refuse(usage: list[str], others: list[str]) -> None:
    """An error with all problems, if there are any. It is one of wrong usage if there are problems of `usage`."""
    if usage:
        raise WrongUsageError("\n".join([*usage, *others]))
    if others:
        raise GeneratorError("\n".join(others))


def _fill(
    file: StarterFile, answers: Mapping[str, str], earlier: Mapping[str, str], *, folder: Path, no_input: bool
) -> None:
    """Take what was given, and ask for the rest. Suggestions follow from the `earlier` answers for the pipeline.

    Ask again for values that the template refuses, and for nothing else.
    """
    from generator.cloudformation.parameter_files import path_of
    from generator.publishing.starter_set import suggested

    file.values.update({key: value for key, value in answers.items() if key in file.body["Parameters"]})
    if not no_input and file.questions():
        path = path_of(folder, file.template, file.environment)
        click.echo(f"\n{file.called} ({path}): {file.body['Description']}", err=True)
    while True:
        while missing := file.questions():
            for parameter in missing:
                default = _left_out(parameter, file.values) or suggested(parameter, earlier)
                file.values[parameter] = default if no_input else _asked(file, parameter, default)
        wrong = [] if no_input else list(file.complaints())
        if not wrong:
            return
        click.echo(f"\n{file.called} does not accept these values:", err=True)
        for message, _ in wrong:
            click.echo(f"  {message}", err=True)
        for parameter in dict.fromkeys(name for _, names in wrong for name in names):
            # Enter keeps the value of a parameter that needs one, and empties one that does not.
            kept = file.body["Parameters"][parameter].get("Default", file.values[parameter])
            file.values[parameter] = _asked(file, parameter, str(kept))


def _left_out(parameter: str, values: Mapping[str, str]) -> str:
    """The value that leaves out the stage of a parameter, if another of its parameters has it; otherwise ""."""
    stage = next((each for each in STAGES if parameter.startswith(each)), "")
    given = {value for name, value in values.items() if stage and name.startswith(stage)}
    return LEFT_OUT if LEFT_OUT in given else ""


def _contradictions(files: list[StarterFile]) -> list[str]:
    """All values and combinations that the templates do not accept."""
    return [
        line
        for each in files
        if (messages := [message for message, _ in each.complaints()])
        for line in (f"{each.called} does not accept these values:", *messages)
    ]


def _asked(file: StarterFile, parameter: str, default: str) -> str:
    """An answer that the constraints of the parameter take, or "" for later."""
    from generator.cloudformation.parameter_types import problems
    from generator.columns import wrapped

    declared = file.body["Parameters"][parameter]
    for line in wrapped(
        f"{declared['Description']} {declared.get('ConstraintDescription', '')}", first="  ", rest="  "
    ):
        click.echo(line, err=True)
    while True:
        answer = click.prompt(f"  {parameter}", default=default, show_default=bool(default), err=True)
        wrong = list(problems(declared, answer)) if answer else []
        if not wrong:
            return str(answer)
        for each in wrong:
            click.echo(f"  {each}", err=True)


def _write(files: list[StarterFile], folder: Path, exists: frozenset[str]) -> None:
    """Write the files. List the remaining steps in their order."""
    import shlex
    from pathlib import Path

    from generator.cloudformation.parameter_files import path_of
    from generator.init_advice import advice
    from generator.publishing.files import write_text
    from generator.publishing.skeleton import skeleton

    paths = {path_of(folder, each.template, each.environment): each for each in files}
    for path, each in paths.items():
        click.echo(write_text(path, skeleton(each.body, everything=False, known=each.values)), err=True)
    click.echo("Next:")
    for path, each in paths.items():
        if left := each.unanswered():
            click.echo(f"  fill in {', '.join(left)} in {path}")
        for line in advice(path, each, exists=exists):
            click.echo(f"  {line}")
        if folder == Path("params"):
            click.echo(f"  make deploy TEMPLATE={shlex.quote(each.template)} ENV={shlex.quote(each.environment)}")
        else:  # make reads only params/
            click.echo(f"  {program()} apply {shlex.quote(path.stem)} --params-dir {shlex.quote(str(folder))}")
