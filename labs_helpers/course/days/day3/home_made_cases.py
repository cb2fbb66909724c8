"""The cases for exercise 3.5: requests to each step of a homemade login.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import sys
from typing import Any

from labs_helpers.course.grading.kinds.function import Case, Watch
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

WRONG = (401, "wrong name or password")
SENT = "if there is such a user, a code is on its way"


def hashed(password: str, salt: str) -> str:
    """Return a password's hash in the login's format, with only a few iterations so that lessons run quickly."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1_000).hex()


_SIMILAR_HASH = "guess-5379"
"""A wrong password whose hash, with Alice's salt, begins with the same three digits as her password's hash."""
USERS: dict[str, dict[str, Any]] = {
    "alice": {"salt": "a1", "hash": hashed("Correct-horse-1", "a1"), "code": "481516", "tries": 0},
    "bob": {"salt": "b2", "hash": hashed("Battery-staple-2", "b2"), "code": None, "tries": 0},
    "carol": {"salt": "c3", "hash": hashed("Purple-monkey-3", "c3"), "code": "815162", "tries": 5},
}


class _UnpredictableCode:
    """An object that equals a message with an unpredictable code: six digits, and not within 1 of the previous code.

    It rejects about one in 80,000 series of five truly random codes, wrongly.
    """

    def __init__(self, seen: list[str]) -> None:
        self._seen = seen

    def __eq__(self, said: object) -> bool:
        if not (isinstance(said, tuple) and len(said) == 2 and said[0] == SENT and isinstance(said[1], str)):
            return False
        if re.fullmatch(r"\d{6}", said[1], re.ASCII) is None:
            return False
        near = any(abs(int(said[1]) - int(code)) <= 1 for code in self._seen[-1:])
        self._seen.append(said[1])
        same = [digits for digits in zip(*self._seen, strict=False) if len(set(digits)) == 1]
        return not near and not (len(self._seen) == 5 and len(same) > 1)

    __hash__ = None  # type: ignore[assignment]


class _ReadsEntropy(Watch):
    """A watch for reads of the operating system's random bytes: `secrets` reads some for each number."""

    def __init__(self) -> None:
        self._read = False

    def __enter__(self) -> None:
        """Watch the calls of functions that are written in C."""
        self._before = sys.getprofile()
        sys.setprofile(self._see)

    def __exit__(self, *_: object) -> None:
        """Restore the previous profile function."""
        sys.setprofile(self._before)

    def _see(self, _: object, event: str, called: object) -> None:
        self._read |= event == "c_call" and called is os.urandom

    def fault(self) -> str | None:
        """Return what is wrong with a code that comes from any other source."""
        if self._read:
            return None
        return (
            "your function doesn't use a secure random generator for the code. Anyone can predict a code that comes "
            "from a clock, a counter, a hash of the name, or the module random."
        )


class _SmallNumber(Watch):
    """A watch that sets the next number drawn from the operating system's random bytes to 0; others stay random."""

    def __enter__(self) -> None:
        """Replace the source of `secrets` and `random.SystemRandom`."""
        self._before = [(module, name, getattr(module, name)) for module, name in _SOURCES]
        drawn: list[int] = []

        def small_first(count: int) -> bytes:
            """Return zeros once, and random bytes from then on, for code that draws numbers until it accepts one."""
            drawn.append(count)
            return bytes(count) if len(drawn) == 1 else urandom(count)

        urandom = os.urandom
        for module, name in _SOURCES:
            setattr(module, name, small_first)

    def __exit__(self, *_: object) -> None:
        """Restore the source."""
        for module, name, before in self._before:
            setattr(module, name, before)


_SOURCES = ((random, "_urandom"), (os, "urandom"))


def _returns(
    clause: int, title: str, story: str, step: str, *given: Any, returns: Any, refused: bool = False,
) -> Case:  # fmt: skip
    return Case(title, story, True, (step, *given), returns=returns, clause=clause, refused=refused)


def _rejects(clause: int, title: str, story: str, step: str, *given: Any) -> Case:
    return Case(title, story, False, (step, *given), clause=clause)


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return the cases, each with a step of the login and that step's arguments."""
    told = [*_sign_ins(), *_codes(), *_resets(), *_wishes(), *_answers()]
    return [case.drawn(drawing) for case in told]


def _sign_ins() -> list[Case]:
    same = "Whatever is wrong, give the same answer."

    def wrong(title: str, story: str, name: str, password: str) -> Case:
        return _returns(1, title, story, "sign in", USERS, name, password, returns=WRONG, refused=True)

    return [
        _returns(1, "Alice signs in", "Her password is right.", "sign in", USERS, "alice", "Correct-horse-1",
                 returns=(200, "alice")),
        _returns(1, "Bob signs in", "His password is right.", "sign in", USERS, "bob", "Battery-staple-2",
                 returns=(200, "bob")),
        wrong("Alice's password, and her name with a capital letter", "No user has that name.", "Alice",
              "Correct-horse-1"),
        wrong("Alice's password, mistyped", same, "alice", "x"),
        wrong("Alice's password, with a space after it", same, "alice", "Correct-horse-1 "),
        wrong("Alice's password in lowercase", same, "alice", "correct-horse-1"),
        wrong("the beginning of Alice's password", same, "alice", "Correct-"),
        wrong("an empty password", same, "alice", ""),
        wrong("Bob's password with Alice's name", same, "alice", "Battery-staple-2"),
        wrong("a password whose hash begins like Alice's", "Compare the whole hash.", "alice", _SIMILAR_HASH),
        wrong("a name that doesn't exist", "The answer reveals who your customers are.", "nobody", "x"),
        wrong("a name that doesn't exist, and an empty password", "No user has that name.", "nobody", ""),
    ]  # fmt: skip


def _codes() -> list[Case]:
    seen: list[str] = []
    guess = "Anyone who knows one code knows them all."
    titles = {
        "a code for Alice": "alice", "another code for Alice": "alice", "a code for Bob": "bob",
        "another code for Bob": "bob", "a code for Carol": "carol",
    }  # fmt: skip
    drawn = Case(
        "where Alice's code comes from", "It is a code for Alice.", True, ("send code", USERS, "alice"),
        clause=2, watch=_ReadsEntropy(),
    )  # fmt: skip
    small = Case(
        "a code for Alice, when a small number is drawn", "Pad it with zeros: a code has six digits.", True,
        ("send code", USERS, "alice"), returns=_UnpredictableCode([]), clause=2, watch=_SmallNumber(),
    )  # fmt: skip
    return [
        *(
            _returns(2, title, guess, "send code", USERS, name, returns=_UnpredictableCode(seen))
            for title, name in titles.items()
        ),
        drawn,
        small,
        _returns(2, "a code for an unknown name", "The answer reveals who your customers are.", "send code", USERS,
                 "nobody", returns=(SENT, None), refused=True),
    ]  # fmt: skip


def _resets() -> list[Case]:
    other = "It isn't the code that was sent."
    many = "There are a million six-digit codes: allow only five guesses."
    alice, bob, carol = USERS["alice"], USERS["bob"], USERS["carol"]
    return [
        _returns(3, "Alice types her code", "It is the code that she received.", "reset", alice, "481516",
                 returns=True),
        _returns(3, "Alice types her code after four wrong ones", "She made fewer than five wrong attempts.", "reset",
                 {**alice, "tries": 4}, "481516", returns=True),
        _rejects(3, "a wrong code", other, "reset", alice, "000000"),
        _rejects(3, "the code of another user", other, "reset", alice, "815162"),
        _rejects(3, "the beginning of the code", other, "reset", alice, "4815"),
        _rejects(3, "the end of the code", other, "reset", alice, "516"),
        _rejects(3, "the code with a digit before it", other, "reset", alice, "0481516"),
        _rejects(3, "the code with a digit after it", other, "reset", alice, "4815160"),
        _rejects(3, "the code in fullwidth digits", "They aren't the digits that were sent.", "reset", alice,
                 "４８１５１６"),
        _rejects(3, "no code where one was sent", other, "reset", alice, None),
        _rejects(3, "an empty code where one was sent", other, "reset", alice, ""),
        _rejects(3, "no code was sent, and none is given", "None equals None: check first that there is a code.",
                 "reset", bob, None),
        _rejects(3, "no code was sent, and the string None is given", "It isn't a code: check first that there is one.",
                 "reset", bob, "None"),
        _rejects(3, "no code was sent, and an empty one is given", "It isn't a code: check first that there is one.",
                 "reset", bob, ""),
        _rejects(3, "the sixth attempt", many, "reset", carol, "815162"),
        _rejects(3, "the thousandth attempt", many, "reset", {**carol, "tries": 999}, "815162"),
    ]  # fmt: skip


def _wishes() -> list[Case]:
    far = "The sender of the link would decide where your users go next, and the link would show your site's name."
    ours = "It is a page of this site."
    another = "It isn't one of the three pages: compare the whole path."

    def taken(title: str, wish: str) -> Case:
        return _returns(4, title, ours, "where to", wish, returns=wish)

    def home(title: str, story: str, wish: str | None) -> Case:
        return _returns(4, title, story, "where to", wish, returns="/home", refused=bool(wish))

    return [
        taken("redirect to the diary", "/diary?day=monday"),
        taken("redirect to the diary, without a day", "/diary"),
        taken("redirect to the settings", "/settings"),
        taken("redirect to the home page, in German", "/home?lang=de&from=mail"),
        home("no next page", "The default is the home page.", None),
        home("an empty next page", "The default is the home page.", ""),
        home("redirect to another site", far, "https://evil.example/"),
        home("redirect to another site's home page", far, "https://evil.example/home"),
        home("redirect to another site, with one of your pages after it", far, "https://evil.example/?next=/home"),
        home("redirect to another site, without a scheme", far + " Browsers read //host as another site.",
             "//evil.example/"),
        home("redirect to another site, with a backslash", far + " Browsers read a backslash as a slash.",
             "/\\evil.example/"),
        home("redirect to a script", far, "javascript:alert(1)"),
        home("redirect to another site, after a tab", far + " Browsers remove tabs.", "/\t/evil.example/"),
        home("redirect to another page whose path begins with /home", another, "/homework"),
        home("redirect to /home with another host's name appended", another, "/home.evil.example"),
        home("redirect to a page below the settings", another, "/settings/../admin"),
        home("redirect to a page that the site doesn't have", another, "/admin"),
        home("redirect to a part of the diary", "After the page, only ? and a query are allowed.", "/diary#monday"),
        home("redirect to a part of the home page, with a question mark",
             "After the page, only ? and a query are allowed.", "/home#?day=monday"),
        home("redirect to the diary, with a semicolon", another, "/diary;day=monday"),
    ]  # fmt: skip


def _answers() -> list[Case]:
    mallory = "You would write into Mallory's diary."
    state = {"state": "s-5f1c"}

    def foreign(title: str, story: str, session: dict[str, Any], told: dict[str, Any]) -> Case:
        return _rejects(5, title, story, "came back", session, {"code": "c-2", **told})

    return [
        _returns(5, "the answer to this browser's sign-in", "Its state is the one in the session.", "came back",
                 state, {**state, "code": "c-1"}, returns="c-1"),
        _returns(5, "the answer to another browser's sign-in, received by that browser",
                 "Its state is the one in the session.", "came back",
                 {"state": "s-77d0"}, {"state": "s-77d0", "code": "c-7"}, returns="c-7"),
        foreign("the answer to another person's sign-in", mallory, state, {"state": "s-mallory"}),
        foreign("the answer with a part of the state", mallory, state, {"state": "s-5"}),
        foreign("the answer with more than the state", mallory, state, {"state": "s-5f1c-mallory"}),
        foreign("an answer with an empty state", mallory, state, {"state": ""}),
        foreign("an answer without a state", "It isn't the answer to a sign-in that this browser began.", state, {}),
        foreign("an answer with a state that this browser never began", mallory, {}, state),
        foreign("an answer that this browser never asked for",
                "None equals None: check first that there is a state.", {}, {}),
        foreign("an empty state, and an empty one in the session",
                "An empty value equals an empty value: check first that there is a state.", {"state": ""},
                {"state": ""}),
    ]  # fmt: skip
