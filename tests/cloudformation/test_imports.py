"""Which template needs which, read from the names of exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from generator import catalog
from generator.cli import cli
from generator.cloudformation.imports import Export, export, needs, order, provides
from generator.errors import GeneratorError
from generator.program_name import program
from generator.publishing import render


def name(kind: str, thing: str = "Thing", parameter: str = "Platform") -> dict[str, Any]:
    """The name of an export."""
    return {"Fn::Sub": f"ecr-pipeline:{kind}:${{{parameter}}}:v1:{thing}"}


def template(*imports: Any, exports: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A template that imports and exports by these names."""
    properties = {f"P{number}": {"Fn::ImportValue": each} for number, each in enumerate(imports)}
    outputs = {f"O{number}": {"Value": "x", "Export": {"Name": each}} for number, each in enumerate(exports)}
    return {"Resources": {"R": {"Type": "T", "Properties": properties}}, "Outputs": {**outputs, "No": {"Value": "x"}}}


NETWORK = template(exports=(name("network", "VpcId", "Network"), name("network", "SubnetIds", "Network")))
PLATFORM = template(name("network", "VpcId", "Network"), exports=(name("platform", "KeyArn"),))
PIPELINE = template(name("platform", "KeyArn"))


def test_the_name_of_an_export_has_its_kind_and_its_stack() -> None:
    """Kind and name, of a deployed export and of one in a template; another form belongs to others."""
    assert Export("platform", "main") == export("ecr-pipeline:platform:main:v1:KeyArn")
    assert export("ecr-pipeline:platform:${Platform}:v1:KeyArn") == Export("platform", "${Platform}")
    assert None is export("corporate-vpc") is export("ecr-pipeline:platform")


@pytest.mark.parametrize(
    "written",
    [
        "ecr-pipeline:network:main:v1:VpcId",
        {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:VpcId"},
        {"Fn::Sub": ["ecr-pipeline:network:${Name}:v1:VpcId", {"Name": {"Ref": "Network"}}]},
        {"Fn::Join": [":", ["ecr-pipeline", "network", {"Ref": "Network"}, "v1", "VpcId"]]},
    ],
)
def test_a_name_can_be_written_in_several_ways(written: Any) -> None:
    """As text, by Fn::Sub and by Fn::Join, wherever it is in the template."""
    nested = {"Fn::If": ["IsGiven", {"Ref": "VpcId"}, {"Fn::Select": [0, [{"Fn::ImportValue": written}]]}]}
    found = {"Resources": {"R": {"Type": "T", "Properties": {"A": [nested]}}}}
    assert frozenset({"network"}) == needs(found)


def test_exports_of_others_are_left_out() -> None:
    """A template may import values that none of our templates exports."""
    assert frozenset() == needs(template("corporate-vpc", {"Fn::GetAtt": ["A", "B"]}))
    assert {} == provides(template(exports=("corporate-vpc",)))


def test_an_exporter_says_which_parameter_names_it() -> None:
    """A stack that imports `ecr-pipeline:network:blue:` then knows what to set; a fixed name has no parameter."""
    assert {"network": "Network"} == provides(NETWORK)
    assert {"platform": ""} == provides(template(exports=("ecr-pipeline:platform:main:v1:KeyArn",)))


def test_every_template_follows_what_it_imports_from() -> None:
    """However the names sort. What neither imports nor exports comes first, then the alphabet decides."""
    templates = {"a-pipeline": PIPELINE, "b-platform": PLATFORM, "c-network": NETWORK, "d-registry": template()}
    assert ["d-registry", "c-network", "b-platform", "a-pipeline"] == order(templates)
    assert list(order(templates)) == list(order(dict(reversed(templates.items()))))


def test_imports_that_no_template_exports_are_expected_to_exist() -> None:
    """A pipeline alone can be deployed onto a platform that was deployed before."""
    assert ["a", "b"] == order({"b": PIPELINE, "a": PIPELINE})
    assert ["registry", "pipeline"] == order({"pipeline": PIPELINE, "registry": template()})


def test_a_cycle_is_reported() -> None:
    """With the names of the templates in it."""
    one = template(name("two"), exports=(name("one"),))
    two = template(name("one"), exports=(name("two"),))
    with pytest.raises(GeneratorError, match=r"in a cycle: (one -> two -> one|two -> one -> two)"):
        order({"one": one, "two": two, "three": template()})


def test_every_published_template_has_a_place() -> None:
    """The published templates import from each other in no circle, and only from kinds that one of them exports."""
    templates = {each: render.to_dict(catalog.build(each)) for each in catalog.templates()}
    assert sorted(templates) == sorted(order(templates))
    exported = {kind for each in templates.values() for kind in provides(each)}
    assert set() == {kind for each in templates.values() for kind in needs(each)} - exported


# The command


def run(*arguments: str | Path) -> Result:
    """The finished command `params order`."""
    return CliRunner().invoke(cli, ["params", "order", *map(str, arguments)])


def test_the_order_of_an_environment_is_printed(tmp_path: Path) -> None:
    """One name a line on stdout: every template with a parameter file of the environment, and no other."""
    names = sorted(catalog.templates())
    for each in names:
        (tmp_path / f"{each}.orders.json").write_text("[]", encoding="utf-8")
    (tmp_path / "network.other.json").write_text("[]", encoding="utf-8")
    done = run("orders", "--params-dir", tmp_path)
    assert (0, "") == (done.exit_code, done.stderr)
    assert order({each: render.to_dict(catalog.build(each)) for each in names}) == done.stdout.splitlines()
    assert "network\n" == run("other", "--params-dir", tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nobody"], 1, "*.nobody.json: there is no such file. Environments with parameter files: none."),
        (["dev"], 1, f"there are only unchanged examples; `{program()} init` writes yours."),
        (["dev", "--params-dir", "no/such/folder"], 1, "Environments with parameter files: none."),
        (["De v"], 2, "'De v' is not the name of an environment"),
        ([], 2, "Missing argument 'ENV'"),
    ],
)
def test_an_environment_without_files_is_reported(arguments: list[str], code: int, says: str) -> None:
    """With the existing environments; nothing goes to stdout, which a script reads."""
    done = run(*arguments)
    assert (code, "") == (done.exit_code, done.stdout)
    assert says in done.stderr


def test_a_file_of_no_template_is_reported(tmp_path: Path) -> None:
    """A misspelt name must not be left out of a deployment."""
    (tmp_path / "netwrk.dev.json").write_text("[]", encoding="utf-8")
    done = run("dev", "--params-dir", tmp_path)
    assert (1, "") == (done.exit_code, done.stdout)
    assert "netwrk.dev.json: there is no template netwrk (did you mean network?)" in done.stderr
