"""The tagging API of resource groups."""

from __future__ import annotations

from generator.authorization.need import Needs, each_on

NEEDS: Needs = {**each_on("*", "tag:GetResources")}
