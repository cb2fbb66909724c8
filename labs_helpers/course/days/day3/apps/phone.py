"""An app on a phone: a public client. It has no secret, for whoever has the phone could read it; it has PKCE.

https://www.rfc-editor.org/rfc/rfc8252: the system's browser, an address of the app's own, and PKCE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from labs_helpers.cloud.actors import Browser
from labs_helpers.course.days.day3.apps.oauth import App, SignInFailed

if TYPE_CHECKING:
    from labs_helpers.cloud import Clock


class Phone:
    """Signs people in by the phone's browser and keeps their tokens in memory. No server of the app's is needed."""

    def __init__(self, app: App, clock: Clock):
        self._app, self._clock = app, clock
        self.browser = Browser()
        self.tokens: dict[str, Any] = {}

    def sign_in(self, username: str, password: str) -> dict[str, Any]:
        """Somebody types name and password on the pool's page: the claims of the ID token. Raises `SignInFailed`."""
        begun = self._app.begin()
        page = self.browser.open(begun.url)
        if "code" not in page.told:
            self.browser.follow()
            page = self.browser.send(username=username, password=password)
        if not str(page.location or "").startswith(self._app.callback):
            raise SignInFailed("the pool's page did not come back")
        claims, self.tokens = self._app.end(begun, page.told, self._clock)
        return claims

    def call(self, method: str, url: str, **more: Any) -> requests.Response:
        """Ask an API with the access token: never with the ID token, which says who somebody is and opens nothing."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return requests.request(method, url, headers=headers, timeout=10, **more)
