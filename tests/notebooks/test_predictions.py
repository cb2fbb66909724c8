"""No form of an option tells the answer: neither its letter, nor being the only yes or the only no."""

from __future__ import annotations

from collections import Counter

import pytest

from labs_helpers.course.content.loading import lessons, load_demos

ASKED = [
    (demo.choices, demo.right) for day in lessons() for demo in load_demos(day).demos.values() if demo.choices
]
"""The options by letter, and the right letter, of each prediction."""


@pytest.mark.parametrize("options", [3, 4])
def test_no_letter_is_rarely_the_right_one(options: int) -> None:
    right = [right for choices, right in ASKED if len(choices) == options]
    assert min(right.count(letter) for letter in "abcd"[:options]) >= len(right) / (2 * options)


def test_the_only_yes_and_the_only_no_are_right_no_more_often_than_others() -> None:
    """A reader who notices that the odd one out is right needs to know nothing of AWS."""
    odd_is_right = []
    for choices, right in ASKED:
        words = {letter: text[:3].strip(":,.") for letter, text in choices.items()}
        counted = Counter(words.values())
        if set(counted) == {"Yes", "No"} and min(counted.values()) == 1 and len(words) > 2:
            odd_is_right.append(counted[words[right]] == 1)
    assert len(odd_is_right) >= 20
    assert 0.2 <= sum(odd_is_right) / len(odd_is_right) <= 0.5


@pytest.mark.parametrize("day", lessons())
def test_no_two_predictions_of_a_day_ask_the_same_question(day: int) -> None:
    """A learner's wrong predictions are listed by their questions."""
    asked = Counter(demo.question for demo in load_demos(day).demos.values() if demo.question)
    assert [question for question, times in asked.items() if times > 1] == []
