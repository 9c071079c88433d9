"""Twenty services in three accounts: how often AWS is called, and that the right account is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.rollout.rooms import APP, BASE, Room, room

pytestmark = pytest.mark.slow

ACCOUNTS = {"build": "222233334444", "staging": "333344445555", "production": "444455556666"}
SERVICES = 20


def profiles(here: Room) -> dict[str, str]:
    """The variables of a user with a profile for each account."""
    config = here.folder / "config"
    lines = []
    for name in ACCOUNTS:
        known = here.aws.environment(deployer(name))
        keys = {"aws_access_key_id": "AWS_ACCESS_KEY_ID", "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY"}
        lines += [f"[profile {name}]", "region = eu-central-1", *(f"{key} = {known[of]}" for key, of in keys.items())]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"AWS_CONFIG_FILE": str(config)}


def deployer(name: str) -> str:
    """The role that deploys into an account."""
    return f"arn:aws:iam::{ACCOUNTS[name]}:role/Deployer"


def fleet(here: Room, services: int) -> None:
    """Parameter files of services in the folder of each account, and of a base that they import from."""
    for path in (here.folder / "params").iterdir():
        path.unlink()
    for name, account in ACCOUNTS.items():
        here.params(f"{name}.{account}/base.main")
        for each in names(services):
            here.params(f"{name}.{account}/app.{each}", Name=each)


def names(services: int) -> list[str]:
    """The names of services: letters alone."""
    return ["".join(chr(ord("a") + int(digit)) for digit in str(number)) for number in range(services)]


def deployed(here: Room, services: int) -> None:
    """All stacks of the fleet, made without this command line."""
    for name in ACCOUNTS:
        client = here.aws.client("cloudformation", deployer(name))
        stacks = [("base", "main", BASE, {}), *(("app", each, APP, {"Name": each}) for each in names(services))]
        for template, environment, body, values in stacks:
            tags = {"ecr-pipeline:template": template, "ecr-pipeline:environment": environment}
            client.create_stack(
                StackName=f"{template}-{environment}",
                TemplateBody=json.dumps(body),
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
                Capabilities=["CAPABILITY_IAM"],
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            )


def test_a_plan_needs_four_calls_a_stack(tmp_path: Path) -> None:
    """For twenty services in three accounts: three calls an account, at most four a stack."""
    with room(tmp_path) as here:
        environment = profiles(here)
        fleet(here, SERVICES)
        deployed(here, SERVICES)
        for name, account in ACCOUNTS.items():
            here.params(f"{name}.{account}/app.a", Name="changed")
        first = len(here.called())
        planned = here.run("plan", "--all", **environment)
        assert 0 == planned.exit_code, planned.output
        assert (3, 60) == (planned.stdout.count(" update "), planned.stdout.count(" unchanged"))
        found = Counter((call.account, call.operation) for call in here.called()[first:])
        for account in ACCOUNTS.values():
            assert (1, 1, 1) == tuple(
                found.pop((account, name)) for name in ("GetCallerIdentity", "DescribeStacks", "ListExports")
            )
        assert {"CreateChangeSet", "DescribeChangeSet", "DescribeEvents", "DeleteChangeSet"} == {
            operation for _, operation in found
        }
        assert sum(found.values()) <= 4 * 3 * (SERVICES + 1)
        assert max(found.values()) <= SERVICES + 1


def test_an_account_that_the_folder_does_not_name_is_refused(tmp_path: Path) -> None:
    """The account of the credentials, and what to do; no stack is touched, not even of the right account."""
    with room(tmp_path) as here:
        environment = profiles(here)
        fleet(here, 1)
        wrong = here.run("apply", "--all", "--profile", "staging", **environment)
        assert 1 == wrong.exit_code
        advice = "sign in to that account, give --profile, or name the folder PROFILE.ACCOUNT"
        assert [
            f"{name}.{ACCOUNTS[name]}: the profile staging belongs to the account {ACCOUNTS['staging']},"
            f" not to {ACCOUNTS[name]}; {advice}"
            for name in ("build", "production")
        ] == [line.removeprefix("Error: ") for line in wrong.stderr.splitlines() if "belongs to" in line]
        assert set() == {call.operation for call in here.called()} & {"CreateChangeSet", "ExecuteChangeSet"}


def test_one_account_can_be_selected(tmp_path: Path) -> None:
    """By its folder; the region and the role of CloudFormation can be given, with the account filled in."""
    with room(tmp_path) as here:
        environment = profiles(here)
        fleet(here, 1)
        options = ("--region", "eu-west-1", "--role-arn", "arn:aws:iam::{account}:role/CloudFormation")
        done = here.run("plan", "staging.333344445555", *options, **environment)
        assert 0 == done.exit_code, done.output
        created: list[Any] = [call for call in here.called() if call.operation == "CreateChangeSet"]
        assert [("333344445555", "eu-west-1", "arn:aws:iam::333344445555:role/CloudFormation")] == [
            (call.account, call.region, call.parameters["RoleARN"]) for call in created
        ]
