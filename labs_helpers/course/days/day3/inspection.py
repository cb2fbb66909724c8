"""The inspection of a token for the token inspector and the lessons: its contents, trustworthiness, and uses.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from labs_helpers.course.days.day3.tokens import BadToken, Token, decoded, read, signed_by
from labs_helpers.course.shown.mistakes import checked

KeysOf = Callable[[str], Sequence[Mapping[str, Any]] | None]
"""A function that returns an issuer's public keys, or None if the issuer is unknown."""
MEANING: Mapping[str, str] = {
    "alg": "the algorithm that the token claims; your verifier decides which ones it accepts",
    "kid": "the ID of the issuer's key that signed it",
    "typ": "the kind of document",
    "sub": "the user, by an ID that never changes in this pool (in a program's own token: its client ID)",
    "iss": "the issuer: the user pool",
    "aud": "the audience: in an ID token the application (its client ID), in an access token one API",
    "client_id": "the application that an access token was issued to",
    "token_use": "the token's purpose: id or access",
    "scope": "what the client is allowed to call, as words separated by spaces",
    "exp": "when it expires",
    "iat": "when it was issued",
    "nbf": "when it becomes valid",
    "auth_time": "when the user signed in",
    "jti": "the token's own ID: no two tokens share it",
    "origin_jti": "the sign-in that it comes from: if that is revoked, Cognito rejects the token",
    "event_id": "the sign-in's ID in Cognito's records",
    "nonce": "the value that the application sent when the sign-in began: compare it",
    "at_hash": "a hash of the access token that was issued with it",
    "username": "the user's name in the pool",
    "cognito:username": "the user's name in the pool",
    "cognito:groups": "the user's groups",
    "cognito:roles": "the IAM roles of the user's groups",
    "cognito:preferred_role": "the role that an identity pool uses if it is configured to choose by token",
    "email": "an email address; trust it only if email_verified is true",
    "email_verified": "whether the user has verified the address",
    "phone_number": "a phone number",
    "phone_number_verified": "whether the user has verified the number",
    "identities": "the external providers that the user signs in with",
    "version": "the version of Cognito's access token",
    "device_key": "the remembered device",
    "acr": "how strongly the user signed in",
    "amr": "the methods with which the user signed in",
    "azp": "the application that requested the token",
}
"""The meaning of each claim and each header parameter."""
PARTS = ("header", "payload", "signature")
"""The names of a token's three parts."""
_MISMATCH = "The signature doesn't match these characters, so nothing in them can be trusted."
_TIMES = ("auth_time", "iat", "nbf", "exp")
USER_POOL = re.compile(r"https://(issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com/[\w-]+_[0-9a-zA-Z]+")
"""A pattern for the issuer of a user pool's tokens."""
_ADMIN = "aws.cognito.signin.user.admin"
_USES = (
    "tell your application who signed in",
    "get AWS credentials from an identity pool",
    "call your API",
    "GetUser, ChangePassword, and other calls that users make for themselves",
    "call /oauth2/userInfo",
    "get new tokens when this one expires",
)
_REFRESHED = "that requires the refresh token, which only Cognito can read"
_REFUSALS = (
    "your application rejects it if it verifies the signature before it reads any claim",
    "the identity pool rejects it, because it verifies the signature with the issuer's keys",
    "your API rejects it if it verifies the signature before it reads any claim",
    "Cognito rejects it, because it accepts only access tokens that it issued",
    "the user pool rejects it, because it accepts only access tokens that it issued",
    _REFRESHED,
)
"""The party that rejects a changed token in each use, and the reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One claim, or one header parameter, with its meaning."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Use:
    """A possible use of a token, whether the token is accepted for this use, and the reason."""

    what: str
    good: bool
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """The findings about a token.

    `problem` is the reason that a string isn't a token at all. If it is set, the other fields are empty. `changed`
    describes what differs from the genuine token that this one was made from, or is empty. A changed token that can't
    be read has no header and no claims, but its uses name what rejects it.
    """

    problem: str | None = None
    header: tuple[Entry, ...] = ()
    claims: tuple[Entry, ...] = ()
    signature: str = ""
    genuine: bool | None = None
    """True if the issuer signed the token; None if the issuer's keys are unknown."""
    times: tuple[tuple[str, datetime], ...] = ()
    now: datetime | None = None
    state: str = ""
    uses: tuple[Use, ...] = ()
    changed: str = ""


@checked
def inspect(text: str, keys_of: KeysOf, now: datetime, original: str = "") -> Inspection:
    """Inspect any text that might be a token, its signature first. Never raises an exception.

    `original` is a token that was genuine when it was last inspected. If exactly one of the three parts of `text`
    differs from `original`, `text` is a changed version of it, unless the key of `original` signed `text`. A changed
    version might not be readable.
    """
    text = text.strip()
    changed = _changed(text, original, keys_of) if original else ""
    try:
        token = read(text)
        claims = token.claims
    except BadToken as error:
        if not changed:
            return Inspection(problem=str(error))
        broken = f"{changed} It can't even be read anymore: {error}."
        return Inspection(
            signature=_MISMATCH, genuine=False, now=now, state="changed", uses=_refused(), changed=broken
        )
    genuine, signature = (False, _MISMATCH) if changed else _signature(token, claims, keys_of)
    times = tuple((name, when) for name in _TIMES if (when := _time(claims.get(name))) is not None)
    state = _state(dict(times), now)
    return Inspection(
        None, _entries(token.header), _entries(claims), signature, genuine, times, now, state,
        _refused() if changed else tuple(_uses(claims, genuine is True and state == "valid now")), changed,
    )  # fmt: skip


def _changed(text: str, original: str, keys_of: KeysOf) -> str:
    """Return what differs between a genuine token and a string made from it, or "" if the text isn't made from it."""
    parts, before = text.split("."), original.split(".")
    if len(parts) != len(before):
        return ""
    differing = [name for name, now, then in zip(PARTS, parts, before, strict=True) if now != then]
    if len(differing) != 1 or _still_signed(text, original, keys_of):
        return ""
    (name,) = differing
    return f"Its {name} isn't the one that was issued{_which(name, text, original)}."


def _still_signed(text: str, original: str, keys_of: KeysOf) -> bool:
    """Return True if the original's key also signed this text, whatever the text's header and claims contain."""
    issued = read(original)
    signed, _, signature = text.rpartition(".")
    try:
        now = replace(issued, signature=decoded(signature), signed=signed.encode())
        keys = keys_of(str(issued.claims.get("iss"))) or ()
        signed_by(now, next(key for key in keys if key.get("kid") == issued.header.get("kid")))
    except (BadToken, StopIteration):
        return False
    return True


def _which(part: str, text: str, original: str) -> str:
    """Return the names whose values differ in this part of two tokens, as the end of a sentence, or ""."""
    try:
        now, then = read(text), read(original)
        pairs = (now.header, then.header) if part == "header" else (now.claims, then.claims)
    except BadToken:
        return ""
    names = [name for name in {**pairs[1], **pairs[0]} if pairs[0].get(name) != pairs[1].get(name)]
    return f": {', '.join(names)} differs" if names else ""


def _entries(named: Mapping[str, Any]) -> tuple[Entry, ...]:
    return tuple(Entry(name, _displayed(name, value), _meaning(name)) for name, value in named.items())


def _meaning(name: str) -> str:
    if name.startswith("custom:"):
        return "your own attribute; the app client lists who can write it"
    return MEANING.get(name, "not a claim that Cognito documents: perhaps a trigger added it")


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
    """Return whether the token was signed by the issuer that it names, as a bool and as a sentence.

    The token can choose its issuer here because nothing depends on the result. A verifier takes the issuer from its
    settings.
    """
    algorithm, issuer = token.header.get("alg"), claims.get("iss")
    if not token.signature or str(algorithm).lower() == "none":
        return False, "It isn't signed, so anyone could have written what is in it."
    keys = keys_of(issuer) if isinstance(issuer, str) else None
    if keys is None:
        return (
            None,
            "Its issuer isn't a user pool of this cloud, so its keys are unknown here: the signature proves nothing.",
        )
    fitting = [key for key in keys if key.get("kid") == token.header.get("kid")]
    if not fitting:
        return False, "The issuer has no key with this ID (kid), so another party signed it."
    try:
        signed_by(token, fitting[0])
    except BadToken as error:
        return False, f"The issuer did not sign it: {error}."
    return True, f"The issuer's key {fitting[0]['kid'][:12]}… signed it, so nothing in it was changed."


def _state(times: Mapping[str, datetime], now: datetime) -> str:
    if "exp" not in times:
        return "without an expiry time (exp): reject it"
    if times["exp"] <= now:
        return "expired"
    if any(times[name] > now for name in ("nbf", "iat") if name in times):
        return "not valid yet"
    return "valid now"


def _uses(claims: Mapping[str, Any], good: bool) -> list[Use]:
    """Return the possible uses. A token that is not genuine or not currently valid isn't accepted for any use."""
    kind, scopes = claims.get("token_use"), str(claims.get("scope", "")).split()
    identity, access = good and kind == "id", good and kind == "access"
    person = "username" in claims
    not_good = "" if good else "it isn't verified, or isn't valid now; "
    of_cognito = USER_POOL.fullmatch(str(claims.get("iss", ""))) is not None
    return [
        Use(_USES[0], identity,
            f"{not_good}ID tokens say who the user is, for the application in aud"),
        Use(_USES[1], identity and of_cognito,
            f"{not_good}an identity pool accepts ID tokens of the pools and clients that it lists"),
        Use(_USES[2], access,
            f"{not_good}an API accepts access tokens with the scope that it requires; this one has "
            f"{', '.join(scopes) or 'no scope'}"),
        Use(_USES[3], access and person and _ADMIN in scopes,
            f"{not_good}they require a user's access token with the scope {_ADMIN}"),
        Use(_USES[4], access and person and "openid" in scopes,
            f"{not_good}it requires a user's access token with the scope openid"),
        Use(_USES[5], False, _REFRESHED),
    ]  # fmt: skip


def _refused() -> tuple[Use, ...]:
    """Return the uses of a changed token: for each of them, what rejects the token, and why."""
    return tuple(Use(what, False, why) for what, why in zip(_USES, _REFUSALS, strict=True))
