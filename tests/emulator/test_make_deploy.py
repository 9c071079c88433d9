"""`make deploy`, from its check to the stack: nothing in it is a stand-in but AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator.account import ROOT, Account, account

pytestmark = pytest.mark.slow

TEMPLATE = "pipeline-release"


def make_deploy(here: Account, folder: Path) -> subprocess.CompletedProcess[str]:
    """A finished `make deploy`, with the AWS CLI of this environment before all others."""
    command = ["make", "deploy", f"TEMPLATE={TEMPLATE}", "ENV=dev", "STACK=Orders", "TAGS=team=orders"]
    fixed = ["--old-file=.venv/ready", "--old-file=.venv/ready-dev", f"RUN={sys.executable} -m"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**kept, **here.aws.environment(), "PATH": path}
    return subprocess.run([*command, *fixed], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_make_deploy_makes_a_stack_and_leaves_it_alone_after_that(tmp_path: Path) -> None:
    """It checks template and parameters, deploys with tags, and the second time says that nothing is to be done."""
    shutil.copy2(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "params").mkdir()
    with account(tmp_path, TEMPLATE) as here:
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in here.files["dev"].items()]
        (tmp_path / "params" / f"{TEMPLATE}.dev.json").write_text(json.dumps(entries), encoding="utf-8")
        first = make_deploy(here, tmp_path)
        assert 0 == first.returncode, first.stderr + "\n".join(here.troubles("Orders"))
        stack = here.stack("Orders")
        assert "CREATE_COMPLETE" == stack["StackStatus"]
        assert {"ecr-pipeline:template": TEMPLATE, "ecr-pipeline:environment": "dev", "team": "orders"} == {
            tag["Key"]: tag["Value"] for tag in stack["Tags"]
        }
        second = make_deploy(here, tmp_path)
        assert 0 == second.returncode, second.stderr
        assert "No changes to deploy. Stack Orders is up to date" in second.stdout
