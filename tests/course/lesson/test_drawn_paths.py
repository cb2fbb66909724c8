"""Drawn paths: each ends where the lesson's attempts show that it ends, and is shown in the lesson."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.course import path_picture
from labs_helpers.course.content.loading import days, load_demos, load_paths

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
FILES = [found for day in days() if (found := load_paths(day)) is not None]
NAMED = [(found.day, name) for found in FILES for name in found.pictures]


@pytest.mark.parametrize(("day", "name"), NAMED, ids=[f"{day}-{name}" for day, name in NAMED])
def test_a_path_ends_as_the_attempt_of_the_lesson_does(day: int, name: str) -> None:
    demos = load_demos(day)
    found = load_paths(day)
    assert demos is not None
    assert found is not None
    tied = [each for each in found.pictures[name].paths if each.demo]
    assert tied
    for each in tied:
        assert each.demo is not None
        assert each.reached == (demos.demos[each.demo].expected == "works"), each.title


@pytest.mark.parametrize(("day", "name"), NAMED, ids=[f"{day}-{name}" for day, name in NAMED])
def test_a_picture_is_shown_in_its_days_notebook_after_the_attempts_that_it_draws(
    day: int, name: str
) -> None:
    (file,) = NOTEBOOKS.glob(f"day{day}_*.ipynb")
    cells = ["".join(cell["source"]) for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]
    (shown,) = [at for at, cell in enumerate(cells) if f'path_picture({day}, "{name}")' in cell]
    found = load_paths(day)
    assert found is not None
    for each in found.pictures[name].paths:
        assert not each.demo or any(f'day.attempt("{each.demo}")' in cell for cell in cells[:shown]), (
            each.demo
        )


def test_a_path_is_drawn_from_place_to_place_with_a_verdict_at_its_end() -> None:
    page = path_picture(2, "confused-deputy")
    assert page.html.count('<ol class="path"') == 3
    assert page.html.count('aria-current="step"') == 3
    assert "Your role audit ⚠ allowed: it trusts Ledger" in page.text
    assert "Your role audit ✗ denied: it requires your ID" in page.text


def test_an_attacker_who_arrives_is_a_warning_and_never_green() -> None:
    page = path_picture(2, "pass-role")
    assert "The role report ✓ runs the function" in page.text
    assert "The whole account ⚠ Dana is an administrator" in page.text
    reached = [each for found in FILES for picture in found.pictures.values() for each in picture.paths]
    mallory = [each for each in reached if each.reached and "Mallory" in repr(each)]
    assert mallory
    assert all(each.harm for each in mallory)
    assert not any(each.harm and not each.reached for each in reached)


@pytest.mark.parametrize(("day", "name"), [(3, "x"), (2, "confused-deputi"), (99, "x")])
def test_what_there_is_not_is_named(day: int, name: str) -> None:
    with pytest.raises(LookupError):
        path_picture(day, name)
