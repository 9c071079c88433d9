"""Templates as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Ref, Template
from troposphere.s3 import Bucket

from generator import catalog
from generator.model.grants import WHY
from generator.model.purpose import PURPOSE
from generator.model.script import Lines, script
from generator.publishing import render
from tests.rendered import Rendered, with_texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("long" * 40),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just(": x" * 20), inner),
    max_leaves=40,
)


def _template(metadata: object = None) -> Template:
    template = Template(Description="d", Metadata={"m": metadata} if metadata else {})
    template.set_version("2010-09-09")
    template.add_resource(Bucket("Bucket", DeletionPolicy="Retain", BucketName=Ref("Name")))
    return template


@given(JSON)
def test_text_holds_exactly_what_the_template_says(value: object) -> None:
    """The JSON of any template reads back the same."""
    assert json.loads(render.to_json(_template([value])))["Metadata"] == {"m": [value]}


def test_sections_and_attributes_are_in_reading_order() -> None:
    """Sections have the order of CloudFormation's guide, and a resource begins with its type."""
    rendered = render.to_dict(_template({"a": 1}))
    assert ["AWSTemplateFormatVersion", "Description", "Metadata", "Resources"] == list(rendered)
    assert ["Type", "DeletionPolicy", "Properties"] == list(rendered["Resources"]["Bucket"])


def test_a_value_that_fits_on_a_line_stays_on_one() -> None:
    """Containers are broken only where they are too long; single ones open on their line, short items share one."""
    text = render.to_json(_template({"short": [1, 2], "long": [{"only": ["x" * 80, "y" * 80]}]}))
    assert '"short":[1,2],\n' in text
    many = render.to_json(_template({"many": list(range(100))}))
    assert 3 == len([line for line in many.splitlines() if line.strip()[:1].isdigit()])
    assert f'"long":[{{"only":[\n   "{"x" * 80}",\n   "{"y" * 80}"\n  ]}}]' in text


@given(JSON)
def test_lines_have_120_columns(value: object) -> None:
    """Only a single text makes a line longer, however many brackets are around it."""
    assert [] == _too_long(render.to_json(_template([value])))


def test_published_lines_have_120_columns() -> None:
    """A small template and a large one have the same layout; a line of a script is as long as it is."""
    for build in catalog.templates().values():
        assert [] == _too_long(render.to_json(build()))


@pytest.mark.parametrize("length", range(100, 125))
def test_a_line_is_full_at_120_columns(length: int) -> None:
    """The comma after an item counts as well."""
    text = render.to_json(_template({"outer": [{"a": "x" * length, "b": 1}, "y" * 110]}))
    whole = f'  {{"a":"{"x" * length}","b":1}},'
    assert (whole in text.splitlines()) is (len(whole) <= render.WIDTH)


def test_a_script_has_one_line_on_each_line() -> None:
    """Lines are never packed and never split, however short or long they are; functions among them neither."""
    template = _template()
    template.resources["Bucket"].Metadata = {"Script": script("a\n\n" + "b" * 200 + "\n@{Name}\n  c @{Name}\n")}
    assert [
        '  "Metadata":{"Script":{"Fn::Join":["\\n",[',
        '"a",',
        '"",',
        f'"{"b" * 200}",',
        '{"Ref":"Name"},',
        '{"Fn::Sub":"  c ${Name}"}',
        "  ]]}}",
    ] == render.to_json(template).splitlines()[4:11]


def test_a_script_of_one_line_has_a_line_of_its_own() -> None:
    """A line that is added changes no other one."""
    template = _template({"Lines": Lines(["a"])})
    assert ' "Metadata":{"m":{"Lines":[\n"a"\n ]}},' in render.to_json(template)


def test_published_scripts_have_one_line_on_each_line() -> None:
    """Every buildspec and every function of every template can be read in it, and a change is a line of its diff."""
    scripts = 0
    for build in catalog.templates().values():
        lines = [line.strip().removesuffix(",") for line in render.to_json(build()).splitlines()]
        for items in _scripts(render.to_dict(build())):
            expected = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items]
            starts = [number for number, line in enumerate(lines) if line == expected[0]]
            assert any(expected == lines[first : first + len(items)] for first in starts)
            scripts += 1
    assert scripts > 10


def _scripts(value: Any) -> Iterator[list[Any]]:
    """The lines of every script."""
    match value:
        case {"Fn::Join": ["\n", list(lines)]} | {"Lines": list(lines)}:
            yield lines
        case dict():
            for item in value.values():
                yield from _scripts(item)
        case list():
            for item in value:
                yield from _scripts(item)


def _too_long(text: str) -> list[str]:
    """The lines that are too long without being made of a single text, with its keys and brackets."""
    single = re.compile(r'\s*[\[{]*("([^"\\]|\\.)*":[\[{]*)*("([^"\\]|\\.)*"|[\w.-]+|\[\]|\{\})?[\]}]*,?')
    return [line for line in text.split("\n") if len(line) > render.WIDTH and not single.fullmatch(line)]


def test_the_same_input_gives_the_same_bytes() -> None:
    """A template that is built twice reads the same to the byte."""
    for build in catalog.templates().values():
        assert render.to_json(build()) == render.to_json(build())


def test_the_text_is_the_one_of_troposphere() -> None:
    """The template as plain data is troposphere's own, which also validates it, except for reasons and purposes."""
    for build in catalog.templates().values():
        template = build()
        rendered, own = render.to_dict(template), template.to_dict()
        for resource in own["Resources"].values():
            if {WHY, PURPOSE} & resource.get("Metadata", {}).keys():
                del resource["Metadata"]
        assert own == rendered


def test_reasons_are_not_rendered(published: Rendered) -> None:
    """The reasons of grants stay in the model: a template has only 51,200 bytes."""
    assert not {WHY, PURPOSE} & {key for r in published["Resources"].values() for key in r.get("Metadata", {})}


@pytest.mark.slow
def test_yaml_says_the_same_as_json() -> None:
    """The YAML of a template is the same data in the same order, with the lines of a script in one text."""
    for build in catalog.templates().values():
        from_yaml, from_json = yaml.safe_load(render.to_yaml(build())), json.loads(render.to_json(build()))
        assert json.dumps(with_texts(from_yaml)) == json.dumps(with_texts(from_json))


def test_yaml_shows_a_script_as_a_block() -> None:
    """Lines are lines, also around a value that is only known when the stack exists."""
    template = _template()
    template.resources["Bucket"].Metadata = {"A": script("a: 1\n\n  b"), "B": script("a\nb\n@{Name}\nc\n d")}
    assert """\
    Metadata:
      A: |-
        a: 1

          b
      B:
        Fn::Join:
        - |2+

        - - |-
            a
            b
          - Ref: Name
          - |-
            c
             d
""" in render.to_yaml(template)
