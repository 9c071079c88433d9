"""The gate: how many known vulnerabilities an image may have. A platform sets ceilings, a pipeline can be stricter."""

from __future__ import annotations

from typing import Any

from troposphere import If, Ref, Sub, Template

from generator.model.parameters import add_choice, add_condition, add_number, add_parameter, is_given

GROUP = "Findings"
SEVERITIES = ("Critical", "High")
FAIL, ALLOW = "fail", "allow"
LONGEST_SCAN_SECONDS = 2700
COUNT, IGNORE = "count", "ignore"


def add_limits(template: Template) -> dict[str, Ref]:
    """How many findings of each severity an image may have, as variables of a build."""
    return {
        f"MAX_{severity.upper()}_FINDINGS": add_number(
            template,
            f"Max{severity}Findings",
            group=GROUP,
            label=f"{severity} findings allowed",
            description=f"An image with more {severity.lower()} findings is stopped.",
            default=0,
            least=0,
            most=9999,
        )
        for severity in SEVERITIES
    }


def add_ceilings(template: Template) -> dict[str, Ref]:
    """The ceilings of a platform, as variables of its Inspect build: they apply if a pipeline sets no limits.

    Inspect's script has MissingScan and UnsupportedScan, and the ceilings once more, in its own text: the variables of
    an action override those of a project.
    """
    limits = add_limits(template)
    add_choice(
        template,
        "MissingScan",
        group=GROUP,
        label="Image without a scan result",
        description="fail: stop an image that was not scanned in time. allow: let it pass to the approval.",
        choices=(FAIL, ALLOW),
    )
    add_choice(
        template,
        "UnsupportedScan",
        group=GROUP,
        label="Image that cannot be scanned",
        description="fail: stop an image that the scanner does not support, such as FROM scratch. "
        "allow: let it pass to the approval.",
        choices=(FAIL, ALLOW),
    )
    timeout = add_number(
        template,
        "ScanTimeoutSeconds",
        group=GROUP,
        label="Wait for the scan (seconds)",
        description="Seconds that Inspect waits for a scan result.",
        default=600,
        least=30,
        most=LONGEST_SCAN_SECONDS,
    )
    return {**limits, "SCAN_TIMEOUT_SECONDS": timeout}


def add_unfixed_findings(template: Template) -> None:
    """The parameter for whether findings without a fix count. Inspect's script has the value in its own text.

    Basic scanning does not say whether there is a fix.
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EnhancedImageScanFinding.html
    """
    add_choice(
        template,
        "UnfixedFindings",
        group=GROUP,
        label="Findings without a fix",
        description="count: like other findings. ignore: enhanced scanning's findings without a fix are not counted.",
        choices=(COUNT, IGNORE),
    )


def add_own_limits(template: Template) -> dict[str, If]:
    """The limits of one pipeline: for each variable of Inspect its JSON, empty if the platform's ceiling applies.

    Inspect takes the stricter one of limit and ceiling, so that a looser limit has no effect.
    """
    limits: dict[str, Ref] = {}
    for severity in SEVERITIES:
        limits[f"MAX_{severity.upper()}_FINDINGS"] = add_parameter(
            template,
            f"Max{severity}Findings",
            group=GROUP,
            label=f"{severity} findings allowed",
            description=f"An image with more {severity.lower()} findings is stopped. Empty: the platform's limit. "
            "A higher value has no effect.",
            Default="",
            AllowedPattern="^([0-9]{1,4})?$",
            ConstraintDescription="Enter a number from 0 to 9999, or leave it empty.",
        )
    limits["UNSCANNED_IMAGE"] = add_parameter(
        template,
        "UnscannedImage",
        group=GROUP,
        label="Image without a scan result",
        description="fail: stop an image without a scan result. Empty: use the platform's setting.",
        Default="",
        AllowedPattern=f"^({FAIL})?$",
        ConstraintDescription=f"Enter {FAIL}, or leave it empty.",
    )
    return {variable: _if_given(template, variable, parameter) for variable, parameter in limits.items()}


def _if_given(template: Template, variable: str, parameter: Ref) -> If:
    name = parameter.data["Ref"]
    condition = add_condition(template, f"Has{name}", is_given(parameter))
    return If(condition, Sub(f",{_variable(variable, f'${{{name}}}')}"), "")


def action_variables(always: dict[str, str], optional: dict[str, If]) -> Sub:
    """The variables of an action that runs a build, as the JSON text that CodePipeline takes: 1,000 characters at most.

    The values in `always` are texts as Fn::Sub reads them. Their parameters must have patterns without quotes and
    backslashes.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """
    text = ",".join(_variable(name, value) for name, value in always.items())
    names: dict[str, Any] = {f"Own{name.title().replace('_', '')}": value for name, value in optional.items()}
    return Sub(f"[{text}{''.join(f'${{{name}}}' for name in names)}]", **names)


def _variable(name: str, value: str) -> str:
    return f'{{"name":"{name}","value":"{value}"}}'
