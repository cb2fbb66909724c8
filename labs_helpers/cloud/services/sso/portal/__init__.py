"""The AWS access portal: the page at which an organisation's people sign in, as one application for all instances.

`of_portal` is what the gate asks for hosts that are no AWS endpoint. The application (`app.make`) is made once; which
instance it speaks for is in the request's environment.
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.registry import Site, site
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters

if TYPE_CHECKING:
    from flask import Flask


@site("sso")
def of_portal(state: State, host: str) -> Site | None:
    """What answers for an instance's portal; None for a host that is none."""
    instance = next((each for each in state.part(IdentityCenters).all() if host in each.portal_hosts), None)
    if instance is None:
        return None

    def answer(request: AWSPreparedRequest, source_ip: str) -> Answer:
        data: dict[str, Any] = {
            "labs.state": state, "labs.instance": instance, "labs.source_ip": source_ip,
        }  # fmt: skip
        return web.answer(_app(), request, data)

    return answer


@cache
def _app() -> Flask:
    from labs_helpers.cloud.services.sso.portal.app import make

    return make()
