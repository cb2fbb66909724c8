"""Sets of strings as automata, and a search for a word that some sets contain and others don't.

Each set is a union of patterns. A pattern is a list of positions. A set of positions is an integer, in which each
position is a bit, so that all patterns of a union advance together. The search is breadth-first over these integers, so
it finds the shortest word first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from labs_helpers.engine.analysis.containment.verdict import Budget, UnclearError
from labs_helpers.engine.policy.matching import six_parts
from labs_helpers.engine.policy.variables import STAR, Token, Tokens, Variable, tokenize

_LETTERS = [chr(code) for code in range(0x20)]
"""Control characters, which no policy contains, stand for variables."""
_FRESH = "xyzwvutsrqponmlkjihgfedcba0123456789"


class Chars(NamedTuple):
    """A class of characters: those listed or, if `others`, all but those listed."""

    listed: frozenset[str]
    others: bool = False

    def accept(self, char: str) -> bool:
        """Return whether a character belongs to the class."""
        return (char in self.listed) is not self.others


ANY = Chars(frozenset(), True)
IN_PART = Chars(frozenset(":"), True)


class Step(NamedTuple):
    """One position of a pattern: a character of a class or, if `run`, any number of them."""

    chars: Chars
    run: bool


Steps = tuple[Step, ...]
RUN = Step(ANY, True)


class Letters:
    """A table of letters that stand for variables. No policy contains these letters, and no two variables share one."""

    def __init__(self) -> None:
        """Start without letters."""
        self._known: dict[tuple[object, ...], str] = {}

    def of(self, *what: object) -> str:
        """Return the letter of a variable in a certain role, such as within a part of an ARN, or ignoring case.

        Raises `UnclearError` if there are too many.
        """
        if what not in self._known:
            if len(self._known) == len(_LETTERS):
                raise UnclearError("variable")
            self._known[what] = _LETTERS[len(self._known)]
        return self._known[what]


def is_letter(char: str) -> bool:
    """Return whether a character stands for a variable."""
    return char < " "


class Language:
    """A union of patterns, compiled. `wide` is True if a run also covers variables' letters."""

    __slots__ = (
        "_any",
        "_ends",
        "_in_part",
        "_letter",
        "_other",
        "_table",
        "always",
        "example",
        "final",
        "head",
        "literals",
        "patterns",
        "size",
        "start",
        "tail",
    )

    def __init__(self, patterns: Sequence[Steps], *, wide: bool = False) -> None:
        """Assign a bit to each position.

        For each character, find the positions that it leaves and where it stays.
        """
        self.start = self.final = self.always = 0
        moves: list[tuple[int, Chars]] = []
        runs: dict[int, Chars] = {}
        at = 0
        for pattern in patterns:
            self.start |= 1 << at
            for step in pattern:
                if step.run:
                    # Two runs at the same position are merged into the wider one.
                    runs[1 << at] = step.chars if runs.get(1 << at) != ANY else ANY
                else:
                    moves.append((1 << at, step.chars))
                    at += 1
            self.final |= 1 << at
            if pattern and pattern[-1] == RUN:
                self.always |= 1 << at
            at += 1
        stays = list(runs.items())
        can, stay = _by_char(moves), _by_char(stays)
        self._other = (can[None], stay[None])
        # A variable can hold a colon, so a run within a part of an ARN doesn't cover it.
        self._letter = (0, _sum(bit for bit, chars in stays if chars == ANY) if wide else 0)
        self._table = {}
        for char in sorted(can.keys() | stay.keys(), key=str):
            if char is None:
                continue
            if is_letter(char):
                self._table[char] = (can[char] & ~can[None], self._letter[1])
            else:
                self._table[char] = (can.get(char, can[None]), stay.get(char, stay[None]))
        self._any = _covering(ANY, moves, stays)
        self._in_part = _covering(IN_PART, moves, stays)
        self.patterns = tuple(patterns)
        self.size = at
        self.example = _example(patterns[0]) if patterns else None
        self.literals = _literals(patterns)
        self._ends = [(_head(pattern), _head(pattern[::-1])[::-1]) for pattern in patterns]
        self.head = _shared([first for first, _ in self._ends])
        self.tail = _shared([last[::-1] for _, last in self._ends])[::-1]

    def next(self, live: int, char: str) -> int:
        """Return the positions after a character."""
        entry = self._table.get(char)
        if entry is None:
            entry = self._letter if is_letter(char) else self._other
        can, stay = entry
        live = ((live & can) << 1) | (live & stay)
        return (
            live & self.always or live
        )  # a pattern that accepts whatever follows makes the others irrelevant

    def fitting(self, head: str, tail: str) -> list[Steps]:
        """Return the patterns that can match a string with this beginning and this end."""
        return [
            pattern
            for pattern, (first, last) in zip(self.patterns, self._ends, strict=True)
            if (first.startswith(head) or head.startswith(first))
            and (last.endswith(tail) or tail.endswith(last))
        ]

    def covers(self, pattern: Steps) -> bool:
        """Return whether one of this language's patterns certainly matches every string that `pattern` matches."""
        live = self.start
        for step in pattern:
            if live & self.always:
                return True
            if step.chars.others:
                can, stay = self._any if step.chars == ANY else self._in_part
                live = live & stay if step.run else ((live & can) << 1) | (live & stay)
            elif step.run:
                return False
            else:
                together = -1
                for char in step.chars.listed:
                    together &= self.next(live, char)
                live = together
            if not live:
                return False
        return bool(live & (self.final | self.always))

    def telling(self, live: int) -> list[str]:
        """Return the characters that the live positions treat differently from unlisted characters."""
        can, stay = self._other
        return [c for c, (mine, mine_stay) in self._table.items() if (mine ^ can | mine_stay ^ stay) & live]

    def accepts(self, text: str) -> bool:
        """Return whether a string is in the language."""
        live = self.start
        for char in text:
            live = self.next(live, char)
            if not live:
                return False
        return bool(live & self.final)


def _sum(bits: Iterable[int]) -> int:
    total = 0
    for bit in bits:
        total |= bit
    return total


def _by_char(positions: list[tuple[int, Chars]]) -> dict[str | None, int]:
    """Return the positions whose class contains a character, by character; None stands for all unlisted characters."""
    others = _sum(bit for bit, chars in positions if chars.others)
    found: dict[str | None, int] = {}
    for bit, chars in positions:
        for char in chars.listed:
            # Adds the position, or removes it from the positions of `others`.
            found[char] = found.get(char, others) ^ bit
    found[None] = others
    return found


def _example(pattern: Steps) -> str | None:
    """Return a string that matches a pattern without variables."""
    chars = ["x" if step.chars.others else min(step.chars.listed) for step in pattern if not step.run]
    return None if any(map(is_letter, chars)) else "".join(chars)


def _covering(
    wanted: Chars, moves: list[tuple[int, Chars]], stays: list[tuple[int, Chars]]
) -> tuple[int, int]:
    """Return the positions that all characters of a class leave, and the positions where all of them stay."""
    return (
        _sum(bit for bit, chars in moves if chars in (wanted, ANY)),
        _sum(bit for bit, chars in stays if chars in (wanted, ANY)),
    )


def _literals(patterns: Sequence[Steps]) -> frozenset[str] | None:
    """Return the strings of a finite language without variables, or None."""
    texts = [_head(pattern) for pattern in patterns]
    whole = all(len(text) == len(pattern) for text, pattern in zip(texts, patterns, strict=True))
    return frozenset(texts) if whole and not any(is_letter(c) for text in texts for c in text) else None


def _head(pattern: Steps) -> str:
    """Return the characters with which every string that matches a pattern begins."""
    head: list[str] = []
    for step in pattern:
        if step.run or step.chars.others or len(step.chars.listed) != 1:
            break
        head.extend(step.chars.listed)
    return "".join(head)


def _shared(texts: Sequence[str]) -> str:
    """Return the longest common prefix of all strings."""
    low, high = min(texts, default=""), max(texts, default="")
    size = next(
        (i for i, (x, y) in enumerate(zip(low, high, strict=False)) if x != y), min(len(low), len(high))
    )
    return low[:size]


def word(positives: Sequence[Language], negatives: Sequence[Language], budget: Budget) -> str | None:
    """Return the shortest string that is in all positive languages and in no negative one, or None if there isn't one.

    Raises `OutOfStepsError`.
    """
    finite = min((p.literals for p in positives if p.literals is not None), key=len, default=None)
    if finite is not None:
        budget.spend(1 + len(finite) // 8)
        for text in sorted(finite):
            if all(p.accepts(text) for p in positives) and not any(n.accepts(text) for n in negatives):
                return text
        return None
    head = max((p.head for p in positives), key=len, default="")
    tail = max((p.tail for p in positives), key=len, default="")
    reduced = []
    for positive in positives:
        budget.spend(1 + positive.size * len(negatives) // 512)
        left = positive.fitting(head, tail)
        if negatives:
            left = [pattern for pattern in left if not any(each.covers(pattern) for each in negatives)]
        if not left:
            return None
        reduced.append(positive if len(left) == len(positive.patterns) else Language(left))
    positives = reduced
    for text in _guesses(positives):
        if all(p.accepts(text) for p in positives) and not any(n.accepts(text) for n in negatives):
            return text
    return _search(positives, negatives, budget)


def _guesses(positives: Sequence[Language]) -> list[str]:
    """Return likely members of an intersection of languages: an example of each, and all the examples joined."""
    examples = dict.fromkeys(p.example for p in positives if p.example is not None)
    head = max((p.head for p in positives), key=len, default="")
    parts = [text[len(_shared((text, head))) :] for text in examples]
    return [*examples, head + "".join(parts), head + "".join(reversed(parts))]


def _search(positives: Sequence[Language], negatives: Sequence[Language], budget: Budget) -> str | None:
    if any(each.start & each.always for each in negatives):
        return None
    many = len(positives)
    everything = (*positives, *negatives)
    start = tuple(each.start for each in everything)
    before: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None] = {start: None}
    waiting = deque([start])
    cost = sum(each.size for each in everything) // 512
    while waiting:
        state = waiting.popleft()
        budget.spend(1 + cost)
        if all(
            bool(live & language.final) is (i < many)
            for i, (live, language) in enumerate(zip(state, everything, strict=True))
        ):
            return _spelled(state, before)
        for char in _characters(state, everything, many):
            budget.spend(cost // 8)
            following = tuple(
                language.next(live, char) for live, language in zip(state, everything, strict=True)
            )
            if following in before or not all(following[:many]):
                continue
            if any(
                live & language.always for live, language in zip(following[many:], negatives, strict=True)
            ):
                continue
            before[following] = (state, char)
            waiting.append(following)
    return None


def _characters(state: tuple[int, ...], everything: Sequence[Language], many: int) -> list[str]:
    """Return characters that represent all others in this state.

    Characters that only negative languages distinguish aren't needed, because they only bring more of these languages
    closer to a match. The colon is needed, because some classes of characters exclude it.
    """
    told: dict[str, None] = {}
    named: set[str] = {":"}
    for i, (live, language) in enumerate(zip(state, everything, strict=True)):
        telling = language.telling(live)
        named.update(telling)
        if i < many:
            told.update(dict.fromkeys(telling))
    fresh = next((c for c in _FRESH if c not in named), None) or _unnamed(named)
    return [fresh, *(c for c in told if c != ":"), ":"]


def _unnamed(named: set[str]) -> str:
    return next(char for code in range(0x100, 0xD800) if (char := chr(code)) not in named)


def _spelled(
    state: tuple[int, ...], before: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None]
) -> str:
    characters = []
    while (step := before[state]) is not None:
        state, character = step
        characters.append(character)
    return "".join(reversed(characters))


def literal(text: str, *, ignoring_case: bool = False) -> Steps:
    """Return the steps of a string."""
    if ignoring_case:
        return tuple(Step(_spellings(char), False) for char in text.casefold())
    return tuple(Step(Chars(frozenset(char)), False) for char in text)


@lru_cache(maxsize=1024)
def _spellings(char: str) -> Chars:
    return Chars(
        frozenset(c for c in (char, char.upper(), char.lower(), char.title()) if c.casefold() == char)
        or frozenset(char)
    )


def pattern_steps(tokens: Tokens, letters: Letters | None, within: Chars = ANY, role: str = "") -> Steps:
    """Return the steps of tokens, with wildcards that cover characters of `within`.

    Variables become letters or, without `letters`, runs, which match any text.
    """
    steps: list[Step] = []
    for token in tokens:
        if isinstance(token, Variable):
            if letters is None:
                steps.append(Step(within, True))
            else:
                letter = letters.of(token.key, token.default, role)
                steps.append(Step(Chars(frozenset(letter)), False))
        elif isinstance(token, str):
            steps.extend(literal(token, ignoring_case=role == "folded"))
        else:
            steps.append(Step(within, token is STAR))
    return tuple(steps)


def arn_steps(tokens: Tokens, letters: Letters | None) -> Steps | None:
    """Return the steps of a condition's ARN pattern, whose six parts are matched separately.

    Returns None if the pattern has fewer parts.
    """
    parts = six_parts(tokens)
    if parts is None:
        return None
    colon = literal(":")
    steps: Steps = ()
    for part in parts[:5]:
        steps += pattern_steps(part, letters, IN_PART, "part") + colon
    return steps + pattern_steps(parts[5], letters)


def resource_steps(tokens: Tokens, text: str, letters: Letters | None) -> Steps:
    """Return the steps of a Resource pattern, given the tokens of its sixth part and its text.

    See `matching.resource_pattern`: wildcards in the first five parts stay within their part, except that a `*` at the
    end of a part can continue.
    """
    *parts, _ = text.split(":", 5)
    tail = pattern_steps(tokens, letters)
    head = ":".join(parts)
    if "*" not in head and "?" not in head:
        return literal(f"{head}:") + tail
    steps: list[Step] = []
    for part in parts:
        of_part: list[Token] = list(tokenize(part, variables=False, wildcards=True))
        goes_on = bool(of_part) and of_part[-1] is STAR
        if goes_on:
            of_part.pop()
        steps.extend(pattern_steps(tuple(of_part), None, IN_PART))
        if goes_on:
            steps.append(RUN)
        steps.extend(literal(":"))
    return (*steps, *tail)
