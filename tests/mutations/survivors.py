"""The defects that nothing notices, and why that is so: of these, none lets anything happen that should not."""

from __future__ import annotations

import re

# A pattern of `defect: place`, and the reason.
REASONS = {
    r"keep it for another time: .*/(Service)?Timeout": "a second more for a function, which needs far less",
    r"keep it for another time: .*/DaysAfterInitiation": "when the rests of a broken upload go is a matter of cents",
    r"keep it for another time: .*/RetryPolicy/\w+": "how often EventBridge tries: what it gives up is kept",
    r"keep it for another time: .*/RunOrder": "the order among the actions of the stage stays the same",
    r"drop a property: .*/(Description|Tags)": "words for people in the console",
    r"drop a property: Resources/\w+/Properties/Timeout": "Lambda takes three seconds, in which most runs end",
    r"drop a resource: Resources/KeyAlias": "a name for people in the console; nothing refers to it",
    r"change a default: Parameters/(BuildImage|ComputeType|ImageTagPattern|\w+(Days|Minutes|Seconds))/Default": (
        "another value that works as well: a matter of taste, and of cost"
    ),
    r"(drop|swap) .*: Resources/PipelineRole/.*/EncryptMessages(/.*)?": (
        "the statement for artifacts allows the same; each belongs to a part that may be left out"
    ),
    r"let it go with the stack: Resources/LostPushes/.*": "the queue stays; the next one has another name",
    r"take any value: Parameters/\w+/M(ax|in)Length": "AWS refuses a name of the wrong length at the deployment",
}


def reason(mutant: str) -> str:
    """Why nothing notices the mutant; nothing, where nobody has written it down."""
    _, _, what = mutant.partition(": ")
    return next((why for pattern, why in REASONS.items() if re.fullmatch(pattern, what)), "")
