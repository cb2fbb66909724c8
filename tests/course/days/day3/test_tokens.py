"""Tokens: genuine ones are accepted, and forged ones are rejected, whatever they claim about themselves."""

from __future__ import annotations

import base64
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from labs_helpers.course.days.day3.tokens import (
    BadToken,
    read,
    signed_by,
    verify_access_token,
    verify_id_token,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI", "1example23456789"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = [KEY.as_dict(private=False)]
ACCESS = {
    "sub": "u1", "iss": ISSUER, "client_id": CLIENT, "token_use": "access", "scope": "openid files/read",
    "exp": AT + 3600, "iat": AT, "auth_time": AT,
}  # fmt: skip
ID = {"sub": "u1", "iss": ISSUER, "aud": CLIENT, "token_use": "id", "exp": AT + 3600, "iat": AT, "nonce": "n"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: Any, header: Any = None, key: Any = KEY) -> str:
    header = {"alg": "RS256", "kid": "one"} | (header or {})
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    head = b64(json.dumps(header).encode())
    signed = f"{head}.{b64(payload)}"
    return f"{signed}.{b64(registry.get_alg(header['alg']).sign(signed.encode(), key))}"


def access(text: str, **more: Any) -> dict[str, Any]:
    return verify_access_token(text, issuer=ISSUER, client_id=CLIENT, keys=KEYS, now=NOW, **more)


def identity(text: str, **more: Any) -> dict[str, Any]:
    return verify_id_token(text, issuer=ISSUER, client_id=CLIENT, keys=KEYS, now=NOW, **more)


def test_genuine_tokens_are_taken() -> None:
    assert access(token(ACCESS), scope="files/read") == ACCESS
    assert identity(token(ID), nonce="n") == ID


PUBLIC_PEM = KEY.as_pem(private=False)


def forged() -> dict[str, str]:
    """More than twenty ways to forge a token."""
    good = token(ACCESS)
    head, payload, signature = good.split(".")
    unsigned, shouted = b64(b'{"alg":"none","kid":"one"}'), b64(b'{"alg":"None","kid":"one"}')
    confused = b64(b'{"alg":"HS256","kid":"one"}') + "." + payload
    mac = hmac.digest(PUBLIC_PEM, confused.encode(), "sha256")
    return {
        "alg none": f"{unsigned}.{payload}.",
        "alg None with a signature": f"{shouted}.{payload}.{signature}",
        "HS256 with the public key": f"{confused}.{b64(mac)}",
        "another algorithm of the same key": token(ACCESS, {"alg": "RS512"}),
        "a foreign key under the same kid": token(ACCESS, key=FOREIGN),
        "an unknown kid": token(ACCESS, {"kid": "two"}),
        "no kid": token(ACCESS, {"kid": None}),
        "a kid that is a path": token(ACCESS, {"kid": "../../dev/null"}),
        "a key that it brings itself": token(ACCESS, {"jwk": FOREIGN.as_dict(private=False)}, FOREIGN),
        "a key set of its own": token(ACCESS, {"jku": "https://evil.example/jwks.json"}, FOREIGN),
        "a certificate of its own": token(ACCESS, {"x5u": "https://evil.example/cert.pem"}, FOREIGN),
        "a critical header": token(ACCESS, {"crit": ["exp"], "exp": AT}),
        "an unencoded payload": token(ACCESS, {"b64": False, "crit": ["b64"]}),
        "another pool": token(ACCESS | {"iss": ISSUER + "x"}),
        "another client": token(ACCESS | {"client_id": "other"}),
        "no client": token({name: value for name, value in ACCESS.items() if name != "client_id"}),
        "aud instead of client_id": token(ACCESS | {"aud": CLIENT, "client_id": "other"}),
        "an ID token": token(ID),
        "no token_use": token({name: value for name, value in ACCESS.items() if name != "token_use"}),
        "expired": token(ACCESS | {"exp": AT}),
        "no exp": token({name: value for name, value in ACCESS.items() if name != "exp"}),
        "exp as text": token(ACCESS | {"exp": str(AT + 3600)}),
        "exp true": token(ACCESS | {"exp": True}),
        "exp not a number": token(json.dumps(ACCESS).replace(str(AT + 3600), "NaN").encode()),
        "not valid yet": token(ACCESS | {"nbf": AT + 60}),
        "issued tomorrow": token(ACCESS | {"iat": AT + 86_400}),
        "another payload": f"{head}.{b64(json.dumps(ACCESS | {'sub': 'u2'}).encode())}.{signature}",
        "a claim twice": token(json.dumps(ACCESS)[:-1].encode() + b', "sub": "u2"}'),
        "no object": token(b'["sub"]'),
        "a shorter scope": token(ACCESS | {"scope": "files/rea"}),
        "a longer scope": token(ACCESS | {"scope": "xfiles/read"}),
        "scopes as a list": token(ACCESS | {"scope": ["files/read"]}),
        "an empty signature": f"{head}.{payload}.",
        "four parts": good + ".x",
        "two parts": f"{head}.{payload}",
        "padding": good + "=",
        "a line break": good + "\n",
        "bits left over": good[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}.get(good[-1], "B"),
        "empty": "",
        "too long": good + "A" * 20_000,
    }


@pytest.mark.parametrize("name", sorted(forged()))
def test_forged_tokens_are_refused(name: str) -> None:
    with pytest.raises(BadToken):
        access(forged()[name], scope="files/read")


def test_an_access_token_is_no_id_token_and_the_nonce_counts() -> None:
    with pytest.raises(BadToken, match="token_use"):
        identity(token(ACCESS))
    with pytest.raises(BadToken, match="nonce"):
        identity(token(ID), nonce="m")
    with pytest.raises(BadToken, match="aud"):
        identity(token(ID | {"aud": [CLIENT, "other"]}))


def test_a_token_is_good_until_its_last_second() -> None:
    text = token(ACCESS)
    for seconds, good in ((3599, True), (3600, False)):
        later = NOW + timedelta(seconds=seconds)
        if good:
            verify_access_token(text, issuer=ISSUER, client_id=CLIENT, keys=KEYS, now=later)
        else:
            with pytest.raises(BadToken, match="exp"):
                verify_access_token(text, issuer=ISSUER, client_id=CLIENT, keys=KEYS, now=later)


def test_elliptic_keys_verify_where_they_are_chosen() -> None:
    key = ECKey.generate_key("P-256", {"kid": "e"})
    text = token(ACCESS, {"alg": "ES256", "kid": "e"}, key)
    signed_by(read(text), key.as_dict(private=False), ("ES256",))
    with pytest.raises(BadToken, match="ES256"):
        signed_by(read(text), key.as_dict(private=False))


VECTORS = Path(os.environ.get("LABS_VECTORS", "")) / "wycheproof" / "json_web_signature_test.json"
CONTRADICTORY = {
    367: "the very text of case 357, which is valid",
    370: "the very text of case 357, which is valid",
    372: "a sign that is not base64url, which RFC 7515 does not let a reader pass over",
    373: "a sign that is not base64url, which RFC 7515 does not let a reader pass over",
}
"""The cases for which the suite and RFC 7515 require different results. We follow the RFC."""


def taken(text: str, key: dict[str, Any], valid: bool) -> bool:
    """Return whether the verifier accepts a token in the suite with the algorithm that its key names."""
    chosen = {str(key.get("alg", "RS256"))}
    try:
        parsed = read(text)
        if valid:  # a few of the keys name another algorithm than that of their one signature
            chosen.add(str(parsed.header.get("alg")))
        signed_by(parsed, key, chosen)
    except BadToken:
        return False
    return True


@pytest.mark.skipif(
    not os.environ.get("LABS_VECTORS") or not VECTORS.is_file(),
    reason="LABS_VECTORS names no folder with Wycheproof's vectors",
)
def test_wycheproof() -> None:
    """Wycheproof's invalid signatures (C2SP/wycheproof) are rejected, and its valid ones are accepted."""
    groups = json.loads(VECTORS.read_text(encoding="utf-8"))["testGroups"]
    texts = {test["tcId"]: test["jws"] for group in groups for test in group["tests"]}
    assert texts[367] == texts[370] == texts[357]
    outcomes = {
        test["tcId"]: taken(test["jws"], group.get("public") or group["private"], test["result"] == "valid")
        is (test["result"] == "valid")
        for group in groups
        for test in group["tests"]
    }
    assert len(outcomes) == 401
    assert {case for case, right in outcomes.items() if not right} == CONTRADICTORY.keys()
