"""Protections for every page: no framing, no third-party scripts, no caching, and a token in each form.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
https://www.rfc-editor.org/rfc/rfc9700#section-4
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from flask import Flask

CSRF_COOKIE, CSRF_FIELD = "XSRF-TOKEN", "_csrf"


def csrf_token() -> str:
    """Return the CSRF token for this browser and create it if necessary. Each form and a cookie contain it."""
    from flask import g, request

    if "csrf" not in g:
        g.csrf = request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)
    return str(g.csrf)


def forged() -> bool:
    """Return True if a form wasn't sent from one of the application's pages.

    In that case, the form's token differs from the token in the browser's cookie.
    """
    from flask import request

    given, kept = request.form.get(CSRF_FIELD, ""), request.cookies.get(CSRF_COOKIE, "")
    return not kept or not hmac.compare_digest(given.encode(), kept.encode())


def secure_cookie(response: Any, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that scripts can't read and cross-site forms don't send. Except on loopback, it requires TLS."""
    from flask import request

    response.set_cookie(
        name, value, max_age=seconds, path=request.script_root or "/", secure=request.is_secure, httponly=True,
        samesite="Lax",
    )  # fmt: skip


def protect(app: Flask) -> None:
    """Add the protective headers to every response, and the browser's token to every page that has a form."""
    from flask import g

    @app.after_request
    def add(response: Any) -> Any:
        """Add the headers, and the cookie for a page with a form."""
        headers = response.headers
        headers.setdefault("Cache-Control", "no-store")
        headers["Pragma"] = "no-cache"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # No other site learns one of our addresses, which might contain a code. With "no-referrer" a browser would send
        # forms with the origin "null", which hides their page from us: https://fetch.spec.whatwg.org/#origin-header
        headers["Referrer-Policy"] = "same-origin"
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        headers["Content-Security-Policy"] = _policy(g.get("form_targets", ()), g.get("has_script", False))
        if "csrf" in g:
            secure_cookie(response, CSRF_COOKIE, g.csrf)
        return response


def _policy(targets: Iterable[str], has_script: bool) -> str:
    """Return a content security policy that allows only our own style, and our own script if a page has one.

    It also applies to the redirects of a form, so `targets` are their addresses.
    """
    origins = sorted({f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
                      for parts in map(urlsplit, targets) if parts.scheme})  # fmt: skip
    script = "script-src 'self'; " if has_script else ""
    return (
        f"default-src 'none'; {script}style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(origins)}".strip()
    )
