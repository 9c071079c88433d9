"""Answers that no service gives: refusals and faults, in the protocol of the client."""

from __future__ import annotations

import json
from typing import NamedTuple
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from generator.emulator.front.calls import Call

REQUEST_ID = "00000000-0000-4000-8000-000000000000"


class Answer(NamedTuple):
    """A response to be sent unchanged."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    """The delay of the answer. Longer than the client's patience, it causes a timeout."""


def refusal(call: Call, code: str, message: str, *, status: int = 400) -> Answer:
    """An error of the service, as its protocol has it: https://smithy.io/2.0/aws/protocols/index.html."""
    if call.protocol in {"json", "rest-json"}:
        body = json.dumps({"__type": code, "message": message})
        return Answer(status, body.encode(), headers=(("X-Amzn-ErrorType", code),))
    error = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    match call.protocol:
        case "ec2":
            text = f"<Response><Errors>{error}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        case "query":
            text = f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        case _:
            text = error
    return Answer(status, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), content_type="text/xml")


def denial(call: Call, reason: str) -> Answer:
    """The refusal of IAM. Services spell its code in two ways."""
    codes = {"ec2": "UnauthorizedOperation", "query": "AccessDenied", "rest-xml": "AccessDenied"}
    status = 400 if call.protocol == "json" else 403
    return refusal(call, codes.get(call.protocol, "AccessDeniedException"), reason, status=status)


def reason(error: ClientError) -> str:
    """AWS's message for a call that failed, without the text that botocore adds."""
    return str(error.response.get("Error", {}).get("Message") or error)
