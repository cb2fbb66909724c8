"""Ask questions about AWS's decisions until you stop, or show what you still know after a month (docs/drill.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labs_helpers.course.learner.drill import Drill
from labs_helpers.course.learner.progress import FILE_NAME, Progress
from labs_helpers.course.shown.display import show

_HOW = "Answer with a letter, or with q to stop."


def run(arguments: list[str]) -> int:
    """Ask questions until the learner stops. Returns 0, or 2 for invalid arguments."""
    parser = argparse.ArgumentParser("python -m labs_helpers drill", description=__doc__)
    parser.add_argument(
        "progress",
        type=Path,
        nargs="?",
        help=f"the progress file (default: {FILE_NAME}); the answers are stored next to it",
    )
    parser.add_argument(
        "--day",
        type=int,
        choices=range(1, 7),
        default=6,
        help="ask about the rules of the days up to this one (default: 6)",
    )
    parser.add_argument("--questions", type=int, metavar="N", help="stop after N questions")
    parser.add_argument(
        "--report", action="store_true", help="show the answers so far, and what you still know after a month"
    )
    parsed = parser.parse_args(arguments)
    drill = Drill(Progress(parsed.progress), parsed.day)
    for notice in drill.take_notices():
        print(notice, file=sys.stderr)
    if parsed.report:
        print(drill.report_page().text)
        return 0
    return _ask(drill, parsed.questions)


def _ask(drill: Drill, most: int | None) -> int:
    """Ask questions, and repeat each until the learner answers it."""
    asked = right = 0
    while most is None or asked < most:
        question = drill.next_question()
        _print(drill.question_page(_HOW).text)
        letter = _letter(list(question.options))
        if letter is None:
            break
        _print("\n" + drill.answered_page(letter).text + "\n")
        asked, right = asked + 1, right + (letter == question.right)
    print(f"{right} of {asked} right. `python -m labs_helpers drill --report` shows what you remember.")
    return 0


def _letter(letters: list[str]) -> str | None:
    """Return the letter that the learner types, or None at the end."""
    while True:
        try:
            typed = input("> ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            print()
            return None
        if typed in letters:
            return typed
        if typed in ("q", "quit", "exit"):
            return None
        print(f"Choose one of {', '.join(letters)}, or q to stop.")


def _print(text: str) -> None:
    show(text, "")
