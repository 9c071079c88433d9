"""`ecr-pipeline lifecycle`: data on stdout, all else on stderr; exit 0 clean, 1 findings or an error, 2 wrong usage."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jq
import pytest
from click.testing import CliRunner, Result

from generator.cli import cli
from generator.lifecycle.checks import CHECKS
from tests.lifecycle.made import more_than, rule, since, text

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "docs" / "examples" / "lifecycle"
IMAGES = EXAMPLES / "images.json"
SAFE = EXAMPLES / "safe-policy.json"
AT = "2026-11-20T08:00:00Z"


def run(*arguments: str | Path, given: str | None = None) -> Result:
    """The result of the command with these arguments."""
    return CliRunner().invoke(cli, ["lifecycle", *map(str, arguments)], input=given)


def simulate(source: str | Path, *arguments: str | Path) -> Result:
    """A simulation over the images of the example."""
    return run("simulate", source, "--images", IMAGES, "--at", AT, *arguments)


def template(folder: Path, **properties: object) -> Path:
    """A file with a template of a repository whose days are a parameter."""
    policy = text(rule(1, tagPatternList=["_*"], **more_than(9)), rule(2, tagPatternList=["pr-*"], **since(14)))
    body = {
        "Parameters": {"Days": {"Type": "Number", "Default": 14, "MinValue": 1, "MaxValue": 90}},
        "Resources": {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Properties": {
                    "LifecyclePolicy": {"LifecyclePolicyText": {"Fn::Sub": policy.replace("14", "${Days}")}},
                    **properties,
                },
            }
        },
    }
    (folder / "template.json").write_text(json.dumps(body))
    return folder / "template.json"


def parameters(folder: Path, **values: str) -> Path:
    """A parameter file."""
    path = folder / "template.dev.json"
    path.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
    return path


def test_the_documented_commands_print_the_documented_output() -> None:
    """docs/lifecycle.md: each command, its exit code and its output."""
    told = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    examples = re.findall(r"\n\n    \S*ecr-pipeline ((?:.*\\\n)*.*)\n\n<!-- exit (\d) -->\n\n((?:    .*\n|\n)+)", told)
    assert 2 == len(examples)
    for command, code, output in examples:
        words = [word for word in shlex.split(command) if word != "\n"]
        done = CliRunner().invoke(cli, [re.sub("^docs/", f"{ROOT}/docs/", word) for word in words])
        assert int(code) == done.exit_code
        printed = done.stdout.replace(f"{ROOT}/", "")
        assert printed.strip() == "\n".join(line[4:] for line in output.splitlines()).strip()


def test_a_clean_policy() -> None:
    """Tables on stdout, the summary on stderr, exit 0 whatever expires."""
    result = simulate(SAFE, "--manifests", EXAMPLES / "indexes.json")
    assert 0 == result.exit_code
    assert result.stdout.startswith("IMAGE ")
    assert "2 would expire, 8 would stay. No findings.\n" == result.stderr


def test_findings_are_data_and_end_with_one() -> None:
    """A line each, as check prints them."""
    result = simulate(EXAMPLES / "policy.json")
    assert 1 == result.exit_code
    assert 3 == len([line for line in result.stdout.splitlines() if line.endswith(("deployed]", "unprotected]"))])
    assert "The images in 1 of the indexes are not known." in result.stderr


def test_json() -> None:
    """All of stdout is one document."""
    data = json.loads(simulate(SAFE, "--json").stdout)
    assert 10 == len(data["images"])
    assert "2026-11-20T08:00:00+00:00" == data["at"]


def test_the_moment_can_be_chosen() -> None:
    """The same moment, the same output; without one it is now, when all but releases are older."""
    assert simulate(SAFE).stdout == simulate(SAFE).stdout
    outcomes = {line.split()[3] for line in simulate(SAFE, "--at", "2026-01-01").stdout.splitlines()[1:11]}
    assert "expires" not in outcomes
    now = json.loads(run("simulate", SAFE, "--images", IMAGES, "--json").stdout)
    assert now["at"] > "2026-11-20T"


def test_images_from_standard_input() -> None:
    """For a pipe from the AWS CLI."""
    piped = run("simulate", SAFE, "--images", "-", "--at", AT, given=IMAGES.read_text())
    assert simulate(SAFE).stdout == piped.stdout


def test_a_template_with_its_parameters(tmp_path: Path) -> None:
    """The defaults, then the values of a file."""
    source = template(tmp_path)
    assert "pushed more than 14 days ago" in simulate(source).stdout
    result = simulate(source, "--params", parameters(tmp_path, Days="3"), "--repository", "Images")
    assert (0, True) == (result.exit_code, "pushed more than 3 days ago" in result.stdout)


def test_triggers_against_the_mutability_of_a_template(tmp_path: Path) -> None:
    """One that can fire again, one that cannot."""
    filters = [{"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "_*"}]
    source = template(
        tmp_path, ImageTagMutability="IMMUTABLE_WITH_EXCLUSION", ImageTagMutabilityExclusionFilters=filters
    )
    assert 0 == simulate(source, "--trigger", "v*").exit_code
    result = simulate(source, "--trigger", "v*", "--trigger", "latest")
    assert 1 == result.exit_code
    assert 'trigger "latest": this one tag can be pushed only once, for one run' in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument 'SOURCE'"),
        ((SAFE,), "Missing option '--images'"),
        ((SAFE, "--images", IMAGES, "--at", "tomorrow"), 'given "tomorrow", allowed: a time such as'),
        ((SAFE, "--images", IMAGES, "--trigger", "feature/*"), "given 'feature/*', allowed: a tag or a pattern"),
        ((SAFE, "--images", IMAGES, "--trigger", "v**"), "given 'v**', allowed: a tag or a pattern"),
        ((SAFE, "--images", IMAGES, "--deployed", "sha256:abc"), "given 'sha256:abc', allowed: sha256: and 64"),
        ((SAFE, "--images", IMAGES, "--ignore", "all"), "'all' is not one of 'deployed', 'unprotected',"),
        (("no-such-thing", "--images", IMAGES), "No template or file is named 'no-such-thing'"),
        ((SAFE, "--images", "-", "--manifests", "-"), "standard input can be read only once"),
        ((SAFE, "--images", IMAGES, "--trigger", "v*"), "--trigger applies to templates only, and"),
        ((SAFE, "--images", IMAGES, "--params", "x.json"), "--params applies to templates only, and"),
        ((SAFE, "--images", IMAGES, "--repository", "Images"), "--repository applies to templates only, and"),
    ],
)
def test_wrong_usage(arguments: tuple[str | Path, ...], said: str) -> None:
    """Exit 2, and the problem."""
    result = run("simulate", *arguments)
    assert (2, "") == (result.exit_code, result.stdout)
    assert said in " ".join(result.stderr.split())


def test_errors_of_a_user_are_messages(tmp_path: Path) -> None:
    """Exit 1, nothing on stdout, no traceback."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text(rule(0)))
    for result, said in (
        (simulate("pipeline-release"), "the repositories (AWS::ECR::Repository) with a lifecycle policy are none"),
        (simulate(tmp_path), "cannot be read: Is a directory"),
        (simulate(wrong), "rules[0].rulePriority: given 0, allowed: a whole number from 1"),
        (simulate(IMAGES), 'the text: given the key "imageDetails", allowed: rules'),
        (simulate(SAFE, "--manifests", IMAGES), 'allowed: what `aws ecr batch-get-image` prints, {"images"'),
        (run("simulate", SAFE, "--images", SAFE), 'allowed: what `aws ecr describe-images` prints, {"imageDetails"'),
        (run("simulate", SAFE, "--images", "-", given="{"), "standard input:1: not JSON"),
        (run("simulate", SAFE, "--images", tmp_path / "none.json"), "none.json: cannot be read: No such file"),
        (
            simulate(template(tmp_path), "--params", parameters(tmp_path, Days="0")),
            'Days: given "0", allowed: a number',
        ),
        (simulate(SAFE, "--deployed", f"sha256:{'0' * 64}"), f"images.json has no image sha256:{'0' * 64}"),
        (simulate(template(tmp_path), "--repository", "images"), "(did you mean Images?). Repositories: Images."),
    ):
        assert (1, "") == (result.exit_code, result.stdout)
        assert said in result.stderr
        assert "Traceback" not in result.stderr
        assert isinstance(result.exception, SystemExit)


def test_a_deployed_image_may_be_named_with_its_registry() -> None:
    """As a stack records it: the digest is the part after the @."""
    digest = "sha256:99ed7200048a"
    (whole,) = (each["imageDigest"] for each in images() if each["imageDigest"].startswith(digest))
    result = simulate(SAFE, "--deployed", f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders@{whole}")
    assert 1 == result.exit_code
    assert f"rule 20: takes {digest}, which is deployed (given by --deployed): pushed 30.9 days ago" in result.stdout


def test_a_key_twice_in_a_policy_is_an_error(tmp_path: Path) -> None:
    """Otherwise the last one would apply silently."""
    path = tmp_path / "policy.json"
    path.write_text(text(rule(1, **more_than(9))).replace('"countNumber"', '"countNumber": 1, "countNumber"'))
    result = simulate(path)
    assert (1, "") == (result.exit_code, result.stdout)
    assert f'{path}: given the key "countNumber" 2 times in one object, allowed: once' in result.stderr


def test_the_help_names_every_check() -> None:
    """With the words of --ignore."""
    told = run("simulate", "--help").stdout
    assert all(f"  {check:13}  {meaning}\n" in told for check, meaning in CHECKS.items())


def test_the_documented_command_lists_active_indexes() -> None:
    """docs/lifecycle.md: an archived image cannot be pulled, and an image without a media type is no index."""
    told = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"jq -r '([^']+)'", told)
    details = images()
    (index,) = [each for each in details if "index" in each["imageManifestMediaType"]]
    archived = {**index, "imageDigest": "sha256:archived", "imageStatus": "ARCHIVED"}
    plain = {"imageDigest": "sha256:plain"}
    found = jq.compile(program).input_value({"imageDetails": [*details, archived, plain]}).all()
    assert [f"imageDigest={index['imageDigest']}"] == found


def images() -> list[dict[str, Any]]:
    """The images of the example."""
    details: list[dict[str, Any]] = json.loads(IMAGES.read_text(encoding="utf-8"))["imageDetails"]
    return details


def test_names_and_files_complete() -> None:
    """As the shell asks: published templates, then files."""
    from click.shell_completion import ShellComplete

    found = ShellComplete(cli, {}, "ecr-pipeline", "_X").get_completions(["lifecycle", "simulate"], "pipeline-r")
    assert [("pipeline-release", "plain"), ("pipeline-r", "file")] == [(item.value, item.type) for item in found]
