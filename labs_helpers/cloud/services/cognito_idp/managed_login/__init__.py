"""The domains of pools: managed login and the OAuth endpoints, as one application for all pools in the cloud.

The gate calls `of_domain` for hosts that aren't AWS endpoints. The application (`app.make_app`) is created once; the
request's environment identifies the pool.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.registry import Site, site
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.cognito_idp.calls import SERVICE
from labs_helpers.cloud.services.cognito_idp.pools import domains
from labs_helpers.cloud.services.cognito_idp.state import UserPools

if TYPE_CHECKING:
    from flask import Flask


@site(SERVICE)
def of_domain(state: State, host: str) -> Site | None:
    """Return the function that answers requests to a user pool's domain, or None for any other host."""
    pool = domains.pool_of_host(state.part(UserPools), host)
    if pool is None:
        return None

    def answer(request: AWSPreparedRequest, source_ip: str) -> Answer:
        data: dict[str, Any] = {"labs.state": state, "labs.pool": pool, "labs.source_ip": source_ip}
        return web.answer(_app(), request, data)

    return answer


@cache
def _app() -> Flask:
    from labs_helpers.cloud.services.cognito_idp.managed_login.app import make_app

    return make_app()
