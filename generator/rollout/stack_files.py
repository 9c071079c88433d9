"""The stacks that parameter files describe: one stack for each file, in the account of its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from generator import json_text
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.cloudformation.account_folders import FORM, AccountFolder, account_folder
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.offline_stack import OfflineStack
from generator.errors import GeneratorError, WrongUsageError, reason
from generator.program_name import program
from generator.suggestion import did_you_mean

MAX_BYTES = 51_200
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """The desired state of a stack."""

    path: Path
    folder: AccountFolder
    template: str
    environment: str
    stack: str
    template_path: Path
    parameters: Mapping[str, str]
    declared: frozenset[str]
    """The parameters of the template."""
    imports: tuple[str, ...] = field(repr=False)
    exports: frozenset[str] = field(repr=False)

    @property
    def name(self) -> str:
        """The stack, with the folder of its account."""
        return f"{self.folder.name}/{self.stack}" if self.folder.name else self.stack


@dataclass(frozen=True, kw_only=True)
class UnfinishedFile:
    """A parameter file that does not fit its template yet, such as one with values to fill in."""

    path: Path
    folder: AccountFolder
    template: str
    stack: str
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StackFiles:
    """The stacks of the parameter files."""

    stacks: tuple[StackFile, ...]
    """The selected ones."""
    others: tuple[StackFile, ...]
    """Others that can be read, which may export values for the selected ones."""
    unfinished: tuple[UnfinishedFile, ...] = ()
    """The selected ones that cannot be deployed."""


def stack_files(
    words: Collection[str],
    *,
    params_dir: Path,
    templates_dir: Path,
    stack_name: str = "",
    with_unfinished: bool = False,
) -> StackFiles:
    """The selected stacks (all but unchanged examples if no word is given), and the others that can be read.

    GeneratorError lists everything that is wrong with the selected ones. AWS is not called, so that no problem of the
    files is found when half of the stacks are deployed. `with_unfinished` returns files that do not fit their
    templates, if there are others that do.
    """
    wrong: list[str] = []
    files = [
        each
        for path, folder in _files(params_dir, wrong)
        if (each := _named(path, folder, templates_dir, wrong if not words else []))
    ]
    examples = unchanged_examples(params_dir) if not words else frozenset()
    meant = [each for each in files if (each.is_called_by(words) if words else each.path not in examples)]
    if unknown := [word for word in words if not any(each.is_called(word) for each in files)]:
        hint = did_you_mean(unknown[0], [name for each in files for name in (each.stack, each.path.stem)])
        raise WrongUsageError(f"{', '.join(unknown)}: no parameter file in {params_dir} has that name{hint}")
    if not meant and not wrong:
        there = "there are only examples" if examples else "there is no parameter file"
        raise WrongUsageError(f"{params_dir}: {there}; `{program()} init` writes yours")
    if stack_name and len(meant) != 1:
        raise WrongUsageError(f"--stack-name {stack_name} is the name of one stack: name one parameter file")
    read = [_read(each, stack_name) for each in meant]
    stacks = tuple(each for each in read if isinstance(each, StackFile))
    unfinished = tuple(each for each in read if isinstance(each, UnfinishedFile))
    if not (with_unfinished and stacks):
        wrong += [problem for each in unfinished for problem in each.problems]
    wrong += _twice(stacks)
    if wrong:
        raise GeneratorError("\n".join(wrong))
    others = [_read(each, "") for each in files if each not in meant]
    return StackFiles(
        stacks=stacks,
        others=tuple(each for each in others if isinstance(each, StackFile)),
        unfinished=unfinished,
    )


@dataclass(frozen=True, kw_only=True)
class _NamedFile:
    """A parameter file with a valid name."""

    path: Path
    folder: AccountFolder
    template: str
    environment: str
    template_path: Path

    @property
    def stack(self) -> str:
        return f"{self.template}-{self.environment}"

    def is_called(self, word: str) -> bool:
        """Whether a word names the stack: its name, its file with or without .json, with or without its folder.

        The folder of an account names all stacks in it. Paths are names as well, because shells complete them.
        """
        names = {self.stack, self.path.stem, self.path.name}
        inside = {f"{self.folder.name}/{name}" for name in names} | {self.folder.name, f"{self.folder.name}/"}
        if word in names or (self.folder.name and word in inside):
            return True
        places = [self.path, *([self.path.parent] if self.folder.name else [])]
        return os.sep in word and os.path.realpath(word) in map(os.path.realpath, places)

    def is_called_by(self, words: Iterable[str]) -> bool:
        return any(self.is_called(word) for word in words)


def _files(params_dir: Path, wrong: list[str]) -> Iterator[tuple[Path, AccountFolder]]:
    """Every parameter file with the folder of its account."""
    try:
        entries = sorted(path for path in params_dir.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise GeneratorError(f"{params_dir}: cannot be read: {reason(error)}") from error
    for path in entries:
        if not path.is_dir():
            yield path, AccountFolder()
            continue
        folder = account_folder(path)
        if folder is None:
            wrong.append(f"{path}: is not the folder of an account; name it {FORM}")
            continue
        for inside in sorted(each for each in path.iterdir() if not each.name.startswith(".")):
            yield inside, folder


def _named(path: Path, folder: AccountFolder, templates_dir: Path, wrong: list[str]) -> _NamedFile | None:
    template, environment = parameter_files.template_of(path), parameter_files.environment_of(path)
    if template is None or environment is None:
        wrong.append(f"{path}: is the file of no stack; name it <template>.<name>.json")
        return None
    template_path = templates_dir / f"{template}.json"
    return _NamedFile(path=path, folder=folder, template=template, environment=environment, template_path=template_path)


def _no_template(file: _NamedFile) -> str:
    """The problem if there is no template for the parameter file, with the next step; "" if there is one."""
    folder = file.template_path.parent
    if file.template_path.is_file():
        return ""
    if not folder.is_dir():
        return f"{file.path}: the folder {folder} does not exist; `{program()} write` creates it"
    hint = did_you_mean(file.template, [each.stem for each in folder.glob("*.json")])
    return f"{file.path}: there is no template {file.template_path}{hint}; rename the file"


def _read(file: _NamedFile, stack_name: str) -> StackFile | UnfinishedFile:
    if problem := _no_template(file):
        return _unfinished(file, stack_name, [problem])
    text = json_text.read(str(file.template_path))
    body = json_text.parse(text, str(file.template_path))
    parameters = parameter_files.read(file.path)
    homes = partial(_with_parameter, file.template_path)
    problems = [str(each) for each in parameter_file_problems.problems(parameters, body, homes)]
    if len(text.encode()) > MAX_BYTES:
        problems = [f"{file.template_path}: has more than {MAX_BYTES:,} bytes, which AWS does not take from a file"]
    if problems:
        return _unfinished(file, stack_name, problems)
    values = {key: value for key, value in parameters.entries if value is not None}
    offline = OfflineStack(template=body, name=stack_name or file.stack, parameters=values)
    return StackFile(
        path=file.path,
        folder=file.folder,
        template=file.template,
        environment=file.environment,
        stack=stack_name or file.stack,
        template_path=file.template_path,
        parameters=values,
        declared=frozenset(body.get("Parameters", {})),
        imports=offline.imported(),
        exports=frozenset(offline.export_names()),
    )


def _with_parameter(template: Path, parameter: str) -> list[str]:
    """The templates in the folder of this one that have a parameter of this name."""
    found = []
    for path in sorted(each for each in template.parent.glob("*.json") if each.is_file()):
        with suppress(GeneratorError, AttributeError, TypeError):  # it is not the template that is deployed
            body = json_text.parse(json_text.read(str(path)), str(path))
            found += [path.stem] if parameter in body.get("Parameters", {}) else []
    return found


def _unfinished(file: _NamedFile, stack_name: str, problems: Iterable[str]) -> UnfinishedFile:
    return UnfinishedFile(
        path=file.path,
        folder=file.folder,
        template=file.template,
        stack=stack_name or file.stack,
        problems=tuple(problems),
    )


def _twice(stacks: Iterable[StackFile]) -> Iterator[str]:
    """Stacks with two files: another template and environment may give the same name."""
    seen: dict[tuple[str, str, str], StackFile] = {}
    for each in stacks:
        place = (each.folder.account, each.folder.region, each.stack)
        if place in seen:
            yield f"{seen[place].path} and {each.path}: both are the stack {each.stack}; rename or remove one of them"
        seen.setdefault(place, each)


def parameters_json(values: Mapping[str, str], kept: Iterable[str]) -> str:
    """The contents of the file for --parameters. A kept parameter has no value here and keeps the one of the stack."""
    given: list[dict[str, Any]] = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    return json.dumps([*given, *({"ParameterKey": key, "UsePreviousValue": True} for key in kept)])
