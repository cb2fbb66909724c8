"""The page about the answers in force: which exercises they belong to, and how to remove them."""

from __future__ import annotations

from labs_helpers.course.content.loading import lessons
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.shown.display import Page


def answers_page(answers: Answers) -> Page:
    """Return the exercises whose correct answers are in force, and where the answers are stored."""
    kept = answers.all()
    page = Page().heading(f"Answers in force: {len(kept)}")
    if not kept:
        return page.say(
            "When you pass an exercise whose answer is data, such as a policy, your answer stays in force."
        )
    titles = {id: exercise.title for day in lessons() for id, exercise in load(day).items()}
    page.table(("exercise", "title"), [(id, titles.get(id, "")) for id in kept])
    return page.say(
        f'Your answers are stored in {answers.path.name}. `day.answers().take_back("2.1")` removes one of them, and '
        "`day.answers().delete()` removes them all, with the file."
    )
