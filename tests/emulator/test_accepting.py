"""docs/accepted-findings.md, "Accept a finding until a date", followed step by step."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jmespath
import pytest

from generator.emulator.trial.account import account
from generator.emulator.trial.existing_resources import TrialPlace, add_role
from tests.emulator.following import ROOT, Reader, checkout
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/accepted-findings.md").read_text(encoding="utf-8")
STEPS = PAGE.partition("## Accept a finding until a date")[2].partition("For one repository only")[0]
COMMANDS = [re.sub(r" *\\\n +", " ", command) for command in re.findall(r"(?m)^       (\S(?:\\\n|[^\n])*)", STEPS)]


def test_the_steps_lead_to_a_list(tmp_path: Path) -> None:
    """The update of the platform needs just the acceptance that the page names, and the list has the line."""
    with account(TrialPlace(region="eu-west-1"), approver=Approver(), progress=lambda _: None) as here:
        reader = Reader(checkout(tmp_path), here)
        for name, values in (("network", {}), ("platform", {"RepositoryPattern": "team/*"})):
            reader.files.append(Path(f"params/{name}.main.json"))
            reader.write(values)
        reader.run(".venv/bin/ecr-pipeline apply --all")
        role = add_role(here.cloud, "security")
        reader.write({**reader.read(), "AcceptingRoleArn": role})
        deploy, outputs, *others = COMMANDS
        assert deploy.startswith("make deploy ")
        assert 0 != reader.try_to_run(deploy.partition(" ACCEPT=")[0]).returncode
        reader.run(deploy)
        printed = dict(line.split("\t") for line in reader.run(outputs).splitlines())
        for command in others:
            reader.run(
                command.replace("BUCKET", printed["AcceptedFindingsBucket"]).replace("KEY_ARN", printed["KeyArn"])
            )
        found = here.cloud.inside("s3").get_object(Bucket=printed["AcceptedFindingsBucket"], Key="every-repository.txt")
        found_line = b"CVE-2026-12345@2027-01-31 The parser"
        assert found_line in found["Body"].read()
        assert printed["KeyArn"] == found["SSEKMSKeyId"]
        local = reader.folder / "every-repository.txt"
        local.write_text("an old copy")
        for command in others[:3]:
            reader.run(command.replace("BUCKET", printed["AcceptedFindingsBucket"]))
        assert found_line in local.read_bytes()
        for command in others:  # the list cannot be read, and the other steps are followed
            bucket = "nobody" if command in others[:3] else printed["AcceptedFindingsBucket"]
            reader.try_to_run(command.replace("BUCKET", bucket).replace("KEY_ARN", printed["KeyArn"]))
        kept = here.cloud.inside("s3").get_object(Bucket=printed["AcceptedFindingsBucket"], Key="every-repository.txt")
        assert found["VersionId"] == kept["VersionId"]
        assert not local.exists()


def test_the_ids_of_the_page_are_all_that_count() -> None:
    """In the answers of both kinds of scanning.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html
    """
    [query] = re.findall(r'--query "(imageScanFindings[^"]+)"', PAGE)
    basic = [{"name": "CVE-1", "severity": "CRITICAL"}, {"name": "CVE-2", "severity": "LOW"}]
    enhanced = [{"severity": "HIGH", "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-3"}, "title": "xz"}]
    answers: tuple[dict[str, Any], ...] = ({"findings": basic}, {"enhancedFindings": enhanced}, {"findings": []})
    found = [jmespath.search(query, {"imageScanFindings": each}) for each in answers]
    assert [[["CRITICAL", "CVE-1"]], [["HIGH", "CVE-3"]], []] == found


def test_the_entry_of_the_page_is_one() -> None:
    """The line that the page adds is one that it explains."""
    [line] = re.findall("echo '(.+)' >>", STEPS)
    assert f"    {line}\n" in PAGE.partition("## The lists")[2]
    assert json.dumps(line).isascii()
