"""Templates as text."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Ref, Template
from troposphere.s3 import Bucket

from generator import catalog, render
from generator.iam import WHY
from tests.rendered import Rendered

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
    """Whatever is in a template, its JSON reads back the same."""
    assert json.loads(render.to_json(_template([value])))["Metadata"] == {"m": [value]}


def test_sections_and_attributes_stand_in_reading_order() -> None:
    """Sections stand as in CloudFormation's guide, and a resource begins with its type."""
    rendered = render.to_dict(_template({"a": 1}))
    assert ["AWSTemplateFormatVersion", "Description", "Metadata", "Resources"] == list(rendered)
    assert ["Type", "DeletionPolicy", "Properties"] == list(rendered["Resources"]["Bucket"])


def test_what_fits_on_a_line_stays_on_one() -> None:
    """Containers are broken only where they are too long; single ones open on their line, short items share one."""
    text = render.to_json(_template({"short": [1, 2], "long": [{"only": ["x" * 80, "y" * 80]}]}))
    assert '"short":[1,2],\n' in text
    many = render.to_json(_template({"many": list(range(100))}))
    assert 3 == len([line for line in many.splitlines() if line.strip()[:1].isdigit()])
    assert f'"long":[{{"only":[\n   "{"x" * 80}",\n   "{"y" * 80}"\n  ]}}]' in text


def test_lines_get_wider_where_a_template_would_be_too_large() -> None:
    """A template that fits on long lines only has long lines; one that fits on none is left for `check` to refuse."""
    small, large, larger = (
        render.to_json(_template({"items": [[{"key": ["x" * 60, "y" * 60]}]] * count})) for count in (300, 365, 600)
    )
    assert max(map(len, small.splitlines())) <= 140 < max(map(len, large.splitlines()))
    assert len(large.encode()) <= render.LIMIT < len(larger.encode())


def test_the_same_input_gives_the_same_bytes() -> None:
    """A template that is built twice reads the same to the byte."""
    for build in catalog.templates().values():
        assert render.to_json(build()) == render.to_json(build())


def test_the_text_is_what_troposphere_says() -> None:
    """The template as plain data is troposphere's own, which also validates it, but for the reasons of grants."""
    for build in catalog.templates().values():
        template = build()
        rendered, own = render.to_dict(template), template.to_dict()
        for resource in own["Resources"].values():
            if WHY in resource.get("Metadata", {}):
                del resource["Metadata"]
        assert own == rendered


def test_reasons_are_not_rendered(published: Rendered) -> None:
    """The reasons of grants stay in the model: a template has only 51,200 bytes."""
    assert WHY not in {key for r in published["Resources"].values() for key in r.get("Metadata", {})}


@pytest.mark.slow
def test_yaml_says_the_same_as_json() -> None:
    """The YAML of a template is the same data in the same order."""
    for build in catalog.templates().values():
        assert json.dumps(yaml.safe_load(render.to_yaml(build()))) == json.dumps(json.loads(render.to_json(build())))
