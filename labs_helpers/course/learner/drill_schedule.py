"""The order in which the drill asks about rules: by spaced repetition with FSRS, or without it, in a plain order.

FSRS (https://github.com/open-spaced-repetition/py-fsrs) is in the extra `drill` (docs/drill.md). A rule's card isn't
stored: it follows from the rule's answers, so it is the same wherever the answers were given.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from labs_helpers.course.learner.drill_memory import Review, Reviews

_APART = 3
"""The number of other questions before a rule that was answered wrong is asked again, without FSRS."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def has_fsrs() -> bool:
    """Return True if FSRS is installed."""
    return importlib.util.find_spec("fsrs") is not None


def next_rule(rules: Sequence[str], reviews: Reviews, now: datetime) -> str:
    """Return the rule to ask about: one that is due, or else a new one, or else the one that is due first.

    `rules` lists the rules in the order in which new ones come up. Rules that came up earlier come back even if they
    aren't in `rules`.
    """
    known = [rule for rule in reviews if reviews[rule]]
    new = [rule for rule in rules if not reviews.get(rule)]
    due = {rule: due_at(reviews[rule], reviews) for rule in known}
    latest = max(known, key=lambda rule: reviews[rule][-1].at, default=None)
    waiting = sorted((rule for rule in known if due[rule] <= now and rule != latest), key=due.__getitem__)
    if waiting:
        return waiting[0]
    if new:
        return new[0]
    return min((rule for rule in known if rule != latest), key=due.__getitem__, default=rules[0])


def due_at(answers: Sequence[Review], reviews: Reviews) -> datetime:
    """Return the time at which a rule is due again, according to its answers."""
    if has_fsrs():
        due: datetime = _card(tuple(answers)).due
        return due
    return _plainly_due(answers, reviews)


def recall_chance(answers: Sequence[Review], now: datetime) -> float | None:
    """Return FSRS's estimate of the probability that the rule is still known, or None without FSRS."""
    if not has_fsrs():
        return None
    chance: float = _scheduler().get_card_retrievability(_card(tuple(answers)), now)
    return chance


def _plainly_due(answers: Sequence[Review], reviews: Reviews) -> datetime:
    """Return the time at which a rule is due: the pause begins at one day and doubles after each right answer in a row.

    After a wrong answer, a rule is due once some other questions have been answered.
    """
    in_a_row = 0
    for review in reversed(answers):
        if not review.right:
            break
        in_a_row += 1
    last = answers[-1].at
    if in_a_row:
        return last + timedelta(days=2 ** min(in_a_row - 1, 8))
    since = sum(review.at > last for listed in reviews.values() for review in listed)
    return _EPOCH if since >= _APART else last + timedelta(minutes=10)


@cache
def _scheduler() -> Any:
    import fsrs

    return fsrs.Scheduler(enable_fuzzing=False)


@cache
def _card(answers: tuple[Review, ...]) -> Any:
    """Return the FSRS card after these answers."""
    import fsrs

    card = fsrs.Card(card_id=1, due=answers[0].at)
    for review in answers:
        rating = fsrs.Rating.Good if review.right else fsrs.Rating.Again
        card, _ = _scheduler().review_card(card, rating, review.at)
    return card


def mixed_order(rules: Iterable[tuple[str, int]], up_to: int, learner: str) -> list[str]:
    """Return the rules of all days up to and including `up_to`, in an order that differs from learner to learner."""
    taught = [rule for rule, day in rules if day <= up_to]
    return sorted(taught, key=lambda rule: hashlib.sha256(f"{learner} {rule}".encode()).digest())
