"""The rules as a folder for cfn-lint; the other tests of rules take their template from here."""

from __future__ import annotations

import copy
import itertools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.rules import Rules  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.errors import RuleError  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.runner import Runner, run_template_by_data
from hypothesis import example, given, settings
from hypothesis import strategies as st

FOLDER = Path(__file__).resolve().parents[2] / "generator" / "rules"
FILES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")
# A .cfnlintrc of the developer is ignored here.
OPTIONS = ("--config-file", os.devnull)
CONFIG = ConfigMixIn([*OPTIONS])
RULES = Rules.create_from_directory(str(FOLDER))
RULES.register(RuleError())  # cfn-lint's finding for a rule that raises
IDS = ["E9701", "E9702", "E9703", "E9704", "E9707", "W9702", "W9705", "W9706"]

ARN = {"Fn::Sub": "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}"}
REQUEST = {
    "sourceRevisions": [{"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}],
    "variables": [{"name": "PushedTag", "value": "<tag>"}],
}


class Finding(NamedTuple):
    """The message of a rule, and its place in the template."""

    rule: str
    place: str
    message: str


def action(provider: str, name: str, configuration: object, **more: object) -> dict[str, Any]:
    """An action of a provider of AWS, given as category/provider."""
    category, _, provider = provider.partition("/")
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "ActionTypeId": kind, "Configuration": configuration, **more}


def template() -> dict[str, Any]:
    """A small template with a pipeline and a trigger that no rule complains about."""
    return copy.deepcopy(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {
                "RepositoryName": {"Type": "String"},
                "RoleArn": {"Type": "String"},
                "Bucket": {"Type": "String"},
            },
            "Resources": {
                "Pipeline": {
                    "Type": "AWS::CodePipeline::Pipeline",
                    "Properties": {
                        "PipelineType": "V2",
                        "ExecutionMode": "QUEUED",
                        "RoleArn": {"Ref": "RoleArn"},
                        "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}},
                        "Variables": [{"Name": "PushedTag", "DefaultValue": "none"}],
                        "Stages": [
                            {
                                "Name": "Source",
                                "Actions": [
                                    action(
                                        "Source/ECR",
                                        "Image",
                                        {"RepositoryName": {"Ref": "RepositoryName"}, "ImageTag": "latest"},
                                        Namespace="Image",
                                        OutputArtifacts=[{"Name": "ImageDetail"}],
                                    )
                                ],
                            },
                            {
                                "Name": "Release",
                                "Actions": [
                                    action(
                                        "Build/CodeBuild",
                                        "Inspect",
                                        {"ProjectName": "inspect"},
                                        Namespace="Inspect",
                                        InputArtifacts=[{"Name": "ImageDetail"}],
                                        OutputArtifacts=[{"Name": "Inspection"}],
                                    ),
                                    action(
                                        "Approval/Manual",
                                        "Approve",
                                        {"CustomData": "#{Image.ImageDigest} #{Inspect.X} #{variables.PushedTag}"},
                                        RunOrder=2,
                                    ),
                                ],
                            },
                        ],
                    },
                },
                "Trigger": {
                    "Type": "AWS::Events::Rule",
                    "Properties": {
                        "EventPattern": {
                            "source": ["aws.ecr"],
                            "detail-type": ["ECR Image Action"],
                            "detail": {
                                "action-type": ["PUSH"],
                                "repository-name": [{"Ref": "RepositoryName"}],
                                "image-tag": [{"wildcard": "v*"}],
                            },
                        },
                        "Targets": [
                            {
                                "Id": "Pipeline",
                                "Arn": ARN,
                                "RoleArn": {"Ref": "RoleArn"},
                                "InputTransformer": {
                                    "InputPathsMap": {"digest": "$.detail.image-digest", "tag": "$.detail.image-tag"},
                                    "InputTemplate": json.dumps(REQUEST),
                                },
                            }
                        ],
                    },
                },
            },
        }
    )


def pipeline(body: dict[str, Any]) -> dict[str, Any]:
    """The properties of the pipeline."""
    properties: dict[str, Any] = body["Resources"]["Pipeline"]["Properties"]
    return properties


def with_action(*actions: dict[str, Any]) -> dict[str, Any]:
    """The template with a last stage of these actions."""
    body = template()
    pipeline(body)["Stages"].append({"Name": "Last", "Actions": list(actions)})
    return body


def decoded(body: dict[str, Any]) -> dict[str, Any]:
    """The template as cfn-lint reads it from a file, with line numbers."""
    result, problems = decode_str(json.dumps(body))
    assert not problems
    assert result is not None
    return result


def findings(body: dict[str, Any], *rules: str) -> list[Finding]:
    """The findings of the rules for a template; of all rules if none is named."""
    matches: list[Any] = list(run_template_by_data(decoded(body), CONFIG, RULES))
    found = (Finding(match.rule.id, "/".join(map(str, getattr(match, "path", ()))), match.message) for match in matches)
    return [each for each in found if not rules or each.rule in rules]


def messages(body: dict[str, Any], *rules: str) -> list[str]:
    """Only the messages."""
    return [finding.message for finding in findings(body, *rules)]


def test_the_template_of_these_tests_is_good() -> None:
    """Neither cfn-lint nor our rules say a word about the template that the tests break."""
    runner = Runner(ConfigMixIn([*OPTIONS, "--append-rules", str(FOLDER), "--include-checks", "I"]))

    assert [] == list(runner.validate_template(decoded(template())))


def test_cfn_lint_finds_one_rule_in_each_file() -> None:
    """cfn-lint loads one rule from every file of the folder, each with all that its listing shows."""
    rules = Rules.create_from_directory(str(FOLDER))

    assert sorted(IDS) == sorted(rules)
    assert len(IDS) == len(FILES)
    for rule in rules.values():
        assert rule.shortdesc
        assert rule.description
        assert rule.tags
        assert rule.source_url.startswith("https://docs.aws.amazon.com/")


def test_every_rule_is_documented() -> None:
    """docs/commands.md has the findings of each rule, and how to use the rules alone."""
    page = (FOLDER.parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [] == [rule for rule in IDS if rule not in page]
    assert "cfn-lint template.yaml -a generator/rules" in page


def test_a_rule_needs_no_other_file(tmp_path: Path) -> None:
    """A rule works when its file alone is copied to where the generator is not installed."""
    for file in FILES:
        folder = tmp_path / file.stem
        folder.mkdir()
        shutil.copy(file, folder)
    # The generator may be installed here, and -I ignores only files of the working directory.
    program = (
        "import sys; sys.modules['generator'] = None; from cfnlint.rules import Rules;"
        "print(*sorted(Rules.create_from_directory(sys.argv[1])))"
    )
    command = [sys.executable, "-I", "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (" ".join(IDS), "") == (done.stdout.strip(), done.stderr)


@pytest.mark.slow
def test_the_command_shows_the_problem_and_its_place(tmp_path: Path) -> None:
    """`cfn-lint -a generator/rules` finds a misspelt key that cfn-lint alone passes over, on its line."""
    body = template()
    configuration = pipeline(body)["Stages"][0]["Actions"][0]["Configuration"]
    configuration["ImageTga"] = configuration.pop("ImageTag")
    path = tmp_path / "template.json"
    path.write_text(json.dumps(body, indent=1), encoding="utf-8")
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "ImageTga" in text)

    def cfn_lint(*options: str) -> subprocess.CompletedProcess[str]:
        program = f"{sysconfig.get_path('scripts')}/cfn-lint"
        command = [program, *OPTIONS, "--format", "parseable", *options, "--", str(path)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    alone, done = cfn_lint(), cfn_lint("-a", str(FOLDER))
    assert (0, "") == (alone.returncode, alone.stdout)
    assert 2 == done.returncode
    assert done.stdout.startswith(f"{path}:{line}:")
    assert "E9701" in done.stdout
    assert "did you mean 'ImageTag'?" in done.stdout


def test_a_finding_can_be_accepted_at_its_place() -> None:
    """cfn-lint's own way to ignore a rule for one resource works for these rules too."""
    body = with_action(action("Deploy/ECS", "Deploy", {"ClusterName": "blue"}))
    assert ["E9701"] == [finding.rule for finding in findings(body)]

    body["Resources"]["Pipeline"]["Metadata"] = {"cfn-lint": {"config": {"ignore_checks": ["E9701"]}}}
    assert [] == findings(body)


PLAIN: list[Any] = [None, 7, "", "text", [], ["a", 1], [{}], {}, {"a": "b"}, {"$or": 1}, {"Ref": "AWS::NoValue"}]
FUNCTIONS = [{name: argument} for name in ("Ref", "Fn::Sub", "Fn::Join", "Fn::GetAtt", "Fn::If") for argument in PLAIN]
CONDITIONS: list[Any] = ["Unknown", {"Fn::Equals": ["a", "b"]}, ["Unknown"], 7, None]
BRANCHES = [{"Fn::If": [condition, *both]} for condition in CONDITIONS for both in itertools.product(PLAIN, PLAIN)]
JUNK = st.sampled_from([*PLAIN, *FUNCTIONS, *BRANCHES])


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths to everything in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@pytest.mark.parametrize("condition", CONDITIONS, ids=json.dumps)
def test_a_condition_that_is_written_out_is_left_to_cfn_lint(condition: object) -> None:
    """In every place that a rule reads, Fn::If may have anything as its condition: cfn-lint reports it, E1028."""
    none = {"Ref": "AWS::NoValue"}
    for place in places(template()["Resources"])[1:]:
        body = with_value(place, lambda value: {"Fn::If": [condition, value, none]})
        assert {finding.rule for finding in findings(body)} <= set(IDS), place


def with_value(place: tuple[str | int, ...], change: Callable[[Any], object]) -> dict[str, Any]:
    """The template with another value in one place of its resources."""
    body = template()
    holder: Any = body["Resources"]
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = change(holder[place[-1]])
    return body


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=3)  # cfn-lint reads no others
WORDS = st.sampled_from(["", "Ref", "Name", "Actions", "ActionTypeId", "Fn::If", "Fn::Sub", "AWS", "V1", "²"])
RUBBISH = st.recursive(
    JUNK | WORDS | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXTS, inner, max_size=3),
    max_leaves=6,
)


def of_everything() -> dict[str, Any]:
    """The template with all that a rule looks at, and a type that has a rule look at more: V1, or none."""
    body = with_action(action("Deploy/EC2", "Last", {"CustomData": "#{Image.ImageDigest}"}, RunOrder=1))
    pipeline(body)["PipelineType"] = "V1"
    pipeline(body)["Triggers"] = [{"ProviderType": "CodeStarSourceConnection"}]
    for stage in pipeline(body)["Stages"]:
        stage |= {key: {"Conditions": [{"Result": "ROLLBACK"}]} for key in ("BeforeEntry", "OnSuccess", "OnFailure")}
    return body


EVERYTHING = of_everything()


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@example([("Pipeline", "Properties", "Stages", 1, "Actions", 0, "ActionTypeId")], [5])
@example([("Pipeline", "Properties", "Stages", 1)], [{"Actions": [{"ActionTypeId": 5}]}])
@example([("Pipeline", "Properties", "Stages", 1, "Actions", 1, "RunOrder")], ["9" * 5_000])
@given(
    where=st.lists(st.sampled_from(places(EVERYTHING["Resources"])[1:]), min_size=1, max_size=3),
    rubbish=st.lists(RUBBISH, min_size=3, max_size=3),
)
def test_no_rule_stumbles_over_rubbish(where: list[tuple[str | int, ...]], rubbish: list[object]) -> None:
    """In several places at once, and in a pipeline of which all rules read everything."""
    body = copy.deepcopy(EVERYTHING)
    for place, value in zip(where, rubbish, strict=False):
        with suppress(LookupError, TypeError):  # rubbish in one place may have taken the other away
            put(body["Resources"], place, value)
    assert {finding.rule for finding in findings(body)} <= set(IDS)


def put(holder: Any, place: tuple[str | int, ...], value: object) -> None:
    """Put the value in the place."""
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value


@pytest.mark.slow
@settings(max_examples=200)
@given(place=st.sampled_from(places(template()["Resources"])[1:]), junk=JUNK)
def test_no_rule_fails_on_a_broken_template(place: tuple[str | int, ...], junk: object) -> None:
    """For any content in place of a value, a rule has a finding or none: it never raises."""
    assert {finding.rule for finding in findings(with_value(place, lambda _: junk))} <= set(IDS)
