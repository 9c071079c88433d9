"""A whole simulation."""

from __future__ import annotations

from generator.lifecycle.mutability import Mutability
from generator.lifecycle.simulation import Simulation, simulated
from tests.lifecycle.made import INDEX, NOW, image, more_than, read, rule, since

KEEP = rule(1, tagPatternList=["_*"], **more_than(3))


def findings(found: Simulation) -> list[str]:
    """The findings without their messages."""
    return [f"{finding.path}: {finding.place} [{finding.check}]" for finding in found.findings]


def test_everything_that_is_wrong_is_found() -> None:
    """Rules, images and tags, each under the name of the policy."""
    policy = read(rule(1, tagPatternList=["v*"], **more_than(1)), rule(2, tagPatternList=["v1*"], **since(1)))
    images = [image("A", "v1", "_production", days=9), image("B", "v2", days=8)]
    found = simulated(policy, images, NOW, {}, name="p", setting=Mutability("IMMUTABLE"), triggers=["latest"])
    assert [
        "p: rule 2 [never-matches]",
        "p: rule 1 [deployed]",
        "p: rule 2 [deployed]",
        "p: rule 1 [deployed]",
        "p: the repository [stage-tags]",
        'p: trigger "latest" [trigger]',
    ] == findings(found)
    assert (NOW, policy, images) == (found.at, found.policy, [verdict.image for verdict in found.verdicts])


def test_without_a_repository_nothing_is_said_of_tags() -> None:
    """A policy does not tell which tags move."""
    assert [] == findings(simulated(read(KEEP), [], NOW, {}, name="p", triggers=["latest"]))


def test_stages_are_also_those_that_the_images_tell_of() -> None:
    """A fourth stage is one image more than the rule keeps."""
    assert [] == findings(simulated(read(KEEP), [image("A", "_staging")], NOW, {}, name="p"))
    assert ["p: rule 1 [deployed]"] == findings(simulated(read(KEEP), [image("A", "_eu")], NOW, {}, name="p"))


def test_what_limits_the_answer_is_noted() -> None:
    """Indexes that nothing is known of, and images from after the moment."""
    images = [image("A", media_type=INDEX), image("B", media_type=INDEX), image("C", days=-1)]
    found = simulated(read(KEEP), images, NOW, {"sha256:A": ["sha256:C"]}, name="p")
    assert (
        (
            "Not known is what is in 1 of the image indexes. Those images stay as long as their index,"
            " whatever is said of them here: give --manifests."
        ),
        "1 of the images were pushed after the moment of the evaluation.",
    ) == found.notes
