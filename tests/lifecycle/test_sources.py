"""Where a policy comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import catalog
from generator.errors import GeneratorError
from generator.lifecycle.sources import PolicyFile, TemplateSource, read
from generator.publishing import render
from tests.lifecycle.made import rule, text

POLICY = text(rule(1))
TEMPLATE = """
Resources:
  Images:
    Type: AWS::ECR::Repository
    Properties:
      LifecyclePolicy:
        LifecyclePolicyText: !Sub "${Days}"
"""


def written(folder: Path, content: str) -> str:
    """The name of a file with that content."""
    (folder / "given").write_text(content)
    return str(folder / "given")


def test_a_published_template_by_its_name() -> None:
    """As the generator builds it now: no file is read."""
    name = next(iter(catalog.templates()))
    assert TemplateSource(render.to_dict(catalog.build(name))) == read(name)


def test_a_policy_as_it_is_put() -> None:
    """The text stays as it is: ECR counts its characters."""
    assert PolicyFile(Path("docs/examples/lifecycle/policy.json").read_text()) == read(
        "docs/examples/lifecycle/policy.json"
    )


def test_a_policy_as_it_is_got(tmp_path: Path) -> None:
    """get-lifecycle-policy prints the text as a string."""
    got = {"registryId": "111122223333", "repositoryName": "team/orders", "lifecyclePolicyText": POLICY}
    assert PolicyFile(POLICY) == read(written(tmp_path, json.dumps(got)))


def test_a_template_in_a_file(tmp_path: Path) -> None:
    """In JSON, and in YAML with its short forms."""
    body = {
        "Resources": {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Properties": {"LifecyclePolicy": {"LifecyclePolicyText": {"Fn::Sub": "${Days}"}}},
            }
        }
    }
    assert TemplateSource(body) == read(written(tmp_path, json.dumps(body)))
    assert TemplateSource(body) == read(written(tmp_path, TEMPLATE))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "given:1: not JSON: "),
        ("", "given: neither JSON nor a template in YAML"),
        ("a: [b", "given: neither JSON nor a template in YAML"),
        ("just words", "given: neither JSON nor a template in YAML"),
    ],
)
def test_a_file_that_is_neither_is_refused(tmp_path: Path, content: str, said: str) -> None:
    """It is reported with the name of the file."""
    with pytest.raises(GeneratorError) as error:
        read(written(tmp_path, content))
    assert said in str(error.value)


def test_a_name_that_does_not_exist() -> None:
    """The nearest template. If none is near, all of them."""
    with pytest.raises(GeneratorError) as error:
        read("pipeline-relaese")
    assert "No template or file is named 'pipeline-relaese' (did you mean pipeline-release?)." in str(error.value)
    with pytest.raises(GeneratorError) as error:
        read("colour")
    assert all(name in str(error.value) for name in catalog.templates())
