"""Differences between the partitions of AWS."""

from __future__ import annotations

import ast
from pathlib import Path

import botocore.session
import pytest

import generator.functions
from generator.model.partitions import OTHER_SUFFIXES, console_host, url_suffix

SUFFIXES = {
    each["partition"]: each["dnsSuffix"] for each in botocore.session.get_session().get_data("endpoints")["partitions"]
}


@pytest.mark.parametrize("partition", SUFFIXES)
def test_the_suffix_is_that_of_aws(partition: str) -> None:
    """Of every partition that the AWS SDK knows."""
    assert SUFFIXES[partition] == url_suffix(partition)


@pytest.mark.parametrize("function", ["registrar", "notifier"])
def test_the_console_is_that_of_the_functions(function: str) -> None:
    """They have a table of their own, since nothing of this package is where they run."""
    source = Path(generator.functions.FOLDER, f"{function}.py").read_text(encoding="utf-8")
    [table] = [
        ast.literal_eval(each.value)
        for each in ast.parse(source).body
        if isinstance(each, ast.Assign) and "CONSOLES" in ast.unparse(each.targets[0])
    ]
    assert "aws-cn" in table
    assert table == {partition: console_host(partition) for partition in table}
    assert f'"{console_host("aws-us-gov")}"' in source


def test_every_suffix_is_of_a_partition() -> None:
    """None is of a partition that AWS does not have."""
    assert {*OTHER_SUFFIXES} <= {*SUFFIXES}
