"""AWS Signer."""

from __future__ import annotations

from generator.authorization.need import Needs, each_on

NEEDS: Needs = {
    **each_on("{profileArn}", "signer:SignPayload"),
}
