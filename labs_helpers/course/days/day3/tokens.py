"""A strict reader for JSON Web Tokens, and the checks that an application must make before it trusts a token.

Reading a token verifies nothing: `read` parses a token, `signed_by` verifies who signed it, and `verify_id_token` and
`verify_access_token` verify that the expected pool issued it for this application and purpose, and that it has not
expired.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
https://www.rfc-editor.org/rfc/rfc7515, rfc7519, rfc8725
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_CHARACTERS = 16_384
"""The maximum length of a token, far above the few thousand characters of Cognito's tokens."""
ALGORITHM = "RS256"
"""The algorithm that user pools sign with."""
_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "HS": "oct"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class BadToken(Exception):
    """The error for a token that must not be trusted. Never show the message to the token's sender."""


@dataclass(frozen=True, slots=True)
class Token:
    """A parsed token. No part of it is verified."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes
    """The signed characters (header, dot, payload), as they were sent."""

    @property
    def claims(self) -> dict[str, Any]:
        """The claims in the payload. Raises `BadToken` if the payload isn't a JSON object or repeats a claim."""
        return _object(self.payload, "payload")


def read(token: str) -> Token:
    """Parse a token. Raises `BadToken` unless it has exactly three base64url parts, the first a JSON object."""
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS:
        raise BadToken(f"a token is a string of at most {MOST_CHARACTERS:,} characters")
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken("a signed token has three parts with dots between them")
    header, payload, signature = (decoded(part) for part in parts)
    return Token(_object(header, "header"), payload, signature, f"{parts[0]}.{parts[1]}".encode())


def signed_by(token: Token, key: Mapping[str, Any], algorithms: Collection[str] = (ALGORITHM,)) -> None:
    """Raise `BadToken` unless `key` (a JWK) signed the token with one of these algorithms.

    The verifier chooses the algorithms, never the token: an attacker's token would choose "none", or an HMAC with the
    public key as its secret. The key must be intended for signatures and match the algorithm's type.
    """
    algorithm = token.header.get("alg")
    if algorithm not in algorithms or not isinstance(algorithm, str):
        raise BadToken(f"its algorithm is {algorithm!r}, but only {', '.join(algorithms)} is accepted")
    if "crit" in token.header or token.header.get("b64") is False:
        raise BadToken("its header requires an extension that isn't supported here")
    if key.get("kty") != _KEY_TYPES.get(algorithm[:2]) or key.get("use", "sig") != "sig":
        raise BadToken("the key isn't for signatures with this algorithm")
    operations = key.get("key_ops")
    if operations is not None and not {"verify", "sign"} & set(operations):
        raise BadToken("the key isn't allowed to verify signatures")
    if not _signature_fits(token, algorithm, key):
        raise BadToken("the signature doesn't match")


def verify_id_token(
    token: str, *, issuer: str, client_id: str, keys: Iterable[Mapping[str, Any]], now: datetime,
    nonce: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the claims of an ID token that the pool issued to this application.

    Raises `BadToken` if a check fails.

    `keys` are the keys in the pool's jwks.json, `now` is the current time, and `nonce` is the value sent at the
    beginning of the sign-in.
    """
    claims = _verified(token, issuer, keys, now, "id")
    if claims.get("aud") != client_id:
        raise BadToken("it was issued to another application (aud)")
    if nonce is not None and claims.get("nonce") != nonce:
        raise BadToken("it belongs to another sign-in (nonce)")
    return claims


def verify_access_token(
    token: str, *, issuer: str, client_id: str, keys: Iterable[Mapping[str, Any]], now: datetime,
    scope: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the claims of an access token that the pool issued to this application, and that has `scope`.

    Cognito's access tokens have no aud claim: client_id names the application that they were issued to. Raises
    `BadToken` if a check fails.
    """
    claims = _verified(token, issuer, keys, now, "access")
    if claims.get("client_id") != client_id:
        raise BadToken("it was issued to another application (client_id)")
    scopes = claims.get("scope")
    if scope is not None and (not isinstance(scopes, str) or scope not in scopes.split(" ")):
        raise BadToken(f"it lacks the scope {scope}")
    return claims


def _verified(
    token: str, issuer: str, keys: Iterable[Mapping[str, Any]], now: datetime, use: str
) -> dict[str, Any]:
    """Verify what both kinds of token have in common: the signature, the issuer, the purpose, and the time."""
    parsed = read(token)
    # Only the pool's own keys are considered: a key in the token's header (jwk, jku, x5u) is never one of them.
    found = [key for key in keys if key.get("kid") == parsed.header.get("kid") is not None]
    if len(found) != 1:
        raise BadToken("none of the pool's keys has its kid")
    signed_by(parsed, found[0])
    claims = parsed.claims
    if claims.get("iss") != issuer:
        raise BadToken("another pool issued it (iss)")
    if claims.get("token_use") != use:
        raise BadToken(f"it isn't an {use} token (token_use)")
    at = now.timestamp()
    if not _number(claims.get("exp")) or claims["exp"] <= at:
        raise BadToken("it has expired (exp)")
    for name in ("nbf", "iat"):
        if name in claims and (not _number(claims[name]) or claims[name] > at):
            raise BadToken(f"it isn't valid yet ({name})")
    return claims


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def decoded(part: str) -> bytes:
    """Decode base64url as RFC 7515 defines it: without padding, other characters, or leftover bits."""
    if not _BASE64URL.fullmatch(part):
        raise BadToken("a part has characters that aren't base64url")
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error) as error:
        raise BadToken("a part isn't base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise BadToken("a part isn't in the one valid encoding")
    return data


def _object(data: bytes, what: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Build an object from its members. Raises `BadToken` for a repeated name."""
        found = dict(pairs)
        if len(found) < len(pairs):
            raise BadToken(f"the {what} repeats a name, and parsers would disagree about its value")
        return found

    def constant(name: str) -> Any:
        """Reject NaN and the infinities."""
        raise BadToken(f"{name} isn't JSON, and comparisons with it are unreliable")

    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise BadToken(f"the {what} isn't JSON") from error
    if not isinstance(found, dict):
        raise BadToken(f"the {what} isn't a JSON object")
    return found


def _signature_fits(token: Token, algorithm: str, key: Mapping[str, Any]) -> bool:
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    bare = {name: value for name, value in key.items() if name not in ("alg", "use", "key_ops", "kid")}
    try:
        handler = jws.JWSRegistry(algorithms=[algorithm]).get_alg(algorithm)
        return bool(handler.verify(token.signed, token.signature, JWKRegistry.import_key(bare)))
    except (JoseError, ValueError, TypeError):
        return False
