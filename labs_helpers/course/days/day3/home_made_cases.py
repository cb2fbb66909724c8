"""The cases of exercise 3.5: the steps of a home-made login, and the requests to each.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from labs_helpers.course.grading.kinds.function import Case

WRONG = (401, "wrong name or password")
SENT = "if there is such a user, a code is on its way"


def hashed(password: str, salt: str) -> str:
    """Return a password's hash as the login stores it; few iterations, so that lessons run quickly."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1_000).hex()


_SIMILAR_HASH = "guess-5379"
"""A wrong password whose hash, with Alice's salt, begins with the same three digits as her password's."""
USERS: dict[str, dict[str, Any]] = {
    "alice": {"salt": "a1", "hash": hashed("Correct-horse-1", "a1"), "code": "481516", "tries": 0},
    "bob": {"salt": "b2", "hash": hashed("Battery-staple-2", "b2"), "code": None, "tries": 0},
    "carol": {"salt": "c3", "hash": hashed("Purple-monkey-3", "c3"), "code": "815162", "tries": 5},
}


class _UnpredictableCode:
    """Equal to the message with an unpredictable code: six digits or more, none next to an earlier one."""

    def __init__(self, seen: set[str]) -> None:
        self._seen = seen

    def __eq__(self, said: object) -> bool:
        if not (isinstance(said, tuple) and len(said) == 2 and said[0] == SENT and isinstance(said[1], str)):
            return False
        if re.fullmatch(r"\d{6,10}", said[1], re.ASCII) is None:
            return False
        near = any(abs(int(said[1]) - int(code)) <= 1 for code in self._seen)
        self._seen.add(said[1])
        # Three random six-digit codes all begin with 00 once in a million runs.
        return not near and not (len(self._seen) > 2 and all(code.startswith("00") for code in self._seen))

    __hash__ = None  # type: ignore[assignment]


def _returns(title: str, story: str, step: str, *given: Any, returns: Any) -> Case:
    return Case(title, story, True, (step, *given), returns=returns)


def _rejects(title: str, story: str, step: str, *given: Any) -> Case:
    return Case(title, story, False, (step, *given))


def cases() -> list[Case]:
    """Return the cases: each names a step of the login and its arguments."""
    seen: set[str] = set()
    far = "The sender of the link would decide where your users go next, with your name on the way."
    guess = "Anyone who knows one code knows them all."
    return [
        _returns("Alice signs in", "Her password is right.", "sign in", USERS, "alice", "Correct-horse-1",
              returns=(200, "alice")),
        _returns("Alice's password, mistyped", "Whatever is wrong, give the same answer.", "sign in", USERS, "alice",
              "x", returns=WRONG),
        _returns("Alice's password, with a space after it", "Whatever is wrong, give the same answer.", "sign in",
              USERS, "alice", "Correct-horse-1 ", returns=WRONG),
        _returns("Alice's password in lowercase", "Whatever is wrong, give the same answer.", "sign in", USERS, "alice",
              "correct-horse-1", returns=WRONG),
        _returns("the beginning of Alice's password", "Whatever is wrong, give the same answer.", "sign in", USERS,
              "alice", "Correct-", returns=WRONG),
        _returns("a password whose hash begins like Alice's", "Compare the whole hash.", "sign in", USERS, "alice",
              _SIMILAR_HASH, returns=WRONG),
        _returns("a name that doesn't exist", "The answer reveals who your customers are.", "sign in", USERS, "nobody",
              "x", returns=WRONG),
        _returns("a code for Alice", guess, "send code", USERS, "alice", returns=_UnpredictableCode(seen)),
        _returns("another code for Alice", guess, "send code", USERS, "alice", returns=_UnpredictableCode(seen)),
        _returns("a code for Bob", guess, "send code", USERS, "bob", returns=_UnpredictableCode(seen)),
        _returns("a code for an unknown name", "The answer reveals who your customers are.", "send code", USERS,
              "nobody", returns=(SENT, None)),
        _returns("Alice types her code", "It is the code that she received.", "reset", USERS["alice"], "481516",
              returns=True),
        _rejects("a wrong code", "It isn't the code that was sent.", "reset", USERS["alice"], "000000"),
        _rejects("the beginning of the code", "It isn't the code that was sent.", "reset", USERS["alice"], "4815"),
        _rejects("the end of the code", "It isn't the code that was sent.", "reset", USERS["alice"], "516"),
        _rejects("the code with a digit before it", "It isn't the code that was sent.", "reset", USERS["alice"],
                 "0481516"),
        _rejects("an empty code where one was sent", "It isn't the code that was sent.", "reset", USERS["alice"], ""),
        _rejects("no code was sent, and none is given", "None equals None: check first that there is a code.", "reset",
                 USERS["bob"], None),
        _rejects("an empty code", "No code was sent.", "reset", {**USERS["bob"], "code": ""}, ""),
        _rejects("the sixth attempt", "There are a million six-digit codes: allow only five guesses.", "reset",
                 USERS["carol"], "815162"),
        _returns("on to the diary", "It is a page of this site.", "where to", "/diary?day=monday",
              returns="/diary?day=monday"),
        _returns("on to no particular page", "The default is the home page.", "where to", None, returns="/home"),
        _returns("on to another site", far, "where to", "https://evil.example/", returns="/home"),
        _returns("on to another site, without a scheme", far + " Browsers read //host as another site.", "where to",
              "//evil.example/", returns="/home"),
        _returns("on to another site, with a backslash", far + " Browsers read a backslash as a slash.", "where to",
              "/\\evil.example/", returns="/home"),
        _returns("on to a script", far, "where to", "javascript:alert(1)", returns="/home"),
        _returns("on to another site, after a tab", far + " Browsers remove tabs.", "where to", "/\t/evil.example/",
              returns="/home"),
        _returns("the answer to this browser's sign-in", "Its state is the one in the session.", "came back",
              {"state": "s-5f1c"}, {"state": "s-5f1c", "code": "c-1"}, returns="c-1"),
        _rejects("the answer to another person's sign-in", "You would write into Mallory's diary.",
                 "came back", {"state": "s-5f1c"}, {"state": "s-mallory", "code": "c-2"}),
        _rejects("the answer with a part of the state", "You would write into Mallory's diary.",
                 "came back", {"state": "s-5f1c"}, {"state": "s-5", "code": "c-2"}),
        _rejects("the answer with more than the state", "You would write into Mallory's diary.",
                 "came back", {"state": "s-5f1c"}, {"state": "s-5f1c-mallory", "code": "c-2"}),
        _rejects("an answer without a state", "It belongs to no sign-in that this browser began.", "came back",
                 {"state": "s-5f1c"}, {"code": "c-2"}),
        _rejects("an answer that this browser never asked for", "None equals None: check first that there is a state.",
                 "came back", {}, {"code": "c-2"}),
    ]  # fmt: skip
