"""The code that the site and the phone app share, which begins a sign-in at the pool's pages and completes it.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from labs_helpers.course.days.day3.tokens import verify_id_token

if TYPE_CHECKING:
    from labs_helpers.cloud import Clock


class SignInFailed(Exception):
    """An error for a response that does not belong to this sign-in, or that the pool rejected.

    Users don't see any further details.
    """


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in in progress: the application keeps these values until the browser returns from the pool's pages."""

    url: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class App:
    """An application and its app client. Only applications that run on a server have a `secret`."""

    login: str
    issuer: str
    callback: str
    scope: str
    client_id: str
    secret: str | None = field(default=None, repr=False)

    def begin(self) -> PendingSignIn:
        """Begin a sign-in, and return the values to keep, including the address to open in the browser."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.callback, "scope": self.scope,
            "state": state, "nonce": nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        return PendingSignIn(f"{self.login}/oauth2/authorize?{urlencode(query)}", state, nonce, verifier)

    def end(
        self, begun: PendingSignIn | None, told: Mapping[str, str], clock: Clock
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Complete a sign-in and return the ID token's verified claims and all tokens.

        Raises `SignInFailed` if the response doesn't belong to this sign-in or the pool rejects it, and `BadToken` if
        the ID token can't be trusted.
        """
        if begun is None or not hmac.compare_digest(begun.state.encode(), told.get("state", "").encode()):
            raise SignInFailed("this browser didn't begin that sign-in")
        form = {
            "grant_type": "authorization_code", "client_id": self.client_id, "redirect_uri": self.callback,
            "code": told.get("code", ""), "code_verifier": begun.verifier,
        }  # fmt: skip
        tokens = self._ask(form)
        keys = requests.get(f"{self.issuer}/.well-known/jwks.json", timeout=10).json()["keys"]
        claims = verify_id_token(
            tokens["id_token"], issuer=self.issuer, client_id=self.client_id, keys=keys, now=clock.now(),
            nonce=begun.nonce,
        )  # fmt: skip
        return claims, tokens

    def renew(self, refresh_token: str) -> dict[str, Any]:
        """Return new tokens for a refresh token. Raises `SignInFailed` if the pool rejects it."""
        return self._ask(
            {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": refresh_token}
        )

    def _ask(self, form: Mapping[str, str]) -> dict[str, Any]:
        own = (self.client_id, self.secret) if self.secret else None
        response = requests.post(f"{self.login}/oauth2/token", data=form, auth=own, timeout=10)
        if not response.ok:
            raise SignInFailed("the pool rejected the code or the refresh token")
        return dict(response.json())
