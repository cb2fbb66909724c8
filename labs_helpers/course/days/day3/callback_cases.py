"""The cases for exercise 3.3: genuine and malicious redirects from sign-in pages back to the site.

The attacks come from RFC 9700: https://www.rfc-editor.org/rfc/rfc9700#section-4 (4.4 mix-up, 4.5 code injection, 4.7
cross-site request forgery). https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.course.grading.kinds.function import Case, Watch
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

OURS, WORK = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ours", "https://work.example"
SITE = "https://diary.example/callback"
SESSIONS = {
    "ours": {
        "issuer": OURS, "callback": f"{SITE}/ours", "state": "s-5f1c", "nonce": "n-81aa", "verifier": "v" * 43,
    },
    "work": {
        "issuer": WORK, "callback": f"{SITE}/work", "state": "s-77d0", "nonce": "n-02be", "verifier": "w" * 43,
    },
}  # fmt: skip
"""The contents of the browser's session after a sign-in began at one of the two providers."""
_CODES = {
    "c-alice": (
        OURS,
        "v" * 43,
        {"sub": "alice", "nonce": "n-81aa", "email": "alice@example.com", "cognito:username": "al"},
    ),
    "c-nell": (WORK, "w" * 43, {"sub": "nell", "nonce": "n-02be"}),
    # Stolen from Bob's browser. His sign-in began without PKCE, so any verifier works, and only the nonce protects it.
    "c-bob": (OURS, None, {"sub": "bob", "nonce": "n-of-bob"}),
    "c-part": (OURS, None, {"sub": "bob", "nonce": "n-8"}),
    "c-more": (OURS, None, {"sub": "bob", "nonce": "n-81aa7"}),
    "c-old": (OURS, None, {"sub": "bob"}),
    "c-bound": (OURS, "b" * 43, {"sub": "bob", "nonce": "n-81aa"}),
}
"""Code → the issuer that accepts it, the verifier it requires, and the claims of the ID token."""


def redeem(issuer: str, code: str, verifier: str) -> dict[str, Any]:
    """Return the ID token's verified claims for a code. Raises `ValueError` for a code that the issuer doesn't accept.

    The provider Work belongs to Mallory: it also accepts codes from our pool and redeems them for Mallory.
    """
    good_at, needed, claims = _CODES.get(code, (None, None, {}))
    if issuer == WORK and good_at == OURS:
        return {"iss": WORK, "sub": "alice", "nonce": SESSIONS["work"]["nonce"]}
    if good_at != issuer or needed not in (None, verifier):
        raise ValueError("invalid_grant")
    return {"iss": issuer, **claims}


class _KeepsTheCode(Watch):
    """A watch for codes that are sent to a provider before a comparison that would have rejected them."""

    clause = 4

    def __init__(self) -> None:
        self._sent_to: list[str] = []

    def redeem(self) -> Callable[[str, str, str], dict[str, Any]]:
        """Return `redeem` in a form that records its calls."""

        def observed(issuer: str, code: str, verifier: str) -> dict[str, Any]:
            """Record where the code is sent, then redeem it."""
            self._sent_to.append(issuer)
            return redeem(issuer, code, verifier)

        return observed

    def fault(self) -> str | None:
        """Return a sentence about the provider to which the code was sent first, or None if it wasn't sent."""
        if not self._sent_to:
            return None
        whose = "the other provider" if self._sent_to[0] == WORK else "your user pool"
        return f"your function sends the code to {whose} before it has compared everything that it can."


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return the cases, each with the browser's session, the requested address, the query, and `redeem`."""
    told = [*_genuine(), *_of_no_sign_in_here(), *_at_another_address(), *_of_another_user(), *_errors()]
    return [case.drawn(drawing) for case in told]


def _case(
    title: str, story: str, clause: int, session: Mapping[str, str], address: str, told: Mapping[str, str],
) -> Case:  # fmt: skip
    """Return a case. For clause 1, the function must return the code's user; otherwise, it must reject the case."""
    given = (dict(session), address, dict(told), redeem)
    if clause == 1:
        return Case(title, story, True, given, returns=_CODES[told["code"]][2]["sub"], clause=1)
    return Case(title, story, False, given, clause=clause)


def _compared(
    title: str, story: str, session: Mapping[str, str], address: str, told: Mapping[str, str]
) -> Case:
    """Return a case that is rejected before its code is sent to a provider."""
    watch = _KeepsTheCode()
    return Case(
        title, story, False, (dict(session), address, dict(told), watch.redeem()), clause=2, watch=watch
    )


_OURS, _WORK = SESSIONS["ours"], SESSIONS["work"]
_AT = _OURS["callback"]
_GOOD = {"code": "c-alice", "state": _OURS["state"]}


def _genuine() -> list[Case]:
    return [
        _case("Alice comes back", "She signed in.", 1, _OURS, _AT, _GOOD),
        _case("Nell comes back from work", "She signed in there.", 1, _WORK, _WORK["callback"],
              {"code": "c-nell", "state": _WORK["state"]}),
        _case("Alice comes back with an extra parameter", "Ignore extra parameters.", 1, _OURS, _AT,
              {**_GOOD, "lang": "en"}),
    ]  # fmt: skip


def _of_no_sign_in_here() -> list[Case]:
    foreign = "This browser didn't begin the sign-in, so another person's sign-in would be completed in it."

    def other_state(title: str, state: str) -> Case:
        return _compared(title, foreign, _OURS, _AT, {**_GOOD, "state": state})

    return [
        other_state("another state", "s-mallory"),
        other_state("the state of the sign-in at work", _WORK["state"]),
        other_state("a part of the state", "s-5f"),
        other_state("the state with more after it", "s-5f1c0"),
        other_state("the state with more before it", "as-5f1c"),
        other_state("the state in capitals", "S-5F1C"),
        other_state("an empty state, although the session has one", ""),
        _compared("no state", foreign, _OURS, _AT, {"code": "c-alice"}),
        _compared("no sign-in began here", foreign, {}, _AT, _GOOD),
        _compared("no sign-in began, and no state", "None equals None: check first that there is a state.", {}, _AT,
                  {"code": "c-alice"}),
        _compared("an empty state, and an empty one in the session",
                  "An empty value equals an empty value: check first that there is a state.", {**_OURS, "state": ""},
                  _AT, {**_GOOD, "state": ""}),
    ]  # fmt: skip


def _at_another_address() -> list[Case]:
    unknown = "It arrived at an address that this sign-in didn't name."

    def at(title: str, story: str, address: str) -> Case:
        return _compared(title, story, _OURS, address, _GOOD)

    return [
        _compared("mix-up: our pool's answer to a sign-in begun at work",
                  "You would send our pool's code to the other provider, and believe its answer.", _WORK, _AT,
                  {"code": "c-alice", "state": _WORK["state"]}),
        at("mix-up: an answer at an unknown address", unknown,
           "https://diary.example.evil.example/callback/ours"),
        at("an answer below the address", unknown, _AT + "/mallory"),
        at("an answer above the address", unknown, "https://diary.example/callback"),
        at("an answer without TLS", "Anyone on the network could read the code.", _AT.replace("https:", "http:")),
    ]  # fmt: skip


def _of_another_user() -> list[Case]:
    injected = "The code is another person's: the ID token belongs to another sign-in."

    def with_code(title: str, story: str, code: str) -> Case:
        return _case(title, story, 2, _OURS, _AT, {**_GOOD, "code": code})

    return [
        with_code("a part of the nonce", injected, "c-part"),
        with_code("the nonce with more after it", injected, "c-more"),
        with_code("Bob's code in Mallory's session", injected, "c-bob"),
        with_code("a code whose ID token has no nonce", injected, "c-old"),
        with_code(
            "a code that belongs to another verifier", "The pool rejects it, and so must you.", "c-bound"
        ),
        with_code("a code that doesn't exist", "The pool rejects it, and so must you.", "c-none"),
    ]


def _errors() -> list[Case]:
    return [
        _case("the user canceled", "There is no code, because no user signed in.", 3, _OURS, _AT,
              {"error": "access_denied", "state": _OURS["state"]}),
        _case("an error with another person's code", "An error means that no user signed in.", 3, _OURS, _AT,
              {**_GOOD, "error": "server_error"}),
        _case("no code and no error", "There is no code, so no user signed in.", 3, _OURS, _AT,
              {"state": _OURS["state"]}),
    ]  # fmt: skip
