"""Prints what the text of the course breaks, a line each; with --write, lowers the counts of habits first.

With --places and the name of a habit, prints where the habit occurs instead.
"""

from __future__ import annotations

import sys

from tests.text import counts, habits, spelling, story, titles
from tests.text.sources import texts


def main(arguments: list[str]) -> int:
    """Check notebooks, data/, documents and the messages in code; return 1 if anything is to be reworded."""
    read = list(texts())
    if arguments[:1] == ["--places"]:
        print("\n".join(habits.places(arguments[1], read)))
        return 0
    counted = habits.counted(read)
    if "--write" in arguments:
        habits.lower(counted)
    found = [
        *habits.problems(counted, habits.allowed()),
        *spelling.problems(read),
        *story.problems(),
        *titles.problems(),
        *counts.problems(),
    ]
    number = sum(sum(kinds.values()) for kinds in counted.values())
    print("\n".join(found) or f"Text: {len(read)} pieces read, {number} habits left, no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
