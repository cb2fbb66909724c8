"""A phone app: a public client with PKCE and no secret, because anyone who has the phone could read a secret.

https://www.rfc-editor.org/rfc/rfc8252: the system browser, a redirect address that belongs to the app, and PKCE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from labs_helpers.cloud.actors import Browser
from labs_helpers.course.days.day3.apps.oauth import App, SignInFailed

if TYPE_CHECKING:
    from labs_helpers.cloud import Clock


class Phone:
    """A phone app, which signs users in with the phone's browser and keeps their tokens in memory."""

    def __init__(self, app: App, clock: Clock):
        self._app, self._clock = app, clock
        self.browser = Browser()
        self.tokens: dict[str, Any] = {}

    def sign_in(self, username: str, password: str) -> dict[str, Any]:
        """Enter a name and password on the pool's page, and return the ID token's claims.

        Raises `SignInFailed` if the sign-in fails.
        """
        begun = self._app.begin()
        page = self.browser.open(begun.url)
        if "code" not in page.told:
            self.browser.follow()
            page = self.browser.send(username=username, password=password)
        if not str(page.location or "").startswith(self._app.callback):
            raise SignInFailed("the pool's page didn't redirect to the app")
        claims, self.tokens = self._app.end(begun, page.told, self._clock)
        return claims

    def call(self, method: str, url: str, **more: Any) -> requests.Response:
        """Call an API with the access token. The ID token only identifies the user and doesn't authorize anything."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return requests.request(method, url, headers=headers, timeout=10, **more)
