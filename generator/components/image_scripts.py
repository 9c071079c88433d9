"""The script of image builds. The template holds its lines in a mapping, because two builds can run the same script."""

from __future__ import annotations

from troposphere import FindInMap, GetAtt, Join, Sub, Template

from generator.buildspec import buildspec
from generator.model.script import Lines, script_lines

MAPPING, LINES = "Buildspecs", "Lines"
REPORT_GROUP = "$REPORT_GROUP"


def add_build_script(template: Template, name: str, report_group: GetAtt) -> Join:
    r"""The script of Build. Its end is not in the mapping, which cannot hold the ARN of the report group.

    CodeBuild accepts an existing report group only by its ARN. Fn::Join accepts a list from Fn::FindInMap.
    https://docs.aws.amazon.com/codebuild/latest/userguide/report-create.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-join.html
    """
    lines = script_lines(buildspec("components/image_build.yml"), comments=False)
    [number] = [number for number, line in enumerate(lines) if REPORT_GROUP in line]
    template.add_mapping(MAPPING, {name: {LINES: Lines(lines[:number])}})
    shared = Join("\n", FindInMap(MAPPING, name, LINES))
    named = Sub(lines[number].replace(REPORT_GROUP, "${ReportGroup}"), ReportGroup=report_group)
    return Join("\n", Lines([shared, named, *lines[number + 1 :]]))
