"""The end of a quiz, a recall, or a self-test: the score, what has changed since before, and the missed questions."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.course.learner.asked import Asked
from labs_helpers.course.shown.display import soft
from labs_helpers.course.shown.look import Verdict, chip, escaped
from labs_helpers.course.shown.look.gauges import STYLE, ring


@dataclass(frozen=True, slots=True)
class End:
    """The text at the end: the score, what has changed since before, and what comes next if nothing was missed."""

    said: str
    changes: tuple[str, ...] = ()
    following: str = ""


def score_html(end: End, right: int, of: int, surely_wrong: int | None) -> str:
    """Return the score with its ring, and what has changed.

    `of`: 0 if no answers are revealed. `surely_wrong`: None if the questions don't ask how sure the learner is.
    """
    drawn = (
        f'<span class="ringed" aria-hidden="true">{ring(right / of)}<b>{right}/{of}</b></span>' if of else ""
    )
    lines = "".join(f"<p>{escaped(each)}</p>" for each in end.changes)
    if surely_wrong is not None:
        verdict = Verdict.NO if surely_wrong else Verdict.YES
        which = "it" if surely_wrong == 1 else "them"
        advice = f" You were sure of {which}, so look at {which} first." if surely_wrong else ""
        lines += f"<p>{chip(verdict, f'sure but wrong: {surely_wrong}')}{advice}</p>"
    said = f'<p class="headline">{escaped(end.said)}</p>'
    return f'{STYLE}<div class="end" role="status">{drawn}<div>{said}{lines}</div></div>'


def missed_label(number: int, asked: Asked, *, surely: bool) -> str:
    """Return the text of the button that leads back to a missed question."""
    question = asked.question.splitlines()[-1].replace("`", "")
    text = soft(f"{asked.subject}. {question}" if asked.subject else question)
    sure = " (sure\u00a0but\u00a0wrong)" if surely else ""
    return f"{Verdict.NO.sign} {number}. {text}{sure}"
