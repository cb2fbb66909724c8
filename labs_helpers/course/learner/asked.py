"""A question with options, for every quiz, recall, and self-test, and its HTML before and after the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from labs_helpers.course.shown.display import Page, break_long_words, inline
from labs_helpers.course.shown.look import escaped, framed
from labs_helpers.course.shown.printable import clean


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its options by letter.

    `right`: the letters that are right; if empty, nothing is revealed, and the answer can be changed. `reasons`: the
    reason for each option; `truth`: the explanation of the question as a whole. `is_scale`: True if the options are the
    steps of a scale, which are shown without letters. `subject`: what the question is about, if others have the same
    text.
    """

    question: str
    options: Mapping[str, str]
    right: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    truth: str = ""
    is_scale: bool = False
    subject: str = ""


def options_html(asked: Asked, letter: str | None = None) -> str:
    """Return a question's options as HTML and, once it is answered, which is right, which was chosen, and why."""
    parts = []
    for option, text in asked.options.items():
        tint = sign = word = ""
        if letter is not None and option in asked.right:
            tint, sign, word = "good", "✓ ", "your answer, right" if option == letter else "right"
        elif letter is not None and option == letter:
            tint, sign, word = "bad", "✗ ", "your answer"
        said = f" <strong>({word})</strong>" if word else ""
        reason = asked.reasons.get(option, "") if letter is not None else ""
        told = f"<br>{inline(clean(reason))}" if reason else ""
        colored = f" tinted {tint}" if tint else ""
        parts.append(f'<div class="option{colored}">{sign}{option}) {inline(clean(text))}{said}{told}</div>')
    return "".join(parts)


def question_html(number: int, text: str, attributes: str = "") -> str:
    """Return a numbered question as HTML. The text's last line is the question; the lines before it, its situation.

    Indented lines are code, as in a page's text.
    """
    *lines, question = text.split("\n")
    situation = Page()
    for is_code, group in groupby(lines, lambda line: line.startswith("    ")):
        if is_code:
            situation.code("\n".join(line.removeprefix("    ") for line in group))
        else:
            for line in group:
                situation.say(line)
    text = break_long_words(inline(clean(question)))
    asked = f'<p class="question"{attributes}>{number}. {text}</p>'
    return f'<div class="situation">{situation.html}</div>{asked}' if lines else asked


def questions_html(title: str, asked: Mapping[int, Asked], letters: Mapping[int, str] | None = None) -> str:
    """Return questions by number with their options, as HTML. `letters`: the answers, by the question's number."""
    parts = [f'<p class="headline">{escaped(title)}</p>']
    for number, each in asked.items():
        parts.append(question_html(number, each.question))
        parts.append(options_html(each, (letters or {}).get(number)))
    return framed("".join(parts))


def keys_of(options: Mapping[str, str], *, is_scale: bool = False) -> str:
    """Return the line that shows which keys choose an option: `Keys: a, b, or c`, or `Keys: 1 to 5` on a scale."""
    if is_scale:
        return f"Keys: 1 to {len(options)}"
    *some, last = options
    return f"Keys: {', '.join(some)}{',' if len(some) > 1 else ''} or {last}"
