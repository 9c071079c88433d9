"""Arrows between packages point in one direction, and names are unique."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.imports import PACKAGE, ROOT, arrows, imported, modules

# Every package and top module, and inside `emulator` every room. Each imports only entries before it: a new entry
# goes right after the last one that it needs.
ORDER = (
    # words that everything uses
    "errors",
    "findings",
    "json_text",
    "listed",
    "columns",
    "oci",
    "suggestion",
    "program_name",
    # what a template is made of
    "model",
    "buildspec",
    "functions",
    # what a template and a policy mean, without an account
    "eventbridge",
    "cloudformation",
    "authorization",
    # what a change set would do, and deploying it with the AWS CLI
    "changesets",
    "rollout",
    # templates
    "components",
    "deployers",
    "targets",
    "blueprints",
    "catalog",
    # what is published, and what is found in it
    "prose",
    "publishing",
    "proving",
    "console",
    "questions",
    "lifecycle",
    "rules",
    "checks",
    # AWS on this machine
    "emulator.programs",
    "emulator.front",
    "emulator.enforcement",
    "emulator.events",
    "emulator.stacks",
    "emulator.runs",
    "emulator.services",
    "emulator.aws",
    "emulator.trial",
    # the command line
    "params_command",
    "deploy_command",
    "prove_command",
    "init_advice",
    "init_answers",
    "init_command",
    "cli",
    "__main__",
)
# Pure packages work without what the emulator is built of.
PURE = ("authorization", "changesets", "cloudformation", "eventbridge", "lifecycle", "model")
SERVERS = {"boto3", "botocore", "moto", "werkzeug"}
# Files in these folders are named after a key that the folder gives its meaning: a way to deploy, a template, an AWS
# service, a provider of actions. Everywhere else a file name is unique, so that it is clear without its folder.
BY_KEY = {
    "authorization/needs",
    "authorization/service_roles",
    "blueprints",
    "cloudformation/resource_types",
    "deployers",
    "emulator/runs/actions",
    "emulator/services",
    "emulator/stacks/types",
    "emulator/trial/destinations",
    "targets",
}


def room(module: str) -> str:
    """The entry of ORDER that a module belongs to; "" for the package itself and for `emulator`, which hold nothing."""
    parts = module.split(".")[1:]
    if parts[:1] == ["emulator"]:
        return ".".join(parts[:2]) if len(parts) > 1 else ""
    return parts[0] if parts else ""


def wrong_arrows(found: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """A complaint for each import against the order, and for each room that the order does not have."""
    for source, targets in sorted(found.items()):
        if room(source) and room(source) not in ORDER:
            yield f"{source}: put {room(source)} into ORDER, right after the last package that it imports"
            continue
        for target in sorted(targets):
            if not room(source) or not room(target) or room(target) not in ORDER:
                continue
            if ORDER.index(room(target)) > ORDER.index(room(source)):
                yield (
                    f"{source} imports {target}, but {room(target)} comes after {room(source)}: move what is needed to"
                    f" {room(source)} or below, or hand it over as an argument"
                )


def circle(found: Mapping[str, frozenset[str]]) -> str:
    """Modules that import each other in a cycle, "" if none do."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def test_arrows_point_in_one_direction() -> None:
    """A package imports only packages before it, so that none can import each other in a cycle."""
    assert [] == list(wrong_arrows(arrows()))


def test_every_room_of_the_order_exists() -> None:
    """A package that was renamed leaves no entry behind."""
    assert set(ORDER) == {room(module) for module in modules()} - {""}


def test_no_modules_import_each_other_in_a_cycle() -> None:
    """Not even inside a package, and not inside a function either."""
    assert "" == circle(arrows()), "move what both need into a third module"


def test_a_wrong_arrow_is_noticed() -> None:
    """The message says what to do; a new package must be placed."""
    against = {"generator.model.arn": frozenset({"generator.components.logs"})}
    (complaint,) = wrong_arrows(against)
    assert "generator.model.arn imports generator.components.logs, but components comes after model" in complaint
    new = {"generator.emulator.lobby.door": frozenset({"generator.errors"})}
    assert [
        "generator.emulator.lobby.door: put emulator.lobby into ORDER, right after the last package that it imports"
    ] == (list(wrong_arrows(new)))
    assert "a -> b -> a" == circle({"a": frozenset({"b"}), "b": frozenset({"a"})})


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_need_no_server(package: str) -> None:
    """They can be used, and tested, without the emulator and its packages."""
    found = {
        f"{path.relative_to(ROOT)} imports {name}: pass in what it gives"
        for path in (ROOT / PACKAGE / package).rglob("*.py")
        for name in imported(path.read_text(encoding="utf-8"))
        if name.split(".")[0] in SERVERS or name.startswith(f"{PACKAGE}.emulator")
    }
    assert set() == found


def test_rules_import_nothing_of_the_package() -> None:
    """cfn-lint runs their files by path, wherever they are copied to."""
    assert set() == {target for module, targets in arrows().items() if room(module) == "rules" for target in targets}


def public_types(source: str) -> Iterator[tuple[str, str]]:
    """The name and definition of every class and alias of a type at the top of a module. Constants are in capitals."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name):
                yield name, f"class {name}"
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not name.isupper() and name[:1].isupper():
                yield name, ast.unparse(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if "TypeAlias" in ast.unparse(
                annotation
            ):
                yield name, ast.unparse(node)


def taken_twice(sources: Mapping[str, str]) -> Iterator[str]:
    """A complaint for each type name with two definitions. Private names belong to their module alone.

    Rules cannot import from each other: an alias with the same definition counts as one there.
    """
    found: dict[str, dict[str, str]] = {}
    for module, source in sources.items():
        for name, definition in public_types(source):
            if not name.startswith("_"):
                home = "rules" if room(module) == "rules" and not definition.startswith("class") else module
                found.setdefault(name, {})[f"{home}: {definition}" if home == "rules" else home] = module
    for name, homes in sorted(found.items()):
        if len(homes) > 1:
            yield f"{name} is defined in {' and in '.join(sorted(homes.values()))}: rename one, or import it"


def test_no_type_name_means_two_things() -> None:
    """A name in a signature identifies one type."""
    assert [] == list(taken_twice({name: path.read_text(encoding="utf-8") for name, path in modules().items()}))


def test_a_name_that_is_taken_twice_is_noticed() -> None:
    """A class and an alias, but no constant, no private name, and no equal alias of two rules."""
    one, other = "class Stack: ...\nclass _Own: ...\nLIMIT = 5", "Stack = Mapping[str, Any]\nclass _Own: ...\nLIMIT = 6"
    sources = {"generator.model.one": one, "generator.model.other": other}
    assert ["Stack is defined in generator.model.one and in generator.model.other: rename one, or import it"] == list(
        taken_twice(sources)
    )
    rules = {f"generator.rules.{name}": "Complaint = tuple[str, str]" for name in ("one", "other")}
    assert [] == list(taken_twice(rules))
    assert 1 == len(list(taken_twice({**rules, "generator.rules.third": "Complaint = str"})))


def repeated_files(paths: list[Path]) -> Iterator[str]:
    """A complaint for each file name that two folders have which are not in BY_KEY."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.name != "__init__.py" and path.parent.as_posix() not in BY_KEY:
            found.setdefault(path.name, []).append(path.parent.as_posix())
    for name, folders in sorted(found.items()):
        if len(folders) > 1:
            yield f"{name} is in {' and in '.join(sorted(folders))}: name one by its subject"


def test_no_file_name_needs_its_folder() -> None:
    """A file is found by its name alone, unless its folder defines the meaning of the name."""
    assert [] == list(repeated_files([path.relative_to(ROOT / PACKAGE) for path in modules().values()]))


def test_a_file_name_that_is_taken_twice_is_noticed() -> None:
    """Folders of plug-ins may share a name with each other and with one other folder."""
    paths = [Path(each) for each in ("targets/eks.py", "deployers/eks.py", "model/eks.py", "checks/a.py", "rules/a.py")]
    assert ["a.py is in checks and in rules: name one by its subject"] == list(repeated_files(paths))
