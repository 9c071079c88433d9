"""What differs between the partitions of AWS."""

from __future__ import annotations

import botocore.session
import pytest

from generator.model.partitions import OTHER_SUFFIXES, url_suffix

SUFFIXES = {
    each["partition"]: each["dnsSuffix"] for each in botocore.session.get_session().get_data("endpoints")["partitions"]
}


@pytest.mark.parametrize("partition", SUFFIXES)
def test_the_suffix_is_that_of_aws(partition: str) -> None:
    """Of every partition that the AWS SDK knows."""
    assert SUFFIXES[partition] == url_suffix(partition)


def test_every_suffix_is_of_a_partition() -> None:
    """None is of a partition that AWS does not have."""
    assert {*OTHER_SUFFIXES} <= {*SUFFIXES}
