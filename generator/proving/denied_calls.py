"""Calls of the stacks' roles that AWS denied, as CloudTrail shows them.

CloudTrail has an event only after minutes, and has none about objects in buckets:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.proving.proof_records import FAILED, NOT_REACHED, PASSED, Check
from generator.proving.prove_scope import PREFIX
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked
from generator.rollout.aws_program import CredentialsError

AREA, _SUBJECT = "denied calls", "roles of the stacks"
_MOST = "2000"
_DENIED = ("AccessDenied", "UnauthorizedOperation")


def denied_call_checks(site: ProvingSite, since: str) -> list[Check]:
    """LookupEvents since a time, all pages of the newest 2,000 events.

    It is the last check: if the credentials have expired by then, the earlier results are kept.
    """
    site.progress("looking for denied calls in CloudTrail")
    try:
        return [asked(AREA, _SUBJECT, lambda: _check(site, since))]
    except CredentialsError as error:
        return [Check(area=AREA, subject=_SUBJECT, verdict=NOT_REACHED, text=str(error))]


def _check(site: ProvingSite, since: str) -> Check:
    found = site.aws.call("cloudtrail", "lookup-events", "--start-time", since, "--max-items", _MOST) or {}
    records = [json.loads(each["CloudTrailEvent"]) for each in found.get("Events", [])]
    denied = list(dict.fromkeys(_words(each) for each in records if _is_denied(each)))
    if not denied:
        text = "none; events of the last minutes may be missing, and those about objects in buckets are"
        return Check(area=AREA, subject=_SUBJECT, verdict=PASSED, text=text)
    return Check(area=AREA, subject=_SUBJECT, verdict=FAILED, text="; ".join(denied))


def _is_denied(record: Mapping[str, Any]) -> bool:
    return _role(record).startswith(f"{PREFIX}-") and any(each in record.get("errorCode", "") for each in _DENIED)


def _role(record: Mapping[str, Any]) -> str:
    issuer = record.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {})
    return str(issuer.get("userName", ""))


def _words(record: Mapping[str, Any]) -> str:
    service = str(record["eventSource"]).partition(".")[0]
    return f"{_role(record)}: {service}:{record['eventName']}: {record.get('errorMessage', '')}"
