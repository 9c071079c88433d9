"""Every call of the AWS CLI in README.md and docs/ is one that the AWS CLI understands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.publishing.page_calls import COMPUTED, ONLY_VERSION_2, PAGES, PageCall, calls, in_shell, refusal

CALLS = [(page, call) for page in PAGES for call in calls(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_aws_cli_understands_what_the_pages_call(page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Service, operation, parameters and query of every call are those of the AWS CLI, and none is missing."""
    for _, call in [each for each in CALLS if each[0] == page]:
        wrong = refusal(call)
        assert "" == wrong, f"{call.text}: {wrong}\n{capfd.readouterr().err}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "aws kms schedule-key-deletion --pending-window-in-days 30",
        "aws kms delete-key --key-id KEY_ID",
        "aws codepipeline start-pipeline-execution --name app --source-revisions actionName=Image,revisionTyp=x",
        "aws codepipeline get-pipeline-state --name app --query 'stageStates[?stageName==`Inspect`]'",
        "aws cloudformation create-stack-set --stack-set-name a --operation-preference FailureToleranceCount=0",
        "aws cloudformation create-stack-set --stack-set-name a --auto-deployment Enabled=true,Retain=false",
    ],
)
def test_a_call_that_the_aws_cli_does_not_understand_is_noticed(command: str) -> None:
    """A missing parameter, an unknown operation, a misspelt part of a parameter, a query that not all versions read."""
    assert "" != refusal(PageCall(command, whole=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("aws ecs updat-service", "ecs has no updat-service"),
        ("aws esc update-service", "has no esc"),
        ("aws ecs update-service --image x", "ecs update-service has no --image"),
        ("aws cloudformation deploy --template-body x", "cloudformation deploy has no --template-body"),
        ("aws cloudformation wait change-set-created --stack-name x", "cloudformation wait has no change-set-created"),
        ("aws s3 cp --recursivly a s3://b", "s3 cp has no --recursivly"),
        (f"aws s3api delete-objects --bucket b --deleted {COMPUTED}", "s3api delete-objects has no --deleted"),
    ],
)
def test_a_name_that_the_aws_cli_lacks_is_noticed_in_a_sentence(command: str, complaint: str) -> None:
    """There a call may be incomplete, and several that make many calls are not tried: their names are compared."""
    assert complaint == refusal(PageCall(command, whole=False))


def test_calls_are_found_in_blocks_and_sentences() -> None:
    """On several lines, in a variable, before a pipe, within another call, in a loop, fenced, in a sentence."""
    page = (
        "Some `aws a one` and\n`aws b two --x`, not `laws c`.\n\n"
        "    x=$(aws c three --y 'p | q' \\\n      --z)\n"
        '    aws d four > file --in "$(aws e five | jq .)"\n'
        "    for k in 1 2; do aws f six; done\n\n```sh\naws g seven\n```\n"
    )
    blocks = ["c three --y 'p | q' --z", f'd four --in "{COMPUTED}"', "e five", "f six", "g seven"]
    assert [
        *(PageCall(f"aws {each}", whole=True) for each in blocks),
        PageCall("aws a one", whole=False),
        PageCall("aws b two --x", whole=False),
    ] == list(calls(page))
    assert ["aws a b"] == list(in_shell("aws a b && true"))


def test_no_call_of_a_page_is_overlooked() -> None:
    """Every `aws SERVICE OPERATION` in the text of a page is part of a call that was found."""
    for page in PAGES:
        text = re.sub(r" *\\\n +", " ", page.read_text(encoding="utf-8"))
        written = re.findall(r"\baws [a-z][a-z0-9-]+ [a-z][a-z0-9-]+", text)
        found = [call.text for at, call in CALLS if at == page]
        assert sorted(written) == sorted(
            each for text in found for each in re.findall(r"^aws [a-z][a-z0-9-]+ [a-z][a-z0-9-]+", text)
        ), page.name


def test_commands_of_version_2_alone_are_marked() -> None:
    """The page says that a reader with version 1 does not have the command."""
    for words in ONLY_VERSION_2:
        command = f"aws {' '.join(words)}"
        pages = {page for page, call in CALLS if call.text.startswith(command)}
        assert pages
        for page in pages:
            for line in page.read_text(encoding="utf-8").splitlines():
                assert command not in line or "version 2 of the AWS CLI" in line
