"""A day in the course: its cloud, its exercises, its quiz, and the learner's progress."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import complete_hashlib
from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.loading import days
from labs_helpers.course.content.numbering import WEEKEND, called, folder_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day_pages import card_page, check_page, progress_page
from labs_helpers.course.lesson.delivered_records import TRAIL_NAME, bucket_of, delivered
from labs_helpers.course.lesson.uncaught_errors import install
from labs_helpers.course.shown.display import Page, Shown, in_notebook
from labs_helpers.course.shown.mistakes import Mistake, UnknownName, checked, shortened
from labs_helpers.course.situations.changing_calls import credit_calls
from labs_helpers.course.situations.described_calls import set_stage
from labs_helpers.course.situations.lesson_clock import LessonClock

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Preview, Replayed
    from labs_helpers.course.attacks.played_pack import PlayedPack
    from labs_helpers.course.grading.kinds import Exercise
    from labs_helpers.course.grading.mornings import MorningReport
    from labs_helpers.course.grading.results import CheckResult
    from labs_helpers.course.learner.drill import Drill
    from labs_helpers.course.learner.quiz import QuizResult
    from labs_helpers.course.learner.recall import Draw
    from labs_helpers.course.lesson.attempts import Attempt
    from labs_helpers.course.lesson.prediction_card import PredictionCard
    from labs_helpers.course.shown.explain import Explanation
    from labs_helpers.engine.policy import Decision


def open_day(
    number: int, *, cloud: Cloud | None = None, progress: str | os.PathLike[str] | None = None
) -> Day:
    """Open a day: start or reset the cloud, create the resources that the day begins with, and show the day's card.

    `cloud`: a cloud that has already been started, to use instead of the kernel's own. `progress`: the progress file to
    use instead of the one in the current folder. Raises `ValueError`, which lists the existing days, for an unknown
    day.
    """
    if type(number) is not int or number not in days():
        raise Mistake(f"there is no day {number!r:.40}. Days: {', '.join(map(str, days()))}")
    return _opened(number, cloud, progress)


def open_weekend(*, cloud: Cloud | None = None, progress: str | os.PathLike[str] | None = None) -> Day:
    """Open the weekend, the extra after the six days. The arguments and the result are those of `open_day`."""
    return _opened(WEEKEND, cloud, progress)


def _opened(number: int, cloud: Cloud | None, progress: str | os.PathLike[str] | None) -> Day:
    complete_hashlib()
    card = read_json(data_path(folder_of(number), "day.json"))
    day = Day(number, card, cloud if cloud is not None else _fresh_cloud(number), Progress(progress))
    day.set_stage()
    install(day.cloud, day.has_open_exercise)
    day.card()
    return day


def _fresh_cloud(seed: int) -> Cloud:
    """Return the kernel's only cloud: started, or emptied if it is already running."""
    from labs_helpers.cloud import Cloud

    running = Cloud.running()
    if running is None:
        return Cloud(seed=seed).start()
    running.reset()
    return running


class Day:
    """The day that `open_day` returns, or the weekend that `open_weekend` returns.

    Its methods print their output for the learner; `check` and `quiz` also return a result.
    """

    def __init__(self, number: int, card: dict[str, Any], cloud: Cloud, progress: Progress) -> None:
        self.number, self.title, self.cloud = number, card["title"], cloud
        self._card, self._progress, self._answers = card, progress, Answers(progress)
        self._hints: dict[str, int] = {}
        self._results: dict[str, CheckResult] = {}  # exercise → its last result
        self._explained: set[str] = set()
        self._reading = ""  # the exercise that the learner has read last
        self.commitments: dict[str, str] = {}  # question → the choice made before its result was shown
        self.answered: set[str] = set()  # the questions whose answer has been shown
        self.prediction_cards: dict[str, PredictionCard] = {}  # question → its buttons
        self._drawn: Draw | None = None
        self._drill: Drill | None = None
        self._company: Any = None
        self._rules: Any = None

    @property
    def clock(self) -> LessonClock:
        """Return the lab clock, for calls such as `day.clock.advance(days=1)`."""
        return LessonClock(self.cloud)

    @property
    def company(self) -> Any:
        """Return the company that you build on Day 6, from your answers that passed. Raises `Mistake` on other days."""
        if self._company is None:
            self._company = self._made_of_answers("company", "`open_day(6).company` is yours.")
        return self._company

    @checked
    def league(self, path: str | os.PathLike[str]) -> Any:
        """Open another learner's company file, to attack the company in it. Raises `Mistake` on any day except Day 6.

        Calling `attack("ci")` on the result begins an attack from a foothold. The attack resets the cloud. Your own
        company is built again the next time you use it.
        """
        return self.company.league(path)

    @property
    def rules(self) -> Any:
        """Return the weekend's detection rules: your rules that passed, and the course's rules in place of the others.

        Raises `Mistake` on other days.
        """
        if self._rules is None:
            self._rules = self._made_of_answers("rules", "`open_weekend().rules` are yours.")
        return self._rules

    def _made_of_answers(self, what: str, where: str) -> Any:
        """Return the object, named on the day's card, that is built from the learner's answers that passed."""
        kind = self._card.get(what)
        if kind is None:
            raise Mistake(f"{called(self.number)} has no {what}.", where)
        module, name = kind.rsplit(".", 1)
        return getattr(import_module(f"labs_helpers.course.days.{module}"), name)(self.cloud, self._answers)

    def card(self) -> None:
        """Show the day's card: its content, its identities, and what to type."""
        self.show(card_page(self.number, self._card, self._progress))

    def reset(self) -> None:
        """Reset the cloud to the beginning of the day. Your progress doesn't change."""
        self.cloud.reset()
        self.set_stage()
        self._hints.clear()
        self.show(
            Page().say(
                f"The cloud is back in its state at the start of {called(self.number)}. {self._progress.whereabouts()}"
            )
        )

    def set_stage(self) -> None:
        """Create the resources that the day begins with, including its trail. The cloud must be empty."""
        builder = self._card.get("built_by")
        if builder:
            import_module(f"labs_helpers.course.days.{builder}").build(self.cloud)
        set_stage(self.cloud, self._card.get("stage", ()))
        bucket = self._card.get("trail")
        if bucket:
            from labs_helpers.cloud import open_trail

            open_trail(self.cloud, bucket, TRAIL_NAME)
        credit_calls(self.cloud, None)

    @checked
    def trail(self, event_name: str | None = None, account: str | None = None) -> list[dict[str, Any]]:
        """Return the CloudTrail records delivered by the day's trail, or by another account's trail, oldest first.

        `event_name`: the operation whose records to return, such as `"GetObject"`. Raises `LookupError` if there is no
        trail and `ValueError` if the name can't be the name of an operation.
        """
        if event_name is not None and not event_name[:1].isupper():
            raise Mistake(
                f'{event_name!r:.40} isn\'t the name of an operation, such as day.trail("GetObject")'
            )
        if account is not None:
            return delivered(self.cloud, bucket_of(self.cloud, account), event_name, account)
        bucket = self._card.get("trail")
        if not bucket:
            raise UnknownName(f"day {self.number} has no trail")
        return delivered(self.cloud, bucket, event_name)

    @checked
    def play(self, pack: str) -> PlayedPack:
        """Play an attack, and legitimate calls that look like it, in a separate account, and return the records.

        A notebook displays the result if it is the last value in a cell. Your cloud, its record, and its clock don't
        change. Raises `LookupError`, which lists the attacks, for an unknown name.
        """
        from labs_helpers.course.attacks.played_pack import played

        return played(self.cloud, pack)

    @checked
    def mailbox(self, destination: str) -> Any:
        """Return the messages that the cloud sent to an email address or phone number, oldest first."""
        return self.cloud.mailbox(destination)

    def endpoint(self) -> Any:
        """Open the day's cloud to other programs on this machine and show how to connect.

        Cells don't need this: `!aws s3 ls --profile alice` works without it. The returned object has `url` and `env()`.
        """
        opened = self.cloud.endpoint()
        terminal, notebook = opened.lines()
        page = Page().say("In a terminal, for the AWS CLI and other programs, run:").code(terminal)
        page.say("In another notebook or Python program on this machine, run:").code(notebook)
        self.show(page.say(f"Endpoint URL for any SDK: {opened.url} (certificate authority: {opened.ca})"))
        return opened

    # AWS's decisions and their reasons

    @checked
    def would(
        self, who: str, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Explanation:
        """Evaluate a request against the cloud's policies, without performing it.

        A notebook displays the result as a cell's last value. `who`: a profile, or the ARN of a user or role;
        `context`: additional condition keys, {"s3:prefix": "a/"}. Raises `ValueError` for an action, condition key, or
        principal that does not exist, or an invalid ARN.
        """
        from labs_helpers.course.lesson import question_checks
        from labs_helpers.course.shown.explain import Explanation, arn_of_profile

        arn = who if who.startswith("arn:") else arn_of_profile(self.cloud, who)
        question_checks.check(self.cloud, arn, action, resource, context)
        judged = self.cloud.judge(arn, action, resource, context)
        return Explanation(judged.decision, f"`{arn}` requests `{action}` on `{resource}`", judged)

    def explain(self, decision: Decision | None = None) -> Explanation:
        """Explain a decision, layer by layer. By default, explain the cloud's last denial.

        Raises `LookupError` if no call has been denied yet.
        """
        from labs_helpers.course.shown.explain import Explanation, last_refusal

        return last_refusal(self.cloud) if decision is None else Explanation(decision)

    # Changes to an organization before they are made

    def preview(self) -> Preview:
        """Return a preview of the organization, with the methods `attach`, `detach`, `move`, and `judge`.

        The cloud doesn't change.
        """
        from labs_helpers.cloud import Preview

        return Preview(self.cloud)

    def replay(self, preview: Preview, records: Iterable[Mapping[str, Any]]) -> Replayed:
        """Reevaluate a trail's events (CloudTrail records) under a preview, and show the calls that it would deny."""
        from labs_helpers.cloud import replay
        from labs_helpers.course.shown.replay_report import replayed_page

        _check_preview(preview)
        records = _records(records)

        found = replay(self.cloud, records, preview)
        self.show(replayed_page(found))
        return found

    def blast_radius(self, preview: Preview) -> None:
        """Show how many dangerous actions each account's principals can perform, now and with the preview."""
        from labs_helpers.course.shown.access_map import AccessMap, comparison

        _check_preview(preview)
        names = {account: member.name for account, member in preview.organization.members.items()}
        before, after = AccessMap(self.cloud).run(), AccessMap(self.cloud, preview=preview).run()
        self.show(comparison(before, after, names))

    # Glossary

    def term(self, word: str) -> None:
        """Show the meaning of a term that the course uses, and the AWS page about it."""
        from labs_helpers.course.shown.glossary import term_page

        self.show(term_page(word))

    def glossary(self) -> None:
        """Show the terms that this day introduces."""
        from labs_helpers.course.shown.glossary import day_page

        self.show(day_page(self.number))

    # Exercises

    def exercise(self, id: str) -> None:
        """Show an exercise: its task, and its starter."""
        exercise = self._find(id)
        if exercise is None:
            return
        self._reading = exercise.id
        exercise = exercise.begun_from(self._answers.as_printed())
        exercise.begin(self.cloud)
        page = Page().heading(f"Exercise {exercise.id} · {exercise.title}").say(exercise.task)
        exercise.show(page)
        grid, form = self._grid(exercise), Page()
        exercise.show_form(page if grid is None else form)
        self._say_new_words(page, exercise.task)
        self.show(page)
        if grid is not None:
            from IPython.display import display

            # The questions that the grid asks are printed where there are no widgets: on paper, and in exports.
            display(grid | {"text/plain": form.text, "text/html": form.html}, raw=True)

    def _grid(self, exercise: Exercise) -> dict[str, Any] | None:
        """Return the choices of an exercise as a grid, if it has any, in a notebook with ipywidgets."""
        rows = exercise.choice_rows()
        if rows is None or not in_notebook():
            return None
        try:
            from labs_helpers.course.lesson.choice_grid import ChoiceGrid
        except ImportError:
            return None
        bundle: dict[str, Any] = ChoiceGrid(exercise.id, rows, self.check).view._repr_mimebundle_()
        return bundle

    def has_open_exercise(self) -> bool:
        """Return True if the learner has neither passed the exercise that they read last nor seen its solution.

        Until then, the card of a denial collapses the changes that would allow the request, because finding them can be
        the task.
        """
        if not self._reading:
            return False
        entry = self._progress.exercise(self._reading)
        return not (entry["passed"] or entry["solution_shown"])

    def _say_new_words(self, page: Page, text: str) -> None:
        """Add the meanings of the day's terms in a string to the page, each at its first appearance."""
        from labs_helpers.course.shown.glossary import find, words_in

        new = [word for word in words_in(text, self.number) if word not in self._explained]
        self._explained.update(new)
        lines = [f"{word}: {term.says}" for word in new if (term := find(word)) is not None]
        if lines:
            page.say("From the glossary:").bullets(lines)

    def situation(self, id: str, number: int = 1) -> None:
        """Set up one of an exercise's situations in the cloud, unless it is already set up, and make its first call."""
        from labs_helpers.course.situations.staging import set_up

        self._show_situation(id, number, set_up)

    def begin_anew(self, id: str, number: int = 1) -> None:
        """Undo a situation, regardless of its state, and set it up again. Other situations don't change."""
        from labs_helpers.course.situations.staging import begin_anew

        self._show_situation(id, number, begin_anew)

    @checked
    def made(self, name: str) -> Any:
        """Return the AWS response that a situation stored under this name.

        Raises `LookupError`, which lists the existing names, for an unknown name.
        """
        from labs_helpers.course.situations.memory import Memory

        kept = self.cloud.part(Memory).kept
        if name not in kept:
            raise UnknownName(
                f"no situation has created {name!r:.40}. Created so far: {', '.join(kept) or 'nothing'}"
            )
        return kept[name]

    def _show_situation(self, id: str, number: int, set_up: Any) -> None:
        exercise = self._find(id)
        if exercise is None:
            return
        if not getattr(exercise, "situations", ()):
            self.show(Page().say(f"Exercise {exercise.id} has no situations."))
            return
        self._reading = exercise.id
        try:
            self.show(set_up(self.cloud, exercise, number))
        except LookupError as error:
            self.show(Page().say(f"There is no such situation: {error}."))

    def check(self, id: str, answer: object = None) -> CheckResult:
        """Grade an answer of any type, print the result, and save it in the progress.

        Exercises in the cloud don't need an answer: the cloud itself is graded. A check doesn't count as an attempt if
        the answer can't be read or is the starter, if the learner hasn't changed anything in the cloud for the
        exercise, or if the exercise has already been passed.
        """
        from labs_helpers.course.grading.grade import grade
        from labs_helpers.course.grading.results import CheckResult
        from labs_helpers.course.lesson.result_card import Place, folded_details
        from labs_helpers.course.lesson.starters import is_starter

        exercise = self._find(id)
        if exercise is None:
            return CheckResult(
                False,
                str(id)[:40] if type(id) in (str, int, float) else "",
                ("no such exercise",),
                counts=False,
            )
        self._credit_exercise(exercise.id)
        exercise = exercise.begun_from(self._answers.as_printed())
        untouched = exercise.is_untouched(self.cloud)
        result = grade(exercise.for_learner(self._progress.learner), answer, self.cloud)
        if result.counts and not result.passed and (untouched or is_starter(exercise, answer)):
            result = replace(result, counts=False)
        self.went_on()  # what the check itself changed is not the learner's doing
        if result.counts:
            self._progress.attempted(exercise.id, result.passed)
        if result.passed and exercise.stays_in_force:
            self._keep(exercise.id, answer)
        place = Place(answer, self._results.get(exercise.id), self._progress)
        self.show(check_page(exercise, result, place))
        self._results[exercise.id] = result
        if isinstance(result.details, Shown) and result.trials:
            self.show(folded_details(result.details.page()))
        elif result.details is not None:
            result.details.show()
        return result

    def _keep(self, id: str, answer: object) -> None:
        """Put a correct answer in force, as the check has read it."""
        from labs_helpers.course.grading.answers import AnswerError, plain

        try:
            self._answers.keep(id, plain(answer))
        except AnswerError:  # a design as an object instead of data
            return

    def answers(self) -> Answers:
        """Show which correct answers are in force, and where they are stored.

        The returned `Answers` can `take_back` one of them, or `delete` all of them with their file.
        """
        from labs_helpers.course.lesson.answers_page import answers_page

        self.show(answers_page(self._answers))
        return self._answers

    def next_morning(self, drafts: Mapping[str, object] | None = None) -> MorningReport:
        """Show what happens on the next morning while your correct answers are in force: what holds, breaks, or leaks.

        `drafts`: answers to test instead, such as {"2.1": policy}; they aren't kept. The cloud and its clock stay
        unchanged. An invalid answer never raises an exception.
        """
        from labs_helpers.course.content.loading import load_morning
        from labs_helpers.course.grading.answers import AnswerError
        from labs_helpers.course.grading.mornings import MorningReport
        from labs_helpers.course.lesson.morning_page import morning_page, readable_drafts

        morning = load_morning(self.number)
        if morning is None:
            self.show(Page().say(f"Nothing happens on the morning after {called(self.number)}."))
            return MorningReport()
        try:
            tested = readable_drafts(drafts)
            page, report = morning_page(morning, self._answers.all(), tested, self._progress.learner)
        except AnswerError as error:
            page, report = Page().say(str(error)), MorningReport()
        self.show(page)
        return report

    def hint(self, id: str) -> None:
        """Show the next of an exercise's three hints."""
        from labs_helpers.course.lesson.hint_card import hint_page

        exercise = self._find(id)
        if exercise is None:
            return
        number = self._hints[exercise.id] = self._hints.get(exercise.id, 0) + 1
        if number <= len(exercise.hints):
            self._progress.hinted(exercise.id, number)
        self.show(hint_page(exercise, number))

    def solution(self, id: str) -> None:
        """Show one solution to an exercise. Other answers that behave the same also pass.

        With LABS_SOLUTIONS=off in the environment, nothing is shown.
        """
        exercise = self._find(id)
        if exercise is None:
            return
        if os.environ.get("LABS_SOLUTIONS") == "off":
            self.show(
                Page().say(f'Your teacher has turned off the solutions. Try `day.hint("{exercise.id}")`.')
            )
            return
        self._progress.solution_shown(exercise.id)
        page = Page().heading(f"A solution of {exercise.id} (any answer that behaves the same passes)")
        page.code(exercise.solution_code()).say("More: " + " · ".join(exercise.source))
        self.show(page)

    def _find(self, id: object) -> Exercise | None:
        """Return the exercise, or show which exercises exist and return None."""
        from labs_helpers.course.grading.class_seed import class_seed
        from labs_helpers.course.grading.exercise_loading import load

        exercises = load(self.number)
        if type(id) is str and id in exercises:
            return exercises[id].variant(class_seed(), self._progress.learner)
        asked = f"There is no exercise {id[:40]} on {called(self.number)}. " if type(id) is str else ""
        quoted = ", ".join(f'"{known}"' for known in exercises)
        self.show(Page().say(f"{asked}The exercise must be one of {quoted}."))
        return None

    # Progress and quiz

    def progress(self) -> Progress:
        """Show your progress and how to export it. The returned `Progress` has methods to export and import it."""
        self._progress.describe = self._progress_page
        self.show(self._progress_page())
        return self._progress

    def _progress_page(self) -> Page:
        return progress_page(self.number, self._progress)

    def certificate(self, name: str, path: str | os.PathLike[str] = "certificate.html") -> None:
        """Write a printable certificate of the checks passed on all days. An existing file is not overwritten."""
        from labs_helpers.course.learner.certificate import certificate

        made = certificate(self._progress, str(name))
        try:
            with open(path, "x", encoding="utf-8", newline="\n") as out:
                out.write(made.as_html())
        except OSError as error:
            self.show(Page().say(f"{path} can't be written: {error.strerror}. Choose another file."))
            return
        self.show(Page().say(f"{path}: {len(made.passed)} of {made.of} checks, as in your progress."))

    def quiz(self, answers: object = None) -> QuizResult | None:
        """Print the questions, or grade answers such as {1: "b", …} with a reason for each option."""
        from labs_helpers.course.content.loading import load_quiz
        from labs_helpers.course.learner.quiz import grade_quiz, questions_page, result_page
        from labs_helpers.course.lesson.asking import show_quiz

        self.went_on()
        quiz = load_quiz(self.number)
        if _is_empty(answers):
            page = questions_page(quiz)
            if not show_quiz(quiz, self._progress, page):
                self.show(page)
            return None
        result = grade_quiz(quiz, answers)
        if result.given:
            self._progress.quizzed(self.number, result.right, result.answered)
            self._progress.answered(
                {f"{self.number}.{place}": right for place, right in result.by_question.items()}
            )
        self.show(result_page(quiz, result))
        return result

    def recall(self, answers: object = None) -> QuizResult | None:
        """Print five questions about earlier days, those answered wrong first, or grade answers as `quiz` does."""
        from labs_helpers.course.learner.quiz import grade_quiz, result_page
        from labs_helpers.course.learner.recall import FROM_DRILL, draw, recall_page
        from labs_helpers.course.lesson.asking import show_recall

        if self._drawn is None:
            drilled = self._learners_drill().questions_again(self.number, FROM_DRILL)
            self._drawn = draw(self.number, self._progress, drilled)
        if not self._drawn.questions:
            self.show(Page().say("There are no questions about earlier days yet."))
            return None
        quiz = self._drawn.as_quiz()
        if _is_empty(answers):
            page = recall_page(quiz)
            if not show_recall(self._drawn, self._progress, self._recalled, page):
                self.show(page)
            return None
        result = grade_quiz(quiz, answers)
        self._recalled({self._drawn.ids[place - 1]: right for place, right in result.by_question.items()})
        self.show(result_page(quiz, result, "Questions about earlier days"))
        return result

    def _recalled(self, outcomes: Mapping[str, bool]) -> None:
        """Save which questions were answered right; questions from the drill are saved with the drill's rules."""
        from labs_helpers.course.learner.recall import DRILL

        others = {id: right for id, right in outcomes.items() if not id.startswith(DRILL)}
        for id in outcomes.keys() - others.keys():
            self._learners_drill().recalled(id.removeprefix(DRILL), outcomes[id])
        if others:
            self._progress.answered(others)

    def drill(self, answer: object = None) -> None:
        """Show a question about one of AWS's rules of evaluation, or grade an answer to it, such as "a".

        The questions never end, and rules that you answered wrong come back. "report" shows what you still know.
        """
        from labs_helpers.course.lesson.drilling import show_drill

        show_drill(self, self._learners_drill(), answer)

    def _learners_drill(self) -> Drill:
        from labs_helpers.course.learner.drill import Drill

        if self._drill is None:
            self._drill = Drill(self._progress, self.number)
        return self._drill

    def self_test(self, answers: object = None) -> None:
        """Show statements that might be true or false, or save your answers until the end of the day."""
        from labs_helpers.course.learner.self_test import opening_page
        from labs_helpers.course.lesson.asking import show_statements

        page = opening_page(self.number, answers, self._progress)
        if not (_is_empty(answers) and show_statements(self.number, self._progress, page)):
            self.show(page)

    def self_test_again(self, answers: object = None) -> None:
        """Show the self-test's statements again.

        With answers, show which statements are true and how your answers changed.
        """
        from labs_helpers.course.learner.self_test import closing_page
        from labs_helpers.course.lesson.asking import show_statements_again

        page = closing_page(self.number, answers, self._progress)
        if not (_is_empty(answers) and show_statements_again(self.number, self._progress, page)):
            self.show(page)

    # Predictions and demos

    def predict(self, name: str, choice: str | None = None) -> None:
        """Commit to a prediction before a cell shows the outcome, with a button or a letter. You can skip it.

        Raises `UnknownName`, which lists the questions, for a name without a question.
        """
        from labs_helpers.course.lesson.predictions import ask

        ask(self, name, choice)

    def predictions(self) -> None:
        """Show how many of the day's predictions you made, how many of them were right, and which you didn't make."""
        from labs_helpers.course.lesson.predictions import show_score

        show_score(self, self._progress)

    def attempt(self, name: str | None = None) -> AbstractContextManager[Attempt]:
        """Make an AWS call in a block, and show whether AWS allows or denies it. For your own calls, omit the name.

            with day.attempt() as result:
                alice.client("s3").list_buckets()

        The outcome expected for a name is in data/dayN/demos.json. Raises `DemoError` if AWS's response differs, and
        `UnknownName`, which lists the names, for an unknown name.
        """
        from labs_helpers.course.lesson.attempts import attempting

        return attempting(self, name)

    def outcome(self, name: str, value: object = None) -> None:
        """Show whether your prediction about a value that the cell observed was right.

        The expected value is in data/dayN/demos.json. Raises `DemoError` if the cell observed a different value, and
        `UnknownName`, which lists the names, for an unknown name.
        """
        from labs_helpers.course.lesson.predictions import show_outcome

        show_outcome(self, name, value)

    def went_on(self) -> None:
        """Credit all changes in the cloud so far to the lesson, so that they don't affect any exercise's grading."""
        if self._an_exercise_has_begun():
            from labs_helpers.course.situations.cloud_snapshots import credit_lesson

            credit_lesson(self.cloud)

    def _credit_exercise(self, id: str) -> None:
        """Credit the changes in the cloud so far to an exercise."""
        if self._an_exercise_has_begun():
            from labs_helpers.course.situations.cloud_snapshots import credit_exercise

            credit_exercise(self.cloud, id)
        else:
            credit_calls(self.cloud, id)

    def _an_exercise_has_begun(self) -> bool:
        """Return True once there is a snapshot to credit changes to; before that, snapshots needn't be imported."""
        from labs_helpers.course.situations.memory import Memory

        return bool(self.cloud.part(Memory).before)

    def predicted(self, name: str, came_true: bool) -> None:
        """Save the outcome of a prediction."""
        self._progress.predicted(self.number, name, came_true)

    def show(self, page: Page) -> None:
        """Show a page, followed by any notices about the progress file and the file of correct answers."""
        drill = self._drill.take_notices() if self._drill is not None else []
        for notice in (*self._progress.take_notices(), *self._answers.take_notices(), *drill):
            page.say(notice)
        page.show()

    def __repr__(self) -> str:
        return f"Day({self.number})"


def _check_preview(preview: object) -> None:
    """Raise `Mistake` unless this is a preview."""
    from labs_helpers.cloud import Preview

    if not isinstance(preview, Preview):
        raise Mistake(f"A preview is needed, not {shortened(preview)}.", "`day.preview()` returns one.")


def _records(records: object) -> list[Mapping[str, Any]]:
    """Return the records as a list. Raises `Mistake` for anything else."""
    found = []
    for record in records if isinstance(records, Iterable) else [records]:
        if not isinstance(record, Mapping):
            raise Mistake(
                f"Records are dicts, not {shortened(record)}.", "`day.trail()` returns a list of them."
            )
        found.append(record)
    return found


def _is_empty(answers: object) -> bool:
    return answers is None or (type(answers) is dict and not answers)
