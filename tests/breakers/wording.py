"""Breakers of the promises in tests/promises/wording.py."""

from __future__ import annotations

from tests.breakers import add_command, breaks, properties_of
from tests.promises import wording
from tests.rendered import Rendered


@breaks(wording.texts_are_plain_english)
def a_parameter_is_described_in_riddles(template: Rendered) -> None:
    """The description needs a second reading."""
    template["Parameters"]["MissingScan"]["Description"] = "What has to be told of images that nobody scanned."


@breaks(wording.texts_are_plain_english, of="registry")
def a_label_is_in_riddles(template: Rendered) -> None:
    """The label in the console needs a second reading."""
    labels = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]
    labels["NotifySeverity"]["default"] = "Tell findings from"


@breaks(wording.texts_are_plain_english)
def a_message_of_a_rule_is_in_riddles(template: Rendered) -> None:
    """The e-mail about a failed run needs a second reading."""
    transformer = properties_of(template, "FailureNotice")["Targets"][0]["InputTransformer"]
    transformer["InputTemplate"] = '"Run <run>: the console tells where."'


@breaks(wording.texts_are_plain_english, of="platform")
def a_message_of_a_script_is_in_riddles(template: Rendered) -> None:
    """The line in the log of a build needs a second reading."""
    add_command(template, "InspectProject", "echo 'The limit stands, besides.'")
