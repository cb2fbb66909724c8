"""The drill for one learner: the next question, the answer to it, and what the learner still knows after a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labs_helpers.course.drill.drill_question import Question, draw_question
from labs_helpers.course.drill.evaluation_rules import Rule, rules
from labs_helpers.course.drill.question_pages import answer_page, question_page
from labs_helpers.course.learner.drill_memory import DrillMemory, Review
from labs_helpers.course.learner.drill_schedule import due_at, mixed_order, next_rule, recall_chance
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.shown.display import Page

MONTH = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Stayed:
    """A rule that was first asked at least four weeks ago, with its first answer and all later answers."""

    rule: Rule
    first: Review
    later: tuple[Review, ...]

    @property
    def is_kept(self) -> bool:
        """True if the last answer was right, four weeks or more after the first question."""
        return bool(self.later) and self.later[-1].right

    @property
    def words(self) -> str:
        """Return a phrase that states whether the rule was remembered."""
        if not self.later:
            return "not asked again"
        right = sum(review.right for review in self.later)
        if right == len(self.later):
            return "remembered"
        return "learned again" if self.is_kept else "forgotten"


class Drill:
    """One learner's drill.

    It asks about the rules of the days up to `up_to`, and about rules that it has already asked about.
    """

    def __init__(self, progress: Progress, up_to: int = 6, now: datetime | None = None) -> None:
        self._memory, self._progress = DrillMemory(progress), progress
        self._order = mixed_order(((rule.id, rule.day) for rule in rules().values()), up_to, progress.learner)
        self._fixed = now
        self.question: Question | None = None

    def _now(self) -> datetime:
        return self._fixed or datetime.now(UTC).replace(microsecond=0)

    def take_notices(self) -> list[str]:
        """Return the notices about the file that haven't been returned before."""
        return self._memory.take_notices()

    def next_question(self) -> Question:
        """Draw the next question, which stays open until it is answered."""
        if self.question is None:
            reviews = {rule: listed for rule, listed in self._memory.reviews().items() if rule in rules()}
            rule = next_rule(self._order, reviews, self._now())
            self.question = draw_question(rule, self._progress.learner, len(reviews.get(rule, ())))
        return self.question

    def questions_again(self, before: int, most: int) -> list[Question]:
        """Return questions about rules of earlier days that were already asked, beginning with those that are due."""
        reviews = self._memory.reviews()
        known = [rule for rule in rules().values() if rule.day < before and reviews.get(rule.id)]
        known.sort(key=lambda rule: due_at(reviews[rule.id], reviews))
        return [
            draw_question(rule.id, self._progress.learner, len(reviews[rule.id])) for rule in known[:most]
        ]

    def recalled(self, rule: str, right: bool) -> None:
        """Save an answer that was given outside the drill, in the questions about earlier days."""
        self._memory.add(rule, right, self._now())

    def answer(self, letter: str) -> bool:
        """Save the answer to the open question, and return whether it is right.

        Raises `ValueError` if `letter` isn't one of the options.
        """
        question = self.next_question()
        if letter not in question.options:
            raise ValueError(f"Choose one of {', '.join(question.options)}.")
        right = letter == question.right
        self._memory.add(question.rule.id, right, self._now())
        self.question = None
        return right

    def question_page(self, how: str = "") -> Page:
        """Return the page of the open question. `how` explains how to answer it."""
        page = question_page(self.next_question(), self.heading())
        return page.say(how) if how else page

    def answered_page(self, letter: object) -> Page:
        """Save an answer, and return a page with the engine's reasons, or with the options if the letter is invalid."""
        question = self.next_question()
        chosen = str.__str__(letter).strip().lower()[:10] if issubclass(type(letter), str) else ""
        try:
            self.answer(chosen)
        except ValueError as error:
            return Page().say(str(error))
        return answer_page(question, chosen)

    def heading(self) -> str:
        """Return the heading of the next question, with its number."""
        asked = sum(map(len, self._memory.reviews().values()))
        return f"Drill: question {asked + 1}"

    def stayed(self) -> list[Stayed]:
        """Return the rules whose first question was at least four weeks ago, in the order of the course."""
        found = []
        for rule, listed in self._memory.reviews().items():
            if rule in rules() and listed and self._now() - listed[0].at >= MONTH:
                later = tuple(review for review in listed if review.at - listed[0].at >= MONTH)
                found.append(Stayed(rules()[rule], listed[0], later))
        return sorted(found, key=lambda each: list(rules()).index(each.rule.id))

    def summary(self) -> str:
        """Return one or two sentences about the answers, their dates, and what was still known after four weeks."""
        answers = sorted(review for listed in self._memory.reviews().values() for review in listed)
        if not answers:
            return ""
        right = sum(review.right for review in answers)
        text = f"Right answers in the drill from {answers[0].at:%Y-%m-%d} to {answers[-1].at:%Y-%m-%d}: "
        text += f"{right} of {len(answers)}."
        again = [each for each in self.stayed() if each.later]
        if again:
            kept = sum(each.is_kept for each in again)
            text += f" Rules asked again after four weeks or more: {len(again)}; remembered: {kept}."
        return text

    def report_page(self) -> Page:
        """Return a page that shows, rule by rule, what the learner still knows after four weeks."""
        reviews = self._memory.reviews()
        answers = [review for listed in reviews.values() for review in listed]
        count = f"{len(answers)} answer{'' if len(answers) == 1 else 's'}"
        page = Page().heading(f"The drill: {count} about {len(reviews)} of {len(rules())} rules")
        if not answers:
            return page.say("There are no answers yet.")
        page.say(f"Right: {sum(review.right for review in answers)} of {len(answers)}.")
        stayed = self.stayed()
        if not stayed:
            since = min(review.at for review in answers) + MONTH
            return page.say(f"From {since:%Y-%m-%d} on, this page shows, rule by rule, what you still know.")
        rows = [self._row(each, reviews[each.rule.id]) for each in stayed]
        kept = sum(each.is_kept for each in stayed)
        asked = sum(bool(each.later) for each in stayed)
        page.say(
            f"Rules asked again four weeks or more after the first question: {asked}. You knew {kept} of them."
        )
        header = (
            "rule",
            "lesson",
            "first answer",
            "after four weeks",
            "result",
            "chance that you know it today",
        )
        return page.table(header[: len(rows[0])], rows)

    def _row(self, stayed: Stayed, answers: tuple[Review, ...]) -> tuple[str, ...]:
        right = sum(review.right for review in stayed.later)
        first = f"{'✓' if stayed.first.right else '✗'} {stayed.first.at:%Y-%m-%d}"
        later = f"{right} of {len(stayed.later)} right" if stayed.later else "–"
        row = (stayed.rule.title, f"Day {stayed.rule.day}", first, later, stayed.words)
        chance = recall_chance(answers, self._now())
        return row if chance is None else (*row, f"{chance:.0%}")
