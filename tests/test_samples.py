"""Values that tests make up for parameters."""

from __future__ import annotations

import pytest

from generator.cloudformation.parameter_types import problems
from generator.model.parameters import EACH_ONCE
from tests.rendered import Rendered
from tests.samples import _matching, choices, name_of, sample, widest


@pytest.mark.parametrize("letter", "abcdef")
def test_a_sample_is_allowed(letter: str, published: Rendered) -> None:
    """Every value of every published template is one that its parameter takes."""
    values = sample(published, letter, optional=True)
    assert {} == {
        name: found for name, value in values.items() if (found := list(problems(published["Parameters"][name], value)))
    }


def test_no_two_values_are_the_same(published: Rendered) -> None:
    """Two parameters differ, and so do two users, so that a mix-up is noticed."""
    alike = ("GitHubOidcProviderArn", "UnscannedImage")  # an account has one; the other one is a word
    values = [
        value
        for letter in "ab"
        for name, value in sample(published, letter, optional=True).items()
        if name not in alike or letter == "a"
    ]
    assert len(values) == len(set(values))


def test_optional_values_are_left_out_by_default(published: Rendered) -> None:
    """Without them the stack has the resources of the defaults."""
    needed, everything = sample(published, "a"), sample(published, "a", optional=True)
    optional = {name for name, each in published["Parameters"].items() if each.get("Default") == ""}
    assert needed.items() <= everything.items()
    assert everything.keys() - needed.keys() <= optional
    assert bool(optional) == (needed != everything)
    assert not any(published["Parameters"][name].get("Default") for name in everything)


def test_choices_are_all_but_the_default(published: Rendered) -> None:
    """Each other value of a parameter that has a list of them, or a word in its pattern."""
    for name, value in choices(published):
        declaration = published["Parameters"][name]
        assert [] == list(problems(declaration, value))
        assert value != declaration.get("Default")


def test_a_word_in_a_pattern_is_a_choice() -> None:
    """`none` leaves something out, in a pattern that takes other values too; in other patterns there is no word."""
    patterns = {"Stage": "^(none|[a-z]+/[a-z]+)$", "Name": "^[a-z]+$", "Optional": "^(x|y)?$"}
    parameters = {name: {"Type": "String", "AllowedPattern": pattern} for name, pattern in patterns.items()}
    assert [("Stage", "none")] == choices({"Parameters": parameters})


@pytest.mark.parametrize(
    ("pattern", "length"), [("^[a-z]{2,20}$", 20), ("^(none|a{3}(,a{3}){0,9})$", 39), ("^a+$", None)]
)
def test_the_longest_value_of_a_pattern(pattern: str, length: int | None) -> None:
    """As many characters as the pattern takes, if it has a limit."""
    assert length == widest(pattern)


def test_another_name_is_made_of_the_letter(published: Rendered) -> None:
    """Two letters are two names, and both are allowed."""
    for name, declaration in published["Parameters"].items():
        if declaration["Type"] == "String" and "AllowedValues" not in declaration and declaration.get("Default"):
            one, other = name_of(published, name, "a"), name_of(published, name, "b")
            assert [] == [*problems(declaration, one), *problems(declaration, other)]


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^(sg-[0-9a-f]{8,17})?$", "sg-a07a07a0"),
        (r"^[^@\s]+@.$", "a07@a"),
        (r"^(none|\w+/\w+)$", "a07/a077"),
        (r"^[A-F][x-z]\d$", "Ax7"),
        (r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/\w+$", "arn:aws:kms:eu-central-1:111122223333:key/a07777"),
        (r"^arn:aws:iam::(aws|[0-9]{12}):policy/x$", "arn:aws:iam::111122223333:policy/x"),
        (r"^([a-z0-9]+)/\1$", "a07/a07"),
        (r"^([a-z0-9]+),(?!\1$)[a-z0-9]+$", "a07,a077"),
        (rf"^{EACH_ONCE}(one|two)(,(one|two))?$", "one,two"),
    ],
)
def test_patterns(pattern: str, value: str) -> None:
    """Repetitions are as long as the word or longer, and ARNs have the place of the stacks of tests."""
    assert value == _matching(pattern, "a07")


def test_a_pattern_that_is_not_understood_is_an_error() -> None:
    """No value is invented for an unknown part of a pattern."""
    with pytest.raises(ValueError, match="GROUPREF_EXISTS in a pattern"):
        _matching(r"^(a)?(?(1)b|c)$", "a07")
