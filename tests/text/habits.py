"""Awkward habits in this project's English, with counts that are only allowed to fall.

The words aren't wrong by themselves: a small count means that they are used where they belong. Code, addresses, and
quotes from AWS (in code spans) are ignored. `habits.json` contains the counts; `python -m tests.text --write` lowers
them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.text.sources import Text, without_code

COUNTS = Path(__file__).with_name("habits.json")

_PATTERNS = {
    "watch for": r"\bwatch for\b",
    "anew, afresh, once more": r"\bafresh\b|\banew\b|\bonce more\b",
    "whoever, whichever": r"\bwho(so)?ever\b|\bwhichever\b",
    "somebody, everybody, nobody, anybody": r"\b(some|every|no|any)body\b",
    "of its own": r"\bof (one's|its|your|their|her|his|my|our) own\b",
    "of yours, of theirs": r"\bof (yours|theirs|hers|his|ours|mine)\b",
    "is none": r"\bnone of (the )?\w+'s\b|\b(is|are) none\b",
    "is no …": r"\b(is|are|was) no [a-z]+",
    "stands": r"\bstands?\b(?! for)",
    "hangs": r"\bhangs?\b",
    "rail": r"\brails?\b",
    "comes of": r"\b(comes?|came|becomes?|became) of\b",
    "shall": r"\bshall\b",
    "take on a role": r"\bt(ake|akes|ook|aken|aking)\b[^.]{0,30} on\b",
    "mend": r"\bmend(s|ed|ing)?\b",
    "spare": r"\bspar(e|es|ed|ing)\b",
    "bind": r"\bbinds?\b",
    "counts": r"\bcounts?\b",
    "honest": r"\bhonest(ly)?\b",
    "stranger": r"\bstrangers?\b",
    "beside": r"\bbeside\b",
    "unit": r"\bunits?\b",
    "lies in": r"\bl(ies|ay) in\b",
    "may": r"\bmay\b",
    "make": r"\bma(ke|kes|de|king)\b",
    "say": r"\bsa(y|ys|id|ying)\b",
    "tell": r"\bt(ell|ells|old|elling)\b",
    "ask": r"\bask(s|ed|ing)?\b",
    "alone": r"\balone\b",
    "too": r"\btoo\b",
    # In capitals, it is the name of an answer (docs/proved.md).
    "prove": r"\b(?!(?-i:PROVED))prov(e|es|ed|en|ing)\b",
}
_HABITS = {habit: re.compile(pattern, re.IGNORECASE) for habit, pattern in _PATTERNS.items()}
# Case decides: "Who left is gone" is the habit, "who left?" is a question.
_HABITS["Who … as subject"] = re.compile(r"(?:^|[.;:] )Who [a-z]+s? [^?]*$", re.MULTILINE)


def counted(texts: Iterable[Text]) -> dict[str, dict[str, int]]:
    """Return habit → kind of text → how often it occurs; kinds in which it does not occur are left out."""
    counts: dict[str, Counter[str]] = {habit: Counter() for habit in _HABITS}
    for text in texts:
        prose = without_code(text.text)
        for habit, pattern in _HABITS.items():
            found = len(pattern.findall(prose))
            if found:
                counts[habit][text.kind] += found
    return {habit: dict(sorted(kinds.items())) for habit, kinds in sorted(counts.items())}


def problems(counts: dict[str, dict[str, int]], allowed: dict[str, dict[str, int]]) -> list[str]:
    """Return a sentence for each habit that occurs more often than it did."""
    return [
        f"{kind}: “{habit}” occurs {number} times, {allowed.get(habit, {}).get(kind, 0)} are allowed; reword "
        "(the ways to say it are in CONTRIBUTING.md)"
        for habit, kinds in counts.items()
        for kind, number in kinds.items()
        if number > allowed.get(habit, {}).get(kind, 0)
    ]


def allowed() -> dict[str, dict[str, int]]:
    """Return the counts that are on record."""
    counts: dict[str, dict[str, int]] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return counts


def lower(counts: dict[str, dict[str, int]]) -> None:
    """Put fewer occurrences on record; a count that rose stays as it was."""
    before = allowed()
    after = {
        habit: {kind: min(number, before.get(habit, {}).get(kind, number)) for kind, number in kinds.items()}
        for habit, kinds in counts.items()
    }
    COUNTS.write_text(json.dumps(after, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
