"""Folders of accounts in the folder of the parameter files: `params/[PROFILE.]ACCOUNT[.REGION]/`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FORM = "[PROFILE.]ACCOUNT[.REGION], such as production.111122223333.eu-central-1"
_NAME = re.compile(
    r"(?:(?P<profile>[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*)\.)?(?P<account>\d{12})(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?"
)


class AccountFolder(NamedTuple):
    """The account of the stacks in a folder: "" for a part that the folder's name does not have."""

    name: str = ""
    profile: str = ""
    account: str = ""
    region: str = ""


def account_folder(path: Path) -> AccountFolder | None:
    """The parts of a folder's name; None if the folder is not one of an account."""
    match = _NAME.fullmatch(path.name)
    if match is None or not path.is_dir():
        return None
    return AccountFolder(path.name, match["profile"] or "", match["account"], match["region"] or "")
