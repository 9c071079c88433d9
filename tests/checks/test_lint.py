"""cfn-lint in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.rules._rules import Rules
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.checks import lint
from generator.checks.subject import Subject
from generator.findings import Finding
from tests.conftest import RENDERED
from tests.rendered import Rendered

QUEUE = {
    "Type": "AWS::SQS::Queue",
    "DeletionPolicy": "Delete",
    "UpdateReplacePolicy": "Delete",
    "Properties": {"MessageRetentionPeriod": 345600},
}


def found(resources: dict[str, Any], **sections: Any) -> list[Finding]:
    """The findings for a template of these resources."""
    return list(
        lint.findings(Subject("demo", Path("demo.json"), json.dumps({"Resources": resources, **sections}, indent=1)))
    )


def test_a_clean_template_has_no_findings() -> None:
    """At no level."""
    assert [] == found({"Queue": QUEUE})


def test_a_finding_has_line_place_message_and_rule() -> None:
    """An error is reported at its place in the file."""
    assert ["demo.json:6: Resources/Topic/Properties/TopicName: ['a'] is not of type 'string' [E3012]"] == [
        str(finding) for finding in found({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": ["a"]}}})
    ]


def test_warnings_and_hints_count() -> None:
    """A parameter that nothing uses is a warning, a resource without a deletion policy a hint."""
    findings = found({"Queue": {"Type": "AWS::SQS::Queue"}}, Parameters={"A": {"Type": "String"}})
    assert {"I3011", "W2001"} <= {finding.check for finding in findings}


def test_one_template_does_not_colour_the_next() -> None:
    """The one Runner has the same findings for a template before and after it checks another one."""
    alone = found({"Queue": {**QUEUE, "Properties": {"Colour": "red"}}})
    found({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Colour": "red"}}}, Parameters={"A": {"Type": "String"}})
    assert alone == found({"Queue": {**QUEUE, "Properties": {"Colour": "red"}}})


def test_a_text_that_is_no_template_is_a_finding() -> None:
    """Not an exception of cfn-lint."""
    assert ["E0000"] == [
        finding.check for finding in lint.findings(Subject("demo", Path("demo.json"), '{"a": 1, "a": 2}'))
    ][:1]


def test_our_own_rules_are_among_them() -> None:
    """The rules in generator/rules are run with the others."""
    assert Rules.create_from_directory(str(lint.OWN_RULES)).keys() <= lint.runner().rules.keys()


def test_the_regions_represent_all_that_have_the_services(published: Rendered) -> None:
    """Each region in which all types of a template exist has the schemas of one that is linted."""
    types = {resource["Type"] for resource in published["Resources"].values()}
    groups = [
        {frozenset(regions) for regions, _ in PROVIDER_SCHEMA_MANAGER.get_resource_schemas_by_regions(kind, REGIONS)}
        for kind in types
    ]
    complete = frozenset.intersection(*(frozenset().union(*schemas) for schemas in groups))
    linted = set(lint.regions_with(types))
    assert linted == set(lint.REGIONS) & complete
    for regions in set().union(*groups):
        assert not regions & complete or regions & linted


def test_every_template_is_for_every_partition_but_three() -> None:
    """Managed signing is not in China; CodeArtifact and channels of chats are in `aws` alone. All others are in all."""
    fewer = {
        name: lint.regions_with({resource["Type"] for resource in rendered["Resources"].values()})
        for name, rendered in RENDERED.items()
    }
    alone = dict.fromkeys(("notices-chat", "packages"), ("us-east-1",))
    expected = {**alone, "registry-signing": ("us-east-1", "us-gov-west-1")}
    assert expected == {name: regions for name, regions in fewer.items() if regions != lint.REGIONS}


def test_a_misspelt_type_is_found_in_every_region() -> None:
    """A type that no region has takes no region away."""
    assert lint.REGIONS == lint.regions_with({"AWS::SQS::Queu", "AWS::SQS::Queue"})
    assert ["E3006"] * 3 == [finding.check for finding in found({"Queue": {**QUEUE, "Type": "AWS::SQS::Queu"}})]


@pytest.mark.slow
def test_no_users_settings_count(tmp_path: Path) -> None:
    """Neither a .cfnlintrc nor schemas in a cache change the findings: they are the same on every machine."""
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E, W, I]\n")
    cache = tmp_path / "aws" / "cfn-lint" / "schemas"
    (cache / "providers").mkdir(parents=True)
    (cache / "providers" / "us-east-1.json").write_text("{}")
    (cache / "version.json").write_text('{"schema_date": "9999-01-01"}')
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    code = (
        "import sys; from pathlib import Path; from generator.checks import lint, subject; "
        "print([f.check for f in lint.findings(subject.Subject('demo', Path('demo.json'), sys.argv[1]))])"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "AWS_REGION": "mars-north-1"}
    environment = {**os.environ, **home, "PYTHONPATH": str(Path(__file__).parents[2])}
    run = [sys.executable, "-c", code, body]
    ended = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "['I3011', 'I3011', 'I3013']\n" == ended.stdout, ended.stderr


def test_several_templates_have_the_findings_of_each_alone() -> None:
    """Processors that share the templates find the same, and nothing is lost on the way."""
    bad = '{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Nonsense": 1}}}}'
    subjects = [Subject(name, Path(f"{name}.json"), bad) for name in ("one", "other", "third")]
    alone = [finding for subject in subjects for finding in lint.findings(subject)]
    assert len(alone) >= 3
    assert alone == list(lint.check(subjects))
    assert alone[:1] == list(lint.check(subjects[:1]))[:1]
