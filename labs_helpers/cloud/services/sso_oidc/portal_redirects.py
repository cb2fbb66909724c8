"""The URLs to which a client sends the user's browser, and which redirect it to the instance's access portal.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html
"""

from __future__ import annotations

import html
from urllib.parse import parse_qs, urlencode, urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.registry import page
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance
from labs_helpers.cloud.services.sso_oidc.operations import instance_at
from labs_helpers.cloud.services.sso_oidc.state import SignIns

_DEVICE = "device.sso."
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@page("sso-oidc")
def redirect_to_portal(state: State, region: str, request: AWSPreparedRequest) -> Answer | None:
    """Redirect a request to the access portal, or return None if it isn't for one of these URLs.

    The URLs are `https://device.sso.<Region>…/?user_code=…` (device code) and `https://oidc.<Region>…/authorize?…`
    (PKCE).
    """
    parts = urlsplit(request.url)
    if request.method != "GET":
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if (parts.hostname or "").startswith(_DEVICE):
        code = query.get("user_code", "")
        return _redirect(
            _of_code(state, region, code), "device", urlencode({"user_code": code} if code else {})
        )
    if parts.path != "/authorize":
        return None
    return _redirect(_of_client(state, region, query.get("client_id", "")), "authorize", parts.query)


def _of_code(state: State, region: str, user_code: str) -> Instance | None:
    pending = state.part(SignIns).pending(user_code, state.clock.now())
    return (
        state.part(IdentityCenters).find(pending.instance)
        if pending is not None
        else _only_instance(state, region)
    )


def _of_client(state: State, region: str, identifier: str) -> Instance | None:
    client = state.part(SignIns).clients.get(identifier)
    if client is None or client.region != region:
        return None
    return (
        instance_at(state, region, client.issuer)
        if client.issuer is not None
        else _only_instance(state, region)
    )


def _only_instance(state: State, region: str) -> Instance | None:
    """Return the Region's instance if there is only one, or None."""
    instances = [each for each in state.part(IdentityCenters).all() if each.region == region]
    return instances[0] if len(instances) == 1 else None


def _redirect(instance: Instance | None, where: str, query: str) -> Answer:
    if instance is None:
        text = html.escape("This request is not known, or has expired. Start again in your program.")
        return Answer(
            400, {**_HEADERS, "Content-Type": "text/html;charset=UTF-8"}, f"<!doctype html><p>{text}</p>"
        )
    location = f"{instance.start_url}/{where}" + (f"?{query}" if query else "")
    return Answer(302, {**_HEADERS, "Location": location}, "")
