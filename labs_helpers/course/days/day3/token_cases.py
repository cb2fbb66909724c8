"""The cases for exercise 3.1: access tokens issued by a pool, and forged tokens."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12"
CLIENT = "1example23456789example12"
NOW = 1_800_000_000
_CLAIMS = {
    "sub": "5b3c1f9e-0000-4000-8000-1234567890ab", "iss": ISSUER, "client_id": CLIENT, "token_use": "access",
    "scope": "openid", "username": "alice",
}  # fmt: skip
_BOB = {"sub": "77aa01c2-0000-4000-8000-1234567890ab", "username": "bob"}
_Forged = dict[str, tuple[str, str]]
"""The case's name → the token, and the reason to reject it."""


@cache
def _keys() -> tuple[Any, Any, Any]:
    """Return the pool's two keys and an attacker's, generated once because generation is slow."""
    from joserfc.jwk import RSAKey

    return tuple(
        RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}) for kid in ("one", "two", "one")
    )


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, key: Any = None) -> str:
    return _token_of(json.dumps(claims), header, key)


def _token_of(claims: str, header: Mapping[str, Any] | None = None, key: Any = None) -> str:
    from joserfc import jws

    head = {"alg": "RS256", "kid": "one", **(header or {})}
    signed = f"{_b64(json.dumps(head).encode())}.{_b64(claims.encode())}"
    algorithm = jws.JWSRegistry(algorithms=[head["alg"]]).get_alg(head["alg"])
    return f"{signed}.{_b64(algorithm.sign(signed.encode(), key or _keys()[0]))}"


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return genuine and forged tokens, each with the pool's key set and issuer, the client ID, and the time."""
    return _Pool(drawing).cases()


class _Pool:
    """A pool's tokens, and forged ones, with the values of a drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.issuer, self.client = drawing(ISSUER), drawing(CLIENT)
        self.now = NOW if drawing is UNCHANGED else int(datetime.fromisoformat(drawing.moment()).timestamp())
        times = {"exp": self.now + 3_600, "iat": self.now - 60, "auth_time": self.now - 60}
        self.claims = {**drawing(_CLAIMS), **times}

    def cases(self) -> list[Case]:
        """Return the cases, genuine tokens first."""
        first, second, _ = _keys()
        given = (
            {"keys": [first.as_dict(private=False), second.as_dict(private=False)]},
            self.issuer,
            self.client,
            self.now,
        )
        bob = {**self.claims, **self._drawing(_BOB)}
        taken: dict[str, tuple[str, dict[str, Any]]] = {
            "a genuine token": (_token(self.claims), self.claims),
            "a genuine token of another user": (_token(bob), bob),
            "a genuine token signed with the pool's other key": (
                _token(self.claims, {"kid": "two"}, second),
                self.claims,
            ),
            "a genuine token in its last second": (
                _token(last := {**self.claims, "exp": self.now + 1}),
                last,
            ),
            "a genuine token in its first second": (
                _token(first_second := {**self.claims, "nbf": self.now}),
                first_second,
            ),
        }
        forged = {
            2: self._not_signed_by_the_pool() | self._not_tokens(),
            3: self._not_for_this_application(),
            4: self._not_for_now(),
        }
        return [
            Case(name, "The pool issued it to this application: return its claims.", True, (text, *given),
                 returns=claims, clause=1)
            for name, (text, claims) in taken.items()
        ] + [
            Case(name, story, False, (text, *given), clause=clause)
            for clause, texts in forged.items()
            for name, (text, story) in texts.items()
        ]  # fmt: skip

    def _repeated(self, name: str, last: Any) -> str:
        """Return the claims as text in which one claim occurs twice: first with the right value, then a wrong one."""
        return f"{json.dumps(self.claims)[:-1]}, {json.dumps({name: last})[1:]}"

    def _not_signed_by_the_pool(self) -> _Forged:
        """Return tokens with the right claims, but with a signature or a signing key that isn't the pool's."""
        claims = self.claims
        first, _, foreign = _keys()
        head, payload, signature = _token(claims).split(".")
        confused = f"{_b64(json.dumps({'alg': 'HS256', 'kid': 'one'}).encode())}.{payload}"
        mac = hmac.digest(first.as_pem(private=False), confused.encode(), "sha256")
        none = f"{_b64(json.dumps({'alg': 'none', 'kid': 'one'}).encode())}.{payload}."
        other = _b64(json.dumps({**claims, "username": "admin"}).encode())
        return {
            "alg none": (none, "It isn't signed, as its own header says."),
            "the public key as a secret (HS256)": (f"{confused}.{_b64(mac)}", "Anyone can fetch the public key."),
            "an outsider's key under one of the pool's kids": (
                _token(claims, key=foreign), "The signature doesn't match.",
            ),
            "an unknown kid": (_token(claims, {"kid": "three"}, foreign), "The pool has no such key."),
            "a path as the kid": (_token(claims, {"kid": "../../dev/null"}, foreign), "A kid is a name, not a path."),
            "a key in the token's own header (jwk)": (
                _token(claims, {"jwk": foreign.as_dict(private=False)}, foreign), "A forger includes the matching key.",
            ),
            "a key set that the token names (jku)": (
                _token(claims, {"jku": "https://evil.example/jwks.json", "kid": "evil"}, foreign),
                "Take the keys from the pool's address, not from the token.",
            ),
            "a certificate that the token names (x5u)": (
                _token(claims, {"x5u": "https://evil.example/cert.pem"}, foreign),
                "Take the keys from the pool's address, not from the token.",
            ),
            "a header that must be understood (crit)": (
                _token(claims, {"crit": ["proof"], "proof": 1}),
                "RFC 7515: reject a token with a critical header that you don't know.",
            ),
            "another algorithm": (
                _token(claims, {"alg": "RS512"}), "The pool signs only with RS256, so accept nothing else.",
            ),
            "a changed payload": (f"{head}.{other}.{signature}", "The user name was changed to admin."),
            "an empty signature": (f"{head}.{payload}.", "It isn't signed."),
        }  # fmt: skip

    def _not_for_this_application(self) -> _Forged:
        """Return tokens that the pool signed for another application or use, or that another pool issued."""
        claims, issuer, client = self.claims, self.issuer, self.client
        lacks = {
            name: {k: v for k, v in claims.items() if k != name} for name in ("client_id", "iss", "token_use")
        }
        identity = {**lacks["client_id"], "token_use": "id", "aud": client}
        return {
            "another pool's issuer": (_token({**claims, "iss": issuer + "3"}), "Another pool's users aren't yours."),
            "an issuer on another host": (
                _token({**claims, "iss": f"https://evil.example/{issuer.rpartition('/')[2]}"}),
                "Only its end matches your pool's.",
            ),
            "a part of the issuer": (_token({**claims, "iss": issuer[:-1]}), "It is another pool's issuer."),
            "no issuer": (_token(lacks["iss"]), "It doesn't name a pool."),
            "an application whose ID begins the same way": (
                _token({**claims, "client_id": client + "9"}), "It was issued to another application.",
            ),
            "another application's": (
                _token({**claims, "client_id": "another"}), "It was issued to another application.",
            ),
            "no client_id": (_token(lacks["client_id"]), "It doesn't name an application."),
            "an empty client_id": (_token({**claims, "client_id": ""}), "It doesn't name an application."),
            "aud instead of client_id": (
                _token({**claims, "client_id": "another", "aud": client}),
                "In an access token, client_id names the application, not aud.",
            ),
            "an ID token": (_token(identity), "It says who the user is, not what the client is allowed to call."),
            "another token_use": (_token({**claims, "token_use": "refresh"}), "It is for another purpose."),
            "a token_use that begins the same way": (
                _token({**claims, "token_use": "access_once"}), "It is for another purpose.",
            ),
            "a part of a token_use": (_token({**claims, "token_use": "acc"}), "It is for another purpose."),
            "no token_use": (_token(lacks["token_use"]), "It doesn't say what it is for."),
            "client_id twice": (
                _token_of(self._repeated("client_id", "another")),
                "It names two applications: use the last, or reject the token (RFC 7519, section 4).",
            ),
            "iss twice": (
                _token_of(self._repeated("iss", issuer + "3")),
                "It names two issuers: use the last, or reject the token.",
            ),
        }  # fmt: skip

    def _not_for_now(self) -> _Forged:
        """Return tokens that the pool signed for another time."""
        claims, now = self.claims, self.now
        without = {name: value for name, value in claims.items() if name != "exp"}
        return {
            "an expired token": (_token({**claims, "exp": now - 1}), "It expired a second ago."),
            "a token that expires now": (_token({**claims, "exp": now}), "A token has expired once exp is reached."),
            "no exp": (_token(without), "It would never expire."),
            "an exp that isn't a number": (_token({**claims, "exp": str(now + 60)}), "RFC 7519: a time is a number."),
            "a token that isn't valid yet": (
                _token({**claims, "nbf": now + 600}), "It isn't valid before the time in nbf.",
            ),
            "a token that is valid from the next second": (
                _token({**claims, "nbf": now + 1}), "It isn't valid before the time in nbf.",
            ),
            "exp twice": (
                _token_of(self._repeated("exp", now - 1)),
                "It has two expiry times: use the last, or reject the token.",
            ),
        }  # fmt: skip

    def _not_tokens(self) -> _Forged:
        head, payload, _ = _token(self.claims).split(".")
        return {
            "two parts": (f"{head}.{payload}", "A part is missing."),
            "a string that isn't a token": ("not a token", "It has no parts."),
            "an empty text": ("", "There is no token."),
        }  # fmt: skip
