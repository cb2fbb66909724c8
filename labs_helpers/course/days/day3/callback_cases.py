"""The cases of exercise 3.3: redirects back from sign-in pages, genuine ones and attacks.

The attacks are RFC 9700's: https://www.rfc-editor.org/rfc/rfc9700#section-4 (4.4 mix-up, 4.5 code injection, 4.7
cross-site request forgery). https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.course.grading.kinds.function import Case

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
    "c-alice": (OURS, "v" * 43, {"sub": "alice", "nonce": "n-81aa"}),
    "c-nell": (WORK, "w" * 43, {"sub": "nell", "nonce": "n-02be"}),
    # Stolen from Bob's browser. That sign-in began without PKCE, so any verifier works: only the nonce is left.
    "c-bob": (OURS, None, {"sub": "bob", "nonce": "n-of-bob"}),
    "c-part": (OURS, None, {"sub": "bob", "nonce": "n-8"}),
    "c-old": (OURS, None, {"sub": "bob"}),
    "c-bound": (OURS, "b" * 43, {"sub": "bob", "nonce": "n-81aa"}),
}
"""Code → the issuer that accepts it, the verifier it requires, and the claims of the ID token."""


def providers() -> Callable[[str, str, str], dict[str, Any]]:
    """Return `redeem` for one round of cases: it remembers which codes of our pool work's provider has seen.

    `redeem` returns the verified claims of the ID token for a code, or raises ValueError. Work's provider belongs to
    Mallory: it accepts any code and redeems it at our pool, where a code works only once.
    """
    used_up: set[str] = set()

    def redeem(issuer: str, code: str, verifier: str) -> dict[str, Any]:
        """Return the verified claims for a code; ValueError for a code that the issuer does not accept."""
        if issuer == WORK and code not in _CODES:
            raise ValueError("invalid_grant")
        good_at, needed, claims = _CODES.get(code, (None, None, {}))
        if issuer == WORK and good_at != WORK:
            used_up.add(code)
            return {"iss": WORK, "sub": "alice", "nonce": SESSIONS["work"]["nonce"]}
        if good_at != issuer or needed not in (None, verifier) or code in used_up:
            raise ValueError("invalid_grant")
        return {"iss": issuer, **claims}

    return redeem


def cases() -> list[Case]:
    """Return the cases: the browser's session, the called address, the query, and `redeem`."""
    ours, work = SESSIONS["ours"], SESSIONS["work"]
    good = {"code": "c-alice", "state": ours["state"]}
    redeem = providers()

    def case(
        title: str, story: str, taken: bool, session: Mapping[str, str], address: str, told: Mapping[str, str]
    ) -> Case:
        """Return a case; an accepted one returns the user whom the code belongs to."""
        given = (dict(session), address, dict(told), redeem)
        return Case(title, story, taken, given, returns=_CODES[told["code"]][2]["sub"] if taken else None)

    foreign = "The answer belongs to no sign-in that this browser began: another person's would end in it."
    injected = "The code is another person's: the ID token belongs to another sign-in."
    return [
        case("Alice comes back", "She signed in.", True, ours, ours["callback"], good),
        case("Nell comes back from work", "She signed in there.", True, work, work["callback"],
              {"code": "c-nell", "state": work["state"]}),
        case("Alice comes back with a further parameter", "Ignore further parameters.", True, ours,
              ours["callback"], {**good, "lang": "en"}),
        case("another state", foreign, False, ours, ours["callback"], {**good, "state": "s-mallory"}),
        case("no state", foreign, False, ours, ours["callback"], {"code": "c-alice"}),
        case("no sign-in began here", foreign, False, {}, ours["callback"], good),
        case("no sign-in began, and no state", "None equals None: check first that there is a state.", False, {},
              ours["callback"], {"code": "c-alice"}),
        case("an empty state, and an empty one in the session",
              "An empty value equals an empty value: check first that there is a state.", False, {**ours, "state": ""},
              ours["callback"], {**good, "state": ""}),
        case("a part of the state", foreign, False, ours, ours["callback"], {**good, "state": "s-5f"}),
        case("the state with more after it", foreign, False, ours, ours["callback"], {**good, "state": "s-5f1c0"}),
        case("the state with more before it", foreign, False, ours, ours["callback"], {**good, "state": "as-5f1c"}),
        case("the state in capitals", foreign, False, ours, ours["callback"], {**good, "state": "S-5F1C"}),
        case("a part of the nonce", injected, False, ours, ours["callback"],
              {"code": "c-part", "state": ours["state"]}),
        case("Bob's code in Mallory's session", injected, False, ours, ours["callback"],
              {"code": "c-bob", "state": ours["state"]}),
        case("a code whose ID token has no nonce", injected, False, ours, ours["callback"],
              {"code": "c-old", "state": ours["state"]}),
        case("a code that belongs to another verifier", "The pool rejects it, and so must you.", False, ours,
              ours["callback"], {"code": "c-bound", "state": ours["state"]}),
        case("mix-up: our pool's answer to a sign-in begun at work",
              "You would send our pool's code to the other provider, and believe its answer.", False, work,
              ours["callback"], {"code": "c-alice", "state": work["state"]}),
        case("after the mix-up, Alice's code where it belongs",
              "If the code no longer works, you sent it to the other provider before you compared the address.", True,
              ours, ours["callback"], good),
        case("mix-up: an answer at an unknown address", "It came to an address that this sign-in didn't name.", False,
              ours, "https://diary.example.evil.example/callback/ours", good),
        case("an answer below the address", "It came to an address that this sign-in didn't name.", False, ours,
              ours["callback"] + "/mallory", good),
        case("an answer above the address", "It came to an address that this sign-in didn't name.", False, ours,
              "https://diary.example/callback", good),
        case("an answer without TLS", "Anyone on the network could read the code.", False, ours,
              ours["callback"].replace("https:", "http:"), good),
        case("the user canceled", "There is no code, because no user signed in.", False, ours, ours["callback"],
              {"error": "access_denied", "state": ours["state"]}),
        case("an error with another person's code", "An error means that no user signed in.", False, ours,
              ours["callback"], {**good, "error": "server_error"}),
    ]  # fmt: skip
