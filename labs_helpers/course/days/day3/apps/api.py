"""An API that verifies tokens: every request must carry an access token, and each path requires a scope.

The code performs the checks of API Gateway's JWT authorizer, and also checks `token_use`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import requests

from labs_helpers.course.days.day3.tokens import BadToken, read, verify_access_token

if TYPE_CHECKING:
    from flask import Flask

    from labs_helpers.cloud import Clock


class Refused(Exception):
    """An error response with its status and the value of WWW-Authenticate."""

    def __init__(self, status: int, words: str):
        self.status, self.words = status, words


def create_app(issuer: str, clients: Collection[str], clock: Clock) -> Flask:
    """Return the API: GET /pages requires the scope diary-api/read, PUT /pages/<day> requires diary-api/write.

    `clients` are the IDs of the app clients whose tokens the API accepts. The issuer is fixed in the code, so no token
    can choose it.
    """
    from flask import Flask, jsonify, request

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    pages: dict[str, dict[str, str]] = {}

    def caller(scope: str) -> Mapping[str, Any]:
        """Return the claims of the request's token. Raises `Refused` if the token or the scope is missing."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Refused(401, "Bearer")
        return verified_claims(token, issuer, clients, clock, scope)

    @app.errorhandler(Refused)
    def refused(why: Refused) -> Any:
        """Return an error response with the status and the header of a refusal."""
        return jsonify(error=why.words), why.status, {"WWW-Authenticate": why.words}

    @app.get("/pages")
    def read_pages() -> Any:
        """Return the caller's pages."""
        return jsonify(pages.get(caller("diary-api/read")["sub"], {}))

    @app.put("/pages/<day>")
    def write_page(day: str) -> Any:
        """Store a page of the caller, and return the days for which the caller has a page."""
        own = pages.setdefault(caller("diary-api/write")["sub"], {})
        own[day] = request.get_data(as_text=True)
        return jsonify(sorted(own))

    return app


def verified_claims(
    token: str, issuer: str, clients: Collection[str], clock: Clock, scope: str
) -> Mapping[str, Any]:
    """Return the verified claims of an access token.

    Raises `Refused`, with status 401 for a bad token and 403 for a missing scope.
    """
    try:
        client = str(read(token).claims.get("client_id"))
        if client not in clients:
            raise BadToken("issued to another application")
        keys = requests.get(f"{issuer}/.well-known/jwks.json", timeout=10).json()["keys"]
        claims = verify_access_token(token, issuer=issuer, client_id=client, keys=keys, now=clock.now())
    except BadToken as error:
        raise Refused(401, 'Bearer error="invalid_token"') from error
    if scope not in str(claims.get("scope", "")).split():
        raise Refused(403, f'Bearer error="insufficient_scope", scope="{scope}"')
    return claims
