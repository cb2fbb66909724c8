"""A website behind the pool's sign-in: the tokens stay on the server, and the browser's cookie contains no data.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-server-contract-reference.html
https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from labs_helpers.cloud import csrf_token, form_is_forged, protect, secure_cookie
from labs_helpers.course.days.day3.apps.oauth import App, PendingSignIn, SignInFailed
from labs_helpers.course.days.day3.tokens import BadToken

if TYPE_CHECKING:
    from flask import Flask

    from labs_helpers.cloud import Clock

COOKIE = "diary-session"
LIFE = timedelta(hours=1)


@dataclass(slots=True)
class Session:
    """The server's record of a browser: a sign-in in progress, or the user who signed in."""

    expires: datetime
    begun: PendingSignIn | None = None
    name: str | None = None
    id_token: str = field(default="", repr=False)


class Sessions:
    """The sessions of all browsers, each under a random name in the browser's cookie."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_name: dict[str, Session] = {}

    def current(self) -> Session | None:
        """Return the requesting browser's session, or None if it has none or the session has expired."""
        from flask import request

        found = self._by_name.get(request.cookies.get(COOKIE, ""))
        return found if found is not None and self._clock.now() < found.expires else None

    def renew(self, response: Any, content: Session) -> Any:
        """Store a session under a new name, so that an attacker can't use the old name (session fixation)."""
        self.end()
        name = secrets.token_urlsafe(32)
        self._by_name[name] = content
        secure_cookie(response, COOKIE, name)
        return response

    def end(self) -> None:
        """Delete the requesting browser's session."""
        from flask import request

        self._by_name.pop(request.cookies.get(COOKIE, ""), None)


def create_app(app_client: App, identity_pool: str, bucket: str, clock: Clock) -> Flask:
    """Return the site's app.

    Its paths: / greets the user, /login begins a sign-in, /callback completes it, /page stores a page in S3, and
    /logout signs the user out.
    """
    from flask import Flask, redirect, render_template, request, url_for

    app = Flask(__name__, template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.jinja_env.globals["csrf_token"] = csrf_token
    protect(app)
    sessions = Sessions(clock)

    @app.get("/")
    def home() -> Any:
        """Greet the signed-in user, or offer the sign-in."""
        found = sessions.current()
        return render_template("home.html", name=found.name if found else None, said=request.args.get("said"))

    @app.get("/login")
    def login() -> Any:
        """Begin a sign-in."""
        begun = app_client.begin()
        return sessions.renew(redirect(begun.url), Session(clock.now() + timedelta(minutes=15), begun))

    @app.get("/callback")
    def callback() -> Any:
        """Complete the sign-in that this browser began."""
        found = sessions.current()
        begun = found.begun if found else None
        if found is not None:
            found.begun = None  # an answer is accepted only once
        try:
            claims, tokens = app_client.end(begun, request.args, clock)
        except (SignInFailed, BadToken) as why:
            app.logger.warning("a sign-in failed: %s", why)
            return render_template("home.html", name=None, said="The sign-in failed. Try again."), 400
        signed_in = Session(clock.now() + LIFE, None, claims["cognito:username"], tokens["id_token"])
        return sessions.renew(redirect(url_for("home")), signed_in)

    @app.post("/page")
    def page() -> Any:
        """Store a page of the signed-in user."""
        found = sessions.current()
        if found is None or found.name is None:
            return redirect(url_for("login"))
        if form_is_forged():
            return render_template(
                "home.html", name=found.name, said="This form didn't come from this site."
            ), 400
        store(app_client.issuer, identity_pool, bucket, found.id_token, request.form.get("text", ""))
        return redirect(url_for("home", said="Stored."))

    @app.get("/logout")
    def logout() -> Any:
        """Sign out here and at the pool."""
        sessions.end()
        there = {
            "client_id": app_client.client_id,
            "logout_uri": app_client.callback.removesuffix("callback"),
        }
        response = redirect(f"{app_client.login}/logout?{urlencode(there)}")
        response.delete_cookie(COOKIE, path=request.script_root or "/")
        return response

    return app


def store(issuer: str, identity_pool: str, bucket: str, id_token: str, text: str) -> None:
    """Store a page as its author, with identity pool credentials that can access only the author's own prefix."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    pools = boto3.client("cognito-identity", config=Config(signature_version=UNSIGNED))
    who = {"Logins": {issuer.removeprefix("https://"): id_token}}
    identity = pools.get_id(IdentityPoolId=identity_pool, **who)["IdentityId"]
    keys = pools.get_credentials_for_identity(IdentityId=identity, **who)["Credentials"]
    writer = boto3.Session(keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"])
    writer.client("s3").put_object(Bucket=bucket, Key=f"{identity}/page", Body=text.encode())
