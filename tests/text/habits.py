"""Awkward habits in this project's English, with counts that are only allowed to fall.

The words aren't wrong by themselves: a small count means that they are used where they belong. Code, addresses, and
quotes from AWS (in code spans) are ignored. `habits.json` contains the counts; `python -m tests.text --write` lowers
them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.text.sources import Text, without_code

COUNTS = Path(__file__).with_name("habits.json")

_PATTERNS = {
    "watch for": (r"\bwatch for\b", "look for, notice"),
    "anew, afresh, once more": (r"\bafresh\b|\banew\b|\bonce more\b", "again, start over"),
    "whoever, whichever": (r"\bwho(so)?ever\b|\bwhichever\b", "anyone who, the one that"),
    "somebody, everybody, nobody, anybody": (
        r"\b(some|every|no|any)body\b",
        "the actor (the attacker, a user, your team), or someone, everyone, no one, anyone",
    ),
    "of its own": (r"\bof (one's|its|your|their|her|his|my|our) own\b", "its own, separate, dedicated"),
    "of yours, of theirs": (r"\bof (yours|theirs|hers|his|ours|mine)\b", "your …, their …"),
    "is none": (r"\bnone of (the )?\w+'s\b|\b(is|are) none\b", "isn't one of"),
    "is no …": (r"\b(is|are|was) no [a-z]+", "isn't a …"),
    "stands": (r"\bstands?\b(?! for)", "is, is in, appears"),
    "hangs": (r"\bhangs?\b", "is attached to"),
    "rail": (r"\brails?\b", "guardrail, SCP"),
    "comes of": (r"\b(comes?|came|becomes?|became) of\b", "happens, results"),
    "shall": (r"\bshall\b", "should, must"),
    "take on a role": (r"\bt(ake|akes|ook|aken|aking)\b[^.]{0,30} on\b", "assume"),
    "mend": (r"\bmend(s|ed|ing)?\b", "fix, remediate"),
    "spare": (r"\bspar(e|es|ed|ing)\b", "exempt"),
    "bind": (r"\bbinds?\b", "apply to, restrict"),
    "counts": (r"\bcounts?\b", "applies, takes effect"),
    "honest": (r"\bhonest(ly)?\b", "legitimate"),
    "stranger": (r"\bstrangers?\b", "outsider, external principal"),
    "beside": (r"\bbeside\b", "next to, besides"),
    "unit": (r"\bunits?\b", "OU"),
    "lies in": (r"\bl(ies|ay) in\b", "is in, is stored in"),
    "may": (r"\bmay\b", "can, is allowed to, might"),
    "make": (r"\bma(ke|kes|de|king)\b", "create"),
    "say": (r"\bsa(y|ys|id|ying)\b", "shows, states, allows"),
    "tell": (r"\bt(ell|ells|old|elling)\b", "shows, prints"),
    "ask": (r"\bask(s|ed|ing)?\b", "requests, requires, checks"),
    "alone": (r"\balone\b", "only, by itself"),
    "too": (r"\btoo\b", "also"),
    # In capitals, it is the name of an answer (docs/proved.md).
    "prove": (r"\b(?!(?-i:PROVED))prov(e|es|ed|en|ing)\b", "verify, show"),
}
"""Habit → the pattern that finds it, and what to write instead."""
_HABITS = {habit: re.compile(pattern, re.IGNORECASE) for habit, (pattern, _) in _PATTERNS.items()}
_INSTEAD = {habit: instead for habit, (_, instead) in _PATTERNS.items()}
# Case decides: "Who left is gone" is the habit, "who left?" is a question.
_HABITS["Who … as subject"] = re.compile(r"(?:^|[.;:] )Who [a-z]+s? [^?]*$", re.MULTILINE)
_INSTEAD["Who … as subject"] = "Anyone who …"


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


def places(habit: str, texts: Iterable[Text]) -> Iterator[str]:
    """Yield where a habit occurs, with the words around it."""
    for text in texts:
        prose = without_code(text.text)
        for found in _HABITS[habit].finditer(prose):
            around = " ".join(prose[max(found.start() - 40, 0) : found.end() + 40].split())
            yield f"{text.kind}: {text.place}: {around}"


def problems(counts: dict[str, dict[str, int]], allowed: dict[str, dict[str, int]]) -> list[str]:
    """Return a sentence for each habit that occurs more often than it did."""
    return [
        f"{kind}: “{habit}” occurs {number} times, {allowed.get(habit, {}).get(kind, 0)} are allowed. Write instead: "
        f"{_INSTEAD[habit]}. To list all places: python -m tests.text --places '{habit}'"
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
