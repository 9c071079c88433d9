"""The state of an account and region: the caller, stacks, and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.cloudformation.account_folders import AccountFolder
from generator.errors import GeneratorError
from generator.rollout.aws_program import AwsProgram


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """An account in a region, as it is now."""

    aws: AwsProgram
    account: str
    stacks: Mapping[str, Mapping[str, Any]]
    """The answer of DescribeStacks for each stack, by name."""
    exports: frozenset[str]


def program_for(folder: AccountFolder, *, profile: str, region: str) -> AwsProgram:
    """The AWS CLI for a folder. A typed profile and region take precedence over those of the folder."""
    return AwsProgram(profile=_filled(profile, folder) or folder.profile, region=region or folder.region)


def view(aws: AwsProgram, folder: AccountFolder) -> AccountView:
    """The account: three calls, pages not counted. GeneratorError if it is not the one that the folder names."""
    account = str(aws.call("sts", "get-caller-identity")["Account"])
    if folder.account and account != folder.account:
        whose = f"the profile {aws.profile}" if aws.profile else "the default profile"
        raise GeneratorError(
            f"{folder.name}: {whose} belongs to the account {account}, not to {folder.account};"
            " sign in to that account, give --profile, or name the folder PROFILE.ACCOUNT"
        )
    return look(aws, account)


def look(aws: AwsProgram, account: str) -> AccountView:
    """The current stacks and exports. No stack is requested by name: one call serves all of them."""
    described = aws.call("cloudformation", "describe-stacks") or {}
    listed = aws.call("cloudformation", "list-exports") or {}
    stacks = {each["StackName"]: _kept(each) for each in described.get("Stacks", [])}
    names = frozenset(each["Name"] for each in listed.get("Exports", []))
    return AccountView(aws=aws, account=account, stacks=stacks, exports=names)


def role_for(role_arn: str, folder: AccountFolder, account: str) -> str:
    """The role that CloudFormation assumes, in the account of the folder."""
    return _filled(role_arn, folder._replace(account=account))


def _kept(stack: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a stack that a plan needs. Outputs and tags of 2,000 stacks would fill the memory."""
    names = (
        "StackId",
        "StackStatus",
        "StackStatusReason",
        "Parameters",
        "LastUpdatedTime",
        "CreationTime",
        "DriftInformation",
    )
    return {name: stack[name] for name in names if name in stack}


def _filled(text: str, folder: AccountFolder) -> str:
    return text.replace("{account}", folder.account).replace("{profile}", folder.profile)
