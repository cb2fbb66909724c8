"""A day of the course: its cloud, its exercises, its quiz and the learner's progress."""

from __future__ import annotations

import json
import os
import pprint
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs_helpers.core.content import data_path
from labs_helpers.course.display import Page
from labs_helpers.course.files import read_json
from labs_helpers.course.progress import Progress
from labs_helpers.course.stage import set_stage
from labs_helpers.course.trail import TRAIL_NAME, delivered
from labs_helpers.course.uncaught import install

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.explain import Explanation
    from labs_helpers.course.grading import CheckResult
    from labs_helpers.course.quiz import QuizResult
    from labs_helpers.course.schema import Exercise
    from labs_helpers.policy import Decision

_MOST_LINES = 8
"""How many messages of a check are shown: who reads more at once mends nothing."""


def open_day(
    number: int, *, cloud: Cloud | None = None, progress: str | os.PathLike[str] | None = None
) -> Day:
    """Open a day: start the cloud (or empty the one that runs), set the stage, show the day's card.

    `cloud`: one that is started already, instead of the kernel's own. `progress`: where progress is kept,
    instead of the file in the current folder. ValueError names the days there are.
    """
    days = sorted(int(file.stem.removeprefix("day")) for file in data_path("days").glob("day*.json"))
    if type(number) is not int or number not in days:
        raise ValueError(f"there is no day {number!r:.40}; you can open {', '.join(map(str, days))}")
    card = read_json(data_path("days", f"day{number}.json"))
    day = Day(number, card, cloud if cloud is not None else _fresh_cloud(number), Progress(progress))
    day.set_stage()
    install(day.cloud)
    day.card()
    return day


def _fresh_cloud(seed: int) -> Cloud:
    """The kernel's one cloud: started, or emptied if it runs already."""
    from labs_helpers.cloud import Cloud

    running = Cloud.running()
    if running is None:
        return Cloud(seed=seed).start()
    running.reset()
    return running


class Day:
    """What `open_day` returns. Every method prints for the learner; `check` and `quiz` also return a result."""

    def __init__(self, number: int, card: dict[str, Any], cloud: Cloud, progress: Progress) -> None:
        self.number, self.title, self.cloud = number, card["title"], cloud
        self._card, self._progress = card, progress
        self._hints: dict[str, int] = {}

    @property
    def clock(self) -> Any:
        """The lab clock: `day.clock.advance(days=1)`."""
        return self.cloud.clock

    def card(self) -> None:
        """The day's card: what it holds, who is there, what to type."""
        page = Page().heading(f"Day {self.number} · {self.title}").bullets(self._card["holds"])
        if self._card["identities"]:
            page.table(("profile", "who"), self._card["identities"].items())
        page.say(
            '`day.exercise("id")` shows an exercise · `day.check("id", answer)` grades it · '
            '`day.hint("id")` · `day.solution("id")` · `day.quiz()` · `day.progress()` · `day.reset()` starts afresh'
        )
        self._show(page)

    def reset(self) -> None:
        """Empty the cloud and set the day's stage again. Progress is kept."""
        self.cloud.reset()
        self.set_stage()
        self._hints.clear()
        self._show(Page().say(f"The cloud is as day {self.number} began. Your progress is kept."))

    def set_stage(self) -> None:
        """Make what the day begins with, and open its trail; the cloud must be empty."""
        set_stage(self.cloud, self._card["stage"])
        bucket = self._card.get("trail")
        if bucket:
            from labs_helpers.cloud.trail import open_trail

            open_trail(self.cloud, bucket, TRAIL_NAME)

    def trail(self, event_name: str | None = None) -> list[dict[str, Any]]:
        """What the day's trail has delivered: CloudTrail records, data events too, oldest first.

        `event_name`: of one operation only, `"GetObject"`. LookupError if the day has no trail.
        """
        bucket = self._card.get("trail")
        if not bucket:
            raise LookupError(f"day {self.number} has no trail of its own")
        return delivered(self.cloud, bucket, event_name)

    def endpoint(self) -> Any:
        """Open the day's cloud to other programs on this machine, and show what to type there.

        Cells need none of it: `!aws s3 ls --profile alice` works as it is. The endpoint returned has `url` and `env()`.
        """
        opened = self.cloud.endpoint()
        terminal, notebook = opened.lines()
        page = Page().say("In a terminal, for the AWS CLI and other programs:").code(terminal)
        page.say("In another notebook or program on this machine:").code(notebook)
        self._show(
            page.say(f"As an endpoint URL, for any SDK: {opened.url} (certificate authority: {opened.ca})")
        )
        return opened

    # What AWS decides, and why

    def would(
        self, who: str, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Explanation:
        """Would AWS allow it? Asks the cloud's policies, performs nothing. As a cell's last value it shows itself.

        `who`: a profile, or the ARN of a user or role; `context`: further condition keys, {"s3:prefix": "a/"}.
        """
        from labs_helpers.course.explain import Explanation, arn_of_profile

        arn = who if who.startswith("arn:") else arn_of_profile(self.cloud, who)
        decision = self.cloud.would(arn, action, resource, context)
        return Explanation(decision, f"`{arn}` asks for `{action}` on `{resource}`")

    def explain(self, decision: Decision | None = None) -> Explanation:
        """Why the cloud's last refusal came about, or the decision that is given, layer by layer.

        LookupError if no call was refused for want of permission yet.
        """
        from labs_helpers.course.explain import Explanation, last_refusal

        return last_refusal(self.cloud) if decision is None else Explanation(decision)

    # Exercises

    def exercise(self, id: str) -> None:
        """Show an exercise: what is asked, and for predictions the policies and the requests."""
        exercise = self._find(id)
        if exercise is None:
            return
        page = Page().heading(f"Exercise {exercise.id} · {exercise.title}").say(exercise.prompt)
        if exercise.kind == "predictions":
            _show_scene(page, exercise)
        elif exercise.kind == "repair":
            numbers = range(1, len(exercise.situations) + 1)
            page.say("Set a situation up, see the call that fails, and try it again, with:")
            page.code("\n".join(f'day.situation("{exercise.id}", {number})' for number in numbers))
        else:
            page.say("Begin with:").code(_as_code(exercise.starter))
        self._show(page)

    def situation(self, id: str, number: int = 1) -> None:
        """Set up a situation of an exercise in the cloud, unless it is, and make the call that it is about."""
        from labs_helpers.course.repair import set_up

        exercise = self._find(id)
        if exercise is None:
            return
        try:
            self._show(set_up(self.cloud, exercise, number))
        except LookupError as error:
            self._show(Page().say(f"No such situation: {error}."))

    def check(self, id: str, answer: object = None) -> CheckResult:
        """Grade an answer of any type, print what was found, keep it in the progress. Never raises.

        Exercises that mend the cloud need no answer: the cloud as it is now is graded.
        """
        from labs_helpers.course.grading import CheckResult, grade

        exercise = self._find(id)
        if exercise is None:
            return CheckResult(
                False, str(id)[:40] if type(id) in (str, int, float) else "", ("no such exercise",)
            )
        result = grade(exercise, answer, self.cloud)
        self._progress.attempted(exercise.id, result.passed)
        page = Page()
        if result.passed:
            page.heading(
                f"✓ {exercise.id} {exercise.title}: passed. All {exercise.tried} requests came out right."
            )
        else:
            page.heading(f"✗ {exercise.id} {exercise.title}: not yet.").bullets(result.messages[:_MOST_LINES])
            left = len(result.messages) - _MOST_LINES
            if left > 0:
                page.say(f"And {left} more. Mend these first.")
            page.say(f'Stuck? `day.hint("{exercise.id}")`')
        self._show(page)
        if result.details is not None:
            result.details.show()
        return result

    def hint(self, id: str) -> None:
        """The next of an exercise's three hints."""
        exercise = self._find(id)
        if exercise is None:
            return
        number = self._hints[exercise.id] = self._hints.get(exercise.id, 0) + 1
        if number > len(exercise.hints):
            self._show(
                Page().say(
                    f'Those were all {len(exercise.hints)} hints. `day.solution("{exercise.id}")` shows a '
                    "solution."
                )
            )
            return
        self._progress.hinted(exercise.id, number)
        self._show(Page().say(f"Hint {number} of {len(exercise.hints)}: {exercise.hints[number - 1]}"))

    def solution(self, id: str) -> None:
        """One solution. Others that behave the same pass as well."""
        exercise = self._find(id)
        if exercise is None:
            return
        self._progress.solution_shown(exercise.id)
        page = Page().heading(f"A solution of {exercise.id} (any that behaves the same passes)")
        page.code(_solution_code(exercise)).say("More: " + " · ".join(exercise.source))
        self._show(page)

    def _find(self, id: object) -> Exercise | None:
        """The exercise, or None after saying which there are."""
        from labs_helpers.course.exercises import load

        exercises = load(self.number)
        if type(id) is str and id in exercises:
            return exercises[id]
        asked = f"There is no exercise {id[:40]} on day {self.number}. " if type(id) is str else ""
        quoted = ", ".join(f'"{known}"' for known in exercises)
        self._show(Page().say(f"{asked}An exercise is named by text, one of: {quoted}."))
        return None

    # Progress and quiz

    def progress(self) -> Progress:
        """Show how far you are, and how to take it along. The Progress returned can `export` and `bring_back`."""
        from labs_helpers.course.exercises import load

        rows = [
            _progress_row(exercise, self._progress.exercise(exercise.id))
            for exercise in load(self.number).values()
        ]
        page = Page().heading(f"Progress of day {self.number}")
        page.table(("exercise", "title", "passed", "tries", "hints", "solution seen"), rows)
        score = self._progress.quiz(self.number)
        page.say(f"Quiz: {score['best']} of {score['of']}" if score else "Quiz: not yet")
        page.say(
            f"Kept in {self._progress.path.name}. `day.progress().export()` writes a copy to download; "
            '`day.progress().bring_back("file.json")` takes one in again, here or on another machine.'
        )
        self._show(page)
        return self._progress

    def quiz(self, answers: object = None) -> QuizResult | None:
        """Print the questions; with answers such as {1: "b", …} grade them instead, with a reason for each."""
        from labs_helpers.course.exercises import load_quiz
        from labs_helpers.course.quiz import grade_quiz, questions_page, result_page

        quiz = load_quiz(self.number)
        if answers is None or (type(answers) is dict and not answers):
            self._show(questions_page(quiz))
            return None
        result = grade_quiz(quiz, answers)
        self._progress.quizzed(self.number, result.right, result.of)
        self._show(result_page(quiz, result))
        return result

    def _show(self, page: Page) -> None:
        for notice in self._progress.take_notices():
            page.say(notice)
        page.show()

    def __repr__(self) -> str:
        return f"Day({self.number})"


def _progress_row(exercise: Exercise, entry: dict[str, Any]) -> tuple[str, ...]:
    yes_no = {True: "yes", False: ""}
    return (
        exercise.id,
        exercise.title,
        yes_no[entry["passed"]],
        str(entry["attempts"]),
        f"{entry['hints']} of 3",
        yes_no[entry["solution_shown"]],
    )


def _show_scene(page: Page, exercise: Exercise) -> None:
    """The policies in force and the numbered requests, to read before predicting."""
    from labs_helpers.course.exercises import load_scene

    if exercise.scene is not None:
        scene = load_scene(exercise.scene)
        page.say(scene.about)
        for name, document in scene.documents.items():
            page.say(f"{name}: {scene.attached[name]}").code(
                "\n".join(json.dumps(statement) for statement in document["Statement"])
            )
    page.table(
        ("request", "who asks for what"),
        [(str(n), probe.title or "") for n, probe in enumerate(exercise.probes, 1)],
    )
    page.say("Answer with:").code(_as_code(exercise.starter))


def _solution_code(exercise: Exercise) -> str:
    if exercise.kind != "repair":
        return _as_code(exercise.solution)
    from labs_helpers.course.repair import as_python

    return "\n".join(as_python(step) for step in exercise.solution)


def _as_code(answer: Any) -> str:
    """An answer as Python that can be pasted: request numbers as numbers, everything else as JSON reads."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict) and answer and all(key.isdecimal() for key in answer):
        return pprint.pformat({int(key): word for key, word in answer.items()}, sort_dicts=False)
    return json.dumps(answer, indent=4, ensure_ascii=False)
