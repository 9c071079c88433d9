"""A whole simulation."""

from __future__ import annotations

from generator.lifecycle.mutability import Mutability
from generator.lifecycle.simulation import Simulation, simulated
from tests.lifecycle.made import INDEX, NOW, image, more_than, read, rule, since

KEEP = rule(1, tagPatternList=["_*"], **more_than(3))


def findings(found: Simulation) -> list[str]:
    """The findings without their messages."""
    return [f"{finding.path}: {finding.place} [{finding.check}]" for finding in found.findings]


def test_all_problems_are_found() -> None:
    """Rules, images and tags, each under the name of the policy."""
    policy = read(rule(1, tagPatternList=["v*"], **more_than(1)), rule(2, tagPatternList=["v1*"], **since(1)))
    images = [image("A", "v1", "_production", days=9), image("B", "v2", days=8)]
    found = simulated(policy, images, NOW, {}, name="p", setting=Mutability("IMMUTABLE"), triggers=["latest"])
    assert [
        "p: rule 2 [never-matches]",
        "p: rule 1 [unprotected]",
        "p: rule 2 [unprotected]",
        "p: rule 1 [deployed]",
        "p: the repository [stage-tags]",
        'p: trigger "latest" [trigger]',
    ] == findings(found)
    assert (NOW, policy, images) == (found.at, found.policy, [verdict.image for verdict in found.verdicts])


def test_without_a_repository_tags_are_not_checked() -> None:
    """A policy does not contain the mutability of tags."""
    assert [] == findings(simulated(read(KEEP), [], NOW, {}, name="p", triggers=["latest"]))


def test_stages_are_also_those_of_the_images_tags() -> None:
    """A fourth stage is one image more than the rule keeps."""
    assert [] == findings(simulated(read(KEEP), [image("A", "_staging")], NOW, {}, name="p"))
    assert ["p: rule 1 [unprotected]"] == findings(simulated(read(KEEP), [image("A", "_eu")], NOW, {}, name="p"))


def test_limits_of_the_answer_are_noted() -> None:
    """Indexes that nothing is known of, and images from after the moment."""
    images = [image("A", media_type=INDEX), image("B", media_type=INDEX), image("C", days=-1)]
    found = simulated(read(KEEP), images, NOW, {"sha256:A": ["sha256:C"]}, name="p")
    assert (
        (
            "The images in 1 of the indexes are not known. They stay as long as their index, whatever is said of them"
            " here: give --manifests."
        ),
        "1 of the images were pushed after the moment of the evaluation.",
    ) == found.notes


def test_a_rule_for_the_archive_without_archived_images_is_noted() -> None:
    """describe-images prints only active images by default, so that the rule decides on none."""
    policy = read(rule(7, action=None, storageClass="archive", **since(100, "sinceImageTransitioned")))
    told = (
        "Rule 7 is for archived images, and the list has none."
        " `aws ecr describe-images` prints them only with --filter imageStatus=ANY."
    )
    active, archived = image("A", "v1"), image("B", storage_class="archive", archived_at=NOW)
    assert (told,) == simulated(policy, [active], NOW, {}, name="p").notes
    assert () == simulated(policy, [active, archived], NOW, {}, name="p").notes


def test_a_running_image_can_be_named_by_its_digest() -> None:
    """A rule that takes it is found, although the image has no tag of a stage; without the name it is not."""
    policy = read(KEEP, rule(2, **since(5)))
    images = [image("A", "v1", days=9), image("B", "v2", days=1)]
    assert ["p: rule 2 [deployed]"] == findings(
        simulated(policy, images, NOW, {}, name="p", deployed=["sha256:A", "sha256:B"])
    )
    assert [] == findings(simulated(policy, images, NOW, {}, name="p"))


def test_a_check_can_be_left_out() -> None:
    """A policy of a repository that no pipeline deploys from is clean without the check for stages."""
    policy, images = read(rule(1, **since(5))), [image("A", "v1")]
    found = simulated(policy, images, NOW, {}, name="p")
    assert ["p: rule 1 [unprotected]"] == findings(found)
    assert "--ignore unprotected" in found.notes[0]

    left = simulated(policy, images, NOW, {}, name="p", ignored=["unprotected"])
    assert ([], ()) == (findings(left), left.notes)


def test_a_known_running_image_needs_no_note() -> None:
    """The tag of a stage marks the running image, as does --deployed."""
    policy = read(rule(1, **since(5)))
    assert () == simulated(policy, [image("A", "_production")], NOW, {}, name="p").notes
    assert () == simulated(policy, [image("A")], NOW, {}, name="p", deployed=["sha256:A"]).notes
