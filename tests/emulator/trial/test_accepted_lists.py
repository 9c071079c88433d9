"""`try --accepted`: an accepted finding does not count, and the approver reads of it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from generator.cli import cli
from generator.emulator.trial.accepted_lists import accepting_role
from tests.emulator.people import PARAMS

RELEASE, STANDALONE = (str(PARAMS / f"{name}.prod.json") for name in ("pipeline-release", "standalone"))


def attempt(name: str, file: str, *arguments: str) -> Result:
    """The finished command for an image with a critical finding."""
    return CliRunner().invoke(cli, ["try", name, "--params", file, "--findings", "CRITICAL=1", *arguments])


def test_the_role_is_of_the_account_of_the_parameters() -> None:
    """In its partition."""
    assert "arn:aws:iam::123456789012:role/security" == accepting_role(["arn:aws:iam::123456789012:role/a"])
    assert "arn:aws-cn:iam::123456789012:role/security" == accepting_role(
        ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"]
    )


@pytest.mark.slow
def test_an_accepted_finding_passes() -> None:
    """Inspect reads the list as on a real platform."""
    done = attempt("pipeline-release", RELEASE, "--accepted", "SAMPLE-CRITICAL-1@2099-12-31 not reachable")
    assert 0 == done.exit_code, done.output
    assert "1 accepted (SAMPLE-CRITICAL-1@2099-12-31)" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "file", "given", "says"),
    [
        ("pipeline-release", RELEASE, "SAMPLE-CRITICAL-1@2099-12-31", "the last day and a reason, such as"),
        ("pipeline-release", RELEASE, "SAMPLE-CRITICAL-1 not reachable", "given 'SAMPLE-CRITICAL-1 not reachable'"),
        (
            "pipeline-release",
            RELEASE,
            "SAMPLE-CRITICAL-1@2026-13-01 why",
            "there is no day 2026-13-01, allowed: such as",
        ),
        ("pipeline-release", RELEASE, "SAMPLE-CRITICAL-1@2026-02-30 why", "there is no day 2026-02-30"),
        ("pipeline-release", RELEASE, "A!@2099-12-31 why", "3 to 60 letters, digits and . _ : -"),
        ("pipeline-release", RELEASE, f"{'A' * 61}@2099-12-31 why", "3 to 60 letters"),
        ("standalone", STANDALONE, "SAMPLE-CRITICAL-1@2099-12-31 why", "raise MaxCriticalFindings or MaxHighFindings"),
    ],
)
def test_an_invalid_entry_is_refused(name: str, file: str, given: str, says: str) -> None:
    """Before anything starts."""
    done = attempt(name, file, "--accepted", given)
    assert 2 == done.exit_code, done.output
    assert says in " ".join(done.stderr.split())
