"""The cases for exercise 3.1: access tokens issued by a pool, and forged tokens."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from labs_helpers.course.grading.kinds.function import Case

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12"
CLIENT = "1example23456789example12"
NOW = 1_800_000_000
_CLAIMS = {
    "sub": "5b3c1f9e-0000-4000-8000-1234567890ab", "iss": ISSUER, "client_id": CLIENT, "token_use": "access",
    "scope": "openid", "exp": NOW + 3_600, "iat": NOW - 60, "auth_time": NOW - 60, "username": "alice",
}  # fmt: skip
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


def _repeated(name: str, last: Any) -> str:
    """Return the claims as text with one of them twice: first the right value, last the wrong one."""
    return f"{json.dumps(_CLAIMS)[:-1]}, {json.dumps({name: last})[1:]}"


def _token_of(claims: str, header: Mapping[str, Any] | None = None, key: Any = None) -> str:
    from joserfc import jws

    head = {"alg": "RS256", "kid": "one", **(header or {})}
    signed = f"{_b64(json.dumps(head).encode())}.{_b64(claims.encode())}"
    algorithm = jws.JWSRegistry(algorithms=[head["alg"]]).get_alg(head["alg"])
    return f"{signed}.{_b64(algorithm.sign(signed.encode(), key or _keys()[0]))}"


def cases() -> list[Case]:
    """Return genuine and forged tokens, each with the pool's key set and issuer, the client ID, and the time."""
    first, second, _ = _keys()
    given = ({"keys": [first.as_dict(private=False), second.as_dict(private=False)]}, ISSUER, CLIENT, NOW)
    bob = {**_CLAIMS, "sub": "77aa01c2-0000-4000-8000-1234567890ab", "username": "bob"}
    taken: dict[str, tuple[str, dict[str, Any]]] = {
        "a genuine token": (_token(_CLAIMS), _CLAIMS),
        "a genuine token of another user": (_token(bob), bob),
        "a genuine token signed with the pool's other key": (
            _token(_CLAIMS, {"kid": "two"}, second),
            _CLAIMS,
        ),
        "a genuine token in its last second": (_token(last := {**_CLAIMS, "exp": NOW + 1}), last),
        "a genuine token in its first second": (
            _token(first_second := {**_CLAIMS, "nbf": NOW}),
            first_second,
        ),
    }
    forged = {2: _not_signed_by_the_pool() | _not_tokens(), 3: _not_for_this_application(), 4: _not_for_now()}
    return [
        Case(name, "The pool issued it to this application: return its claims.", True, (text, *given),
             returns=claims, clause=1)
        for name, (text, claims) in taken.items()
    ] + [
        Case(name, story, False, (text, *given), clause=clause)
        for clause, texts in forged.items()
        for name, (text, story) in texts.items()
    ]  # fmt: skip


def _not_signed_by_the_pool() -> _Forged:
    """Return tokens with the right claims whose signature, or the key it relies on, is not the pool's."""
    first, _, foreign = _keys()
    head, payload, signature = _token(_CLAIMS).split(".")
    confused = f"{_b64(json.dumps({'alg': 'HS256', 'kid': 'one'}).encode())}.{payload}"
    mac = hmac.digest(first.as_pem(private=False), confused.encode(), "sha256")
    none = f"{_b64(json.dumps({'alg': 'none', 'kid': 'one'}).encode())}.{payload}."
    other = _b64(json.dumps({**_CLAIMS, "username": "admin"}).encode())
    return {
        "alg none": (none, "It isn't signed, as its own header says."),
        "the public key as a secret (HS256)": (f"{confused}.{_b64(mac)}", "Anyone can fetch the public key."),
        "an outsider's key under one of the pool's kids": (
            _token(_CLAIMS, key=foreign), "The signature doesn't match.",
        ),
        "an unknown kid": (_token(_CLAIMS, {"kid": "three"}, foreign), "The pool has no such key."),
        "a path as the kid": (_token(_CLAIMS, {"kid": "../../dev/null"}, foreign), "A kid is a name, not a path."),
        "a key in the token's own header (jwk)": (
            _token(_CLAIMS, {"jwk": foreign.as_dict(private=False)}, foreign), "A forger includes the matching key.",
        ),
        "a key set that the token names (jku)": (
            _token(_CLAIMS, {"jku": "https://evil.example/jwks.json", "kid": "evil"}, foreign),
            "Take the keys from the pool's address, not from the token.",
        ),
        "a certificate that the token names (x5u)": (
            _token(_CLAIMS, {"x5u": "https://evil.example/cert.pem"}, foreign),
            "Take the keys from the pool's address, not from the token.",
        ),
        "a header that must be understood (crit)": (
            _token(_CLAIMS, {"crit": ["proof"], "proof": 1}),
            "RFC 7515: reject a token with a critical header that you don't know.",
        ),
        "another algorithm": (
            _token(_CLAIMS, {"alg": "RS512"}), "The pool signs only with RS256, so accept nothing else.",
        ),
        "a changed payload": (f"{head}.{other}.{signature}", "The user name was changed to admin."),
        "an empty signature": (f"{head}.{payload}.", "It isn't signed."),
    }  # fmt: skip


def _not_for_this_application() -> _Forged:
    """Return tokens that the pool signed for another application or use, or that another pool issued."""
    lacks = {
        name: {k: v for k, v in _CLAIMS.items() if k != name} for name in ("client_id", "iss", "token_use")
    }
    identity = {**lacks["client_id"], "token_use": "id", "aud": CLIENT}
    return {
        "another pool's issuer": (_token({**_CLAIMS, "iss": ISSUER + "3"}), "Another pool's users aren't yours."),
        "an issuer on another host": (
            _token({**_CLAIMS, "iss": "https://evil.example/us-east-1_Example12"}), "Only its end matches your pool's.",
        ),
        "no issuer": (_token(lacks["iss"]), "It doesn't name a pool."),
        "an application whose ID begins the same way": (
            _token({**_CLAIMS, "client_id": CLIENT + "9"}), "It was issued to another application.",
        ),
        "another application's": (_token({**_CLAIMS, "client_id": "another"}), "It was issued to another application."),
        "no client_id": (_token(lacks["client_id"]), "It doesn't name an application."),
        "an empty client_id": (_token({**_CLAIMS, "client_id": ""}), "It doesn't name an application."),
        "aud instead of client_id": (
            _token({**_CLAIMS, "client_id": "another", "aud": CLIENT}),
            "In an access token, client_id names the application, not aud.",
        ),
        "an ID token": (_token(identity), "It says who the user is, not what the client is allowed to call."),
        "another token_use": (_token({**_CLAIMS, "token_use": "refresh"}), "It is for another purpose."),
        "no token_use": (_token(lacks["token_use"]), "It doesn't say what it is for."),
        "client_id twice": (
            _token_of(_repeated("client_id", "another")),
            "It names two applications: use the last, or reject the token (RFC 7519, section 4).",
        ),
        "iss twice": (
            _token_of(_repeated("iss", ISSUER + "3")), "It names two issuers: use the last, or reject the token.",
        ),
    }  # fmt: skip


def _not_for_now() -> _Forged:
    """Return tokens that the pool signed for another time."""
    without = {name: value for name, value in _CLAIMS.items() if name != "exp"}
    return {
        "an expired token": (_token({**_CLAIMS, "exp": NOW - 1}), "It expired a second ago."),
        "a token that expires now": (_token({**_CLAIMS, "exp": NOW}), "A token has expired once exp is reached."),
        "no exp": (_token(without), "It would never expire."),
        "an exp that isn't a number": (_token({**_CLAIMS, "exp": str(NOW + 60)}), "RFC 7519: a time is a number."),
        "a token that isn't valid yet": (
            _token({**_CLAIMS, "nbf": NOW + 600}), "It isn't valid before the time in nbf.",
        ),
        "a token that is valid from the next second": (
            _token({**_CLAIMS, "nbf": NOW + 1}), "It isn't valid before the time in nbf.",
        ),
        "exp twice": (
            _token_of(_repeated("exp", NOW - 1)), "It has two expiry times: use the last, or reject the token.",
        ),
    }  # fmt: skip


def _not_tokens() -> _Forged:
    head, payload, _ = _token(_CLAIMS).split(".")
    return {
        "two parts": (f"{head}.{payload}", "A part is missing."),
        "a text that isn't a token": ("not a token", "It has no parts."),
        "an empty text": ("", "There is no token."),
    }  # fmt: skip
