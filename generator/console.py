"""What all commands share: how errors reach the user, options, completion."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from generator import __version__
from generator.errors import GeneratorError, not_installed

F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """The group that turns what a user can cause into a message. All else is a bug and keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """The command's own, without a traceback for an error of the user, an interrupt or a disk that is full."""
        try:
            return super().invoke(ctx)
        except GeneratorError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(130)  # 128 + SIGINT, as shells count it
        except OSError as error:
            # An error with a file name is about a file of ours, so it is a bug. Click itself sees to closed pipes.
            if error.filename is not None or error.errno == errno.EPIPE:
                raise
            raise click.ClickException(f"cannot write the output: {error.strerror}") from error


@contextlib.contextmanager
def packages_of(extra: str) -> Iterator[None]:
    """GeneratorError if a package of this extra is not installed. A missing module of ours is a bug and stays one."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "generator"):
            raise
        raise not_installed(package, extra) from error


def _completed(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from generator import catalog

    return [name for name in catalog.templates() if name.startswith(incomplete)]


def _environment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    import re

    from generator.cloudformation.parameter_files import ENVIRONMENT

    if value is not None and not re.fullmatch(ENVIRONMENT, value):
        raise click.BadParameter(f"{value!r} is no name of an environment: lower case letters, digits and hyphens")
    return value


def _version(context: click.Context, _parameter: click.Parameter, asked: object) -> None:
    if asked:
        click.echo(__version__)
        context.exit()


def _folder(option: str, default: str, what: str) -> Callable[[F], F]:
    return click.option(
        option, type=click.Path(), default=default, show_default=True, metavar="DIR", help=f"Folder of {what}."
    )


def environment_option(meaning: str) -> Callable[[F], F]:
    """--env ENV."""
    return click.option("--env", "environment", metavar="ENV", callback=_environment, help=meaning)


environment_argument = click.argument("environment", metavar="ENV", callback=_environment)
version_option = click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
templates_dir = _folder("--templates-dir", "templates", "the templates")
docs_dir = _folder("--docs-dir", "docs", "the documents; README.md lies beside it")
params_dir = _folder("--params-dir", "params", "the parameter files")
one_name = click.argument("name", shell_complete=_completed)
names_or_all = click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_completed)
