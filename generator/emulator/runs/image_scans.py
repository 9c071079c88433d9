"""Scans of images: what moto only pretends with one answer for all.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations, answered
from generator.emulator.programs.images import Image


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a scan comes to: how many findings of each severity."""

    counts: Mapping[str, int] = field(default_factory=dict)
    status: str = "COMPLETE"


class Scans:
    """The scans of the images that were pushed."""

    def __init__(self) -> None:
        self._done: dict[str, Scan] = {}

    def add(self, image: Image, scan: Scan | None) -> None:
        """An image and its scan; None is an image that nobody scans. Of an index the images are scanned, not itself."""
        if scan:
            self._done |= dict.fromkeys((each.digest for each in image.children or (image,)), scan)

    def operations(self) -> Operations:
        """The operation that tells findings.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
        """
        return {("ecr", "DescribeImageScanFindings"): self._findings}

    def _findings(self, call: Call) -> Answer:
        digest = call.parameters["imageId"].get("imageDigest", "")
        if digest not in self._done:
            message = f"Image scan does not exist for the image with '{{imageDigest:'{digest}'}}'"
            return refusal(call, "ScanNotFoundException", message)
        scan = self._done[digest]
        found = {"imageScanFindings": _found(scan)} if scan.status in ("COMPLETE", "ACTIVE") else {}
        return answered(
            {
                "registryId": call.account,
                "repositoryName": call.parameters["repositoryName"],
                "imageId": {"imageDigest": digest},
                "imageScanStatus": {"status": scan.status, "description": "as ecr-pipeline was told"},
                **found,
            }
        )


def _found(scan: Scan) -> Mapping[str, Any]:
    findings = [
        {"name": f"SAMPLE-{severity}-{number}", "severity": severity, "uri": "https://example.com", "attributes": []}
        for severity, count in scan.counts.items()
        for number in range(1, count + 1)
    ]
    return {
        "imageScanCompletedAt": int(time.time()),
        "findingSeverityCounts": dict(scan.counts),
        "findings": findings[:50],
    }
