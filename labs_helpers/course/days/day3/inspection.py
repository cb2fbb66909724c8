"""The contents of a token, whether it can be trusted, and what it opens: for the token inspector and for lessons.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labs_helpers.course.days.day3.tokens import BadToken, Token, read, signed_by

KeysOf = Callable[[str], Sequence[Mapping[str, Any]] | None]
"""Issuer → its public keys; None for an unknown issuer."""
MEANING: Mapping[str, str] = {
    "alg": "how it is signed, as it says itself; your verifier decides which it takes",
    "kid": "which of the issuer's keys signed it",
    "typ": "what kind of document it is",
    "sub": "who it is about: the user, for ever the same in this pool (a program's own token: its client id)",
    "iss": "who made it: the user pool",
    "aud": "for whom it is: in an ID token the application (its client id), in an access token one API",
    "client_id": "the application that an access token was given to",
    "token_use": "what it is for: id or access",
    "scope": "what may be called with it, as words with spaces between",
    "exp": "until when it is good",
    "iat": "when it was made",
    "nbf": "from when on it is good",
    "auth_time": "when the user signed in",
    "jti": "its own name: no two tokens share it",
    "origin_jti": "the sign-in that it comes from: revoking that voids it at Cognito",
    "event_id": "the sign-in's id in Cognito's records",
    "nonce": "what the application sent when the sign-in began: compare it",
    "at_hash": "a hash of the access token that came with it",
    "username": "the user's name in the pool",
    "cognito:username": "the user's name in the pool",
    "cognito:groups": "the user's groups",
    "cognito:roles": "the IAM roles of the user's groups",
    "cognito:preferred_role": "the role that an identity pool takes if it chooses by token",
    "email": "an address; somebody's only if email_verified is true",
    "email_verified": "whether the user proved to have the address",
    "phone_number": "a phone number",
    "phone_number_verified": "whether the user proved to have the number",
    "identities": "the outside providers that the user signs in by",
    "version": "which version of Cognito's access token this is",
    "device_key": "the device that was remembered",
    "acr": "how strongly the user signed in",
    "amr": "by which means the user signed in",
    "azp": "who asked for the token",
}
"""The meaning of each claim and each header parameter."""
_TIMES = ("auth_time", "iat", "nbf", "exp")
USER_POOL = re.compile(r"https://(issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com/[\w-]+_[0-9a-zA-Z]+")
"""The issuer of a user pool's tokens."""
_ADMIN = "aws.cognito.signin.user.admin"


@dataclass(frozen=True, slots=True)
class Entry:
    """One claim, or one parameter of the header, with its meaning."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Use:
    """A possible use of a token, whether the token is accepted for it, and the reason."""

    what: str
    good: bool
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """The findings about a token.

    `problem` is the reason why a text is not a token at all; the rest is empty then.
    """

    problem: str | None = None
    header: tuple[Entry, ...] = ()
    claims: tuple[Entry, ...] = ()
    signature: str = ""
    genuine: bool | None = None
    """True if the issuer signed it; None if the issuer's keys are unknown."""
    times: tuple[tuple[str, datetime], ...] = ()
    now: datetime | None = None
    state: str = ""
    uses: tuple[Use, ...] = ()


def inspect(text: str, keys_of: KeysOf, now: datetime) -> Inspection:
    """Inspect any text that may be a token. Never raises because of the text."""
    try:
        token = read(text.strip())
        claims = token.claims
    except BadToken as error:
        return Inspection(problem=str(error))
    genuine, signature = _signature(token, claims, keys_of)
    times = tuple((name, when) for name in _TIMES if (when := _time(claims.get(name))) is not None)
    state = _state(dict(times), now)
    return Inspection(
        None, _entries(token.header), _entries(claims), signature, genuine, times, now, state,
        tuple(_uses(claims, genuine is True and state == "valid now")),
    )  # fmt: skip


def _entries(named: Mapping[str, Any]) -> tuple[Entry, ...]:
    return tuple(Entry(name, _displayed(name, value), _meaning(name)) for name, value in named.items())


def _meaning(name: str) -> str:
    if name.startswith("custom:"):
        return "an attribute of your own; who may write it says the app client"
    return MEANING.get(name, "no claim that Cognito documents: somebody's own, or a trigger's")


def _displayed(name: str, value: Any) -> str:
    when = _time(value) if name in _TIMES else None
    return f"{value} ({when:%Y-%m-%d %H:%M:%S} UTC)" if when is not None else str(value)


def _time(value: Any) -> datetime | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _signature(token: Token, claims: Mapping[str, Any], keys_of: KeysOf) -> tuple[bool | None, str]:
    """Return whether the issuer that the token names signed it, and the same in words.

    The token may choose its issuer here because nothing depends on the result. A verifier takes it from its settings.
    """
    algorithm, issuer = token.header.get("alg"), claims.get("iss")
    if not token.signature or str(algorithm).lower() == "none":
        return False, "Nobody signed it. Whoever takes it believes whatever is in it."
    keys = keys_of(issuer) if isinstance(issuer, str) else None
    if keys is None:
        return (
            None,
            "Its issuer is no user pool of this cloud, so nobody here knows its keys: it proves nothing.",
        )
    fitting = [key for key in keys if key.get("kid") == token.header.get("kid")]
    if not fitting:
        return False, "The issuer has no key of that name (kid): somebody else made it."
    try:
        signed_by(token, fitting[0])
    except BadToken as error:
        return False, f"The issuer did not sign it: {error}."
    return True, f"The issuer's key {fitting[0]['kid'][:12]}… signed it: nothing in it was changed."


def _state(times: Mapping[str, datetime], now: datetime) -> str:
    if "exp" not in times:
        return "without an end (exp): refuse it"
    if times["exp"] <= now:
        return "expired"
    if any(times[name] > now for name in ("nbf", "iat") if name in times):
        return "not valid yet"
    return "valid now"


def _uses(claims: Mapping[str, Any], good: bool) -> list[Use]:
    """Return the possible uses. A token that is not genuine or not currently valid is accepted for none."""
    kind, scopes = claims.get("token_use"), str(claims.get("scope", "")).split()
    identity, access = good and kind == "id", good and kind == "access"
    person = "username" in claims
    not_good = "" if good else "it is not proved, or not valid now; "
    of_cognito = USER_POOL.fullmatch(str(claims.get("iss", ""))) is not None
    return [
        Use("tell your application who signed in", identity,
            f"{not_good}ID tokens say who somebody is, for the application in aud"),
        Use("get AWS credentials from an identity pool", identity and of_cognito,
            f"{not_good}an identity pool takes ID tokens of the pools and clients that it lists"),
        Use("call your API", access,
            f"{not_good}an API takes access tokens with the scope that it asks for; this one has "
            f"{', '.join(scopes) or 'no scope'}"),
        Use("GetUser, ChangePassword and other calls for oneself", access and person and _ADMIN in scopes,
            f"{not_good}they take a user's access token with the scope {_ADMIN}"),
        Use("ask /oauth2/userInfo", access and person and "openid" in scopes,
            f"{not_good}it takes a user's access token with the scope openid"),
        Use("get new tokens when this one ends", False, "that is the refresh token's, which nobody can read"),
    ]  # fmt: skip
