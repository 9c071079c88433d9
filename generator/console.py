"""Shared by all commands: how errors reach the user, options, completion."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from generator import __version__
from generator.errors import GeneratorError, WrongUsageError, not_installed
from generator.program_name import program

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

_NOBODY_READS = 141  # 128 + SIGPIPE: the reader has seen enough, as in `ecr-pipeline list | head -1`


class Commands(click.Group):
    """The group that turns errors caused by the user into messages.

    Any other exception is a bug and keeps its traceback.
    """

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """The command's own, which prints --help and --version."""
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            no_more_output()
            raise click.exceptions.Exit(_NOBODY_READS) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, without a traceback for an error of the user or an interrupt."""
        try:
            return super().invoke(ctx)
        except GeneratorError as error:
            kind = click.UsageError if isinstance(error, WrongUsageError) else click.ClickException
            raise kind(str(error)) from error
        except KeyboardInterrupt:
            _interrupted(ctx)
        except click.Abort as error:
            if not isinstance(error.__context__, KeyboardInterrupt):
                raise
            click.echo(err=True)  # the line of the question
            _interrupted(ctx)
        except BrokenPipeError:
            no_more_output()
            ctx.exit(_NOBODY_READS)

    def main(self, *arguments: Any, **named: Any) -> Any:
        """Run the command line, without a traceback for a full disk, even if it only prints --help."""
        try:
            return super().main(*arguments, **named)
        except OSError as error:
            # An error with a file name is about a file of ours, so it is a bug. Click itself sees to closed pipes.
            if error.filename is not None:
                raise
            with contextlib.suppress(OSError):  # it may be stderr that is full
                click.echo(f"Error: cannot write the output: {error.strerror}", err=True)
            sys.exit(1)


def _interrupted(ctx: click.Context) -> None:
    click.echo("Interrupted.", err=True)
    ctx.exit(130)  # 128 + SIGINT, as shells count it


def no_more_output() -> None:
    """Discard output that a full disk did not take, or that nobody reads.

    Python would write it again at exit, fail, and exit with 120.
    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def packages_of(extra: str) -> Iterator[None]:
    """GeneratorError if a package of this extra is not installed. A missing module of ours is a bug and stays one."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", __name__.partition(".")[0]):
            raise
        raise not_installed(package, extra) from error


def _completed(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from generator import catalog

    return [name for name in catalog.templates() if name.startswith(incomplete)]


def _completed_pipelines(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from generator import catalog

    return [name for name in catalog.image_pipelines() if name.startswith(incomplete)]


def completed_parts(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The resources, parameters and stages of the template that is named before, for completion."""
    from generator import catalog
    from generator.publishing.explanation import things_of
    from generator.publishing.render import to_dict

    if (name := context.params.get("name")) not in catalog.templates():
        return []
    return [each for each in things_of(to_dict(catalog.build(name))) if each.startswith(incomplete)]


def completed_or_file(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The templates that begin with the word, and the files, for completion."""
    from click.shell_completion import CompletionItem

    names = [CompletionItem(name) for name in _completed(context, parameter, incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def _completed_environments(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from pathlib import Path

    from generator.cloudformation import parameter_files

    files = Path(context.params.get("params_dir") or "params").glob("*.json")
    found = {parameter_files.environment_of(path) for path in files}
    return sorted(each for each in found if each and each.startswith(incomplete))


def is_file_name(word: str) -> bool:
    """Whether a word is meant as a file name: it has a folder or an extension, which no name of a template has."""
    return "/" in word or "." in word or os.sep in word or word == "-"


def print_json(value: Any) -> None:
    """Print the value on stdout, as indented JSON."""
    import json

    click.echo(json.dumps(value, indent=2))


def coloured(text: str) -> str:
    """The text with green and red verdicts, or without colour if NO_COLOR is set.

    Click removes colours from files and pipes.

    https://no-color.org
    """
    import re

    if os.environ.get("NO_COLOR"):
        return text
    verdict = r"Succeeded|Failed|[Nn]othing started"
    places = rf"(?m)(\A\S+: )({verdict})$|(\A|^)({verdict})(?= at |\. )|(  )(FAILED)(?=: )"

    def styled(found: re.Match[str]) -> str:
        before, word = (each for each in found.groups() if each is not None)
        return before + click.style(word, fg="green" if word == "Succeeded" else "red", bold=True)

    return re.sub(places, styled, text)


@contextlib.contextmanager
def temporary_space() -> Iterator[None]:
    """Report a full disk or a missing temporary folder as such, and not as an error of the output."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT):
            raise
        raise GeneratorError(
            f"cannot write temporary files: {error.strerror}; set TMPDIR to a writable folder with free space"
        ) from error


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Print progress on stderr, line by line. On a terminal, all of it is erased at the end.

    A terminal also shows the step in progress: a line that ends with " ..." is replaced by the next one.
    """
    import shutil

    # A terminal that cannot move its cursor calls itself dumb.
    alive = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    columns, rows = shutil.get_terminal_size()
    kept = 0  # lines above the cursor

    def show(line: str) -> None:
        nonlocal kept
        shown = line.partition("  ")[0]  # the result of an action is part of the report
        running = shown.endswith(" ...")
        if alive:
            click.echo(f"\r\x1b[K{shown[: columns - 1]}", nl=not running, err=True)
            kept += not running
        elif not running:
            click.echo(shown, err=True)

    try:
        yield show
    finally:
        if alive:
            up = f"\x1b[{min(kept, rows - 1)}A" if kept else ""
            click.echo(f"\r{up}\x1b[J", nl=False, err=True)


def environment_name(value: str) -> str:
    """The name of an environment. BadParameter says what is allowed."""
    import re

    from generator.cloudformation.parameter_files import ENVIRONMENT

    if not re.fullmatch(ENVIRONMENT, value):
        raise click.BadParameter(
            f"{value!r} is not the name of an environment, allowed: lower-case letters, digits and hyphens"
        )
    return value


def _environment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value is None else environment_name(value)


class Choices(click.Choice[str]):
    """A choice whose error suggests the closest word."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The chosen word."""
        from generator.suggestion import did_you_mean

        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            hint = did_you_mean(str(value), list(self.choices))
            raise click.BadParameter(f"{error.message.rstrip('.')}{hint}", ctx, param) from error


def once(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> str:
    """The value of an option with `multiple`. Click takes the last of several values and ignores the others."""
    if len(values) > 1:
        raise click.BadParameter(f"given {' and '.join(values)}, allowed: one of them", context, parameter)
    return values[0] if values else ""


def _version(context: click.Context, _parameter: click.Parameter, asked: object) -> None:
    if asked:
        click.echo(__version__)
        context.exit()


def _existing(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """A folder that was typed must exist: a missing folder is not a clean one."""
    typed = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    if typed and not context.resilient_parsing and not os.path.isdir(value):  # noqa: PTH112  see generator/publishing/files.py
        raise click.BadParameter(f"{value!r} is not a folder")
    return value


def _existing_documents(context: click.Context, parameter: click.Parameter, value: str) -> str:
    from generator.publishing.documents import FOLDER

    typed = _existing(context, parameter, value) and context.get_parameter_source(str(parameter.name))
    if typed is ParameterSource.COMMANDLINE and not os.path.isdir(f"{value}/{FOLDER}"):  # noqa: PTH112  as above
        raise click.BadParameter(f"{value!r} has no folder {FOLDER}: `{program()} docs --docs-dir {value}` writes it")
    return value


def _folder(option: str, default: str, what: str, callback: Callable[..., str] | None = None) -> Callable[[F], F]:
    return click.option(
        option,
        type=click.Path(),
        default=default,
        show_default=True,
        metavar="DIR",
        callback=callback,
        help=f"Folder with {what}.",
    )


def environment_option(meaning: str) -> Callable[[F], F]:
    """The option --env ENV."""
    return click.option(
        "--env",
        "environment",
        metavar="ENV",
        callback=_environment,
        shell_complete=_completed_environments,
        help=meaning,
    )


environment_argument = click.argument(
    "environment", metavar="ENV", callback=_environment, shell_complete=_completed_environments
)
version_option = click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
templates_dir = _folder("--templates-dir", "templates", "the templates")
docs_dir = _folder("--docs-dir", "docs", "the documents; README.md is next to it")
params_dir = _folder("--params-dir", "params", "the parameter files")
checked_templates_dir = _folder("--templates-dir", "templates", "the templates", _existing)
checked_docs_dir = _folder("--docs-dir", "docs", "the documents; README.md is next to it", _existing_documents)
checked_params_dir = _folder("--params-dir", "params", "the parameter files", _existing)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
pipeline_name = click.argument("name", shell_complete=_completed_pipelines)
one_name = click.argument("name", shell_complete=_completed)
names_or_all = click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_completed)
names_or_files = click.argument("names", nargs=-1, metavar="[NAME|FILE]...", shell_complete=completed_or_file)
